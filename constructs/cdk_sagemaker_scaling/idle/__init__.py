"""The detector of endpoints that idle."""
