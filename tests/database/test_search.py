"""What a database knows of a vulnerability or a package, and in what two databases differ."""

from pathlib import Path

import pytest

from lading.advisories.writer import ShardWriter
from lading.database.opening import Database, compare_databases, open_database
from lading.database.places import DatabasePlaces
from lading.database.search import search
from lading.model.advisory import (
    Advisory,
    AdvisoryText,
    KnownExploited,
    Provenance,
    Range,
    Severity,
    VulnerabilityRecord,
)
from lading.model.ports import NoProgress
from lading.model.search import Change, DatabaseDifference, ShardDifference
from lading.safeio.trusted_keys import TrustedKeys
from tests.databases import FIRST, SECOND, advisory, publish

CVE = "CVE-2026-1"
GHSA = "GHSA-aaaa-bbbb-cccc"
NVD = VulnerabilityRecord(
    CVE, (Severity("high", "nvd", 8.1, "CVSS:3.1/x"),), ("CWE-79",), "2026-01-01", "A vulnerability."
)
EPSS = VulnerabilityRecord(CVE, epss=0.5, percentile=0.99, scored="2026-01-01")
EXPLOITED = KnownExploited(CVE, "2026-01-01", "2026-01-22")


def opened(path: Path) -> Database:
    places = DatabasePlaces(path, path / "unpacked", TrustedKeys())
    return open_database(str(path), places, NoProgress())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    publish(
        tmp_path,
        "debian-12",
        advisory(CVE, "python-yaml", "5.4-1", note="DSA-1-1"),
        Advisory("CVE-2026-2", "python-yaml", state="not_affected"),
        Advisory("CVE-2025-10", "python-yaml", state="minor", ranges=(Range(),)),
        scheme="deb",
    )
    publish(
        tmp_path,
        "pypi",
        advisory(GHSA, "py-yaml", "5.4", aliases=(CVE,), severities=(Severity("high", "github"),)),
        texts=(AdvisoryText(GHSA, "Code execution.", "https://example.org/1"),),
    )
    with ShardWriter(tmp_path, "nvd") as writer:
        writer.add(advisory(CVE, "yaml:pyyaml", "5.4"))
        writer.add_facts(NVD)
        writer.publish(Provenance("nvd", "", 0, "generic", "nvd", built=FIRST, names="cpe"))
    with ShardWriter(tmp_path, "epss") as writer:
        writer.add_facts(EPSS)
        writer.publish(Provenance("epss", "", 0, "", "epss", built=FIRST))
    with ShardWriter(tmp_path, "kev") as writer:
        writer.add_exploited(EXPLOITED)
        writer.publish(Provenance("kev", "", 0, "", "kev", built=FIRST))
    return tmp_path


@pytest.mark.parametrize("query", [CVE, "cve-2026-1 ", GHSA, "ghsa-AAAA-bbbb-cccc"])
def test_a_vulnerability_by_any_of_its_names(query: str, database: Path) -> None:
    found = search(opened(database), query)
    assert found.kind == "vulnerability"
    assert found.query == (CVE if "2026" in query else GHSA)
    assert [(one.shard, one.type, one.advisory.package) for one in found.mentions] == [
        ("pypi", "pypi", "py-yaml"),
        ("debian-12", "deb", "python-yaml"),
        ("nvd", "generic", "yaml:pyyaml"),
    ]
    assert found.mentions[0].text == AdvisoryText(GHSA, "Code execution.", "https://example.org/1")
    assert found.mentions[0].severity == Severity("high", "github")
    (vulnerability,) = found.vulnerabilities
    assert (vulnerability.id, vulnerability.exploited, vulnerability.epss, vulnerability.record) == (
        CVE,
        EXPLOITED,
        EPSS,
        NVD,
    )


def test_the_advisory_of_a_distribution(database: Path) -> None:
    found = search(opened(database), "DSA-1-1")
    assert [(one.shard, one.advisory.id) for one in found.mentions] == [("debian-12", CVE)]


@pytest.mark.parametrize("query", ["Py_YAML", "py-yaml", "py.yaml"])
def test_a_package_as_its_ecosystem_spells_it(query: str, database: Path) -> None:
    found = search(opened(database), query)
    assert found.kind == "package"
    assert [(one.shard, one.advisory.id) for one in found.mentions] == [("pypi", GHSA)]


def test_the_vulnerabilities_of_a_package_newest_first(database: Path) -> None:
    found = search(opened(database), "python-yaml")
    assert [one.advisory.id for one in found.mentions] == ["CVE-2026-2", CVE, "CVE-2025-10"]
    assert len(search(opened(database), "python-yaml", "deb").mentions) == 3
    assert search(opened(database), "python-yaml", "pypi").mentions == ()
    assert search(opened(database), "CVE-2026-1", "deb").kind == "package"


def test_nothing_is_known(database: Path) -> None:
    for query in ("CVE-1999-1", "no-such-package"):
        found = search(opened(database), query)
        assert (found.mentions, found.vulnerabilities, found.shards) == ((), (), 5)


def test_no_difference(database: Path) -> None:
    found = opened(database)
    digest = found.set.digest
    assert compare_databases(found, opened(database)) == DatabaseDifference(digest, FIRST, digest, FIRST, 5, ())


def test_what_was_added_removed_and_changed(database: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    publish(
        new,
        "debian-12",
        advisory(CVE, "python-yaml", "5.4-2", note="DSA-1-1"),
        advisory(CVE, "python-yaml", "5.4-2", note="DSA-2-1"),
        advisory("CVE-2026-9", "zlib", "1.3"),
        Advisory("CVE-2025-10", "python-yaml", state="minor", ranges=(Range(),)),
        built=SECOND,
        scheme="deb",
    )
    publish(new, "npm", advisory("CVE-2026-5", "left-pad", "2.0"), built=SECOND)
    with ShardWriter(new, "epss") as writer:
        writer.add_facts(VulnerabilityRecord(CVE, epss=0.6))
        writer.add_facts(VulnerabilityRecord("CVE-2026-2", epss=0.1))
        writer.publish(Provenance("epss", "", 0, "", "epss", built=SECOND))
    with ShardWriter(new, "kev") as writer:
        writer.add_exploited(KnownExploited("CVE-2026-2", "2026-01-02"))
        writer.publish(Provenance("kev", "", 0, "", "kev", built=SECOND))
    found = compare_databases(opened(database), opened(new))
    assert (found.old_date, found.new_date, found.same) == (FIRST, SECOND, 0)
    assert found.shards == (
        ShardDifference(
            "debian-12",
            "both",
            2,
            1,
            1,
            (
                Change("changed", "python-yaml", CVE, "DSA-1-1"),
                Change("added", "python-yaml", CVE, "DSA-2-1"),
                Change("removed", "python-yaml", "CVE-2026-2"),
                Change("added", "zlib", "CVE-2026-9"),
            ),
        ),
        ShardDifference("epss", "both", 1, 0, 1),
        ShardDifference("kev", "both", 1, 1, 0, (Change("removed", "", CVE), Change("added", "", "CVE-2026-2"))),
        ShardDifference("npm", "new", 1, 0, 0, (Change("added", "left-pad", "CVE-2026-5"),)),
        ShardDifference("nvd", "old", 0, 2, 0, (Change("removed", "yaml:pyyaml", CVE),)),
        ShardDifference("pypi", "old", 0, 1, 0, (Change("removed", "py-yaml", GHSA),)),
    )
