"""What is known of programs and of exploitation beside the NVD and CISA's catalogue."""

import json
from pathlib import Path

import pytest

from lading.advisories.store import together
from lading.feeds.upstreams import cvelist, kev_others, nvd_overrides
from lading.model.advisory import Advisory, KnownExploited, Range, ShardName, Ssvc, VulnerabilityRecord
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder

CPE = "cpe:2.3:a:python:python:*:*:*:*:*:*:*:*"


def read(path: str, text: str, parse: object, tmp_path: Path) -> Recorder:
    file = tmp_path / "document"
    file.write_text(text)
    recorder = Recorder()
    parse({path: file}, recorder)  # type: ignore[operator]
    return recorder


def test_a_cve_record(tmp_path: Path) -> None:
    options = [{"Exploitation": "active"}]
    record = {
        "cveMetadata": {
            "cveId": "CVE-2026-1",
            "datePublished": "2026-05-01T00:00Z",
            "dateUpdated": "2026-05-02T00:00Z",
        },
        "containers": {
            "cna": {
                "title": "A flaw",
                "affected": [{"cpes": [CPE], "versions": [{"version": "0", "status": "affected", "lessThan": "3.9"}]}],
            },
            "adp": [{"metrics": [{"other": {"type": "ssvc", "content": {"options": options}}}]}],
        },
    }
    path = "cvelist/cves/2026/0xxx/CVE-2026-0001.json"
    assert len(cvelist.FEED.units([path])) == 1
    recorder = read(path, json.dumps(record), cvelist.parse_records, tmp_path)
    shard = recorder.shards["cve"]
    assert (shard.scheme, shard.names) == ("generic", "cpe")
    assert shard.advisories == [Advisory("CVE-2026-1", "python:python", ranges=(Range(fixed="3.9"),))]
    assert shard.facts == {"CVE-2026-1": VulnerabilityRecord("CVE-2026-1", ssvc=Ssvc("active"))}
    (text,) = shard.texts.values()
    assert (text.summary, text.url) == ("A flaw", "https://www.cve.org/CVERecord?id=CVE-2026-1")
    assert recorder.dates == ["2026-05-02"]
    assert read(path, "{", cvelist.parse_records, tmp_path).skipped == ["2026/0xxx/CVE-2026-0001.json"]


def test_an_override(tmp_path: Path) -> None:
    match = {"criteria": CPE, "versionEndExcluding": "3.12.3", "vulnerable": True}
    override = {
        "_annotation": {"cve_id": "CVE-2026-2"},
        "cve": {"configurations": [{"nodes": [{"cpeMatch": [match], "operator": "OR", "negate": False}]}]},
    }
    path = "nvd-data-overrides/data/2026/CVE-2026-2.json"
    assert len(nvd_overrides.FEED.units([path])) == 1
    recorder = read(path, json.dumps(override), nvd_overrides.parse_overrides, tmp_path)
    assert recorder.shards["nvd-overrides"].advisories == [
        Advisory("CVE-2026-2", "python:python", ranges=(Range(fixed="3.12.3"),))
    ]
    assert read(path, '{"cve": 1}', nvd_overrides.parse_overrides, tmp_path).skipped == ["data/2026/CVE-2026-2.json"]


EUROPEAN = [
    {"cveId": "CVE-2026-1", "euvdId": "EUVD-2026-1", "dateAdded": "2026-05-01", "sources": ["eukev_kev", "cisa_kev"]},
    {"cveId": "CVE-2026-2", "euvdId": "EUVD-2026-2", "dateAdded": "2026-05-01", "sources": ["cisa_kev"]},
    {"euvdId": "EUVD-2026-3"},
]
VULNCHECK = [
    {
        "cve": ["CVE-2026-1", "CVE-2026-4"],
        "date_added": "2026-04-01T00:00:00Z",
        "knownRansomwareCampaignUse": "Known",
        "dueDate": None,
    }
]


@pytest.mark.parametrize(
    ("shard", "path", "document", "expected"),
    [
        ("kev-euvd", "kev/euvd.json", EUROPEAN, [KnownExploited("CVE-2026-1", "2026-05-01", catalogues=("EUVD",))]),
        (
            "kev-vulncheck",
            "kev/vulncheck_known_exploited_vulnerabilities.json",
            {"_meta": {}, "data": VULNCHECK},
            [
                KnownExploited(name, "2026-04-01", ransomware=True, catalogues=("VulnCheck",))
                for name in ("CVE-2026-1", "CVE-2026-4")
            ],
        ),
    ],
)
def test_other_catalogues(
    shard: str, path: str, document: object, expected: list[KnownExploited], tmp_path: Path
) -> None:
    (unit,) = kev_others.FEED.units([path])
    assert kev_others.FEED.unit_for(ShardName(shard)) == unit
    assert read(path, json.dumps(document), unit.parse, tmp_path).shards[shard].exploited == expected
    with pytest.raises(FeedError, match="not a catalogue"):
        read(path, "{", unit.parse, tmp_path)


def test_catalogues_stand_side_by_side() -> None:
    own = {"CVE-2026-1": KnownExploited("CVE-2026-1", "2026-05-03", "2026-05-24")}
    other = {
        name: KnownExploited(name, "2026-04-01", ransomware=True, catalogues=("X",)) for name in ("CVE-2026-1", "B")
    }
    assert together([own, {}, other]) == {
        "B": other["B"],
        "CVE-2026-1": KnownExploited(
            "CVE-2026-1", "2026-05-03", "2026-05-24", ransomware=True, catalogues=("CISA", "X")
        ),
    }


def test_what_needs_a_key_is_fetched_from_nowhere() -> None:
    assert [unit.name for unit in kev_others.FEED.units(None)] == ["kev-euvd"]
