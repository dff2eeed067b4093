"""Real images, however they are stored: the same findings."""
