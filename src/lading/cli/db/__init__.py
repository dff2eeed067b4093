"""`lading db`: the advisory database."""
