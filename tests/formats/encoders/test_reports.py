"""Reports in the formats of other tools, against the schemas of these."""

import csv
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator
from msgspec import structs
from xmlschema import XMLSchema

from lading import Environment, StarterDatabase
from lading import inventory as list_packages
from lading.formats.decoders.reports.trivy import parse_trivy
from lading.formats.encoders.registry import find_format
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from lading.model.finding import Suppression
from lading.model.image import Image
from lading.model.package import Location
from lading.model.report import Report
from tests.formats.encoders.special import SPECIAL
from tests.formats.encoders.test_dockerfile import lined
from tests.samples import IMAGE, FakeStore, deb, fixed_vulnerability, inventory, open_vulnerability, rated, report_on
from tests.support.images import write_image
from tests.support.readers import run_sarif_multitool
from tests.tars import File

HOSTILE = '=cmd|a,"<x>&\x1b\n\udcff'
STORE = FakeStore(
    {
        "debian-12": (
            fixed_vulnerability("CVE-1-1", "curl", "3", rated("high", "nvd", 7.5)),
            fixed_vulnerability("CVE-1-2", "curl", "2", rated("low")),
            open_vulnerability("CVE-1-3", "tar"),
            fixed_vulnerability("CVE-1-4", HOSTILE, "2", rated("critical")),
        )
    }
)


def evaluated(image: Image = IMAGE, version: str = "1") -> Evaluated:
    """Four rows: one fixed by an upgrade, one suppressed, one without a fix, and one with a hostile name."""
    hostile = structs.replace(deb(HOSTILE, "1"), locations=(Location(f"opt/a:b {HOSTILE}", 1),))
    report = report_on(image, inventory(deb("curl", version), deb("tar", "1"), hostile), (), STORE)
    (target,) = report.targets
    ignored = Suppression("ignore", "lading.toml:3", "not reachable", "ops", "2027-01-31")
    findings = tuple(
        structs.replace(one, suppressions=(ignored,), url="javascript:x") if one.id == "CVE-1-2" else one
        for one in target.findings
    )
    return Evaluated(Report("lading 1", (structs.replace(target, findings=findings),)), Decision(day="2026-01-31"))


def written(format: str, value: Evaluated | None = None) -> bytes:
    found = find_format(format, ("report",))
    assert found is not None
    encoded = found.encode(value or evaluated(), View(tool="lading 1.0"))
    assert encoded.endswith(b"\n")
    return encoded


def valid(document: bytes, schema: Path) -> Any:
    read = json.loads(document)
    Draft7Validator(json.loads(schema.read_text())).validate(read)
    return read


def results(document: bytes) -> dict[str, Any]:
    return {one["ruleId"]: one for one in json.loads(document)["runs"][0]["results"]}


def test_sarif_follows_its_schema(shared: Path) -> None:
    for one in (evaluated(), Evaluated(Report("lading 1", ()), Decision())):
        valid(written("sarif", one), shared / "schemas/sarif-2.1.0-rtm.5.schema.json")


@pytest.mark.parametrize("kind", ["special", "lined", "empty"])
def test_sarif_by_microsofts_validator(kind: str, tmp_path: Path) -> None:
    """By the rules of SARIF and of GitHub's code scanning."""
    value = {
        "special": SPECIAL,
        "lined": lined(),
        "empty": Evaluated(report_on(IMAGE, inventory(), (), STORE), Decision()),
    }
    path = tmp_path / "report.sarif"
    path.write_bytes(written("sarif", value[kind]))
    assert run_sarif_multitool(path, tmp_path / "found.sarif") == []


def test_sarif() -> None:
    found = results(written("sarif"))
    assert {id: one["level"] for id, one in found.items()} == {
        "CVE-1-1": "error", "CVE-1-2": "note", "CVE-1-3": "note", "CVE-1-4": "error",
    }  # fmt: skip
    assert found["CVE-1-1"]["message"]["text"] == "CVE-1-1 in curl 1 (high). Upgrade curl to 3."
    assert [one["suppressions"] for one in found.values() if one["ruleId"] != "CVE-1-2"] == [[], [], []]
    assert found["CVE-1-2"]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "ignore lading.toml:3, until 2027-01-31: not reachable",
        }
    ]
    (place,) = found["CVE-1-4"]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == (
        "opt/a%3Ab%20%3Dcmd%7Ca%2C%22%3Cx%3E%26%1B%0A%5Cudcff"
    )
    (run,) = json.loads(written("sarif"))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(found)
    assert run["tool"]["driver"]["rules"][0]["properties"] == {
        "tags": ["security", "vulnerability", "critical"], "security-severity": "9.0", "precision": "very-high",
    }  # fmt: skip
    assert run["automationDetails"]["id"] == "lading/docker.io/library/shop/"
    assert "javascript" not in json.dumps(run)


