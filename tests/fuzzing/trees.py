"""Trees of files through all of a scan: one file of a tree is damaged, and the tree is read, matched, written as bills
of materials and read back.

The checks are those of tests/inventory/test_corruption.py, which damages in fewer ways: nothing is lost in
unmatched_reason, and what was written is what was found.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterable, Sequence

from msgspec import structs

from lading.formats.decoders.sbom import parse_sbom
from lading.model.advisory import Advisory, Names, Provenance, Range, ShardName
from lading.model.package import Package
from lading.model.report import InventoryResult
from lading.safeio.zstd import ZstdDecompressor, compress
from tests.formats.sboms import VIEW, WRITERS
from tests.inventory import test_corruption
from tests.inventory.damage import DAMAGES, TEXT_DAMAGES
from tests.inventory.fixtures import FIXTURES, input_files
from tests.inventory.samples import TREES
from tests.samples import IMAGE, FakeStore, match

_SEVERE = 0.1
Tree = dict[str, bytes]


def every_tree() -> list[tuple[str, Tree]]:
    """The samples and, where they are, the fixtures."""
    trees = list(TREES.items())
    for folder in test_corruption.FOLDERS if FIXTURES.is_dir() else []:
        trees.append((f"{folder.parent.name}/{folder.name}", input_files(folder)))
    return trees


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


def attempt(trees: Sequence[tuple[str, Tree]], dice: random.Random) -> int:
    """Damages one file of one tree and reads the tree. Gives the size of the damaged file."""
    name, files = dice.choice(trees)
    path = dice.choice(sorted(files))
    damaged = files[path]
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        damaged = _damaged(damaged, trees, dice)
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
    return len(damaged)


def _damaged(data: bytes, trees: Sequence[tuple[str, Tree]], dice: random.Random) -> bytes:
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
