"""Read damaged files by the hundred thousand: no crash, no hang, no memory without end, nothing lost in
unmatched_reason.

    python bench/corrupt.py [--minutes N] [--seed N]

The same checks as tests/inventory/test_corruption.py, which does a bounded part of this, on the samples and on the
fixtures beside the repository, with random seeds, more kinds of damage, damage inside archives, files that lie at
another's path, and bills of materials. A line for each failure, with the seed that makes it again (--only SEED).
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import random
import resource
import sys
import time
import traceback
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from msgspec import structs

from lading.formats.decoders.sbom import parse_sbom
from lading.model.advisory import Advisory, Names, Provenance, Range, ShardName
from lading.model.errors import FormatError
from lading.model.package import Package
from lading.model.report import InventoryResult
from lading.safeio.zstd import ZstdDecompressor, compress
from tests.formats.sboms import DIAGNOSTICS, INVENTORY, SHOP
from tests.formats.test_sbom import VIEW, WRITERS
from tests.inventory import test_corruption
from tests.inventory.damage import DAMAGES, TEXT_DAMAGES
from tests.inventory.fixtures import FIXTURES, input_files
from tests.inventory.samples import TREES
from tests.samples import IMAGE, FakeStore, match

SECONDS = 10
MEGABYTES = 500
_SEVERE = 0.1
Tree = dict[str, bytes]


def main() -> None:
    """Works in a child, which a hang or a crash may take along, and starts another where it left off."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()) * 1000)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    trees = every_tree()
    if options.only is not None:
        attempt(trees, options.only)
        return
    print(f"{len(trees)} trees, seed {options.seed}", flush=True)
    current = multiprocessing.Value("q", options.seed)
    end = time.monotonic() + 60 * options.minutes
    failures = 0
    while time.monotonic() < end:
        child = multiprocessing.Process(target=work, args=(trees, current, end))
        child.start()
        ended = watch(child, current, end)
        if ended:
            failures += 1
            print(f"seed {current.value}: {ended}", flush=True)
        current.value += 1
    print(f"{current.value - options.seed:,} damaged inputs, {failures} ends of the process")


def every_tree() -> list[tuple[str, Tree]]:
    """The samples and, where they are, the fixtures, and bills of materials."""
    trees = list(TREES.items())
    for folder in test_corruption.FOLDERS if FIXTURES.is_dir() else []:
        trees.append((f"{folder.parent.name}/{folder.name}", input_files(folder)))
    trees += [
        (f"sbom:{name}", {"": write(InventoryResult(SHOP, INVENTORY, DIAGNOSTICS), VIEW)})
        for name, write in WRITERS.items()
    ]
    return trees


def watch(child: multiprocessing.Process, current: "multiprocessing.sharedctypes.Synchronized[int]", end: float) -> str:
    """Waits for the end of a child, and says why it came when it came too early."""
    seen, since = current.value, time.monotonic()
    while child.is_alive():
        child.join(0.5)
        if current.value != seen:
            seen, since = current.value, time.monotonic()
        elif time.monotonic() - since > SECONDS * 3:
            child.kill()
            child.join()
            return f"no end after {SECONDS * 3} s"
    return f"exit status {child.exitcode}" if child.exitcode else ""


def work(trees: list[tuple[str, Tree]], current: "multiprocessing.sharedctypes.Synchronized[int]", end: float) -> None:
    """One seed after the other. What fails is told and passed over."""
    limit = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE") + MEGABYTES * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    test_corruption.MOST_SECONDS = SECONDS
    while time.monotonic() < end:
        try:
            attempt(trees, current.value)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            notes = "; ".join(getattr(error, "__notes__", ()))
            print(f"seed {current.value}: {type(error).__name__} at {last.name}:{last.lineno} {notes}", flush=True)
        current.value += 1


class _Store(FakeStore):
    """Advisories on every package, in shards of every name."""

    def __init__(self) -> None:
        super().__init__({})

    def provenance(self, shard: ShardName) -> Provenance | None:
        names: Names = "both" if shard.endswith("9") else "source"
        return Provenance(shard, "", 0, _SCHEMES.get(shard.partition("-")[0], "generic"), "x", names=names)

    def advisories(self, shard: ShardName, packages: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        ranges = (Range("1.2-3", "1:2.0.1-4.el9_2"), Range(after="3", last_affected="4"))
        return {name: (Advisory("CVE-1", name, ranges=ranges, versions=("1.0",)),) for name in packages}


_SCHEMES = {
    "alpine": "apk", "debian": "deb", "ubuntu": "deb", "rhel": "rpm", "opensuse": "rpm", "arch": "pacman",
    "gentoo": "portage", "bitnami": "bitnami", "conancenter": "conan", "cran": "cran", "crates.io": "semver",
    "go": "golang", "hackage": "hackage", "hex": "hex", "julia": "pub", "maven": "maven", "npm": "npm",
    "nuget": "nuget", "packagist": "composer", "pub": "pub", "pypi": "pep440", "rubygems": "gem",
    "swifturl": "semver",
}  # fmt: skip
STORE = _Store()


def _without_files(package: Package) -> Package:
    return structs.replace(package, files=()) if package.files else package


_intact: dict[str, test_corruption.Taken] = {}


def attempt(trees: list[tuple[str, Tree]], seed: int) -> None:
    """Damages one file of one tree and reads the tree."""
    dice = random.Random(seed)
    name, files = dice.choice(trees)
    path = dice.choice(sorted(files))
    damaged = files[path]
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        damaged = _damaged(damaged, trees, dice)
    if name.startswith("sbom:"):
        with contextlib.suppress(FormatError):
            parse_sbom(damaged, name)
        return
    if name not in _intact:
        _intact[name] = test_corruption.take(files)
    try:
        inventory, diagnostics = test_corruption.check(files, path, damaged, _intact[name])
        match(IMAGE, inventory, diagnostics, STORE)
        for write in WRITERS.values():
            document = parse_sbom(write(InventoryResult(IMAGE, inventory, tuple(diagnostics)), VIEW), name)
            assert document.inventory.packages == tuple(map(_without_files, inventory.packages)), "not the same again"
    except Exception as error:
        error.add_note(f"{name}: {path}")
        raise


def _damaged(data: bytes, trees: list[tuple[str, Tree]], dice: random.Random) -> bytes:
    if not data:
        return data
    if dice.random() < _SEVERE:
        other = dice.choice(trees)[1]
        return other[dice.choice(sorted(other))]
    damage = dice.choice((*DAMAGES, *TEXT_DAMAGES))
    if dice.random() < 0.5:
        for inside in (_inside_zip, _inside_zstd):
            changed = inside(data, damage, dice)
            if changed is not None:
                return changed
    return damage(data, dice)


def _inside_zip(data: bytes, damage: Callable[[bytes, random.Random], bytes], dice: random.Random) -> bytes | None:
    """A member of an archive is damaged, the archive itself is not."""
    if data[:2] != b"PK":
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(one, archive.read(one)) for one in archive.infolist()[:200]]
    except Exception:
        return None
    target = dice.randrange(len(members)) if members else -1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (member, content) in enumerate(members):
            archive.writestr(member.filename, damage(content, dice) if number == target and content else content)
    return packed.getvalue()


def _inside_zstd(data: bytes, damage: Callable[[bytes, random.Random], bytes], dice: random.Random) -> bytes | None:
    if data[:4] != b"\x28\xb5\x2f\xfd":
        return None
    try:
        return compress(damage(ZstdDecompressor().decompress(data), dice))
    except Exception:
        return None


if __name__ == "__main__":
    main()
