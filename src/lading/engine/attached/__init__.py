"""What is attached to an image: what it is, whose word it is, and what of it counts."""
