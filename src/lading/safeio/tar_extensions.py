"""What comes in front of tar entries: PAX headers and GNU's long names, and the entries that they describe.

Everything is as Go's archive/tar has it: a second PAX header takes the place of the first, an empty value leaves the
header's own, GNU's long names stand above PAX's, and a global header describes nothing and ends what came before it.
"""

import re

from msgspec import Struct, structs

from lading.model.errors import LimitError, SafeIOError
from lading.safeio.limits import Limits, Spend, unbounded
from lading.safeio.pax import Records, check_values, parse_records, read_integer
from lading.safeio.sparse import SparseMap, Taker, is_sparse, pax_name, read_gnu_map, read_pax_map
from lading.safeio.tar_header import cut, truncated

EXTENSIONS = frozenset(b"xgLK")
"""The types of headers that describe the next entry."""
HEADER_ONLY = frozenset(b"123456")
"""The types of entries that have no content, whatever size is stated: links, devices, directories, pipes."""
_MAX_EXTENSION = 1024 * 1024
_PAX, _GLOBAL, _LONG_NAME, _LONG_LINK = b"xgLK"
_GNU_SPARSE = ord("S")
# What costs as much as one PAX record, of which every entry may have some without being counted.
_FREE_FOR_EACH_ENTRY = 32
_RECORDS_FOR_HEADER = 4
_RECORDS_FOR_PIECE = 4
_LONG, _BYTES_FOR_RECORD = 256, 16
_STEPS_FOR_TWO_RECORDS = 3
_NONE: Records = {}
_OF_OVERLAY = b".overlay."
_OVERLAY = re.compile(rb"SCHILY\.xattr\.((?:trusted|user)\.overlay\.(?:opaque|redirect|metacopy|whiteout))")
_USUAL_GLOBAL_NAME = re.compile(rb"(?:.*/)?(?:pax_global_header|@PaxHeader|GlobalHead\.[0-9]+\.[0-9]+)", re.DOTALL)


class Described(Struct, frozen=True):
    """An entry as its header and what came before it describe it. `size` counts its holes; `is_directory` tells a
    directory that has the type of files, as V7 writes it. `overlay` and `records` as in Entry."""

    name: bytes
    linkname: bytes
    size: int = 0
    sparse: SparseMap | None = None
    is_directory: bool = False
    overlay: str = ""
    records: Records = {}


class Extensions:
    """Gathers what describes the next entry. Errors name the archive (`where`); LimitError is raised when there is far
    more of it than `limits.entries` entries need, and as `spend` does, which is told what it costs."""

    def __init__(self, source: Taker, where: str, limits: Limits, spend: Spend = unbounded) -> None:
        self._source = source
        self._where = where
        self._limit = limits.entries
        self._tell = spend
        self._work = 0
        self._records: Records = _NONE
        self._may_overlay = False
        self._name = b""
        self._linkname = b""

    def read(self, flag: int, header: bytes, size: int, count: int) -> None:
        """Reads an extension that follows `count` entries; what fills its last block is left."""
        if size > _MAX_EXTENSION:
            raise SafeIOError(
                f"{self._where}: a tar extension header of {size:,} bytes, above the limit of {_MAX_EXTENSION:,}"
            )
        data = self._source.take(size)
        if len(data) < size:
            raise truncated(self._where)
        amount = 0
        if flag == _PAX:
            self._records, amount = parse_records(data)
            self._may_overlay = _OF_OVERLAY in data
        elif flag == _LONG_NAME:
            self._name = cut(data)
        elif flag == _LONG_LINK:
            self._linkname = cut(data)
        else:
            records, amount = parse_records(data)
            self._check_global(records.get(b"path") or cut(header[:100]), count)
            self._records, self._name, self._linkname = _NONE, b"", b""
        self._spend(_RECORDS_FOR_HEADER + amount, count)

    def describe(self, flag: int, header: bytes, prefix: bytes, size: int, count: int) -> Described:
        """The entry of a header that is no extension, and the end of what was gathered. Raises ValueError when it is
        damaged, EOFError where the archive ends inside a sparse map."""
        records, name, linkname = self._records, self._name, self._linkname
        self._records, self._name, self._linkname = _NONE, b"", b""
        name = name or records.get(b"path") or prefix + cut(header[:100])
        linkname = linkname or records.get(b"linkpath") or cut(header[157:257])
        if len(name) + len(linkname) > _LONG:
            self._spend((len(name) + len(linkname)) // _BYTES_FOR_RECORD, count)
        if records:
            check_values(records)
            if stated := records.get(b"size"):
                size = read_integer(stated)
        marks = map(_OVERLAY.fullmatch, records) if records and self._may_overlay else ()
        overlay = next((found[1].decode() for found in marks if found), "")
        is_directory = not flag and name.endswith(b"/")
        sparse = bool(records) and is_sparse(records)
        if flag in HEADER_ONLY or is_directory:
            if sparse:
                raise ValueError("a sparse file without content")
            return Described(name, linkname, is_directory=is_directory, overlay=overlay, records=records)
        if size < 0:
            raise ValueError("a negative size")
        if sparse or flag == _GNU_SPARSE:
            found = self._describe_sparse(flag, header, records, name, size, count)
            return structs.replace(found, overlay=overlay, records=records)
        return Described(name, linkname, size, overlay=overlay, records=records)

    def _describe_sparse(
        self, flag: int, header: bytes, records: Records, name: bytes, size: int, count: int
    ) -> Described:
        if flag == _GNU_SPARSE:
            sparse, used = read_gnu_map(header, self._source), 0
        else:
            sparse, used = read_pax_map(records, size, self._source)
            name = pax_name(records) or name
        self._spend(_RECORDS_FOR_PIECE * len(sparse.offsets), count)
        if sparse.stored != size - used:
            raise ValueError("a sparse map that does not fit the content")
        return Described(name, b"", sparse.size, sparse)

    def _spend(self, amount: int, count: int) -> None:
        """Counts what costs time without being entries, in records."""
        self._tell(amount * _STEPS_FOR_TWO_RECORDS // 2)
        self._work += amount
        if self._work > self._limit + _FREE_FOR_EACH_ENTRY * count:
            raise LimitError(
                f"more than {self._limit:,} records beside the entries; the rest was not read "
                "(--limit entries=N raises this)",
                "entries",
            )

    def _check_global(self, name: bytes, count: int) -> None:
        """Engines skip a global header, or take away what has its name in the image, or follow it as a whiteout.
        Before the first entry the first two show the same files; the rest is refused."""
        base = name.rstrip(b"/").rpartition(b"/")[2]
        if base.startswith(b".wh.") or (count and not _USUAL_GLOBAL_NAME.fullmatch(name)):
            raise SafeIOError(
                f"{self._where}: a PAX global header named {name[:200].decode('utf-8', 'backslashreplace')!r} "
                f"after entry {count:,}, which container engines read differently: build the image without it"
            )
