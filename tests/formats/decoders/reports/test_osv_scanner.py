"""OSV-Scanner's JSON."""

import json
from typing import Any

import pytest

from lading.formats.decoders.reports.osv_scanner import parse_osv_scanner
from lading.model.errors import FormatError
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow

PYSEC = {
    "id": "PYSEC-2024-1",
    "aliases": ["CVE-2024-1"],
    "affected": [
        {
            "package": {"name": "a", "ecosystem": "PyPI"},
            "ranges": [
                {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "f" * 40}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.6"}]},
            ],
        },
        {"package": {"name": "b", "ecosystem": "PyPI"}, "ranges": [{"events": [{"fixed": "9"}]}]},
    ],
}
GHSA = {"id": "GHSA-aaaa-bbbb-cccc", "aliases": ["CVE-2024-1"]}


def package(name: str, ecosystem: str, *vulnerabilities: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {"name": name, "version": "1.5", "ecosystem": ecosystem}
    return {"package": named, "vulnerabilities": list(vulnerabilities), **more}


def parse(*packages: dict[str, Any], path: str = "/opt/METADATA", type: str = "artifact") -> ForeignReport:
    source = {"path": path, "type": type}
    document = {
        "results": [{"source": source, "packages": list(packages)}],
        "image_metadata": {"layer_metadata": [{"diff_id": "sha256:a"}, {"diff_id": ""}]},
    }
    return parse_osv_scanner(json.dumps(document).encode(), "o.json")


def test_names_of_one_vulnerability_are_one_row() -> None:
    ids = ["GHSA-aaaa-bbbb-cccc", "PYSEC-2024-1"]
    group = {"ids": ids, "aliases": ["CVE-2024-1", *ids], "max_severity": "7.5"}
    read = parse(package("a", "PyPI", PYSEC, GHSA, groups=[group]))
    assert read == ForeignReport(
        tool="OSV-Scanner",
        rows=(
            ForeignRow(
                id="GHSA-aaaa-bbbb-cccc",
                package=ForeignPackage("pypi", "a", "1.5"),
                aliases=("PYSEC-2024-1", "CVE-2024-1"),
                paths=("opt/METADATA",),
                fixed_version="1.6",
                severity="high",
                source="GHSA",
            ),
        ),
        diff_ids=("sha256:a",),
    )


def test_a_distributions_record_names_what_it_is_about() -> None:
    dsa = {"id": "DSA-1-1", "related": ["CVE-2024-1"], "upstream": ["CVE-2024-2"]}
    found = package("openssl", "Debian:12", dsa)
    found["package"]["os_package_name"] = "libssl3"
    (row,) = parse(found, path="/var/lib/dpkg/status", type="os").rows
    assert (row.package, row.aliases) == (ForeignPackage("deb", "libssl3", "1.5"), ("CVE-2024-2", "CVE-2024-1"))
    assert row.paths == ()


def test_packages_without_a_vulnerability_tell_that_all_are_listed() -> None:
    assert parse(package("a", "PyPI", PYSEC)).packages is None
    both = parse(package("a", "PyPI", PYSEC), {"package": {"name": "c", "version": "1", "ecosystem": "npm"}})
    assert both.packages == (ForeignPackage("pypi", "a", "1.5"), ForeignPackage("npm", "c", "1"))


@pytest.mark.parametrize(
    ("analysis", "left_out"),
    [
        ({"called": True}, ""),
        ({"called": False}, "not called, by its call analysis"),
        ({"called": True, "unimportant": True}, "unimportant"),
    ],
)
def test_its_own_analysis_leaves_rows_out(analysis: dict[str, bool], left_out: str) -> None:
    group = {"ids": ["PYSEC-2024-1"], "max_severity": "", "experimental_analysis": {"PYSEC-2024-1": analysis}}
    (row,) = parse(package("a", "PyPI", PYSEC, groups=[group])).rows
    assert (row.left_out, row.severity) == (left_out, "unknown")


def test_a_severity_may_be_a_word_of_the_database() -> None:
    (row,) = parse(package("a", "PyPI", PYSEC | {"database_specific": {"severity": "MODERATE"}})).rows
    assert row.severity == "medium"


def test_an_advisory_may_be_withdrawn() -> None:
    (row,) = parse(package("a", "PyPI", PYSEC | {"withdrawn": "2024-02-01T00:00:00Z"})).rows
    assert row.withdrawn


@pytest.mark.parametrize("data", [b'{"results": [{"packages": [{}]}]}', b'{"results": {}}', b"["])
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^o\.json: cannot be read as OSV-Scanner's report: "):
        parse_osv_scanner(data, "o.json")
