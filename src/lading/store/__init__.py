"""Results that are kept: of which images, what is in them, and since when."""
