"""What is kept of one image: what was found in it, what is known of that, and on which advisories this rests."""

from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import Struct, structs
from msgspec.msgpack import Decoder, encode

from lading.model.errors import StoreError
from lading.model.report import Coverage, InventoryResult, Report, Target
from lading.safeio.json_text import with_escapes
from lading.safeio.zstd import ZstdDecompressor, ZstdError, compress

_MOST: Final = 1_000_000_000
_LEVEL: Final = 1
_KEY_SIZE: Final = 16


class Need(Struct, frozen=True, array_like=True):
    """Something that matching asked the advisories for: the row `key` of a `table` of a shard, and a `digest` of what
    it was given, empty for nothing."""

    shard: str
    table: str
    key: str
    digest: bytes = b""


class Result(Struct, frozen=True):
    """One image of one platform: what is in it, and what matching made of that, as the target of a report has it, both
    without what must not be kept (lading.store.scanning). `tool`, `database`, `starter` and `pinned` are as in the
    report; `how` names the options that matching depends on. `needs` are what matching asked for."""

    listed: InventoryResult
    target: Target
    tool: str
    database: str = ""
    starter: bool = False
    pinned: bool = False
    how: str = ""
    needs: tuple[Need, ...] = ()

    @property
    def platform(self) -> str:
        """The platform of the image, empty for a root filesystem or a document."""
        return str(self.listed.image.platform or "")

    @property
    def report(self) -> Report:
        """The report on this image alone."""
        return Report(self.tool, (self.target,), self.database, self.starter, self.pinned)

    @property
    def key(self) -> bytes:
        """Names what was read and how it is matched, whatever the image is called."""
        image = structs.replace(self.listed.image, name="", source="")
        content = structs.replace(self.listed, image=image)
        return blake2b(encoded((content, self.how)), digest_size=_KEY_SIZE).digest()


def pack(value: object) -> bytes:
    """A value as the store has it."""
    return compress(encoded(value), _LEVEL)


def encoded(value: object) -> bytes:
    """A value as MessagePack, with names that are not UTF-8 written out."""
    try:
        return encode(value)
    except UnicodeEncodeError:
        return encode(with_escapes(msgspec.to_builtins(value, builtin_types=(bytes,))))


def unpack_listed(data: bytes) -> InventoryResult:
    """The inventory that `pack` was given. Raises StoreError."""
    try:
        return _LISTED.decode(_inflated(data))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"a kept inventory cannot be read: {error}") from error


def unpack_target(data: bytes, coverage: bytes) -> Target:
    """The target of a report, whose coverage is kept apart. Raises StoreError."""
    try:
        return structs.replace(_TARGET.decode(_inflated(data)), coverage=_COVERAGE.decode(coverage))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"a kept result cannot be read: {error}") from error


def unpack_coverage(data: bytes) -> tuple[Coverage, ...]:
    """The coverage of a target. Raises StoreError."""
    try:
        return _COVERAGE.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"a kept coverage cannot be read: {error}") from error


class Counts(Struct, frozen=True):
    """Of one kind of package, how many there are and how many of them were matched."""

    packages: int
    matched: int


def unpack_counts(data: bytes) -> tuple[Counts, ...]:
    """What a coverage counts, in a fraction of the time. Raises StoreError."""
    try:
        return _COUNTS.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"a kept coverage cannot be read: {error}") from error


_COUNTS: Final = Decoder(tuple[Counts, ...])
_LISTED: Final = Decoder(InventoryResult)
_TARGET: Final = Decoder(Target)
_COVERAGE: Final = Decoder(tuple[Coverage, ...])


def _inflated(data: bytes) -> bytes:
    stream = ZstdDecompressor()
    try:
        inflated = stream.decompress(data, _MOST + 1)
    except ZstdError as error:
        raise StoreError(f"a kept result is damaged: {error}") from error
    if not stream.eof or len(inflated) > _MOST:
        raise StoreError("a kept result is damaged: it does not end where it should")
    return inflated
