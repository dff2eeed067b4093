"""Zip archives that readers may take for different ones, by the thousand: Lading sees the members that Java sees.

    python bench/zip_readers.py [--count N] [--seed N]

A line for each archive that Java opens and Lading reads otherwise. Counted are those that Lading reports as damaged
though Java opens them, and those that Java refuses and Lading reads, which no Java program can run.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.safeio.zip_cases import Seen, archive, by_java, by_lading, changed


def main() -> None:
    """Compares until the count is reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    pool = [archive(dice) for _ in range(300)]
    cases = {f"{number:06}": changed(dice.choice(pool), dice.choice(pool), dice) for number in range(options.count)}
    with tempfile.TemporaryDirectory() as directory:
        java = by_java(cases, Path(directory, "cases"))
        results: Counter[str] = Counter()
        for name, data in cases.items():
            result = compared(java[name], by_lading(data))
            results[result] += 1
            if result == "other members":
                Path(directory).parent.joinpath(f"zip-{options.seed}-{name}").write_bytes(data)
                print(f"{name}: Java {java[name]}, Lading {by_lading(data)}", flush=True)
    print(f"{options.count:,} archives: {dict(sorted(results.items()))}")


def compared(theirs: Seen | None, ours: Seen | None) -> str:
    """How what was seen differs: what Java cannot read of a member, Lading may."""
    if theirs is None:
        return "refused by both" if ours is None else "read by Lading alone"
    if ours is None:
        return "reported by Lading alone"
    if theirs.keys() != ours.keys() or any(seen not in (None, ours[name]) for name, seen in theirs.items()):
        return "other members"
    return "the same members"


if __name__ == "__main__":
    main()
