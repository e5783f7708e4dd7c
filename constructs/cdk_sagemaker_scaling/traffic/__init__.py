"""Traffic that moves from one variant of a live endpoint to another, step by step."""
