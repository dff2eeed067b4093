"""Open the largest shards and ask each for a hundred packages.

    python bench/shards.py DATABASE     DATABASE: a directory that `lading db update` has filled

Each shard is asked by a store that has not opened it before, in a process that has imported what it needs. Files are
in the page cache.
"""

import random
import sqlite3
import sys
import time
from pathlib import Path

from lading.advisories.store import ShardStore
from lading.model.advisory import ShardName

LARGEST = 12
ASKED = 100
ROUNDS = 7


def main() -> None:
    """Prints the least of some rounds, in milliseconds."""
    database = Path(sys.argv[1])
    files = sorted(database.glob("shards/*/*.sqlite"), key=lambda file: -file.stat().st_size)
    for file in files[:LARGEST]:
        shard = ShardName(file.parent.name)
        names = known(file)
        asked = random.Random(1).sample(names, min(ASKED, len(names)))
        opened, both = (min(ask(database, shard, some) for _ in range(ROUNDS)) for some in ([], asked))
        print(
            f"{shard:28}{file.stat().st_size / 1e6:8.1f} MB  opened {1000 * opened:5.1f} ms, "
            f"with {len(asked)} packages {1000 * both:5.1f} ms (target 30 ms)"
        )


def known(file: Path) -> list[str]:
    """The packages of a shard; none where it is about something else."""
    try:
        return [name for (name,) in sqlite3.connect(file).execute("SELECT package FROM advisory")]
    except sqlite3.Error:
        return []


def ask(database: Path, shard: ShardName, names: list[str]) -> float:
    """The seconds of the wall clock that a store takes, from its making to the answer."""
    started = time.perf_counter()
    store = ShardStore(database)
    store.advisories(shard, names)
    if not names:
        store._connect(shard)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
