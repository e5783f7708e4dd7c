"""From a benchmark to a capacity plan, and a plan held against its benchmark."""
