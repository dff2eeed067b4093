"""Whether versions at the bounds of real ranges are inside: Lading's answer against that of each ecosystem's own rules.

    python bench/evaluators.py [--seed N] [--pairs N] DATABASE [FEED ...]

A pair is a version and an advisory: the bounds of its ranges, and the versions of the same package that stand next to
them where all are put in the order of texts. The peers are dpkg's, rpm's, Python's `packaging`, Maven's
ComparableVersion, npm's node-semver and Go's golang.org/x/mod/semver; each is given all comparisons at once.
Differences are printed.
"""

import argparse
import functools
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lading.advisories.schema import SUFFIX
from lading.advisories.store import ShardStore
from lading.model.advisory import Advisory, Range, ShardName
from lading.versions.ranges import contains

Pair = tuple[str, str]
Peer = Callable[[Sequence[Pair]], list[int | None]]
FEEDS = {
    "debian-12": "deb",
    "oval-ubuntu-22.04": "deb",
    "almalinux-9": "rpm",
    "pypi": "pep440",
    "gitlab-pypi": "pep440",
    "gitlab-maven": "maven",
    "gitlab-npm": "npm",
    "go": "golang",
}
"""The shards, by the scheme of their versions."""


class Case(NamedTuple):
    """A version, and what is asked about it."""

    package: str
    version: str
    ranges: tuple[Range, ...]
    versions: tuple[str, ...]


def main() -> None:
    """Asks about every feed, and exits with 1 when there is a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", type=Path, help="a database directory (…/lading/db)")
    parser.add_argument("--seed", type=int, default=20261129)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("feeds", nargs="*", default=list(FEEDS))
    options = parser.parse_args()
    store, differences = ShardStore(options.database), 0
    for feed in options.feeds:
        cases = _cases(store, options.database, feed)
        chosen = random.Random(options.seed).sample(cases, min(options.pairs, len(cases)))
        differences += _compare(feed, chosen)
    sys.exit(differences > 0)


def _compare(feed: str, cases: Sequence[Case]) -> int:
    scheme = FEEDS[feed]
    pairs = sorted({pair for case in cases for pair in _questions(case)})
    orders = dict(zip(pairs, PEERS[scheme](pairs), strict=True))
    differences = unread = 0
    for case in cases:
        ours, theirs = contains(scheme, case.version, case.ranges, case.versions), _inside(case, orders)
        if theirs is None:
            unread += 1
        elif ours is not theirs:
            differences += 1
            print(f"  {feed} {case.package} {case.version} {case.ranges}: {ours}, {theirs} by the peer")
    print(f"{feed}: {len(cases):,} pairs, {len(pairs):,} comparisons, {differences} differences", end="; ")
    print(f"{unread} that the peer cannot read")
    return differences


def _cases(store: ShardStore, database: Path, feed: str) -> list[Case]:
    """Every bound of every range, and the versions of the package on either side of it."""
    found: dict[Case, None] = {}
    for package, advisories in _advisories(store, database, feed):
        bounds = {bound for one in advisories for span in one.ranges for bound in _bounds(span)}
        ordered = sorted(bounds | {version for one in advisories for version in one.versions})
        for advisory in advisories:
            for bound in sorted({bound for span in advisory.ranges for bound in _bounds(span)}):
                place = ordered.index(bound)
                for version in ordered[max(0, place - 1) : place + 2]:
                    found[Case(package, version, advisory.ranges, advisory.versions[:50])] = None
    return list(found)


def _advisories(store: ShardStore, database: Path, feed: str) -> Iterator[tuple[str, tuple[Advisory, ...]]]:
    import sqlite3

    held = store.provenance(ShardName(feed))
    assert held is not None, f"{database} has no {feed}"
    (path,) = (database / "shards" / feed).glob(f"*{held.digest.partition(':')[2][:12]}*{SUFFIX}")
    names = [name for (name,) in sqlite3.connect(path).execute("select package from advisory order by package")]
    yield from sorted(store.advisories(ShardName(feed), names).items())


def _bounds(span: Range) -> Iterator[str]:
    yield from filter(None, (span.introduced, span.fixed, span.last_affected, span.after, span.before))


def _questions(case: Case) -> Iterator[Pair]:
    yield from ((case.version, bound) for span in case.ranges for bound in _bounds(span))
    yield from ((case.version, listed) for listed in case.versions)


def _inside(case: Case, orders: dict[Pair, int | None]) -> bool | None:
    """The peer's answer, None where it cannot read a version."""
    found = [orders[pair] for pair in _questions(case)]
    if None in found:
        return None
    if any(orders[case.version, listed] == 0 for listed in case.versions):
        return True

    def holds(bound: str, fits: Callable[[int], bool]) -> bool:
        order = orders[case.version, bound] if bound else None
        return order is None or fits(order)

    return any(
        holds(span.introduced, lambda order: order >= 0)
        and holds(span.after, lambda order: order > 0)
        and holds(span.fixed, lambda order: order < 0)
        and holds(span.before, lambda order: order < 0)
        and holds(span.last_affected, lambda order: order <= 0)
        for span in case.ranges
    )


