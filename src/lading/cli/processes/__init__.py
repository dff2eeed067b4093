"""The processes of a command: the front door, the confined one that reads and matches, and what helps it."""
