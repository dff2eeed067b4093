"""What tests share that is not data."""
