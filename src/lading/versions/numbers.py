"""Runs of digits compared by value at any length: no conversion that is slow, or refused, on a very long one."""

Number = tuple[int, str]
"""(count of significant digits, those digits): orders as the number does. Zero is (0, "")."""


def number(digits: str) -> Number:
    """The value of a string of ASCII digits; the empty string is zero."""
    significant = digits.lstrip("0")
    return len(significant), significant
