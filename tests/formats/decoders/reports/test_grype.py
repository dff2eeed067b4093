"""Grype's JSON."""

import json
from typing import Any

import pytest

from lading.formats.decoders.reports.grype import parse_grype
from lading.model.errors import FormatError
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow


def match(id: str = "GHSA-aaaa-bbbb-cccc", **more: Any) -> dict[str, Any]:
    return {
        "vulnerability": {
            "id": id,
            "namespace": "github:language:java",
            "severity": "Critical",
            "fix": {"versions": ["3.2.2", "4.1"], "state": "fixed"},
        },
        "relatedVulnerabilities": [{"id": "CVE-2015-7501"}],
        "artifact": {
            "name": "commons-collections",
            "version": "3.2.1",
            "type": "java-archive",
            "purl": "pkg:maven/commons-collections/commons-collections@3.2.1",
            "locations": [
                {"path": "/app/app.jar", "annotations": {"evidence": "primary"}},
                {"path": "/app/pom.properties", "annotations": {"evidence": "supporting"}},
            ],
        },
        **more,
    }


ROW = ForeignRow(
    id="GHSA-aaaa-bbbb-cccc",
    package=ForeignPackage("maven", "commons-collections:commons-collections", "3.2.1"),
    aliases=("CVE-2015-7501",),
    paths=("app/app.jar",),
    fixed_version="3.2.2, 4.1",
    severity="critical",
    source="github:language:java",
)


def parse(**document: Any) -> ForeignReport:
    return parse_grype(json.dumps(document).encode(), "g.json")


def test_a_report() -> None:
    target = {"userInput": "shop:1", "imageID": "sha256:1f", "layers": [{"digest": "sha256:a"}]}
    read = parse(
        matches=[match()],
        source={"type": "image", "target": target},
        descriptor={"name": "grype", "version": "0.116.0", "timestamp": "2026-11-28T20:51:40Z"},
    )
    assert read == ForeignReport(
        "Grype 0.116.0", (ROW,), "shop:1", "2026-11-28T20:51:40Z", None, "sha256:1f", ("sha256:a",)
    )


def test_ignored_matches_say_by_which_rule() -> None:
    rule = {"vulnerability": "GHSA-aaaa-bbbb-cccc", "reason": "not used", "namespace": ""}
    read = parse(matches=None, ignoredMatches=[match(appliedIgnoreRules=[rule]), match(appliedIgnoreRules=[{}])])
    said = [row.left_out for row in read.rows]
    assert said == ["ignored by a rule (GHSA-aaaa-bbbb-cccc not used)", "ignored by a rule"]


def test_a_package_without_a_package_url_goes_by_its_type() -> None:
    found = match()
    found["artifact"] |= {"purl": "", "type": "rpm", "name": "bash", "version": "0:5.1-6.el9", "locations": None}
    found["vulnerability"] |= {"fix": {"versions": [], "state": "wont-fix"}}
    (row,) = parse(matches=[found]).rows
    assert (row.package, row.fixed_version, row.paths) == (ForeignPackage("rpm", "bash", "0:5.1-6.el9"), "", ())


def test_a_report_of_what_has_a_fix_alone_says_so() -> None:
    assert parse(matches=[], descriptor={"configuration": {"only-fixed": True}}).only_fixed
    assert not parse(matches=[], descriptor={"configuration": {"only-fixed": False}}).only_fixed


def test_a_directory_is_named_by_its_path() -> None:
    assert parse(matches=[], source={"type": "directory", "target": "/srv"}).target == "/srv"


@pytest.mark.parametrize("data", [b'{"matches": [{}]}', b'{"matches": 1}', b"\xff"])
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^g\.json: cannot be read as Grype's report: "):
        parse_grype(data, "g.json")
