"""Where VEX documents are had from, and which of them count."""
