"""How long a comparison of two versions takes, with their keys in memory: microseconds for each scheme.

    python bench/versions.py [../shared/versions]

The pairs are those of the shared table; every pair is compared many times over, in turn with the others.
"""

import csv
import sys
import time
from collections import defaultdict
from pathlib import Path

from lading.versions.constraints import satisfies
from lading.versions.schemes import compare

_LEAST = 20_000  # comparisons of each scheme


def main() -> None:
    tables = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/versions")
    print(f"{'scheme':12}{'compare, µs':>14}{'satisfies, µs':>16}")
    pairs, constraints = _rows(tables / "pairs.tsv", 3), _rows(tables / "constraints.tsv", 2)
    for scheme in sorted(pairs):
        compared = _micros(scheme, pairs[scheme], compare)
        satisfied = _micros(scheme, constraints[scheme], satisfies) if scheme in constraints else 0.0
        print(f"{scheme:12}{compared:14.2f}{satisfied or '':16.5}")


def _rows(path: Path, second: int) -> dict[str, list[tuple[str, str]]]:
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for row in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]:
            rows[row[0]].append((row[1], row[second]))
    return dict(rows)


def _micros(scheme, pairs, ask) -> float:
    for left, right in pairs:
        ask(scheme, left, right)
    rounds = -(-_LEAST // len(pairs))
    started = time.perf_counter()
    for _ in range(rounds):
        for left, right in pairs:
            ask(scheme, left, right)
    return (time.perf_counter() - started) / rounds / len(pairs) * 1e6


if __name__ == "__main__":
    main()
