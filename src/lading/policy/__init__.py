"""What a result means for those who asked: gates and the exit status."""
