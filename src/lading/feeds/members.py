"""The members of one JSON object that is too large to be held."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path

from lading.model.errors import FeedError, SafeIOError
from lading.model.ports import ByteStream, Region
from lading.safeio.inflate import open_inflated
from lading.safeio.limits import Limits
from lading.safeio.region import RegionStream

_CHUNK = 4 * 1024 * 1024
_MOST = 64 * 1024 * 1024
_BETWEEN = re.compile(r"[\s,]*")
_BEFORE = "\ufeff \t\r\n"
_AFTER = re.compile(r"\s*[,}]")
_COLON = re.compile(r"\s*:\s*")
_LIMITS = Limits(ratio=2000)


def iter_members(path: Path) -> Iterator[tuple[str, object]]:
    """(name, value) of each member of the object that a document is, plain or compressed, one in memory at a time.
    Raises FeedError for what is no JSON object, is cut short, or has a member above 64 MiB of text."""
    try:
        stream = open_inflated(RegionStream(Region(str(path), 0, path.stat().st_size)), str(path), _LIMITS)
        try:
            yield from _Members(stream).read()
        finally:
            stream.close()
    except (OSError, SafeIOError, ValueError, RecursionError) as error:
        raise FeedError(f"{path}: cannot be read: {error}") from error


class _Members:
    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._parse = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def read(self) -> Iterator[tuple[str, object]]:
        while not self._text.strip(_BEFORE) and self._more():
            pass
        start = len(self._text) - len(self._text.lstrip(_BEFORE))
        if not self._text.startswith("{", start):
            raise ValueError("not a JSON object")
        self._at = start + 1
        while True:
            self._at = _BETWEEN.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text) and self._text[self._at] == "}":
                return
            member = self._member()
            if member is not None:
                yield member
            elif not self._more():
                raise ValueError("it ends too early")

    def _member(self) -> tuple[str, object] | None:
        """The next member, None when it is not all there."""
        try:
            name, at = self._parse(self._text, self._at)
            colon = _COLON.match(self._text, at)
            if colon is None:
                return None
            value, at = self._parse(self._text, colon.end())
        except json.JSONDecodeError:
            return None
        # A number may go on in what is not here yet; only what follows a value shows that it is whole.
        if _AFTER.match(self._text, at) is None:
            return None
        self._at = at
        return str(name), value

    def _more(self) -> bool:
        if self._ended:
            return False
        if len(self._text) - self._at > _MOST:
            raise ValueError("a member is too large")
        piece = self._stream.read(_CHUNK)
        self._ended = not piece
        self._text = self._text[self._at :] + self._decode(piece, self._ended)
        self._at = 0
        return True
