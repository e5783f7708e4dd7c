"""What scales, and by which policies."""
