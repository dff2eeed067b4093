"""The header of an rpm package as its database keeps it: an index of tags, then their data, all big-endian.

Source: the "RPM V4 Package format" of rpm's manual (https://rpm.org/docs/), lib/header.c and lib/rpmtag.h of rpm. The
entries of the immutable region and those that were added at installation lie in one index, with offsets into the
same data; so the region marks need no care but for the digests that were made of the region (lib/package.c,
`headerCheck`): rpm passes over a header that has another one.
"""

import hashlib
import struct
from enum import IntEnum

from lading.model.errors import SafeIOError

_SIZES = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")
_MOST_ENTRIES = 0xFFFF  # HEADER_TAGS_MAX
MOST_BYTES = 64_000_000
"""Of one header. rpm takes four times as many; those there are have a few million."""
_NUMBERS = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q"}
_MAGIC = b"\x8e\xad\xe8\x01\0\0\0\0"
_IMMUTABLE, _TRAILER = 63, 16
_BINARY = 7
_TEXTS = (6, 8, 9)  # a string, an array of them, one in several languages (the untranslated one first)


class Tag(IntEnum):
    """The tags that Lading reads."""

    SIGNATURE_PGP = 259
    SIGNATURE_GPG = 262
    DSA_HEADER = 267
    RSA_HEADER = 268
    SHA1 = 269
    SHA256 = 273
    OPENPGP = 278
    NAME = 1000
    VERSION = 1001
    RELEASE = 1002
    EPOCH = 1003
    VENDOR = 1011
    LICENSE = 1014
    ARCH = 1022
    PRE_IN = 1023
    POST_IN = 1024
    PRE_UN = 1025
    POST_UN = 1026
    FILE_STATES = 1029
    FILE_MODES = 1030
    FILE_DIGESTS = 1035
    SOURCE_RPM = 1044
    PROVIDES = 1047
    REQUIRES = 1049
    TRIGGER_SCRIPTS = 1065
    VERIFY_SCRIPT = 1079
    PRE_IN_PROGRAM = 1085
    POST_IN_PROGRAM = 1086
    PRE_UN_PROGRAM = 1087
    POST_UN_PROGRAM = 1088
    VERIFY_SCRIPT_PROGRAM = 1091
    TRIGGER_SCRIPT_PROGRAMS = 1092
    DIR_INDEXES = 1116
    BASE_NAMES = 1117
    DIR_NAMES = 1118
    PRE_TRANS = 1151
    POST_TRANS = 1152
    PRE_TRANS_PROGRAM = 1153
    POST_TRANS_PROGRAM = 1154
    FILE_TRIGGER_SCRIPTS = 5066
    FILE_TRIGGER_SCRIPT_PROGRAMS = 5067
    TRANS_FILE_TRIGGER_SCRIPTS = 5076
    TRANS_FILE_TRIGGER_SCRIPT_PROGRAMS = 5077
    MODULARITY_LABEL = 5096
    PRE_UN_TRANS = 5104
    POST_UN_TRANS = 5105
    PRE_UN_TRANS_PROGRAM = 5106
    POST_UN_TRANS_PROGRAM = 5107


class Header:
    """One header. A tag that is absent or damaged reads as if it were empty."""

    def __init__(self, blob: bytes) -> None:
        """Raises SafeIOError when the blob is not a whole header."""
        if len(blob) < _SIZES.size:
            raise SafeIOError("a header cut short")
        entries, size = _SIZES.unpack_from(blob)
        start = _SIZES.size + entries * _ENTRY.size
        if entries > _MOST_ENTRIES or start + size > len(blob):
            raise SafeIOError("a header cut short")
        self._index = blob[_SIZES.size : start]
        self._data = blob[start : start + size]
        self._entries = {
            tag: (kind, offset, count) for tag, kind, offset, count in _ENTRY.iter_unpack(self._index) if offset < size
        }

    def __contains__(self, tag: Tag) -> bool:
        return tag in self._entries

    @property
    def is_altered(self) -> bool:
        """Whether the header is not the one that its own digest was made of. What has no digest cannot be told."""
        for tag, algorithm in ((Tag.SHA256, "sha256"), (Tag.SHA1, "sha1")):
            if stated := self.text(tag):
                digest = hashlib.new(algorithm, usedforsecurity=False)
                digest.update(self._region())
                return digest.hexdigest() != stated.lower()
        return False

    def _region(self) -> bytes:
        """The package's own part of the header, as it was built; empty where no mark tells it."""
        kind_of_first, _, offset, _ = _ENTRY.unpack_from(self._index) if self._index else (0, 0, 0, 0)
        if kind_of_first != _IMMUTABLE or offset + _TRAILER > len(self._data):
            return b""
        entries = -struct.unpack_from(">i", self._data, offset + 8)[0] // _ENTRY.size
        size = offset + _TRAILER
        return _MAGIC + _SIZES.pack(max(0, entries), size) + self._index[: entries * _ENTRY.size] + self._data[:size]

    def text(self, tag: Tag) -> str:
        """A text, or the first of several."""
        kind, offset, _ = self._entries.get(tag, (0, 0, 0))
        end = self._data.find(b"\0", offset)
        return _decode(self._data[offset:end]) if kind in _TEXTS and end >= 0 else ""

    def texts(self, tag: Tag) -> list[str]:
        """Each text of an array."""
        kind, offset, count = self._entries.get(tag, (0, 0, 0))
        found = self._data[offset:].split(b"\0", count) if kind in _TEXTS and count <= len(self._data) else []
        return _decode(b"\0".join(found[:count])).split("\0") if len(found) > count > 0 else []

    def binary(self, tag: Tag) -> bytes:
        """Bytes as they are."""
        kind, offset, count = self._entries.get(tag, (0, 0, 0))
        return self._data[offset : offset + count] if kind == _BINARY else b""

    def numbers(self, tag: Tag) -> tuple[int, ...]:
        """Each number of an array."""
        kind, offset, count = self._entries.get(tag, (0, 0, 0))
        code = _NUMBERS.get(kind)
        if code is None or offset + count * struct.calcsize(f">{code}") > len(self._data):
            return ()
        return struct.unpack_from(f">{count}{code}", self._data, offset)


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")