def test_alerts_outlive_tags_rebuilds_and_upgrades() -> None:
    rebuilt = structs.replace(IMAGE, name="docker.io/library/shop:2.0", digest="sha256:" + "c" * 64)
    before, after = (json.loads(written("sarif", one)) for one in (evaluated(), evaluated(rebuilt, "1.5")))
    names = [[one["partialFingerprints"] for one in log["runs"][0]["results"]] for log in (before, after)]
    assert names[0] == names[1]
    assert before["runs"][0]["automationDetails"] == after["runs"][0]["automationDetails"]


def test_alerts_outlive_a_build_elsewhere(tmp_path: Path) -> None:
    """With other times, a layer more below, and in another directory."""
    status = b"Package: curl\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n"
    entries = [File("etc/os-release", b"ID=debian\nVERSION_ID=12\n"), File("var/lib/dpkg/status", status)]
    later = [replace(one, time=1_700_000_000) for one in entries]
    first = write_image(tmp_path / "one" / "shop", [entries])
    again = write_image(tmp_path / "two" / "shop", [[File("srv/note", b"1")], later])
    logs = []
    for path in (first, again):
        found = list_packages(f"oci:{path}", None, Environment(database=StarterDatabase()))
        report = report_on(found.image, found.inventory, (), STORE)
        logs.append(json.loads(written("sarif", Evaluated(report, Decision(day="2026-01-31")))))
    runs = [log["runs"][0] for log in logs]
    assert [run["automationDetails"]["id"] for run in runs] == ["lading/shop/"] * 2
    names = [[one["partialFingerprints"]["lading/v1"] for one in run["results"]] for run in runs]
    assert names[0] == names[1]
    assert len(names[0]) == 2
    assert str(tmp_path) not in json.dumps([run["results"] for run in runs])


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (("registry.example:5000/shop/app:1.0@sha256:0",), ["lading/registry.example:5000/shop/app/"]),
        (("/builds/shop/image:1.0",), ["lading/image/"]),
        (("build/image:1.0",), ["lading/build/image/"]),
        (("./build/../out/image",), ["lading/out/image/"]),
        (("../image.tar",), ["lading/image.tar/"]),
        (("/",), ["lading/image/"]),
        (("/a/image", "/b/image"), ["lading/image/", "lading/image/2/"]),
    ],
)
def test_analyses_are_told_apart_by_names_that_are_the_same_everywhere(names: tuple[str, ...], ids: list[str]) -> None:
    (target,) = evaluated().report.targets
    image = structs.replace(target.image, platform=None)
    targets = tuple(structs.replace(target, image=structs.replace(image, name=name)) for name in names)
    value = Evaluated(Report("lading 1", targets), Decision(day="2026-01-31"))
    assert [run["automationDetails"]["id"] for run in json.loads(written("sarif", value))["runs"]] == ids


def test_alerts_on_what_checks_find_outlive_tags_and_rebuilds() -> None:
    (target,) = SPECIAL.report.targets
    layers = tuple(structs.replace(one, diff_id="sha256:" + f"{one.index:064}") for one in target.image.layers)
    image = structs.replace(target.image, name="docker.io/library/shop:2.0", digest="", layers=layers)
    issues = tuple(structs.replace(one, line=one.line and one.line + 7) for one in target.issues)
    rebuilt = structs.replace(SPECIAL.report, targets=(structs.replace(target, image=image, issues=issues),))
    before, after = (
        [one["partialFingerprints"] for one in json.loads(written("sarif", value))["runs"][0]["results"]]
        for value in (SPECIAL, structs.replace(SPECIAL, report=rebuilt))
    )
    assert before == after
    assert len(before) > len(target.issues)


def test_a_run_has_as_many_results_as_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lading.formats.encoders.sarif._MOST_RESULTS", 2)
    document = written("sarif")
    assert list(results(document)) == ["CVE-1-4", "CVE-1-1"]
    notes = json.loads(document)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["message"]["text"] == "2 results of the least severity are left out."


