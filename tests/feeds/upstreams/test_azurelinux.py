"""Azure Linux's vulnerability data."""

from pathlib import Path

import pytest

from lading.feeds.upstreams.azurelinux import FEED
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder

_PATH = "azurelinux/azurelinux-3.0-oval.xml"
_SHARED = Path(__file__).parents[4] / "shared" / "feeds" / "azurelinux"


def document(*entries: tuple[str, str, str, dict[str, str]], timestamp: str = "2024-10-10T12:04:24Z") -> str:
    """Of (package, CVE, patchable, evr by operation)."""
    definitions, tests, objects, states = "", "", "", ""
    for number, (package, vulnerability, patchable, bounds) in enumerate(entries):
        leaves = ""
        for place, (operation, evr) in enumerate(bounds.items()):
            key = f"{number}:{place}"
            leaves += f'<criterion comment="c" test_ref="t:{key}"/>'
            tests += f"""<l:rpminfo_test id="t:{key}"><l:object object_ref="o:{key}"/><l:state state_ref="s:{key}"/>
            </l:rpminfo_test>"""
            objects += f'<l:rpminfo_object id="o:{key}"><l:name>{package}</l:name></l:rpminfo_object>'
            states += f"""<l:rpminfo_state id="s:{key}"><l:evr operation="{operation}">{evr}</l:evr>
            </l:rpminfo_state>"""
        definitions += f"""<definition class="vulnerability" id="d:{number}"><metadata>
        <title>{vulnerability} affecting package {package}</title>
        <reference ref_id="{vulnerability}" ref_url="https://nvd.nist.gov/vuln/detail/{vulnerability}" source="CVE"/>
        <patchable>{patchable}</patchable><advisory_date>2024-07-23T22:05:39Z</advisory_date>
        <advisory_id>{number}-1</advisory_id><severity>High</severity></metadata>
        <criteria operator="AND">{leaves}</criteria></definition>"""
    return f"""<oval_definitions xmlns:l="x"><generator><timestamp>{timestamp}</timestamp></generator>
    <definitions>{definitions}</definitions><tests>{tests}</tests><objects>{objects}</objects>
    <states>{states}</states></oval_definitions>"""


def read(tmp_path: Path, **documents: str) -> Recorder:
    recorder = Recorder()
    files = {}
    for name, text in documents.items():
        files[name] = tmp_path / name
        files[name].write_text(text)
    (unit,) = FEED.units([_PATH])
    unit.parse(files, recorder)  # type: ignore[arg-type]
    return recorder


def test_states(tmp_path: Path) -> None:
    recorder = read(
        tmp_path,
        all=document(
            ("fixed", "CVE-2024-1", "true", {"less than": "0:2.6.7-3.azl3"}),
            ("open", "CVE-2024-2", "false", {"less than or equal": "0:2.35-4.azl3"}),
            ("never", "CVE-2024-3", "Not Applicable", {"less than": "0:1-1.azl3"}),
            ("line", "CVE-2024-4", "true", {"less than": "0: 1.20.7-1.azl3", "greater than": "0:1.19.0.azl3"}),
            ("none", "CVE-2024-5", "true", {"less than": "0:null.azl3"}),
            ("short", "CVE-2024-6", "true", {"less than": "0:29.3.azl3"}),
            ("lines", "CVE-2024-7", "true", {"less than": "0:1.17.13-2,1.18.8-2.azl3"}),
            ("broken", "CVE-2024-8", "true", {}),
        ),
    )
    shard = recorder.shards["azurelinux-3.0"]
    assert (shard.scheme, shard.names, recorder.dates) == ("rpm", "source", ["2024-10-10T12:04:24Z"])
    assert shard.advisories[0] == Advisory(
        id="CVE-2024-1",
        package="fixed",
        ranges=(Range(fixed="2.6.7-3.azl3"),),
        severities=(Severity("high", "azurelinux", text="High"),),
        note="0-1",
        fix_date="2024-07-23",
    )
    assert shard.texts["CVE-2024-1"] == AdvisoryText(
        "CVE-2024-1", "CVE-2024-1 affecting package fixed", "https://nvd.nist.gov/vuln/detail/CVE-2024-1"
    )
    assert [(one.package, one.state, one.ranges, one.fix_date) for one in shard.advisories[1:]] == [
        ("open", "affected", (Range(last_affected="2.35-4.azl3"),), ""),
        ("never", "not_affected", (), ""),
        ("line", "affected", (Range(fixed="1.20.7-1.azl3", after="1.19.0.azl3"),), "2024-07-23"),
        ("none", "under_investigation", (), ""),
        ("short", "affected", (Range(fixed="29.3"),), "2024-07-23"),
        ("lines", "affected", (Range(fixed="1.17.13-2"), Range("1.18", "1.18.8-2.azl3")), "2024-07-23"),
    ]
    assert recorder.skipped == ["d:7 CVE-2024-8 affecting package broken"]


def test_the_newest_document_decides(tmp_path: Path) -> None:
    recorder = read(
        tmp_path,
        a=document(
            ("bind", "CVE-2024-1", "false", {"less than or equal": "0:1-1.azl3"}),
            ("bind", "CVE-2024-2", "false", {"less than or equal": "0:1-1.azl3"}),
            timestamp="2023-01-01",
        ),
        b=document(("bind", "CVE-2024-1", "true", {"less than": "0:1-2.azl3"}), timestamp="2024-01-01"),
    )
    assert [(one.id, one.ranges) for one in recorder.shards["azurelinux-3.0"].advisories] == [
        ("CVE-2024-1", (Range(fixed="1-2.azl3"),)),
        ("CVE-2024-2", (Range(last_affected="1-1.azl3"),)),
    ]


def test_a_broken_document(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not an OVAL document"):
        read(tmp_path, a="<oval_definitions>")


def test_units() -> None:
    assert [unit.name for unit in FEED.units(None)] == ["azurelinux-3.0", "mariner-1.0", "mariner-2.0"]
    held = FEED.units(
        ["azurelinux/cbl-mariner-2.0-oval.xml", "azurelinux/mariner-2.0-excerpt-oval.xml", "photon/oval/x.xml"]
    )
    assert [(unit.name, len(unit.documents)) for unit in held] == [("mariner-2.0", 2)]
    unit = FEED.unit_for(ShardName("mariner-2.0"))
    assert unit is not None
    assert unit.documents[0].path == "azurelinux/cbl-mariner-2.0-oval.xml"
    assert FEED.unit_for(ShardName("photon-5.0")) is None


@pytest.mark.skipif(not _SHARED.is_dir(), reason="the shared feeds are not downloaded")
def test_the_shared_documents() -> None:
    recorder = Recorder()
    path = _SHARED / "azurelinux-3.0-oval.xml.xz"
    (unit,) = FEED.units([_PATH])
    unit.parse({_PATH: path}, recorder)  # type: ignore[arg-type]
    assert recorder.skipped == []
    shard = recorder.shards["azurelinux-3.0"]
    assert len(shard.advisories) == 1222
    assert [one.package for one in shard.advisories if one.state == "not_affected"] == ["cloud-hypervisor"]
