"""Lines in columns, for what a command lists."""

from collections.abc import Iterator, Sequence


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The header and the rows, each column as wide as its widest cell; quantities are flush right."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    numeric = {
        column for column, title in enumerate(header) if title in ("records", "unread", "size", "layers", "shards")
    }
    for row in (header, *rows):
        cells = (
            cell.rjust(width) if column in numeric else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
