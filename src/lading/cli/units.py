"""Quantities in words."""

from lading.formats.encoders.text.text import size_text as size_text  # noqa: PLC0414 - handed on


def count_text(count: int, noun: str) -> str:
    """A count with its noun, which takes an s in the plural."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