def _ask(command: Sequence[str], pairs: Iterable[Pair], directory: str | None = None) -> list[int | None]:
    """What a program prints of `left<tab>right` lines: -1, 0, 1, or anything else for what it cannot read."""
    lines = "".join(f"{left}\t{right}\n" for left, right in pairs)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, cwd=directory)
    return [int(line) if line in ("-1", "0", "1") else None for line in done.stdout.split()]


def _dpkg(pairs: Sequence[Pair]) -> list[int | None]:
    script = (
        'chomp; my ($a, $b) = split /\\t/; my $r = eval { version_compare($a, $b) }; print defined $r ? $r : "?", "\\n"'
    )
    return _ask(["perl", "-MDpkg::Version", "-ne", script], pairs)


def _rpm(pairs: Sequence[Pair]) -> list[int | None]:
    script = """%{lua:
        for line in io.lines("/dev/stdin") do
            local left, right = line:match("([^\\t]*)\\t([^\\t]*)")
            local read, order = pcall(rpm.vercmp, left, right)
            print((read and order or "?") .. "\\n")
        end}"""
    return _ask(["rpm", "--eval", script], pairs)


def _packaging(pairs: Sequence[Pair]) -> list[int | None]:
    from packaging.version import InvalidVersion, Version

    def order(pair: Pair) -> int | None:
        try:
            left, right = map(Version, pair)
        except InvalidVersion:
            return None
        return (left > right) - (left < right)

    return [order(pair) for pair in pairs]


def _maven(pairs: Sequence[Pair]) -> list[int | None]:
    program = """
    import java.io.*;
    import org.apache.maven.artifact.versioning.ComparableVersion;
    public class Peer {
        public static void main(String[] none) throws Exception {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
            for (String line; (line = in.readLine()) != null;) {
                String[] pair = line.split("\\t");
                ComparableVersion left = new ComparableVersion(pair[0]), right = new ComparableVersion(pair[1]);
                System.out.println(Integer.signum(left.compareTo(right)));
            }
        }
    }
    """
    jars = ":".join(map(str, Path("/usr/share/maven/lib").glob("*.jar")))
    with tempfile.TemporaryDirectory() as place:
        Path(place, "Peer.java").write_text(program)
        return _ask(["java", "-cp", jars, str(Path(place, "Peer.java"))], pairs)


def _npm(pairs: Sequence[Pair]) -> list[int | None]:
    program = """
    const semver = require(process.argv[1]);
    for (const line of require("fs").readFileSync(0, "utf8").split("\\n").slice(0, -1)) {
        const [left, right] = line.split("\\t").map((one) => semver.parse(one, { loose: true }));
        console.log(left && right ? semver.compare(left, right) : "?");
    }
    """
    npm = Path(shutil.which("npm") or "npm").resolve().parent.parent
    return _ask(["node", "-e", program, str(npm / "node_modules" / "semver")], pairs)


def _go(pairs: Sequence[Pair]) -> list[int | None]:
    program = """
    package main

    import (
        "bufio"
        "fmt"
        "os"
        "strings"

        "golang.org/x/mod/semver"
    )

    func main() {
        lines := bufio.NewScanner(os.Stdin)
        for lines.Scan() {
            left, right, _ := strings.Cut(lines.Text(), "\\t")
            left, right = "v"+strings.TrimPrefix(left, "v"), "v"+strings.TrimPrefix(right, "v")
            if semver.IsValid(left) && semver.IsValid(right) {
                fmt.Println(semver.Compare(left, right))
            } else {
                fmt.Println("?")
            }
        }
    }
    """
    with tempfile.TemporaryDirectory() as place:
        Path(place, "main.go").write_text(program)
        run = functools.partial(subprocess.run, cwd=place, check=True, capture_output=True)
        run(["go", "mod", "init", "peer"])
        run(["go", "get", "golang.org/x/mod@v0.20.0"])
        return _ask(["go", "run", "."], pairs, place)


PEERS: dict[str, Peer] = {
    "deb": _dpkg,
    "golang": _go,
    "maven": _maven,
    "npm": _npm,
    "pep440": _packaging,
    "rpm": _rpm,
}


if __name__ == "__main__":
    main()
