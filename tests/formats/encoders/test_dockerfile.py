"""Reports with the lines of a Dockerfile, which formats show as they can."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from msgspec import structs

from lading.formats.encoders.registry import find_format
from lading.formats.view import View
from lading.model.decision import Evaluated
from lading.model.report import Report
from tests.formats.encoders.special import SPECIAL

_LINES = ((4, 4), (5, 7), (9, 9))


def lined() -> Evaluated:
    """The report with lines for all its layers."""
    (target,) = SPECIAL.report.targets
    layers = tuple(
        structs.replace(layer, line=first, last_line=last)
        for layer, (first, last) in zip(target.image.layers, _LINES, strict=True)
    )
    image = structs.replace(target.image, dockerfile="docker/App Dockerfile", layers=layers)
    return Evaluated(Report("lading 1", (structs.replace(target, image=image),)), SPECIAL.decision)


def written(name: str, value: Evaluated) -> bytes:
    found = find_format(name, ("report",))
    assert found is not None
    return found.encode(value, View(tool="lading 1.0"))


def results(value: Evaluated) -> dict[str, Any]:
    return {one["ruleId"]: one for one in json.loads(written("sarif", value))["runs"][0]["results"]}


def test_sarif_has_the_line_as_the_place(shared: Path) -> None:
    schema = json.loads((shared / "schemas/sarif-2.1.0-rtm.5.schema.json").read_text())
    Draft7Validator(schema).validate(json.loads(written("sarif", lined())))
    before, after = results(SPECIAL), results(lined())
    assert after["CVE-2023-38545"]["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "docker/App%20Dockerfile"},
                "region": {"startLine": 5, "endLine": 7},
            },
            "message": {"text": "RUN apt-get install curl, layer 2"},
        }
    ]
    assert after["CVE-2023-38545"]["relatedLocations"] == before["CVE-2023-38545"]["locations"]
    assert [one["partialFingerprints"] for one in after.values()] == [
        one["partialFingerprints"] for one in before.values()
    ]
    assert all("relatedLocations" not in one for one in before.values())


def test_gitlab_has_the_line_as_a_detail(shared: Path) -> None:
    schema = json.loads((shared / "schemas/gitlab-container-scanning-15.2.1.schema.json").read_text())
    read = json.loads(written("gitlab", lined()))
    Draft7Validator(schema).validate(read)
    details = {one["name"]: one.get("details") for one in read["vulnerabilities"]}
    lines = {"type": "file-location", "name": "Introduced by", "file_name": "docker/App Dockerfile"}
    assert details["CVE-2021-23337"] == {"dockerfile": {**lines, "line_start": 9, "line_end": 9}}
    assert details["Root may log in"] == {"dockerfile": {**lines, "line_start": 5, "line_end": 7}}
    assert details["The image runs as root"] is None
    assert all("details" not in one for one in json.loads(written("gitlab", SPECIAL))["vulnerabilities"])


def test_csv_and_junit_name_the_line() -> None:
    rows = list(csv.DictReader(StringIO(written("csv", lined()).decode(), newline="")))
    assert {row["line"] for row in rows if row["layer"] == "2"} == {"docker/App Dockerfile:5"}
    assert b"Introduced by docker/App Dockerfile:4." in written("junit", lined())
    assert b"Set PermitRootLogin to no. Introduced by docker/App Dockerfile:5." in written("junit", lined())
    assert b"Introduced by" not in written("junit", SPECIAL)


def test_markdown_names_the_lines() -> None:
    text = written("markdown", lined()).decode()
    assert "| CVE-2023-38545 | critical | curl 7.88.1-10 | 7.88.1-10+deb12u4 |  | docker/App Dockerfile:5 |\n" in text
    assert "| sshd-root-login | high | /etc/ssh/sshd\\_config:32, docker/App Dockerfile:5 |" in text
    assert "introduced by" not in written("markdown", SPECIAL).decode()


def test_people_see_the_lines() -> None:
    found = find_format("table", ("report",))
    assert found is not None
    for group_by in ("upgrade", "package", "layer"):
        table = found.encode(lined(), View(width=120, group_by=group_by)).decode()
        assert "← docker/App Dockerfile:5 RUN apt-get install curl" in table
    assert "docker/App Dockerfile:5" in found.encode(lined(), View(width=120, summary=True)).decode()
    assert "/etc/ssh/sshd_config:32  PermitRootLogin yes  layer 2, docker/App Dockerfile:5" in table
    assert "Dockerfile" not in found.encode(SPECIAL, View(width=120)).decode()
    assert (
        "layer 2: 1 vulnerability in 1 package  ← docker/App Dockerfile:5 RUN apt-get"
        in written("tree", lined()).decode()
    )


def test_json_has_the_line_of_each_finding() -> None:
    (target,) = json.loads(written("json", lined()))["targets"]
    lines = {one["id"]: one["introduced_by"]["line"] for one in target["findings"]}
    assert (lines["CVE-2005-2541"], lines["CVE-2021-23337"]) == ("docker/App Dockerfile:4", "docker/App Dockerfile:9")
