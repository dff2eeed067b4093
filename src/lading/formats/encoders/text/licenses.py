"""Issues of licences for people: by license, with the packages and files that are under it in a few lines."""

from collections.abc import Mapping, Sequence
from typing import Final

from lading.formats.encoders.text.canvas import STYLES, Canvas
from lading.formats.encoders.text.selection import label_text
from lading.formats.encoders.text.text import counted, printable, shorten, wrap
from lading.model.checks import Issue
from lading.model.licenses import UNKNOWN
from lading.model.package import Package

_MOST: Final = 24
"""So many packages and files of one license are named unless all are asked for."""
_LONGEST: Final = 60


def add_license(canvas: Canvas, packages: Mapping[str, Package], issues: Sequence[Issue], *, show_all: bool) -> None:
    """One license with the packages that are under it, and the files; `packages` are those of the image by their
    IDs. What to do about it is not said: that is the same for many."""
    first = issues[0]
    under = tuple(dict.fromkeys(_name(issue, packages) for issue in issues if issue.place == "package"))
    files = tuple(dict.fromkeys(printable(issue.path) for issue in issues if issue.place == "file"))
    names = (*under, *files)
    counts = [counted(len(many), word) for many, word in ((under, "package"), (files, "file")) if many]
    head = (label_text(first.severity).upper(), STYLES[first.severity])
    count = (f"  {printable(first.title)}, {' and '.join(counts)}", "dim")
    canvas.add(head, "  ", (printable(first.id), "bold"), count)
    shown = names if show_all else names[:_MOST]
    more = f" and {len(names) - len(shown):,} more (--all shows them)" if len(shown) < len(names) else ""
    for line in wrap(f"{', '.join(shown)}{more}", canvas.width - 4):
        canvas.add(f"    {line}")


def packages_by_id(packages: Sequence[Package]) -> Mapping[str, Package]:
    """The packages of an image by their IDs."""
    return {one.id: one for one in packages}


def _name(issue: Issue, packages: Mapping[str, Package]) -> str:
    package = packages.get(issue.package)
    name = printable(f"{package.name} {package.version}" if package is not None else issue.instruction)
    stated = f" ({shorten(printable(issue.evidence), _LONGEST)})" if issue.id == UNKNOWN else ""
    return f"{name}{stated}"
