"""Which of many texts occur in a stretch of bytes: one pass for all of them where Hyperscan is there."""

import threading
from collections.abc import Sequence
from typing import Any


class Needles:
    """Texts to look for, named by their index. May be used by several threads at once."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._texts = tuple(texts)
        self._local = threading.local()

    def present(self, window: bytes) -> set[int]:
        """The texts that occur in `window`."""
        database = self._database()
        if database is None:
            return {index for index, text in enumerate(self._texts) if text in window}
        found: set[int] = set()
        database.scan(window, match_event_handler=lambda index, *_: found.add(index))
        return found

    def _database(self) -> Any:
        """This thread's own, for a database is scanned by one thread at a time; None where there is no Hyperscan."""
        if not hasattr(self._local, "database"):
            self._local.database = _compiled(self._texts)
        return self._local.database


def _compiled(texts: tuple[bytes, ...]) -> Any:
    try:
        import hyperscan
    except ImportError:  # no wheel for this platform
        return None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [hyperscan.HS_FLAG_SINGLEMATCH] * len(texts)
    database.compile(expressions=texts, ids=range(len(texts)), elements=len(texts), flags=flags, literal=True)
    return database
