"""What endpoints and jobs measured, asked of AWS: the minutes of CloudWatch, kept as a benchmark's CSV file."""
