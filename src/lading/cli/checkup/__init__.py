"""What `lading doctor` looks at."""
