"""Digests of the files that packages are, for bills of materials."""
