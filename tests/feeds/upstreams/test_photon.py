"""Photon's CVE metadata and advisories."""

from pathlib import Path

import pytest

from lading.feeds.upstreams.photon import FEED
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder, parse

_METADATA = "photon/photon_cve_metadata/cve_data_photon5.0.json"
_OVAL = "photon/photon_oval_definitions/com.vmware.phsa-photon5.xml.gz"


def read(path: str, document: object, tmp_path: Path) -> Recorder:
    (unit,) = FEED.units([path])
    return parse(unit.parse, path, document, tmp_path)


def row(id: str, package: str, status: str, fixed: str = "NA", score: object = 7.5, before: str = "NA") -> object:
    return {
        "cve_id": id, "pkg": package, "cve_score": score, "aff_ver": before, "res_ver": fixed, "status": status,
    }  # fmt: skip


def test_states(tmp_path: Path) -> None:
    recorder = read(
        _METADATA,
        [
            row("CVE-2024-1", "curl", "Fixed", "8.16.0-1.ph5"),
            row("CVE-2024-2", "curl", "Not Affected", score="9.8"),
            row("CVE-2024-3", "curl", "Not Fixed", score=None),
            row("CVE-2024-4", "curl", "Fixed", before="all versions before 1:2-1.ph5 are vulnerable", score="none"),
            row("CVE-2024-5", "curl", "Fixed", "1-1.ph5"),
            row("CVE-2024-5", "curl", "Fixed", "1-3.ph5", score=3.1),
            row("CVE-2024-6", "curl", "Fixed", "1-1.ph5"),
            row("CVE-2024-6", "curl", "Not Affected"),
            row("BDSA-2025-13833", "consul", "Not Affected"),
        ],
        tmp_path,
    )
    shard = recorder.shards["photon-5.0"]
    assert (shard.scheme, shard.names, recorder.skipped) == ("rpm", "both", [])
    assert shard.advisories[0] == Advisory(
        id="CVE-2024-1",
        package="curl",
        ranges=(Range(fixed="8.16.0-1.ph5"),),
        severities=(Severity("high", "photon", 7.5),),
    )
    assert [(one.id, one.state, one.ranges, [s.label for s in one.severities]) for one in shard.advisories[1:]] == [
        ("CVE-2024-2", "not_affected", (), ["critical"]),
        ("CVE-2024-3", "affected", (Range(),), []),
        ("CVE-2024-4", "affected", (Range(fixed="1:2-1.ph5"),), []),
        ("CVE-2024-5", "affected", (Range(fixed="1-1.ph5"), Range(fixed="1-3.ph5")), ["high", "low"]),
        ("CVE-2024-6", "affected", (Range(fixed="1-1.ph5"),), ["high"]),
        ("BDSA-2025-13833", "not_affected", (), ["high"]),
    ]


def test_ids_that_name_no_vulnerability(tmp_path: Path) -> None:
    rows = [
        row("UNK-1", "curl", "Not Affected"),
        row("Re", "linux", "Not Affected"),
        row("UNK-2", "curl", "Fixed", "1-1"),
        {"cve_id": "CVE-2024-1"},
        "",
    ]
    recorder = read(_METADATA, rows, tmp_path)
    assert recorder.shards["photon-5.0"].advisories == []
    assert recorder.skipped == ["UNK-2 curl", '{"cve_id": "CVE-2024-1"}', '""']


def test_advisories(tmp_path: Path) -> None:
    document = """<oval_definitions><generator><timestamp>2024-01-31T04:19:30</timestamp></generator><definitions>
    <definition class="patch" id="d:1"><metadata><title>PHSA-2024:00001 ansible Security Update. (Important)</title>
    <reference ref_id="PHSA:00001:5.0:184" ref_url="https://example.com/184" source="PHSA"/>
    <reference ref_id="CVE:00001:CVE-2023-1" source="CVE"/>
    <advisory><severity>Important</severity><issued date="2024-01-04"/><cve>CVE-2023-1</cve></advisory></metadata>
    <criteria operator="AND"><criterion comment="Photon OS 5 is installed"/><criteria operator="OR">
    <criteria operator="AND"><criterion comment="ansible is earlier than 0:2.14.12-1.ph5"/>
    <criterion comment="ansible is signed with VMware key"/></criteria></criteria></criteria></definition>
    <definition id="d:2"><metadata><title>PHSA-2024:00002 x</title></metadata></definition>
    </definitions></oval_definitions>"""
    recorder = read(_OVAL, document, tmp_path)
    shard = recorder.shards["oval-photon-5.0"]
    assert (shard.scheme, shard.names, recorder.dates) == ("rpm", "binary", ["2024-01-31T04:19:30"])
    assert shard.advisories == [
        Advisory(
            id="CVE-2023-1",
            package="ansible",
            ranges=(Range(fixed="2.14.12-1.ph5"),),
            severities=(Severity("high", "photon", text="Important"),),
            note="PHSA-2024:00001",
            fix_date="2024-01-04",
        )
    ]
    assert shard.texts["CVE-2023-1"] == AdvisoryText(
        "CVE-2023-1", "ansible Security Update.", "https://example.com/184"
    )
    assert recorder.skipped == ["d:2 PHSA-2024:00002 x"]


@pytest.mark.parametrize(("path", "document"), [(_METADATA, {}), (_METADATA, "["), (_OVAL, "<oval_definitions>")])
def test_broken_documents(path: str, document: object, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not"):
        read(path, document, tmp_path)


def test_units() -> None:
    assert len(FEED.units(None)) == 10
    held = FEED.units(["photon/cve_metadata/cve_data_photon4.0.json", "photon/oval/com.vmware.phsa-photon3.xml", "x"])
    assert [unit.name for unit in held] == ["photon-4.0", "oval-photon-3.0"]
    for name in ("photon-5.0", "oval-photon-5.0"):
        unit = FEED.unit_for(ShardName(name))
        assert unit is not None
        assert unit.name == name
    assert FEED.unit_for(ShardName("amazon-2")) is None
