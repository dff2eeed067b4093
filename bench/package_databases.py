"""Odd and damaged package databases, by the thousand: Lading lists what dpkg, apk and rpm themselves list, or tells.

    python bench/package_databases.py [PROGRAM ...] [--count N] [--seed N]

Programs that are not in PATH are passed over (apk of version 3). A line for each database, or header of rpm, of which
its own program lists what Lading does not, though nothing is told. Counted are those that the program refuses and
Lading lists without a word, which leaves nothing out.
"""

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.inventory.catalogers import apk_cases, dpkg_cases, rpm_cases

Case = tuple[object, list[tuple[str, ...]] | None, list[tuple[str, ...]], bool]
"""An input, what its program lists (None: it refuses it), what Lading lists, and whether something is told."""


def main() -> None:
    """Compares until the count is reached."""
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs="*", default=list(_CASES))
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for program in options.programs:
        if shutil.which(program) is None:
            print(f"{program}: not in PATH")
            continue
        results: Counter[str] = Counter()
        with tempfile.TemporaryDirectory() as directory:
            for case in _CASES[program](random.Random(options.seed), options.count, Path(directory, "here")):
                results[_compared(*case)] += 1
        print(f"{program}: {options.count:,} inputs: {dict(sorted(results.items()))}")


def _compared(case: object, theirs: list[tuple[str, ...]] | None, ours: list[tuple[str, ...]], told: bool) -> str:
    if theirs is None:
        return "refused by both" if told else "read by Lading alone"
    if theirs == ours:
        return "the same"
    if told:
        return "told by Lading"
    missing = [one for one in theirs if one not in ours]
    if missing:
        print(f"{case!r}: lists {missing}, Lading {ours}", flush=True)
        return "other packages"
    return "more by Lading"


def _dpkg(dice: random.Random, count: int, place: Path) -> Iterator[Case]:
    for _ in range(count):
        text = dpkg_cases.random_status(dice)
        yield text, dpkg_cases.by_dpkg({"status": text}, place, dpkg_cases.WHOLE), *dpkg_cases.by_lading(text)


def _apk(dice: random.Random, count: int, place: Path) -> Iterator[Case]:
    for _ in range(count):
        text = apk_cases.random_installed(dice)
        theirs, (ours, told) = apk_cases.by_apk(text, place), apk_cases.by_lading(text)
        yield text, None if theirs is None else [*theirs], [*ours], told


def _rpm(dice: random.Random, count: int, place: Path) -> Iterator[Case]:
    headers = [rpm_cases.random_header(dice) for _ in range(count)]
    for header, theirs in zip(headers, rpm_cases.by_rpm(headers, place), strict=True):
        ours = rpm_cases.by_lading(header)
        yield header, None if theirs is None else [theirs], [] if ours is None else [ours], ours is None


_CASES = {"dpkg-query": _dpkg, "apk": _apk, "rpm": _rpm}


if __name__ == "__main__":
    main()
