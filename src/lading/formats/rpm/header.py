"""The header of an rpm package as its database keeps it: an index of tags, then their data, all big-endian.

Source: the "RPM V4 Package format" of rpm's manual (https://rpm.org/docs/), lib/header.c and lib/rpmtag.h of rpm. The
entries of the immutable region and those that were added at installation, which stand in place of those of the region,
lie in one index, with offsets into the same data. rpm passes over a header whose entries do not fit together
(`hdrblobVerifyInfo`), and one that has another digest than was made of the region (lib/package.c, `headerCheck`).
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

from lading.model.errors import SafeIOError

_SIZES = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")
_END = struct.Struct(">IIiI")
_MOST_ENTRIES = 0xFFFF  # HEADER_TAGS_MAX
MOST_BYTES = 64_000_000
"""Of one header. rpm takes four times as many; those there are have a few million."""
_NUMBERS = {1: "B", 2: "B", 3: "H", 4: "I", 5: "Q"}
_MAGIC = b"\x8e\xad\xe8\x01\0\0\0\0"
_REGIONS = (61, 62, 63)
_REGION_SIZE = _ENTRY.size
_FIRST_TAG = 100
_STRING, _BINARY = 6, 7
_TEXTS = (_STRING, 8, 9)  # a string, an array of them, one in several languages (the untranslated one first)
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, _BINARY: 1}


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


_KINDS: Final[Mapping[int, tuple[int, ...]]] = {
    **dict.fromkeys((Tag.NAME, Tag.VERSION, Tag.RELEASE, Tag.ARCH, Tag.VENDOR, Tag.SOURCE_RPM), _TEXTS),
    **dict.fromkeys((Tag.LICENSE, Tag.MODULARITY_LABEL, Tag.BASE_NAMES, Tag.DIR_NAMES, Tag.FILE_DIGESTS), _TEXTS),
    Tag.EPOCH: (4,),
    Tag.DIR_INDEXES: (4,),
    Tag.FILE_MODES: (3,),
    Tag.FILE_STATES: (1,),
}
"""The types of the tags that say what a package is, as rpm has them; one kind of text is as good as another."""
_Listed = tuple[int, int, int, int]


class Header:
    """One header. A tag that is absent or of another type reads as if it were empty."""

    def __init__(self, blob: bytes) -> None:
        """Raises SafeIOError when the blob is not a whole header, or none that rpm takes."""
        if len(blob) < _SIZES.size:
            raise SafeIOError("a header cut short")
        entries, size = _SIZES.unpack_from(blob)
        start = _SIZES.size + entries * _ENTRY.size
        if not 0 < entries <= _MOST_ENTRIES or start + size != len(blob):
            raise SafeIOError("a header cut short, or with more behind it")
        self._index = blob[_SIZES.size : start]
        self._data = blob[start:]
        listed = list(_ENTRY.iter_unpack(self._index))
        self._inside = _inside(listed, self._data)
        _check(listed[1:] if self._inside else listed, max(0, self._inside - 1), self._data)
        self._entries = {tag: (kind, offset, count) for tag, kind, offset, count in listed}

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
        if not self._inside:
            return b""
        size = self._entries[_ENTRY.unpack_from(self._index)[0]][1] + _REGION_SIZE
        index = self._index[: self._inside * _ENTRY.size]
        return _MAGIC + _SIZES.pack(self._inside, size) + index + self._data[:size]

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


def _inside(listed: Sequence[_Listed], data: bytes) -> int:
    """How many entries the region has, its own mark among them; 0 without one. Raises SafeIOError for a mark that does
    not fit the end of its data (`hdrblobVerifyRegion`)."""
    tag, kind, offset, count = listed[0]
    if tag not in _REGIONS:
        return 0
    if (kind, count) == (_BINARY, _REGION_SIZE) and offset + _REGION_SIZE <= len(data):
        *end, back, end_count = _END.unpack_from(data, offset)
        inside, rest = divmod(-int(back), _ENTRY.size)
        if (end, end_count, rest) == ([tag, _BINARY], _REGION_SIZE, 0) and 0 < inside <= len(listed):
            return inside
    raise SafeIOError("a header whose region is damaged")


def _check(listed: Sequence[_Listed], inside: int, data: bytes) -> None:
    """Raises SafeIOError where data of entries overlap, end behind the header or are of another type than their tag's,
    and where a tag comes twice, of which rpm would take one or the other. The first `inside` are those of the region.
    """
    tags = [tag for tag, _, _, _ in listed]
    if len({*tags[:inside]}) != inside or len({*tags[inside:]}) != len(tags) - inside:
        raise SafeIOError("a header with a tag that comes twice")
    ends = [offset for _, _, offset, _ in listed[1:]]
    for (tag, kind, offset, count), end in zip(listed, [*ends, len(data)], strict=True):
        if kind in _TEXTS:
            fits = 0 < count <= data.count(0, offset, end) and (count == 1 or kind != _STRING)
        else:
            width = _WIDTHS.get(kind, 0)
            fits = width > 0 < count and offset % width == 0 and offset + count * width <= end
        if not fits or tag < _FIRST_TAG or end > len(data) or kind not in _KINDS.get(tag, (kind,)):
            raise SafeIOError("a header whose entries do not fit together")


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")