def test_gitlab(shared: Path) -> None:
    read = valid(written("gitlab"), shared / "schemas/gitlab-container-scanning-15.2.1.schema.json")
    assert {one["name"]: (one["severity"], one["solution"]) for one in read["vulnerabilities"]} == {
        "CVE-1-1": ("High", "Upgrade curl to 3."),
        "CVE-1-3": ("Unknown", "No fixed version is known."),
        "CVE-1-4": ("Critical", f"Upgrade {HOSTILE} to 2.".replace("\udcff", "\\udcff")),
    }
    assert read["vulnerabilities"][0]["location"]["operating_system"] == "Debian GNU/Linux 12 (bookworm)"
    valid(
        written("gitlab", Evaluated(Report("lading 1", ()), Decision())),
        shared / "schemas/gitlab-container-scanning-15.2.1.schema.json",
    )


def test_junit() -> None:
    (suite,) = ElementTree.fromstring(written("junit"))
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped", "timestamp")} == {
        "tests": "4", "failures": "3", "errors": "0", "skipped": "1", "timestamp": "2026-01-31T00:00:00",
    }  # fmt: skip
    cases = {case.get("name"): case[0] for case in suite.iter("testcase")}
    assert cases["[high] CVE-1-1 in curl 1"].get("message") == "Upgrade curl to 3."
    assert cases["[low] CVE-1-2 in curl 1"].get("message") == "ignore lading.toml:3: not reachable"
    assert '[critical] CVE-1-4 in =cmd|a,"<x>&\\x1b \\udcff 1' in cases


@pytest.mark.parametrize("value", [SPECIAL, Evaluated(Report("lading 1", ()), Decision())])
def test_junit_by_the_schema_of_jenkins(value: Evaluated, shared: Path) -> None:
    XMLSchema(shared / "schemas/JUnit.xsd").validate(written("junit", value).decode())


def test_csv() -> None:
    rows = list(csv.DictReader(StringIO(written("csv").decode(), newline="")))
    assert [(row["vulnerability"], row["package"], row["fixed_version"]) for row in rows] == [
        ("CVE-1-4", "'=cmd|a,\"<x>&\\x1b \\udcff", "2"),
        ("CVE-1-1", "curl", "3"),
        ("CVE-1-2", "curl", "2"),
        ("CVE-1-3", "tar", ""),
    ]
    assert rows[2]["suppressed"] == "ignore lading.toml:3 not reachable"


def test_markdown() -> None:
    assert written("markdown").decode().splitlines() == [
        "### docker.io/library/shop:1.4",
        "",
        "**3 vulnerabilities**: 1 critical, 1 high, 1 unrated",
        "",
        "2 vulnerabilities can be fixed by upgrading 2 packages; 1 has no fix yet.",
        "",
        "| vulnerability | severity | package | fixed in |",
        "|---|---|---|---|",
        '| CVE-1-4 | critical | =cmd\\|a,"\\<x\\>\\&\\\\x1b \\\\udcff 1 | 2 |',
        "| CVE-1-1 | high | curl 1 | 3 |",
        "| CVE-1-3 | unrated | tar 1 |  |",
        "",
    ]


def test_markdown_fits_into_a_comment() -> None:
    (target,) = evaluated().report.targets
    first = target.findings[1]
    many = tuple(
        structs.replace(first, id=f"CVE-2-{number}", package=structs.replace(first.package, source="*" * 300))
        for number in range(2000)
    )
    text = written("markdown", Evaluated(Report("", (structs.replace(target, findings=many),)), Decision())).decode()
    assert 50_000 < len(text) <= 60_000
    shown = text.count("| CVE-2-")
    assert f"and {2000 - shown:,} more" in text


def test_trivy_is_read_as_a_report_of_trivys() -> None:
    read = parse_trivy(written("trivy"), "report.json")
    assert read.target == IMAGE.name
    assert read.config_digest == IMAGE.config_digest
    name = HOSTILE.replace("\udcff", "\\udcff")
    assert {(row.id, row.package.name, row.package.version, bool(row.left_out)) for row in read.rows} == {
        ("CVE-1-1", "curl", "1", False), ("CVE-1-2", "curl", "1", True), ("CVE-1-3", "tar", "1", False),
        ("CVE-1-4", name, "1", False),
    }  # fmt: skip
    (result,) = json.loads(written("trivy"))["Results"]
    assert (result["Class"], result["Type"]) == ("os-pkgs", "debian")
    assert [one["Status"] for one in result["Vulnerabilities"]] == ["fixed", "fixed", "affected"]
