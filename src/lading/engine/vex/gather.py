"""The VEX documents for one scan: those that the user names, read before anything of the image is; and what of them and
of those that lie in the image counts."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from lading.engine.vex.files import iter_directory, read_file
from lading.engine.vex.trust import RawVex, weigh_trust
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, UsageError
from lading.model.package import FoundVex
from lading.model.vex import HeldVex
from lading.safeio.trusted_keys import TrustedKeys, read_trusted_keys

_NAMED: Final = "named by --vex"


class NamedVex(Struct, frozen=True):
    """The documents that the user names, as they are, in that order; and the keys that the user trusts."""

    documents: tuple[RawVex, ...] = ()
    keys: TrustedKeys = TrustedKeys()


class GatheredVex(Struct, frozen=True):
    """The documents, in the order in which they were named, then those of the image; and what of them could not be
    read."""

    documents: tuple[HeldVex, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def read_named_vex(sources: Sequence[str], key_file: Path | None) -> NamedVex:
    """The documents of `sources` (files, directories) and the keys in a file. Raises UsageError for a source that
    cannot be read, SafeIOError for keys."""
    keys = read_trusted_keys(key_file) if key_file is not None else TrustedKeys()
    documents: list[RawVex] = []
    for source in sources:
        path = Path(source)
        documents += iter_directory(path, _NAMED) if path.is_dir() else (read_file(path, _NAMED),)
    return NamedVex(tuple(documents), keys)


def gather_vex(named: NamedVex, lying: Iterable[FoundVex]) -> GatheredVex:
    """What counts of the documents that the user names and of those that lie in the image. Raises UsageError for a file
    that was named and cannot be read; one of many that cannot is told."""
    gathering = _Gathering(named.keys)
    for raw in named.documents:
        gathering.add(raw)
    for one in lying:
        gathering.add(RawVex(one.data, f"image:/{one.path}", one.signature or None, layer=one.layer))
    return GatheredVex(tuple(gathering.documents), tuple(gathering.diagnostics))


class _Gathering:
    def __init__(self, keys: TrustedKeys) -> None:
        self._keys = keys
        self.documents: list[HeldVex] = []
        self.diagnostics: list[Diagnostic] = []

    def add(self, raw: RawVex) -> None:
        """Takes a document in."""
        try:
            held, checked = weigh_trust(raw, self._keys)
        except FormatError as error:
            if raw.is_alone:
                raise UsageError(f"--vex {error}") from error
            why = str(error).removeprefix(f"{raw.where}: ")
            self.diagnostics.append(diagnostic("vex-unreadable", why, raw.where))
            return
        self.documents.append(held)
        if checked.is_wrong:
            self.diagnostics.append(diagnostic("vex-signature", f"{checked.why}: not applied", raw.where))
