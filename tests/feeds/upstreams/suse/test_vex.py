"""SUSE's statements on vulnerabilities, written by hand as SUSE writes them, against exact advisories."""

import json
from pathlib import Path

import pytest

from lading.feeds.upstreams.suse import FEED
from lading.feeds.upstreams.suse.vex import parse_vex
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName, State
from tests.feeds.recorder import Recorder

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "feeds" / "samples"
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H"
SEVERITIES = (Severity("high", "suse", text="important"), Severity("medium", "cvss3", 6.5, VECTOR))
SERVER = "SUSE Linux Enterprise Server 15 SP3"


def document(remediations: object = (), **status: list[str]) -> dict[str, object]:
    products = [one for listed in status.values() for one in listed]
    return {
        "document": {
            "category": "csaf_vex",
            "aggregate_severity": {"text": "important"},
            "notes": [{"category": "description", "text": "A vulnerability in\n curl."}],
            "tracking": {
                "id": "CVE-2024-1001",
                "initial_release_date": "2024-01-01T00:00:00Z",
                "current_release_date": "2024-07-26T03:43:57Z",
            },
        },
        "product_tree": {"branches": [{"odd": True}]},
        "vulnerabilities": [
            {
                "cve": "CVE-2024-1001",
                "product_status": status,
                "remediations": remediations,
                "scores": [{"cvss_v3": {"vectorString": VECTOR, "baseScore": 6.5}, "products": products}],
                "threats": [{"category": "impact", "details": "important"}],
            }
        ],
    }


def read(text: object, tmp_path: Path) -> Recorder:
    file = tmp_path / "cve-2024-1001.json"
    file.write_text(text if isinstance(text, str) else json.dumps(text))
    recorder = Recorder()
    parse_vex({f"suse/csaf-vex/{file.name}": file}, recorder)  # type: ignore[arg-type]
    return recorder


def told(state: State, fixed: str = "", remark: str = "") -> Advisory:
    if state == "not_affected":
        return Advisory("CVE-2024-1001", "curl", state)
    ranges = (Range(fixed=fixed),)
    return Advisory("CVE-2024-1001", "curl", state, ranges, severities=SEVERITIES, remark=remark)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"recommended": [f"{SERVER}:curl-8.0.1-150300.1.2"]}, told("affected", "8.0.1-150300.1.2")),
        ({"first_fixed": [f"{SERVER}:curl-8.0.1-1.x86_64"]}, told("affected", "8.0.1-1")),
        (
            {"first_fixed": [f"{SERVER}:curl-8.0.1-1"], "recommended": [f"{SERVER}:curl-8.0.1-10"]},
            told("affected", "8.0.1-1"),
        ),
        ({"known_affected": [f"{SERVER}:curl"]}, told("affected")),
        ({"known_not_affected": [f"{SERVER}:curl"]}, told("not_affected")),
        ({"under_investigation": [f"{SERVER}:curl"]}, told("under_investigation")),
        (
            {"recommended": [f"{SERVER}-LTSS:curl-8.0.1-3"], "known_affected": [f"{SERVER}:curl"]},
            told("affected", "8.0.1-3", "in LTSS: 8.0.1-3"),
        ),
        (
            {"recommended": [f"{SERVER}-{channel}:curl-8.0.1-3" for channel in ("LTSS", "ESPOS")]},
            told("affected", "8.0.1-3", "in ESPOS and LTSS: 8.0.1-3"),
        ),
        (
            {"recommended": [f"{SERVER}-LTSS:curl-8.0.1-3", f"{SERVER}:curl-8.0.1-4"]},
            told("affected", "8.0.1-4"),
        ),
        (
            {"recommended": [f"{SERVER}-LTSS:curl-8.0.1-3"], "known_not_affected": [f"{SERVER}:curl"]},
            told("not_affected"),
        ),
    ],
)
def test_states(status: dict[str, list[str]], expected: Advisory, tmp_path: Path) -> None:
    recorder = read(document(**status), tmp_path)
    writer = recorder.shards["sles-15.3"]
    assert (writer.scheme, writer.names, writer.advisories) == ("rpm", "binary", [expected])
    assert recorder.dates == ["2024-07-26T03:43:57Z"]
    assert bool(writer.texts) is (expected.state != "not_affected")


