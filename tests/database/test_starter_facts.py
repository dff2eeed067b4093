"""Every fix the starter set states is the one that upstream's own data states, where a copy of that data is at hand."""

import json
import lzma
import re
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_FEEDS = Path(__file__).parents[3] / "shared" / "feeds"
_STARTER = Path(__file__).parents[2] / "src" / "lading" / "data" / "starter"
_CODENAMES = {"7": "wheezy", "8": "jessie", "9": "stretch", "10": "buster", "11": "bullseye", "12": "bookworm"}
_GITLAB = {"npm": "npm", "Maven": "maven", "RubyGems": "gem"}
_MISSING_THERE = {("CVE-2021-45046", "2.3.1"), ("CVE-2022-22965", "5.2.20.RELEASE")}
"""Fixes that the database lacks, or whose version it writes otherwise, as the projects themselves name them
(https://logging.apache.org/security.html, https://spring.io/security/cve-2022-22965)."""

pytestmark = pytest.mark.skipif(not _FEEDS.is_dir(), reason="no copies of the upstream feeds (../shared/feeds)")

Fact = tuple[str, str, str, str]
"""Vulnerability, package, fixed version (empty: none) and what the record says instead of a release: the ecosystem's
tail."""


def test_debian_fixes_are_the_security_trackers() -> None:
    tracker = json.loads(lzma.decompress((_FEEDS / "debian" / "tracker.json.xz").read_bytes()))
    checked = 0
    for vulnerability, package, fixed, release in _facts("Debian"):
        stated = tracker.get(package, {}).get(vulnerability, {}).get("releases", {}).get(_CODENAMES.get(release, ""))
        if stated and stated["status"] == "resolved":  # what was open then may have been fixed since
            assert stated["fixed_version"] == fixed, (vulnerability, package, release)
            checked += 1
    assert checked > 200


def test_fixes_of_old_debian_releases_are_the_advisory_lists() -> None:
    stated = _debian_advisories()
    checked = 0
    for vulnerability, package, fixed, release in _facts("Debian"):
        versions = stated.get((vulnerability, package, _CODENAMES.get(release, "")))
        if versions and int(release) < 10:
            assert fixed in versions, (vulnerability, package, release)
            checked += 1
    assert checked >= 80


def test_alpine_fixes_are_the_secdbs() -> None:
    stated: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for path in _FEEDS.glob("alpine/v*/*.json"):
        for entry in json.loads(path.read_bytes()).get("packages", []):
            for version, names in entry["pkg"]["secfixes"].items():
                for vulnerability in " ".join(names).split():
                    stated[vulnerability, entry["pkg"]["name"], path.parent.name].add(version)
    facts = list(_facts("Alpine"))
    for vulnerability, package, fixed, release in facts:
        assert fixed in stated[vulnerability, package, release], (vulnerability, package, release)
    assert len(facts) > 800


@pytest.mark.parametrize("ecosystem", ["PyPI", "Go", "crates.io"])
def test_language_fixes_are_those_of_osv(ecosystem: str) -> None:
    stated: dict[tuple[str, str], set[str]] = defaultdict(set)
    with zipfile.ZipFile(_FEEDS / "osv" / ecosystem / "all.zip") as archive:
        for name in archive.namelist():
            record = json.loads(archive.read(name))
            for vulnerability in {*record.get("aliases", ()), *record.get("related", ())}:
                for affected in record["affected"]:
                    events = [event for span in affected.get("ranges", ()) for event in span["events"]]
                    stated[vulnerability, affected["package"]["name"]].update(
                        event.get("fixed", "") for event in events
                    )
    checked = 0
    for vulnerability, package, fixed, _ in _facts(ecosystem):
        if (vulnerability, package) in stated:
            assert fixed in stated[vulnerability, package], (vulnerability, package)
            checked += 1
    assert checked > 5


def test_npm_maven_and_gem_fixes_are_those_of_gitlabs_database() -> None:
    wanted: dict[str, list[Fact]] = defaultdict(list)
    for ecosystem, kind in _GITLAB.items():
        for fact in _facts(ecosystem):
            wanted[f"{kind}/{fact[1].replace(':', '/')}"].append(fact)
    stated: dict[tuple[str, str], str] = defaultdict(str)
    with tarfile.open(_FEEDS / "glad" / "advisories-community-main.tar.xz") as archive:
        for member in archive:
            slug = member.name.partition("/")[2].rpartition("/")[0]
            if slug in wanted and member.name.endswith(".yml"):
                file = archive.extractfile(member)
                assert file is not None
                text = file.read().decode()
                for vulnerability in re.findall(r"^- \"?(CVE-[\d-]+)", text, re.MULTILINE):
                    stated[vulnerability, slug] += text
    checked = 0
    for slug, facts in wanted.items():
        for vulnerability, package, fixed, _ in facts:
            held = stated.get((vulnerability, slug))
            if held and (vulnerability, fixed) not in _MISSING_THERE:
                assert re.search(rf"(?<![\w.]){re.escape(fixed)}(?![\w.])", held), (vulnerability, package, fixed)
                checked += 1
    assert checked > 60


def test_exploited_vulnerabilities_are_those_of_the_catalogue() -> None:
    catalogue = json.loads((_FEEDS / "kev" / "known_exploited_vulnerabilities.json").read_bytes())
    stated = {row["cveID"]: {"added": row["dateAdded"], "due": row["dueDate"]} for row in catalogue["vulnerabilities"]}
    for record in _records():
        kev = record.get("database_specific", {}).get("kev", {})
        assert {key: kev[key] for key in ("added", "due") if kev} == stated.get(record["id"], {}), record["id"]


def _records() -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(_STARTER.glob("*.json"))]


def _facts(ecosystem: str) -> Iterator[Fact]:
    for record in _records():
        for affected in record["affected"]:
            name, _, release = affected["package"]["ecosystem"].partition(":")
            if name == ecosystem:
                events = [event for span in affected["ranges"] for event in span["events"]]
                ends = [
                    event.get("fixed") or event.get("last_affected") for event in events if "introduced" not in event
                ]
                for end in ends or [""]:
                    yield record["id"], affected["package"]["name"], end or "", release


def _debian_advisories() -> dict[tuple[str, str, str], set[str]]:
    """Fixed versions by (vulnerability, source package, code name) in the lists of DSA and DLA."""
    stated: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for kind in ("DSA", "DLA"):
        vulnerabilities: list[str] = []
        path = _FEEDS / "debian" / "security-tracker" / "data" / kind / "list.xz"
        for line in lzma.decompress(path.read_bytes()).decode().splitlines():
            if line.startswith("["):
                vulnerabilities = []
            elif found := re.match(r"\s+\{(.*)\}", line):
                vulnerabilities = found[1].split()
            elif found := re.match(r"\s+\[(\w+)\] - (\S+) (\S+)", line):
                for vulnerability in vulnerabilities:
                    stated[vulnerability, found[2], found[1]].add(found[3])
    return stated
