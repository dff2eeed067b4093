"""The error tree: one root, one class per room.

The text of an error is one line for people: what failed, where, and what to do. Foreign exceptions stop at the edge of
a room and are chained; front doors print `str(error)` and exit with status 2.
"""


class LadingError(Exception):
    """Root of every error Lading raises on purpose."""


class UsageError(LadingError):
    """The command was asked for something that cannot be (a bad option value, two options that exclude each other)."""


class SafeIOError(LadingError):
    """Bytes that cannot be read as what they claim to be: truncated, corrupt, of a wrong size or digest."""


class LimitError(SafeIOError):
    """A bound on hostile input was met. `limit` is the bound's name as `--limit` takes it."""

    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit


class TocError(SafeIOError):
    """A layer cannot be read by its table of contents. It is read as a whole then, so this ends no scan."""


class NetError(LadingError):
    """The network or a server failed. `status` is the HTTP status of the last reply, 0 without a reply."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ImageError(LadingError):
    """An image cannot be found, or is not what its manifest says."""


class InventoryError(LadingError):
    """A package database that cannot be read as a whole. Becomes a diagnostic, never ends a scan."""


class AdvisoryError(LadingError):
    """An advisory shard is missing, corrupt or of another schema."""


class FeedError(LadingError):
    """An upstream feed cannot be fetched or read."""


class FormatError(LadingError):
    """A document does not follow its format."""


class PolicyError(LadingError):
    """A policy that cannot be read, or asks for something that cannot be."""


class EngineError(LadingError):
    """The pipeline cannot go on (a cache that cannot be written, a scan that was interrupted)."""


class StoreError(LadingError):
    """The store of results cannot be read or written (another program's file, a full disk)."""
