"""Rules that hold for the packages of one family of distributions alone."""
