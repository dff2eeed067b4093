"""Damaged write-ahead logs and rollback journals by the thousand: the rows that Lading reads are SQLite's.

    python bench/sqlite_logs.py [--count N] [--seed N]

Opens each database with SQLite as any program would, and with Lading's reader. A line for each that differs; those that
SQLite reads and Lading reports as unreadable are counted (it checks the cells of pages more strictly).
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.safeio.sqlite_cases import by_lading, by_sqlite, damaged, journalled, logged


def main() -> None:
    """Compares until the count is reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    results: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        pool = [(logged if number % 3 else journalled)(place / str(number), dice) for number in range(60)]
        for number in range(options.count):
            database = damaged(dice.choice(pool), dice.choice(pool), dice)
            theirs, ours = by_sqlite(database, place / "peer"), by_lading(database)
            results[_compared(theirs, ours)] += 1
            if ours is not None and ours != theirs:
                print(f"number {number}: SQLite {theirs and len(theirs)} rows, Lading {len(ours)}", flush=True)
    print(f"{options.count:,} databases: {dict(sorted(results.items()))}")


def _compared(theirs: object, ours: object) -> str:
    if theirs is None:
        return "refused by both" if ours is None else "read by Lading alone"
    return "reported by Lading alone" if ours is None else "the same rows" if ours == theirs else "other rows"


if __name__ == "__main__":
    main()
