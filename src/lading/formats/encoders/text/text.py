"""Strings from an image, made fit for a terminal. Widths are counted in cells: East Asian and emoji characters take two
(https://www.unicode.org/reports/tr11/)."""

import textwrap
from collections.abc import Iterable, Sequence


def printable(text: str) -> str:
    """One line in which control, bidirectional and other invisible characters are written out (`\\x1b`, `\\u202e`),
    so that a name in an image cannot move the cursor, change colours or reorder what is read."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int) -> str:
    """`text` with spaces behind it up to `width` cells."""
    return text + " " * (width - cells(text))


def shorten(text: str, width: int) -> str:
    """`text` cut to `width` cells, the last of them an ellipsis when something is missing."""
    if cells(text) <= width:
        return text
    kept = text[: max(width - 1, 0)]
    while cells(kept) > width - 1 and kept:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def sentence(text: str) -> str:
    """A text of several lines as one, fit for a terminal."""
    return printable(" ".join(text.split()))


def wrap(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells; a longer word (a path, a digest) stays whole."""
    if text.isascii():
        return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False)
    return flow(text.split(), " ", max(width, 20))


def flow(parts: Iterable[str], separator: str, width: int) -> list[str]:
    """The parts joined by `separator`, in as many lines as they need; no part is broken."""
    lines: list[str] = []
    for part in parts:
        if lines and cells(lines[-1]) + len(separator) + cells(part) <= width:
            lines[-1] += separator + part
        else:
            lines.append(part)
    return lines


def listed(names: Sequence[str], width: int) -> str:
    """`a, b, c`; as many names as fit into `width`, at least one, and how many more there are."""
    for shown in range(len(names), 1, -1):
        rest = f" and {len(names) - shown} more" if shown < len(names) else ""
        text = ", ".join(names[:shown]) + rest
        if cells(text) <= width:
            return text
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def counted(count: int, noun: str) -> str:
    """`3 packages`, `1 package`, `2 vulnerabilities`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def size_text(count: int) -> str:
    """A number of bytes in the largest decimal unit that fits."""
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def short_digest(digest: str) -> str:
    """A digest as far as people compare it: the algorithm and twelve digits."""
    algorithm, colon, value = digest.partition(":")
    return f"{algorithm}{colon}{value[:12]}"
