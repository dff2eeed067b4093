"""Runs of digits compared by value at any length: no conversion that is slow, or refused, on a very long one."""

Number = tuple[int, str]
"""(count of significant digits, those digits): orders as the number does. Zero is (0, "")."""


def number(digits: str) -> Number:
    """The value of a string of ASCII digits; the empty string is zero."""
    significant = digits.lstrip("0")
    return len(significant), significant


def successor(digits: str) -> str:
    """The digits of the next greater number, as many as there were unless there is a carry."""
    head = digits.rstrip("9")
    zeros = "0" * (len(digits) - len(head))
    return f"{head[:-1]}{int(head[-1]) + 1}{zeros}" if head else f"1{zeros}"
