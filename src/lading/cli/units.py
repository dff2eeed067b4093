"""Quantities in words."""


def size_text(count: int) -> str:
    """A number of bytes in the largest decimal unit that fits."""
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def count_text(count: int, noun: str) -> str:
    """A count with its noun, which takes an s in the plural."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
