"""Lading: a container image scanner."""

__version__ = "0.1.0.dev0"
