"""rpm's headers, and the three formats of the databases that hold them."""
