"""What is said of files, and of entries in them, that could not be read as the program reads them that runs, or lists,
what they are about. Part of what is in the image is then not known, so the scan is incomplete."""

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic

_LONGEST = 1000
"""Characters of a name or a version; what is longer is made to hold a scan up."""
_MOST_SAID = 1000
"""Remarks on one file."""


def unread(path: str, reader: str, why: str, code: str = "broken-package-entry") -> Diagnostic:
    """A file was not read, or not all of it. `reader` is the program ("Node", "dpkg"), `why` a clause on what stands in
    the way."""
    message = f"{why}: not read as {reader} would read it; mend the file, or leave it out of the image"
    return diagnostic(code, message, path)


def left_out(path: str, why: str) -> Diagnostic:
    """An entry of a file was left out; `why` as `fault_of` gives it."""
    message = f"{why} (left out): mend the file, or leave it out of the image"
    return diagnostic("broken-package-entry", message, path)


class Remarks:
    """What is said of the entries of one file, of which there may be millions; all but the first are only counted."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._said: list[Diagnostic] = []
        self._more = 0

    def __bool__(self) -> bool:
        return bool(self._said)

    def add(self, one: Diagnostic) -> None:
        """Something about the file as a whole."""
        self._said.append(one)

    def unread(self, reader: str, why: str) -> None:
        """As the function of that name."""
        if self._is_kept():
            self._said.append(unread(self._path, reader, why))

    def left_out(self, why: str) -> None:
        """As the function of that name."""
        if self._is_kept():
            self._said.append(left_out(self._path, why))

    def _is_kept(self) -> bool:
        is_kept = len(self._said) < _MOST_SAID
        self._more += not is_kept
        return is_kept

    def told(self) -> tuple[Diagnostic, ...]:
        """All of it."""
        if not self._more:
            return tuple(self._said)
        return (*self._said, diagnostic("more-unread", f"{self._more:,} more remarks of this kind", self._path))


def fault_of(name: str, version: str, what: str = "package", where: str = "an entry") -> str:
    """Why something of that name and version cannot be listed, "" when it can. `what` it is ("gem"), and `where` it is
    stated ("the specification")."""
    if not name:
        return f"{where} names no {what}"
    if len(name) > _LONGEST:
        return f"{where} names a {what} with {len(name):,} characters"
    if not version:
        return f"{what} {name} has no version"
    if len(version) > _LONGEST:
        return f"{what} {name} has a version of {len(version):,} characters"
    return ""
