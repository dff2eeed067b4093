"""Templates that users write."""
