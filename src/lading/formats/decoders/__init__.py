"""Documents of others that are read."""
