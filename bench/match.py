"""Match 5,000 packages by the full database, and as many pairs of package and version as a minute holds.

    python bench/match.py DATABASE      DATABASE: a directory that `lading db update` has filled

The packages are those that the shards know, at versions that the advisories name, so that each has something to be
compared with. `match` is timed alone and as a whole process that reads the packages from a file. All seconds are those
of the processor, as others may share the machine.
"""

import gc
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lading.advisories.store import ShardStore
from lading.formats.documents.inventory import encode_inventory
from lading.formats.go_functions import read_functions
from lading.formats.view import View
from lading.match.conditions import ImageContext
from lading.match.inventory import Matched, MatchOptions, match_inventory
from lading.match.keys import match_keys
from lading.match.packages import open_lookup
from lading.match.vulnerabilities import VulnerabilityReader
from lading.model.advisory import ShardName
from lading.model.image import Image
from lading.model.package import Distribution, Inventory, Package
from lading.model.report import InventoryResult
from lading.versions.extremes import newest

OUT = Path(__file__).resolve().parent / "out"
WANTED = (
    ("debian-12", "deb", 2900),
    ("pypi", "pypi", 1200),
    ("go", "golang", 500),
    ("crates.io", "cargo", 400),
)
BOOKWORM = Distribution("debian", "12", "bookworm", release="debian-12")
IMAGE = Image("bench", "sbom")
CURRENT = 0.9
"""How many packages are at the newest version that an advisory names; the others are at any."""
TOTAL = 5000
"""Filled up with packages of the distribution that no advisory names."""
PAIRS = 200_000


def main() -> None:
    """Everything, with the targets."""
    database = Path(sys.argv[1])
    packages = tuple(sorted(make_packages(database), key=lambda one: (one.type, one.name, one.version)))
    inventory = Inventory(BOOKWORM, packages)
    findings = match(inventory, database).findings
    print(f"{len(packages):,} packages, {len(findings):,} findings")
    OUT.mkdir(exist_ok=True)
    file = OUT / "packages.json"
    file.write_bytes(encode_inventory(InventoryResult(IMAGE, inventory, ()), View(tool="bench")))
    gc.set_threshold(100_000)  # as the program does
    seconds = min(time_match(inventory, database) for _ in range(5))
    print(f"{len(packages):,} packages, matched: {seconds:.2f} s (target 0.5 s)")
    command = [sys.executable, "-P", "-m", "lading", "scan", f"sbom:{file}", "--offline", "-o", "json=/dev/null"]
    whole = min(time_process(command, database) for _ in range(5))
    print(f"{len(packages):,} packages, whole process with reading and writing them: {whole:.2f} s")
    pairs, seconds = time_pairs(ShardStore(database), packages)
    print(f"{pairs:,} pairs on one core: {pairs / seconds * 60 / 1e6:.1f} million a minute (target 2)")


def make_packages(database: Path) -> Iterator[Package]:
    """Packages that the shards know, each at a version that an advisory names, and others."""
    chance = random.Random(1)
    count = 0
    store = ShardStore(database)
    for shard, kind, most in WANTED:
        (file,) = (database / "shards" / shard).glob("*.sqlite")
        known = [name for (name,) in sqlite3.connect(file).execute("SELECT package FROM advisory ORDER BY package")]
        for name in chance.sample(known, min(most, len(known))):
            held = store.advisories(ShardName(shard), [name])[name]
            bounds = [span.fixed or span.last_affected for one in held for span in one.ranges]
            named = [bound for bound in bounds if bound] or ["1.0"]
            scheme = store.provenance(ShardName(shard)).scheme
            version = newest(scheme, named) if chance.random() < CURRENT else chance.choice(named)
            yield _package(kind, name, version)
            count += 1
    for number in range(count, TOTAL):
        yield _package("deb", f"unlisted-{number}", "1.0-1")


def _package(kind: str, name: str, version: str) -> Package:
    return Package(name, version, kind, source=name, source_version=version, purl=f"pkg:{kind}/{name}@{version}")


def match(inventory: Inventory, database: Path) -> Matched:
    return match_inventory(IMAGE, inventory, (), ShardStore(database), MatchOptions(read_functions))


def time_match(inventory: Inventory, database: Path) -> float:
    started = time.process_time()
    match(inventory, database)
    return time.process_time() - started


def time_process(command: list[str], database: Path) -> float:
    process = subprocess.Popen(command, env=os.environ | {"XDG_DATA_HOME": str(database.parent.parent)})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def time_pairs(store: ShardStore, packages: tuple[Package, ...]) -> tuple[int, float]:
    """Every package at versions of other packages' advisories, until there are enough pairs; the shards are open."""
    count, seconds = 0, 0.0
    for shard, kind, _ in WANTED:
        held = [store.provenance(ShardName(shard))]
        mine = [package for package in packages if package.type == kind]
        versions = sorted({package.version for package in mine})
        around = ImageContext()
        subjects = {(match_keys(package, "source"),): package for package in mine}
        bench = open_lookup(subjects, [one for one in held if one], around, store)
        asked = [
            (tuple(one._replace(version=versions[(place * 7 + turn) % len(versions)]) for one in wanted),)
            for place, (wanted,) in enumerate(subjects)
            for turn in range(PAIRS // len(packages))
        ]
        reader = VulnerabilityReader(bench.shards[0].scheme, around)
        started = time.process_time()
        for one in asked:
            reader.vulnerabilities_of(bench.matches(one))
        seconds += time.process_time() - started
        count += len(asked)
    return count, seconds


if __name__ == "__main__":
    main()
