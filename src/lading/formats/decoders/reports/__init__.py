"""Reports of other scanners, one module for each."""
