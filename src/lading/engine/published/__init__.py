"""Registries of packages, asked what they publish where the user allows it: the versions of a package and its needs."""
