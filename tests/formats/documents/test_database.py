"""What a database knows, and in what two differ, as JSON and as text."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import Struct

from lading.advisories.sets import SCHEMA, ShardSet
from lading.formats.documents.database import (
    DIFFERENCE_SCHEMA,
    SEARCH_SCHEMA,
    DifferenceDocument,
    SearchDocument,
    encode_difference,
    encode_search,
)
from lading.formats.documents.schema import schema_of
from lading.formats.encoders.text.difference import encode_difference_table
from lading.formats.encoders.text.search import encode_search_table, versions_text
from lading.formats.view import View
from lading.model.advisory import (
    Advisory,
    AdvisoryText,
    Condition,
    Import,
    KnownExploited,
    Provenance,
    Range,
    Severity,
    VulnerabilityRecord,
)
from lading.model.search import Change, DatabaseDifference, KnownVulnerability, Mention, SearchResult, ShardDifference
from tests.support.golden import Golden

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"
CVE = "CVE-2026-1"
HIGH = Severity("high", "github", 8.1, "CVSS:3.1/x")
NONE = Severity("unknown")


def mention(shard: str, one: Advisory, severity: Severity = NONE, summary: str = "") -> Mention:
    return Mention(shard, "pypi", one, AdvisoryText(one.id, summary), severity)


VULNERABILITY = SearchResult(
    CVE,
    "vulnerability",
    "sha256:ab",
    9,
    (
        KnownVulnerability(
            CVE,
            KnownExploited(CVE, "2026-01-01", "2026-01-22", True),
            VulnerabilityRecord(CVE, epss=0.5, percentile=0.99),
            VulnerabilityRecord(
                CVE, (Severity("high", "nvd", 8.1, "CVSS:3.1/x"),), ("CWE-79",), "2026-01-01T10:00", "A vulnerability."
            ),
        ),
    ),
    (
        mention("debian-12", Advisory(CVE, "yaml", state="not_affected")),
        mention("pypi", Advisory("GHSA-1", "pyyaml", ranges=(Range(fixed="5.4"),), aliases=(CVE,)), HIGH, "Execution."),
        mention("pypi", Advisory("GHSA-1", "yaml", ranges=(Range(fixed="5.4"),), aliases=(CVE,)), HIGH),
    ),
)
PACKAGE = SearchResult(
    "yaml",
    "package",
    "sha256:ab",
    9,
    (KnownVulnerability(CVE, KnownExploited(CVE, "2026-01-01")),),
    (
        mention("pypi", Advisory("GHSA-1", "yaml", ranges=(Range(fixed="5.4"),), aliases=(CVE,)), HIGH, "Execution."),
        mention("pypi", Advisory("CVE-2026-2", "yaml", state="not_affected")),
    ),
)
DIFFERENCE = DatabaseDifference(
    f"sha256:{'1' * 64}",
    "2026-01-01T12:00:00Z",
    f"sha256:{'2' * 64}",
    "2026-01-02T12:00:00Z",
    3,
    (
        ShardDifference("epss", "both", 1200, 0, 31),
        ShardDifference(
            "pypi", "both", 1, 1, 0, (Change("added", "yaml", "CVE-1", "DSA-1"), Change("removed", "zope", "CVE-2"))
        ),
        ShardDifference("npm", "new", 1, 0, 0, (Change("added", "left-pad", "CVE-3"),)),
    ),
)


@pytest.mark.parametrize(
    ("document", "address"),
    [(SearchDocument, SEARCH_SCHEMA), (DifferenceDocument, DIFFERENCE_SCHEMA), (ShardSet, SCHEMA)],
)
def test_the_published_schema_is_current(document: type[Struct], address: str, golden: Golden) -> None:
    golden(SCHEMAS / address.rpartition("/")[2], schema_of(document, address))


def validated(data: bytes, schema: str) -> Any:
    document = json.loads(data)
    jsonschema.Draft202012Validator(json.loads((SCHEMAS / schema).read_bytes())).validate(document)
    return document


def test_json_follows_its_schema() -> None:
    condition = Condition(("x86_64",), "nodejs:18", imports=(Import("net/http", ("Get",)),))
    conditional = mention("go", Advisory("GO-1", "stdlib", condition=condition, versions=("1.0",)))
    found = validated(encode_search(VULNERABILITY, View()), "search-1.json")
    assert found["mentions"][1]["fixed_version"] == "5.4"
    assert found["mentions"][1]["severity"] == {"label": "high", "source": "github", "score": 8.1, "text": "CVSS:3.1/x"}
    assert found["vulnerabilities"][0]["epss"] == 0.5
    found = validated(encode_search(SearchResult("x", "package", "", 1, (), (conditional,)), View()), "search-1.json")
    assert found["mentions"][0]["condition"]["imports"][0]["symbols"] == ["Get"]
    found = validated(encode_difference(DIFFERENCE, View()), "difference-1.json")
    assert found["shards"][1]["changes"][0] == {"change": "added", "package": "yaml", "id": "CVE-1", "note": "DSA-1"}
    validated(ShardSet((Provenance("kev", "sha256:ab", 1, "", "kev"),)).document, "database-1.json")


def test_a_vulnerability_as_text() -> None:
    assert encode_search_table(VULNERABILITY, View(100, show_all=False)).decode() == (
        "CVE-2026-1\n"
        "also          GHSA-1\n"
        "              A vulnerability.\n"
        "severity      high 8.1 (nvd) CVSS:3.1/x\n"
        "weaknesses    CWE-79\n"
        "published     2026-01-01\n"
        "EPSS          50.0% within 30 days, above 99% of all vulnerabilities\n"
        "CISA KEV      exploited, listed on 2026-01-01, to be fixed by 2026-01-22, by ransomware too\n"
        "\n"
        "shard      package       affected      severity  advisory\n"
        "debian-12  yaml          not affected\n"
        "pypi       pyyaml, yaml  before 5.4    high      GHSA-1\n"
    )


def test_where_there_is_no_room_packages_stand_below_whose_statement_it_is() -> None:
    text = encode_search_table(VULNERABILITY, View(80, show_all=False)).decode()
    assert text.partition("ransomware too\n")[2] == (
        "\ndebian-12\nyaml  not affected\n\npypi  high  GHSA-1\npyyaml, yaml  before 5.4\n"
    )


def test_a_package_as_text() -> None:
    shown = (
        "\n"
        "── yaml (pypi) · 2 vulnerabilities ─────────────────────────────────\n"
        "id      severity  affected         advisory\n"
        "GHSA-1  high      before 5.4  KEV  CVE-2026-1  Execution.\n"
        "1 more vulnerability without effect on it (--all)\n"
    )
    assert encode_search_table(PACKAGE, View(68, show_all=False)).decode() == shown
    everything = encode_search_table(PACKAGE, View(68, show_all=True)).decode().splitlines()
    assert everything[-1] == "CVE-2026-2            not affected"
    nothing = SearchResult("nix", "package", "", 1, (), ())
    assert encode_search_table(nothing, View(80, show_all=False)).decode() == (
        "nix: nothing is known of this package in 1 shard.\n"
    )


@pytest.mark.parametrize(
    ("advisory", "text"),
    [
        (
            Advisory("1", "a", ranges=(Range("1", "2"), Range("3", last_affected="4"))),
            "from 1 before 2; from 3 up to 4",
        ),
        (Advisory("1", "a", ranges=(Range(after="1"),)), "after 1 on"),
        (Advisory("1", "a", ranges=(Range("1"),), state="wont_fix"), "from 1 on (will not be fixed)"),
        (
            Advisory("1", "a", ranges=tuple(Range(fixed=str(n)) for n in range(5))),
            "before 0; before 1; before 2; 2 more ranges",
        ),
        (Advisory("1", "a", versions=("1", "2")), "1, 2"),
        (Advisory("1", "a"), "all versions"),
        (Advisory("1", "a", ranges=(Range(fixed="2"),), condition=Condition(module="x:1")), "before 2 (module x:1)"),
    ],
)
def test_versions_in_words(advisory: Advisory, text: str) -> None:
    assert versions_text(advisory) == text


def test_a_difference_as_text() -> None:
    assert encode_difference_table(DIFFERENCE, View(60, show_all=False)).decode() == (
        "old  sha256:111111111111  as of 2026-01-01T12:00:00Z\n"
        "new  sha256:222222222222  as of 2026-01-02T12:00:00Z\n"
        "\n"
        "shard  added  removed  changed\n"
        "epss   1,200        0       31\n"
        "pypi       1        1        0\n"
        "npm        1        0        0  only in the new one\n"
        "3 shards without a difference\n"
        "\n"
        "── pypi ────────────────────────────────────────────────────\n"
        "+ yaml CVE-1 (DSA-1)\n"
        "- zope CVE-2\n"
    )
    listed = encode_difference_table(DIFFERENCE, View(60, show_all=True)).decode()
    assert listed.endswith("\n+ left-pad CVE-3\n")
    same = DatabaseDifference("sha256:1", "2026-01-01", "sha256:1", "2026-01-01", 3, ())
    assert encode_difference_table(same, View(60, show_all=False)).decode().endswith("\nNo difference in 3 shards.\n")
