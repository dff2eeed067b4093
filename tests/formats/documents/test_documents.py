"""Lading's own JSON and its published schemas."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import Struct, structs

from lading.formats.documents.changes import CHANGES_SCHEMA, ChangesDocument, encode_changes
from lading.formats.documents.comparison import COMPARISON_SCHEMA, ComparisonDocument, encode_comparison
from lading.formats.documents.completeness import COMPLETENESS_SCHEMA, CompletenessDocument
from lading.formats.documents.explanation import EXPLANATION_SCHEMA, ExplanationDocument, encode_explanation
from lading.formats.documents.exposure import EXPOSURE_SCHEMA, ExposureDocument
from lading.formats.documents.fixes import FIXES_SCHEMA, FixesDocument
from lading.formats.documents.fleet import SUMMARY_SCHEMA, SummaryDocument
from lading.formats.documents.inventory import INVENTORY_SCHEMA, InventoryDocument, encode_inventory
from lading.formats.documents.licenses import LICENSES_SCHEMA, LicensesDocument
from lading.formats.documents.rematch import REMATCH_SCHEMA, RematchDocument
from lading.formats.documents.report import REPORT_SCHEMA, ReportDocument, report_json
from lading.formats.documents.schema import schema_of
from lading.formats.documents.workloads import WORKLOADS_SCHEMA, WorkloadsDocument
from lading.formats.view import View
from lading.match.against import compare_with
from lading.match.explain import explain_vulnerability
from lading.model.changes import EvaluatedChanges
from lading.model.decision import Evaluated
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow
from lading.model.report import InventoryResult
from lading.policy.diff import diff
from lading.policy.exit_on import decide_on, parse_exit_on
from lading.policy.gate import decide
from lading.policy.policy import Policy
from tests.formats.documents.sample import EVALUATED, REPORT
from tests.samples import DAY, IMAGE, MATCHING, FakeStore, deb, inventory, report_on, shop, shop_store
from tests.support.golden import Golden

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"
VIEW = View(tool="lading 1")


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_bytes())


@pytest.mark.parametrize(
    ("document", "address"),
    [
        (ReportDocument, REPORT_SCHEMA),
        (InventoryDocument, INVENTORY_SCHEMA),
        (ExplanationDocument, EXPLANATION_SCHEMA),
        (ComparisonDocument, COMPARISON_SCHEMA),
        (ChangesDocument, CHANGES_SCHEMA),
        (FixesDocument, FIXES_SCHEMA),
        (CompletenessDocument, COMPLETENESS_SCHEMA),
        (SummaryDocument, SUMMARY_SCHEMA),
        (WorkloadsDocument, WORKLOADS_SCHEMA),
        (ExposureDocument, EXPOSURE_SCHEMA),
        (RematchDocument, REMATCH_SCHEMA),
        (LicensesDocument, LICENSES_SCHEMA),
    ],
)
def test_the_published_schema_is_current(document: type[Struct], address: str, golden: Golden) -> None:
    golden(SCHEMAS / address.rpartition("/")[2], schema_of(document, address))


def test_a_report_follows_its_schema() -> None:
    document = json.loads(report_json(EVALUATED, VIEW))
    jsonschema.Draft202012Validator(schema("report-2.json")).validate(document)
    assert list(document) == ["schema", "tool", "database", "starter", "incomplete", "decision", "targets", "pinned"]
    assert (document["schema"], document["incomplete"]) == (REPORT_SCHEMA, True)
    decision = document["decision"]
    assert (decision["failed"], decision["exit_status"]) == (True, 1)
    (rule,) = decision["rules"]
    assert (rule["rule"], len(rule["failing"]), rule["unrated"]) == ("--fail-on high", 2, 2)
    (target,) = document["targets"]
    assert set(rule["failing"]) <= {finding["occurrence"] for finding in target["findings"]}
    assert {finding["package"] for finding in target["findings"]} <= {one["id"] for one in target["packages"]}


def test_an_explanation_follows_its_schema() -> None:
    for id in ("CVE-2023-5363", "CVE-1-1"):
        document = json.loads(
            encode_explanation(explain_vulnerability(IMAGE, shop(), shop_store(), MATCHING, id), VIEW)
        )
        jsonschema.Draft202012Validator(schema("explanation-1.json")).validate(document)
        assert document["schema"] == EXPLANATION_SCHEMA


def test_changes_follow_their_schema() -> None:
    old = report_on(IMAGE, inventory(deb("curl", "7.88.1-10", layer=2)), (), shop_store())
    changes = diff(old, REPORT)
    evaluated = EvaluatedChanges(changes, decide_on(changes, parse_exit_on(("new:high",))))
    document = json.loads(encode_changes(evaluated, VIEW))
    jsonschema.Draft202012Validator(schema("changes-1.json")).validate(document)
    assert (document["schema"], document["tool"], document["same"]) == (CHANGES_SCHEMA, "lading 1", 1)
    assert document["decision"]["failed"]
    first = document["rows"][0]
    assert (first["kind"], first["cause"], first["why"]) == ("introduced", "image", "libssl3, openssl were added")
    assert (first["type"], first["package"], first["new_versions"]) == ("deb", "openssl", ["3.0.9-1"])
    assert first["finding"]["id"] == "CVE-2023-5363"


def test_a_comparison_follows_its_schema() -> None:
    foreign = ForeignReport("Trivy 1", (ForeignRow("CVE-1-1", ForeignPackage("deb", "curl", "7.88.1-10")),))
    findings = REPORT.targets[0].findings
    comparison = compare_with(foreign, "t.json", IMAGE, shop(), findings, shop_store(), MATCHING)
    document = json.loads(encode_comparison(comparison, VIEW))
    jsonschema.Draft202012Validator(schema("comparison-1.json")).validate(document)
    assert document["report"] == {"file": "t.json", "scanner": "Trivy 1", "entries": 1, "rows": 1}
    assert document["differences"][0] == {
        "side": "report",
        "cause": "not-in-data",
        "why": "CVE-1-1 is not in debian-12 of 2023-07-14",
        "id": "CVE-1-1",
        "type": "deb",
        "name": "curl",
        "version": "7.88.1-10",
        "shard": "debian-12",
    }


def test_an_empty_report_follows_its_schema() -> None:
    report = report_on(IMAGE, inventory(distribution=None), (), FakeStore({}))
    document = json.loads(report_json(Evaluated(report, decide(report, Policy(), DAY)), VIEW))
    jsonschema.Draft202012Validator(schema("report-2.json")).validate(document)
    (target,) = document["targets"]
    assert (target["findings"], target["coverage"], document["decision"]["rules"]) == ([], [], [])


def test_a_finding_is_as_promised() -> None:
    (target,) = json.loads(report_json(EVALUATED, VIEW))["targets"]
    finding = target["findings"][0]
    package = next(one for one in target["packages"] if one["id"] == finding["package"])
    assert package == {
        "id": package["id"],
        "type": "deb",
        "name": "curl",
        "version": "7.88.1-10",
        "arch": "amd64",
        "source": "curl",
        "source_version": "7.88.1-10",
        "layer": 2,
        "locations": [{"path": "var/lib/dpkg/status", "layer": 2}],
    }
    assert finding == {
        "id": "CVE-2023-38545",
        "package": package["id"],
        "status": "affected",
        "occurrence": finding["occurrence"],
        "fingerprint": finding["fingerprint"],
        "basis": {
            "shard": "debian-12",
            "advisory": "CVE-2023-38545",
            "name": "curl",
            "version": "7.88.1-10",
            "scheme": "deb",
            "range": {"fixed": "7.88.1-10+deb12u4"},
        },
        "fix_state": "fixed",
        "fixed_version": "7.88.1-10+deb12u4",
        "severity": {"label": "critical", "source": "nvd", "score": 9.8, "text": "critical"},
        "severities": [{"label": "critical", "source": "nvd", "score": 9.8, "text": "critical"}],
        "known_exploited": {"id": "CVE-2023-38545", "added": "2023-11-21"},
        "risk": 93.7,
        "introduced_by": {"layer": 2, "diff_id": "sha256:a2", "instruction": "RUN apt-get install curl"},
        "summary": "curl overflows a heap buffer in the SOCKS5 handshake.",
        "url": "https://nvd.nist.gov/vuln/detail/CVE-2023-38545",
    }


def test_an_inventory_follows_its_schema_and_lists_files() -> None:
    encoded = encode_inventory(InventoryResult(IMAGE, shop()), VIEW)
    document = json.loads(encoded)
    jsonschema.Draft202012Validator(schema("inventory-1.json")).validate(document)
    assert document["packages"][0]["files"] == ["usr/share/doc/bash/copyright"]
    assert encoded.endswith(b"}\n")


def test_names_that_are_not_utf8_are_written_out() -> None:
    image = structs.replace(IMAGE, name="dir:caf\udce9")
    document = json.loads(encode_inventory(InventoryResult(image, inventory(deb("t\udcffr", "1"))), VIEW))
    assert document["image"]["name"] == "dir:caf\\udce9"
    assert document["packages"][0]["name"] == "t\\udcffr"


PROGRAM = """
import sys
from tests.formats.documents.sample import EVALUATED
from lading.formats.encoders.registry import find_format
from lading.formats.view import View
for name in ("json", "table"):
    sys.stdout.buffer.write(find_format(name, ["report"]).encode(EVALUATED, View(100, True, True)))
"""


def test_the_same_input_gives_the_same_bytes() -> None:
    outputs = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        outputs.add(
            subprocess.run(
                [sys.executable, "-c", PROGRAM],
                env=environment,
                check=True,
                capture_output=True,
                cwd=Path(__file__).parents[3],
            ).stdout
        )
    assert len(outputs) == 1
