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

from lading.formats.native import (
    EXPLANATION_SCHEMA,
    INVENTORY_SCHEMA,
    REPORT_SCHEMA,
    ExplanationDocument,
    InventoryDocument,
    ReportDocument,
    schema_of,
    write_explanation,
    write_inventory,
    write_report,
)
from lading.match.explain import explain
from lading.match.inventory import match
from lading.model.diagnostic import Diagnostic
from lading.policy.gate import with_gate
from tests.samples import IMAGE, FakeStore, deb, inventory, shop, shop_store
from tests.support.golden import Golden

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
REPORT = with_gate(match(IMAGE, shop(), (Diagnostic("info", "note", "a remark", "layer 1"),), shop_store()), "high")


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_bytes())


@pytest.mark.parametrize(
    ("document", "address"),
    [
        (ReportDocument, REPORT_SCHEMA),
        (InventoryDocument, INVENTORY_SCHEMA),
        (ExplanationDocument, EXPLANATION_SCHEMA),
    ],
)
def test_the_published_schema_is_current(document: type[Struct], address: str, golden: Golden) -> None:
    golden(SCHEMAS / address.rpartition("/")[2], schema_of(document, address))


def test_a_report_follows_its_schema() -> None:
    document = json.loads(write_report(REPORT))
    jsonschema.Draft202012Validator(schema("report-1.json")).validate(document)
    assert document["schema"] == REPORT_SCHEMA
    assert list(document)[:3] == ["schema", "tool", "starter"]
    assert document["gate"] == {"fail_on": "high", "failing": 2, "unrated": 2}
    assert document["incomplete"] is True


def test_an_explanation_follows_its_schema() -> None:
    for id in ("CVE-2023-5363", "CVE-1-1"):
        document = json.loads(write_explanation(explain(IMAGE, shop(), shop_store(), id)))
        jsonschema.Draft202012Validator(schema("explanation-1.json")).validate(document)
        assert document["schema"] == EXPLANATION_SCHEMA


def test_an_empty_report_follows_its_schema() -> None:
    document = json.loads(write_report(match(IMAGE, inventory(distribution=None), (), FakeStore({}))))
    jsonschema.Draft202012Validator(schema("report-1.json")).validate(document)
    assert (document["findings"], document["coverage"], document["gate"]) == ([], [], None)


def test_a_finding_has_every_field() -> None:
    finding = json.loads(write_report(REPORT))["findings"][0]
    assert finding == {
        "id": "CVE-2023-38545",
        "aliases": [],
        "status": "affected",
        "reason": "",
        "state": "affected",
        "severity": {"label": "critical", "source": "nvd", "score": 9.8, "text": "critical"},
        "severities": [{"label": "critical", "source": "nvd", "score": 9.8, "text": "critical"}],
        "known_exploited": {"id": "CVE-2023-38545", "added": "2023-11-21"},
        "package": {
            "name": "curl",
            "version": "7.88.1-10",
            "type": "deb",
            "arch": "amd64",
            "source": "curl",
            "source_version": "7.88.1-10",
            "layer": 2,
            "locations": [{"path": "var/lib/dpkg/status", "layer": 2}],
        },
        "fixed_version": "7.88.1-10+deb12u4",
        "hidden_reason": "",
        "advisory": "CVE-2023-38545",
        "shard": "debian-12",
        "summary": "curl overflows a heap buffer in the SOCKS5 handshake.",
        "url": "https://nvd.nist.gov/vuln/detail/CVE-2023-38545",
        "kind": "vulnerability",
        "notices": [],
        "cwes": [],
        "fix_date": "",
        "epss": 0.0,
        "percentile": 0.0,
        "risk": 93.7,
        "remark": "",
    }


def test_an_inventory_follows_its_schema_and_lists_files() -> None:
    encoded = write_inventory(IMAGE, shop(), (), "lading 1")
    document = json.loads(encoded)
    jsonschema.Draft202012Validator(schema("inventory-1.json")).validate(document)
    assert document["packages"][0]["files"] == ["usr/share/doc/bash/copyright"]
    assert encoded.endswith(b"}\n")


def test_names_that_are_not_utf8_are_written_out() -> None:
    image = structs.replace(IMAGE, name="dir:caf\udce9")
    document = json.loads(write_inventory(image, inventory(deb("t\udcffr", "1")), (), "lading 1"))
    assert document["image"]["name"] == "dir:caf\\udce9"
    assert document["packages"][0]["name"] == "t\\udcffr"


PROGRAM = """
import sys
from tests.formats.test_native import REPORT
from lading.formats.native import write_report
from lading.formats.text.report import View, write_table
sys.stdout.buffer.write(write_report(REPORT))
sys.stdout.buffer.write(write_table(REPORT, View(100, True, True, 1)).encode())
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
                cwd=Path(__file__).parents[2],
            ).stdout
        )
    assert len(outputs) == 1
