"""What `make run` shows: the road from a benchmark to a template, walked once. A tool of this repository."""
