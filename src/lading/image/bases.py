"""The index of known base images: one small file for each, named by the chain of its diff IDs."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import EngineError, ImageError
from lading.model.image import Image
from lading.safeio.atomic import write_atomic
from lading.safeio.json_text import encode_document

_SUFFIX = ".json"


class KnownBase(Struct, frozen=True, order=True):
    """A base image, its digests as in Image; `added` is the day on which it was put into the index (YYYY-MM-DD)."""

    name: str
    added: str
    platform: str
    digest: str
    config_digest: str
    diff_ids: tuple[str, ...]


def read_bases(directory: Path) -> tuple[tuple[KnownBase, ...], tuple[Diagnostic, ...]]:
    """The bases that are known, and a warning for each file that cannot be read."""
    held, remarks = _read_files(directory)
    return tuple(sorted(held.values())), remarks


def add_base(directory: Path, image: Image, name: str, today: str) -> KnownBase:
    """Puts an image into the index, in place of one with the same layers. Raises ImageError when it has no layers to
    be known by, SafeIOError when it cannot be written."""
    diff_ids = tuple(layer.diff_id for layer in image.layers)
    if not diff_ids or not all(diff_ids):
        raise ImageError(f"{image.name}: has no layers by which it could be known as a base")
    known = KnownBase(name, today, str(image.platform or ""), image.digest, image.config_digest, diff_ids)
    write_atomic(directory / f"{_chain(diff_ids)}{_SUFFIX}", encode_document(known))
    return known


def remove_bases(directory: Path, names: Sequence[str]) -> tuple[KnownBase, ...]:
    """Removes the bases of these names, several where a name has stood for several images; gives what was removed.
    Raises EngineError."""
    removed = []
    for path, known in _read_files(directory)[0].items():
        if known.name in names:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise EngineError(f"{path}: cannot be removed: {error.strerror}") from error
            removed.append(known)
    return tuple(sorted(removed))


def _read_files(directory: Path) -> tuple[dict[Path, KnownBase], tuple[Diagnostic, ...]]:
    held: dict[Path, KnownBase] = {}
    remarks = []
    for path in sorted(directory.glob(f"*{_SUFFIX}")):
        try:
            known = msgspec.json.decode(path.read_bytes(), type=KnownBase)
            if not known.diff_ids or path.stem != _chain(known.diff_ids):
                raise ValueError("its diff IDs are not those it is named by")
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            text = f"a base image in the index cannot be read and was passed over ({reason}): delete its file"
            remarks.append(diagnostic("base-unreadable", text, str(path)))
        else:
            held[path] = known
    return held, tuple(remarks)


def _chain(diff_ids: Sequence[str]) -> str:
    return sha256("\n".join(diff_ids).encode("utf-8", "surrogatepass")).hexdigest()
