"""What may be done to an idle endpoint: decided, told beforehand, saved, done, and brought back."""
