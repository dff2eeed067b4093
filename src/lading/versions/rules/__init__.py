"""One module for each version scheme."""
