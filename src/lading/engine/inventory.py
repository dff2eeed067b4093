"""The first half of the pipeline: from an opened image to its inventory. One that is met again is found in the cache,
and none of the readers is loaded for it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from lading.engine.cache import Cache
from lading.engine.cancellation import Cancellation
from lading.engine.image_cache import get_image, image_key, put_image
from lading.engine.input_names import name_of_inputs
from lading.model.checks import CheckInputs, Examined, Family
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import EngineError
from lading.model.package import Inventory, Scope
from lading.model.ports import Helpers, OpenedImage, Progress
from lading.safeio.limits import Limits

_FILE = "file"
_FILES = frozenset({_FILE, "rootfs-archive"})
_OS_RELEASE = ("etc/os-release", "usr/lib/os-release")


class Wanted(Struct, frozen=True):
    """What to list. `lock_files` says whether lock files and manifests count, which describe what need not be
    installed; by default they do in a directory that is no root filesystem. `checks` are the families of checks to
    look for, `inputs` what the user gives to them. `in_use` asks which packages what the image starts leads to."""

    scope: Scope = "squashed"
    lock_files: bool = False
    checks: tuple[Family, ...] = ()
    inputs: CheckInputs = CheckInputs()
    in_use: bool = False


class Listed(NamedTuple):
    """What is in an image, what could not be read, and the numbers of the layers that were not read to their ends,
    whose content may be another than their diff IDs say; and what checks saw."""

    inventory: Inventory
    diagnostics: tuple[Diagnostic, ...]
    unchecked: tuple[int, ...]
    examined: Examined


def take_inventory(
    opened: OpenedImage,
    *,
    cache: Path | None,
    cache_key: bytes | None = None,
    limits: Limits,
    progress: Progress,
    helpers: Helpers | None = None,
    wanted: Wanted | None = None,
    cancellation: Cancellation | None = None,
) -> Listed:
    """What is in the image, and what could not be read. `cache` is the cache's directory, None for none; `cache_key`
    authenticates its entries, None stands for the key that lies beside it. `helpers` may read a part of the layers.

    Raises ImageError when a layer is damaged, NetError when it cannot be fetched, EngineError when `cancellation` ends
    the scan.
    """
    wanted = wanted or Wanted()
    declared = wanted.lock_files or opened.image.source == _FILE or _is_project(opened.root)
    remarks: list[Diagnostic] = []
    kept = None if cache is None or opened.root else _open_cache(cache, cache_key, remarks)
    key = (
        ""
        if kept is None
        else image_key(opened, limits, wanted.scope, declared=declared, checks=_named(wanted, opened))
    )
    taken = None if kept is None else get_image(kept, key)
    unchecked: tuple[int, ...] = ()
    if taken is None:
        from lading.engine.reading import read_inventory

        check = (cancellation or Cancellation()).check
        read = read_inventory(
            opened,
            kept,
            limits,
            progress,
            check,
            helpers,
            scope=wanted.scope,
            declared=declared,
            checks=wanted.checks,
            inputs=wanted.inputs,
            in_use=wanted.in_use,
        )
        taken = read.taken
        remarks += read.cache_remarks
        unchecked = read.unchecked
        if kept is not None and not read.unchecked and not read.cache_remarks:
            remarks += put_image(kept, key, taken)
    if opened.image.source in _FILES and not taken.inventory.packages and not taken.inventory.unmanaged:
        message = "no package and no program was found in this file: it is of no kind that is read, or none by its name"
        remarks.append(diagnostic("file-not-known", message, opened.image.name))
    remarks += _foreign(kept)
    diagnostics = tuple(sorted({*opened.diagnostics, *remarks, *taken.diagnostics}))
    examined = Examined()
    if wanted.checks:
        examined = Examined(wanted.checks, taken.seen, opened.clues.config, wanted.inputs)
    return Listed(taken.inventory, diagnostics, unchecked, examined)


def _named(wanted: Wanted, opened: OpenedImage) -> Sequence[str]:
    """The families of checks, what the user gives to them, and what the image starts where that is followed, for the
    cache."""
    name = name_of_inputs(wanted.inputs)
    named = (*wanted.checks, name) if wanted.checks and name else wanted.checks
    config = opened.clues.config
    if not wanted.in_use or config is None:
        return (*named, "in-use") if wanted.in_use else named
    return (*named, "in-use", config.workdir)


def _is_project(root: str) -> bool:
    """Whether a directory is a project rather than a root filesystem."""
    return bool(root) and not any(
        (Path(root) / path).is_symlink() or (Path(root) / path).exists() for path in _OS_RELEASE
    )


def _open_cache(directory: Path, key: bytes | None, remarks: list[Diagnostic]) -> Cache | None:
    try:
        return Cache(directory, key)
    except EngineError as error:
        remarks.append(diagnostic("cache-not-used", f"{error}; the scan went on without it"))
        return None


def _foreign(cache: Cache | None) -> Iterator[Diagnostic]:
    if cache is not None and cache.foreign:
        count = "1 cache entry" if cache.foreign == 1 else f"{cache.foreign:,} cache entries"
        were = "was" if cache.foreign == 1 else "were"
        yield diagnostic("cache-of-another-key", f"{count} of another key or user {were} ignored")
