from functools import partial
from pathlib import Path

import pytest

from lading.feeds.upstreams.fedora import FEED, parse_updates
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, ShardName
from lading.model.errors import FeedError
from lading.model.severities import word_severity
from tests.feeds.recorder import Recorder, parse


def _document(updates: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><updates>{updates}</updates>'


def _update(id: str, kind: str, references: str, packages: str, description: str = "") -> str:
    return f"""<update from="updates@fedoraproject.org" status="stable" type="{kind}" version="2.0">
      <id>{id}</id><title>curl-8.6.0-8.fc40</title><issued date="2024-05-03 01:02:03"/>
      <updated date="2024-05-04 01:02:03"/><severity>Important</severity><description>{description}</description>
      <references>{references}</references>
      <pkglist><collection short="F40"><name>Fedora 40</name>{packages}</collection></pkglist></update>"""


def _package(name: str, arch: str) -> str:
    return f'<package name="{name}" epoch="0" version="8.6.0" release="8.fc40" arch="{arch}" src="x"/>'


_BUG = '<reference href="https://bugzilla.redhat.com/1" id="1" type="bugzilla" title="{}"/>'


def _parse(document: str, tmp_path: Path) -> Recorder:
    return parse(partial(parse_updates, "fedora-40"), "fedora/40/updateinfo.xml", document, tmp_path)


def test_an_update(tmp_path: Path) -> None:
    packages = _package("curl", "x86_64") + _package("curl", "src") + _package("curl-debuginfo", "x86_64")
    bug = _BUG.format("CVE-2024-2398 CVE-2024-2399 curl: leaks memory [fedora-40]")
    document = _document(_update("FEDORA-2024-1", "security", bug, packages, "Also CVE-2024-2400."))
    recorder = _parse(document, tmp_path)
    shard = recorder.shards["fedora-40"]
    assert (shard.scheme, shard.names) == ("rpm", "binary")
    assert shard.advisories == [
        Advisory(
            id=vulnerability,
            package="curl",
            ranges=(Range(fixed="8.6.0-8.fc40"),),
            severities=(word_severity("Important", "fedora"),),  # type: ignore[arg-type]
            note="FEDORA-2024-1",
            fix_date="2024-05-03",
        )
        for vulnerability in ("CVE-2024-2398", "CVE-2024-2399", "CVE-2024-2400")
    ]
    url = "https://bodhi.fedoraproject.org/updates/FEDORA-2024-1"
    assert shard.texts["CVE-2024-2399"] == AdvisoryText(
        "CVE-2024-2399",
        "curl: leaks memory",
        url,
        notice="FEDORA-2024-1",
    )
    assert shard.texts["CVE-2024-2400"].summary == "curl-8.6.0-8.fc40"
    assert recorder.dates == ["2024-05-04"]


def test_updates_of_other_kinds_fix_what_their_bugs_name(tmp_path: Path) -> None:
    kinds = ("bugfix", "enhancement", "security", "bugfix")
    bugs = (_BUG.format("CVE-2024-1000 x"), "", "", "")
    document = _document(
        "".join(
            _update(
                f"FEDORA-2024-{number}", kind, bug, _package("curl", "noarch"), "" if number == 2 else "CVE-2020-1234"
            )
            for number, (kind, bug) in enumerate(zip(kinds, bugs, strict=True))
        )
    )
    shard = _parse(document, tmp_path).shards["fedora-40"]
    assert [(one.id, one.note) for one in shard.advisories] == [
        ("CVE-2024-1000", "FEDORA-2024-0"),
        ("FEDORA-2024-2", ""),
    ]


def test_modules(tmp_path: Path) -> None:
    module = '<module name="nodejs" stream="18" version="1" context="c" arch="x86_64"/>'
    document = _document(_update("FEDORA-2024-1", "security", "", module + _package("npm", "x86_64")))
    (advisory,) = _parse(document, tmp_path).shards["fedora-40"].advisories
    assert advisory.condition == Condition(module="nodejs:18")


def test_broken(tmp_path: Path) -> None:
    recorder = _parse(_document("<update/>"), tmp_path)
    assert recorder.skipped == ["document: an update without a name"]
    with pytest.raises(FeedError, match="not an updateinfo document"):
        _parse("<updates", tmp_path)


def test_units() -> None:
    folder = "fedora/linux/updates/40/Everything"
    held = [f"{folder}/{arch}/repodata/abc-updateinfo.xml.zst" for arch in ("aarch64", "x86_64")]
    other = "fedora/linux/updates/41/Everything/x86_64/repodata/abc-updateinfo.xml"
    units = FEED.units([*held, other, f"{folder}/x86_64/repodata/repomd.xml", "rocky/9/updateinfo.xml"])
    assert [(unit.name, [one.path for one in unit.documents]) for unit in units] == [
        ("fedora-40", held),
        ("fedora-41", [other]),
    ]
    assert FEED.unit_for(ShardName("rhel-9")) is None
    asked = FEED.unit_for(ShardName("fedora-40"))
    assert asked is not None and asked.name == "fedora-40"


def test_epel() -> None:
    path = "epel/9/Everything/x86_64/repodata/abc-updateinfo.xml.zst"
    (unit,) = FEED.units([path])
    asked = FEED.unit_for(ShardName("epel-9"))
    assert asked is not None and (asked.name, unit.name) == ("epel-9", "epel-9")
    assert [one.url for one in asked.documents] == [
        f"https://dl.fedoraproject.org/pub/epel/9/Everything/{arch}/repodata/repomd.xml"
        for arch in ("aarch64", "x86_64")
    ]
    assert {unit.name for unit in FEED.units(None)} >= {"epel-8", "epel-9", "epel-10", "fedora-40"}
