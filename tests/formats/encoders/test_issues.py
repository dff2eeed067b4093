"""What checks find, in the formats of other tools."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

from lading.formats.encoders.registry import find_format
from lading.formats.view import View
from tests.formats.encoders.special import IMAGE, ISSUES, SPECIAL, VARIABLES

COUNTING = [one for one in ISSUES if one.counts]


def written(name: str, **view: Any) -> bytes:
    found = find_format(name, ("report",))
    assert found is not None
    return found.encode(SPECIAL, View(tool="lading 1.0", variables=VARIABLES, **view))


def test_csv_has_a_line_for_each() -> None:
    rows = [row for row in csv.DictReader(StringIO(written("csv").decode(), newline="")) if row["kind"] in (
        "misconfiguration", "secret", "license",
    )]  # fmt: skip
    assert [row["vulnerability"] for row in rows] == [one.id for one in ISSUES if one.kind != "malware"]
    found = {row["vulnerability"]: row for row in rows}
    sshd = found["sshd-root-login"]
    assert {name: value for name, value in sshd.items() if value} == {
        "image": IMAGE.name, "vulnerability": "sshd-root-login", "severity": "high", "status": "affected", "layer": "2",
        "path": "etc/ssh/sshd_config", "fingerprint": ISSUES[1].fingerprint, "kind": "misconfiguration",
        "summary": "Root may log in: PermitRootLogin yes", "file_line": "32", "fix": "Set PermitRootLogin to no.",
    }  # fmt: skip
    assert found["cron-open"]["hidden"] == "shipped"
    assert found["setuid-unowned"]["suppressed"] == "ignore lading.toml:9 reviewed"
    assert (found["GPL-3.0-only"]["package"], found["GPL-3.0-only"]["type"]) == ("curl", "deb")


def test_gitlab_has_the_place_where_packages_stand(shared: Path) -> None:
    schema = json.loads((shared / "schemas/gitlab-container-scanning-15.2.1.schema.json").read_text())
    read = json.loads(written("gitlab"))
    Draft7Validator(schema).validate(read)
    found = {
        one["identifiers"][0]["value"]: (one["severity"], one["location"]["dependency"]["package"]["name"])
        for one in read["vulnerabilities"]
        if one["identifiers"][0]["type"].startswith("lading_")
    }
    assert found == {
        "user-root": ("Medium", "image configuration"),
        "sshd-root-login": ("High", "/etc/ssh/sshd_config:32"),
        "aws-access-key": ("Critical", "/srv/app/.env:2"),
        "generic-password": ("High", "ENV DB_PASSWORD"),
        "GPL-3.0-only": ("High", "curl"),
        "webshell": ("Critical", "/srv/www/c99.php"),
    }


def test_security_hub_has_each_with_the_rules_that_it_breaks() -> None:
    found = {one["GeneratorId"].partition("/")[2]: one for one in json.loads(written("asff"))}
    ids = [one.id for one in ISSUES]
    assert [id for id in found if id in ids] == [one.id for one in ISSUES if not one.hidden_reason]
    assert found["user-root"]["Compliance"] == {
        "Status": "FAILED", "RelatedRequirements": ["docker-cis 4.1", "nist-800-190 4.1.2"],
    }  # fmt: skip
    assert found["webshell"]["Malware"][0]["Path"] == "/srv/www/c99.php"
    assert found["setuid-unowned"]["Workflow"] == {"Status": "SUPPRESSED"}
    assert found["aws-access-key"]["Types"] == ["Sensitive Data Identifications/Passwords"]


def test_metrics_count_them_by_kind() -> None:
    lines = [line for line in written("prometheus").decode().splitlines() if line.startswith("lading_issues")]
    counted = {line.partition("{")[0]: 0 for line in lines}
    for line in lines:
        counted[line.partition("{")[0]] += int(line.rpartition(" ")[2])
    assert counted == {"lading_issues": len(COUNTING), "lading_issues_hidden": 1, "lading_issues_suppressed": 1}
    about = 'image="docker.io/library/shop",platform="linux/amd64"'
    assert f'lading_issues{{{about},kind="secret",severity="critical"}} 1' in lines
    assert f'lading_issues{{{about},kind="secret",severity="low"}} 0' in lines


def test_a_template_gets_them() -> None:
    template = "{% for one in issues %}{{ one.id }} {{ one.kind }} {{ one.place }}{{ one.suppressed_by }}\n{% endfor %}"
    text = written("template", template=template, template_name="x.txt").decode()
    assert text.splitlines()[1] == "sshd-root-login misconfiguration /etc/ssh/sshd_config:32"
    assert len(text.splitlines()) == len(ISSUES)


def test_no_format_shows_more_of_a_secret_than_the_report() -> None:
    for name in ("asff", "csv", "gitlab", "junit", "markdown", "sarif", "trivy"):
        assert b"AKIA****************" in written(name).replace(rb"\*", b"*")