def test_what_will_not_be_fixed(tmp_path: Path) -> None:
    remedies = [
        {"category": "no_fix_planned", "product_ids": [f"{SERVER}:curl"]},
        {"category": "none_available", "product_ids": [f"{SERVER}:libcurl4"]},
    ]
    recorder = read(document(remedies, known_affected=[f"{SERVER}:curl", f"{SERVER}:libcurl4"]), tmp_path)
    states = {one.package: one.state for one in recorder.shards["sles-15.3"].advisories}
    assert states == {"curl": "wont_fix", "libcurl4": "affected"}


def test_one_vulnerability_in_several_releases(tmp_path: Path) -> None:
    fixed = [
        "openSUSE Tumbleweed:curl-8.9-1.1",
        "SUSE Linux Enterprise Micro 5.5:curl-8.0.1-5",
        "SUSE Manager Proxy 4.3:curl-8.0.1-5",
    ]
    recorder = read(document(recommended=fixed), tmp_path)
    found = {name: writer.advisories[0].ranges[0].fixed for name, writer in recorder.shards.items()}
    assert found == {"opensuse-tumbleweed": "8.9-1.1", "sle-micro-5.5": "8.0.1-5"}
    assert recorder.shards["sle-micro-5.5"].texts["CVE-2024-1001"] == AdvisoryText(
        "CVE-2024-1001",
        "A vulnerability in curl.",
        "https://www.suse.com/security/cve/CVE-2024-1001.html",
        "2024-01-01T00:00:00Z",
        "2024-07-26T03:43:57Z",
    )


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert read("{", tmp_path).skipped == ["suse/csaf-vex/cve-2024-1001.json"]
    recorder = read(document(recommended=[f"{SERVER}:curl", "x", ":"], odd=[f"{SERVER}:curl"]), tmp_path)
    assert (recorder.shards, recorder.skipped) == ({}, [])


def test_units() -> None:
    held = [
        "suse-csaf-vex/csaf-vex.tar.bz2",
        "suse/csaf-vex/cve-2024-1001.json",
        "suse/csaf-vex/cve-2024-1001.json.sha256",
        "suse/csaf.tar.bz2",
        "suse-oval/suse.linux.enterprise.15-affected.xml.gz",
        "suse/oval/suse.linux.enterprise.server.15.xml",
        "suse-oval/opensuse.leap.micro.5.2.xml.gz",
    ]
    assert {unit.name: [one.path for one in unit.documents] for unit in FEED.units(held)} == {
        "suse": held[:2],
        "suse oval opensuse-leap-micro-5.2": [held[6]],
        "suse oval sles-15": held[4:6],
    }
    for shard in ("sles-15.5", "sle-micro-5.5", "opensuse-leap-15.5", "opensuse-tumbleweed"):
        unit = FEED.unit_for(ShardName(shard))
        assert unit is not None and [one.url.rpartition("/")[2] for one in unit.documents] == ["csaf-vex.tar.bz2"]
    unit = FEED.unit_for(ShardName("oval-sles-15.5"))
    assert unit is not None and [one.url.rpartition("/")[2] for one in unit.documents] == [
        "suse.linux.enterprise.15-affected.xml.gz"
    ]
    older = FEED.unit_for(ShardName("oval-sles-11.4"))
    assert older is not None and older.documents[0].path == "suse/oval/suse.linux.enterprise.server.11.xml.gz"
    assert FEED.unit_for(ShardName("oval-ubuntu-22.04")) is None and FEED.unit_for(ShardName("rhel-9")) is None
    names = [unit.name for unit in FEED.units(None)]
    assert len(names) == len(set(names)) == 9


def test_the_real_documents() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the real feeds are not downloaded")
    recorder = Recorder()
    parse_vex({"suse-csaf-vex/csaf-vex.tar.bz2": SAMPLES / "suse-csaf-vex" / "csaf-vex.tar.bz2"}, recorder)  # type: ignore[arg-type]
    assert recorder.skipped == []
    states = {
        name: sorted({(one.state, one.ranges[0].fixed if one.ranges else "") for one in writer.advisories})
        for name, writer in recorder.shards.items()
    }
    assert states["opensuse-tumbleweed"] == [("affected", "4.19.2+git.322.7e9201cef5-1.1")]
    assert states["sle-micro-6.0"] == [("affected", "4.19.4+git.339.acf1ccaa02-1.22")]
    assert states["sles-15.5"] == [("not_affected", "")]
    assert {name: len(writer.advisories) for name, writer in recorder.shards.items()}["sles-15.5"] == 20
