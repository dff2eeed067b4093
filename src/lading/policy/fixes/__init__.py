"""What to do about the findings of an image: which packages to upgrade to what, by which commands, and what stays."""
