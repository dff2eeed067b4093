"""Oracle's advisories."""

import bz2
from pathlib import Path

import pytest

from lading.feeds.upstreams.oracle import FEED, parse_oval
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder, parse

_PATH = "oracle/com.oracle.elsa-all.xml.bz2"
_VECTOR = "CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H"


def definition(title: str, *criteria: str, release: int = 8, cves: str = "<cve>CVE-2024-1</cve>") -> str:
    return f"""<definition id="oval:com.oracle.elsa:def:1" class="patch"><metadata><title>
    {title}
    </title><affected family="unix"><platform>Oracle Linux {release}</platform></affected>
    <reference source="elsa" ref_id="x"/><advisory><severity>IMPORTANT</severity><issued date="2024-05-31"/>{cves}
    </advisory></metadata><criteria operator="AND">
    <criterion comment="Oracle Linux {release} is installed"/><criteria operator="OR">{"".join(criteria)}</criteria>
    </criteria></definition>"""


def arch(name: str, *packages: str, module: str = "") -> str:
    enabled = f'<criterion comment="Module {module} is enabled"/>' if module else ""
    tests = "".join(
        f'<criteria operator="AND"><criterion comment="{one}"/><criterion comment="x is signed with a key"/></criteria>'
        for one in packages
    )
    return f"""<criteria operator="AND"><criterion comment="Oracle Linux arch is {name}"/>{enabled}
    <criteria operator="OR">{tests}</criteria></criteria>"""


def read(tmp_path: Path, *definitions: str) -> Recorder:
    document = f"<oval_definitions><definitions>{''.join(definitions)}</definitions></oval_definitions>"
    return parse(parse_oval, _PATH, document, tmp_path)


def test_a_fix_on_every_architecture(tmp_path: Path) -> None:
    earlier = "tool is earlier than 0:1.2-3.el8"
    cves = f"""<cve cvss3="8.1/{_VECTOR}" href="http://linux.oracle.com/cve/CVE-2024-1.html">CVE-2024-1</cve>
    <cve>CVE-2024-2</cve>"""
    document = definition(
        "ELSA-2024-1:  tool security update (IMPORTANT)", arch("x86_64", earlier), arch("aarch64", earlier), cves=cves
    )
    shard = read(tmp_path, document).shards["oracle-8"]
    assert (shard.scheme, shard.names) == ("rpm", "binary")
    word = Severity("high", "oracle", text="IMPORTANT")
    first = Advisory(
        id="CVE-2024-1",
        package="tool",
        ranges=(Range(fixed="1.2-3.el8"),),
        severities=(word, Severity("high", "cvss3", 8.1, _VECTOR)),
        note="ELSA-2024-1",
        fix_date="2024-05-31",
    )
    assert shard.advisories[0] == first
    assert [(one.id, one.severities) for one in shard.advisories[1:]] == [("CVE-2024-2", (word,))]
    assert shard.texts == {
        "CVE-2024-1": AdvisoryText(
            "CVE-2024-1",
            summary="tool security update",
            url="https://linux.oracle.com/cve/CVE-2024-1.html",
            notice="ELSA-2024-1",
        ),
        "CVE-2024-2": AdvisoryText(
            "CVE-2024-2",
            summary="tool security update",
            url="https://linux.oracle.com/cve/CVE-2024-2.html",
            notice="ELSA-2024-1",
        ),
    }


def test_architectures_modules_and_version_lines(tmp_path: Path) -> None:
    recorder = read(
        tmp_path,
        definition(
            "ELSA-2024-1: a (LOW)",
            arch("x86_64", "a is earlier than 0:1-1.el7"),
            arch("aarch64", "a is earlier than 0:1-2.el7"),
            release=7,
        ),
        definition("ELSA-2024-2: b (LOW)", arch("aarch64", "b is earlier than 2:1-1.el8", module="m:1.2")),
        definition("ELSA-2024-3: c (LOW)", arch("x86_64", "c is earlier than 0:1-1.el6"), release=6),
        definition(
            "ELSA-2024-4: k (LOW)",
            arch("x86_64", "kernel-uek is earlier than 0:5.15.0-3.60.el8uek"),
            arch("aarch64", "kernel-uek is earlier than 0:5.15.0-3.60.el8uek"),
        ),
    )
    assert [
        (name, one.package, one.ranges, one.condition)
        for name, shard in recorder.shards.items()
        for one in shard.advisories
    ] == [
        ("oracle-7", "a", (Range(fixed="1-1.el7"),), Condition(arches=("i386", "i586", "i686", "x86_64"))),
        ("oracle-7", "a", (Range(fixed="1-2.el7"),), Condition(arches=("aarch64",))),
        ("oracle-8", "b", (Range(fixed="2:1-1.el8"),), Condition(arches=("aarch64",), module="m:1.2")),
        ("oracle-8", "kernel-uek", (Range("5.15.0-0", "5.15.0-3.60.el8uek"),), None),
        ("oracle-6", "c", (Range(fixed="1-1.el6"),), Condition(arches=("i386", "i586", "i686", "x86_64"))),
    ]


def test_advisories_without_a_vulnerability_of_another_name(tmp_path: Path) -> None:
    fix = arch("x86_64", "a is earlier than 0:1-1.el8")
    recorder = read(
        tmp_path,
        definition("ELSA-2024-1: a (NA)", fix, cves=""),
        definition("ELBA-2024-2: a bug fix update", fix, cves=""),
    )
    assert [(one.id, one.note) for one in recorder.shards["oracle-8"].advisories] == [("ELSA-2024-1", "")]
    assert recorder.skipped == []


def test_a_definition_that_cannot_be_read_is_skipped(tmp_path: Path) -> None:
    assert read(tmp_path, definition("ELSA-2024-1: a")).skipped == ["oval:com.oracle.elsa:def:1 ELSA-2024-1: a"]


def test_a_broken_document(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not an OVAL document"):
        parse(parse_oval, _PATH, "<oval_definitions>", tmp_path)


def test_units() -> None:
    (unit,) = FEED.units(None)
    assert [one.path for one in unit.documents] == [_PATH]
    assert FEED.unit_for(ShardName("oracle-9")) == unit
    assert FEED.unit_for(ShardName("debian-12")) is None
    (held,) = FEED.units(["oracle-oval/com.oracle.elsa-2024.xml.bz2", "ubuntu/oval/x.xml.bz2"])
    assert [one.path for one in held.documents] == ["oracle-oval/com.oracle.elsa-2024.xml.bz2"]


def test_packed_documents(tmp_path: Path) -> None:
    path = tmp_path / "all.xml.bz2"
    fix = arch("x86_64", "a is earlier than 0:1-1.el8")
    text = f"<oval_definitions><definitions>{definition('ELSA-1: a', fix)}</definitions></oval_definitions>"
    path.write_bytes(bz2.compress(text.encode()))
    recorder = Recorder()
    parse_oval({_PATH: path}, recorder)  # type: ignore[arg-type]
    assert len(recorder.shards["oracle-8"].advisories) == 1
