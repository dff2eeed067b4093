"""Hold Lading's reading of random layers against container engines' own code.

    python bench/layers.py [--count N] [--seed N]       needs root, Go, and its module proxy once

Each case is a stack of layers in which files, directories, links, hard links, whiteouts and opaque marks meet at few
paths (tests/inventory/random_layers.py). What umoci and containerd's overlay unpack (or Docker's, where containerd
refuses the layers), as bench/layers.go does it with their code, must be what Lading sees, unless Lading says that
something is missing. Prints the seed of every case that differs, and at the end what all came to.
"""

import argparse
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.inventory.random_layers import MARK, Root, difference, marked_files, random_layers, read
from tests.inventory.test_engines import AGREED, DISPUTED, Layers
from tests.safeio.tar_table import GROUPS
from tests.safeio.test_tar_umoci import files_of
from tests.tars import make_tar

PROGRAM = Path(__file__).resolve().with_suffix(".go")
MODULES = (
    "github.com/containerd/containerd/v2@v2.0.5",
    "github.com/moby/go-archive@v0.1.0",
    "github.com/opencontainers/umoci@v0.5.0",
    "golang.org/x/sys@v0.33.0",
)
"""Where the engines' code is from; what they need besides is at the versions that they name."""
SHARED_MEMORY = Path("/dev/shm")


def main() -> int:
    """Gives 1 when a case differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"{options.count:,} cases from seed {options.seed}", flush=True)
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as directory:
        engines = Engines(Path(directory))
        for name, (layers, in_place, overlay) in known().items():
            roots = engines.apply(layers)
            for engine, expected in (("umoci", in_place), ("overlay", overlay)):
                if roots[engine] is not None and marked_files(roots[engine]) != expected:
                    print(f"{name}: {engine} sees {marked_files(roots[engine])}, not {expected}", flush=True)
                    outcomes["differs from what the tests say"] += 1
        for name, tar in table().items():
            outcomes[table_entry(name, tar, engines)] += 1
        for seed in range(options.seed, options.seed + options.count):
            layers = random_layers(seed)
            outcome = held_against(layers, engines.apply(layers))
            outcomes[outcome] += 1
            if outcome.startswith("differs"):
                print(f"seed {seed}: {outcome}", flush=True)
        engines.close()
    for outcome, count in outcomes.most_common():
        print(f"{count:>9,}  {outcome}")
    return int(any(outcome.startswith("differs") for outcome in outcomes))


def known() -> dict[str, tuple[Layers, dict[str, str], dict[str, str]]]:
    """The sequences of the tests, with what engines see that unpack in place, and that overlay."""
    cases = {name: (layers, files, files) for name, (layers, files) in AGREED.items()} | DISPUTED
    mark = MARK.decode()
    return {
        name: (layers, *({path: f"{mark}{text}" for path, text in files.items()} for files in seen))
        for name, (layers, *seen) in cases.items()
    }


def table() -> dict[str, bytes]:
    """The archives of tests/safeio/tar_table that can be unpacked anywhere: not those with holes."""
    groups = {name: make() for name, make in GROUPS.items() if not name.startswith("sparse")}
    return {f"{group}: {name}": tar for group, tars in groups.items() for name, tar in tars.items()}


def table_entry(name: str, tar: bytes, engines: "Engines") -> str:
    """How one archive of the table comes out."""
    ours = files_of(tar)
    if ours is None:
        return "table: refused by Lading"
    for engine, root in engines.unpack([tar]).items():
        if root is not None and _comparable(root) != _comparable(ours):
            print(f"{name}: {engine} sees {root}, Lading {ours}", flush=True)
            return "differs in the table"
    return "table: the same"


def _comparable(root: Root) -> dict[str, str]:
    """Files and links, but for those whose names are written otherwise here (what is not UTF-8, and backslashes)."""
    return {path: what for path, what in root.items() if what[0] in "fl" and not {"\ufffd", "\\"} & {*path}}


def held_against(layers: Layers, roots: dict[str, Root | None]) -> str:
    """How one case comes out."""
    overlay = roots["overlay"] if roots["overlay"] is not None else roots["docker"]
    if all(root is None for root in roots.values()):
        return "refused by every engine"
    wrong = difference(layers, roots["umoci"], overlay)
    if wrong:
        return f"differs: {wrong}"
    reading = read(layers, "in place")
    return "said to be incomplete" if reading.incomplete else "disputed" if reading.disputed else "the same"


class Engines:
    """bench/layers.go, as a process that works below `directory`."""

    def __init__(self, directory: Path) -> None:
        source = directory / "source"
        source.mkdir()
        shutil.copy(PROGRAM, source / "main.go")
        for command in (["mod", "init", "layers"], ["get", *MODULES], ["mod", "tidy"], ["build", "-o", "layers", "."]):
            subprocess.run(["go", *command], cwd=source, check=True)
        self._process = subprocess.Popen(
            [source / "layers"], cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def apply(self, layers: Layers) -> dict[str, Root | None]:
        """The root filesystem by engine, None where it refuses the layers."""
        return self.unpack([make_tar(layer) for layer in layers])

    def unpack(self, tars: Sequence[bytes]) -> dict[str, Root | None]:
        """The same of layers that are tars."""
        assert self._process.stdin is not None and self._process.stdout is not None
        framed = b"".join(struct.pack(">I", len(tar)) + tar for tar in tars)
        self._process.stdin.write(struct.pack(">I", len(tars)) + framed)
        self._process.stdin.flush()
        answer: dict[str, Root | None] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


if __name__ == "__main__":
    sys.exit(main())
