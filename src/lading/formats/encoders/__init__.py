"""Documents that are written, and the table of them."""
