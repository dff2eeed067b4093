"""Bottlerocket's updateinfo against exact advisories."""

import gzip
from pathlib import Path

import pytest

from lading.feeds.upstreams.bottlerocket import FEED, parse_updates
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder, parse

PATH = "bottlerocket/updateinfo.xml.gz"


def update(packages: str, references: str = "", kind: str = "security") -> str:
    return f"""<?xml version="1.0" ?>
<updates><update author="x" from="x" status="final" type="{kind}" version="2.0">
  <id>BRSA-abc</id><title>CVE-2024-1001</title>
  <issued date="2024-07-17T20:07:07Z"/><updated date="2024-07-18T20:07:07Z"/>
  <severity>important</severity><description>A vulnerability in
   runc.</description>
  <references>{references}</references>
  <pkglist><collection short="bottlerocket"><name>bottlerocket</name>{packages}</collection></pkglist>
</update></updates>"""


def package(name: str, arch: str, version: str, epoch: str = "0") -> str:
    return f'<package arch="{arch}" name="{name}" version="{version}" release="1.br1" epoch="{epoch}"/>'


CVE = '<reference href="https://nvd.nist.gov/vuln/detail/CVE-2024-1001" id="CVE-2024-1001" type="cve" title="x"/>'


def advisory(name: str, fixed: str, **changes: object) -> Advisory:
    return Advisory(
        id="CVE-2024-1001",
        package=name,
        ranges=(Range(fixed=fixed),),
        severities=(Severity("high", "bottlerocket", text="important"),),
        note="BRSA-abc",
        fix_date="2024-07-17",
        **changes,  # type: ignore[arg-type]
    )


def test_fixes_on_every_architecture_and_on_one(tmp_path: Path) -> None:
    packages = "".join(
        (
            package("runc", "x86_64", "1.1.13", "1"),
            package("runc", "aarch64", "1.1.13", "1"),
            package("kernel-6.1", "x86_64", "6.1.94"),
        )
    )
    recorder = parse(parse_updates, PATH, update(packages, CVE), tmp_path)
    writer = recorder.shards["bottlerocket"]
    assert (writer.scheme, writer.names, recorder.dates) == ("rpm", "binary", ["2024-07-18"])
    assert writer.advisories == [
        advisory("runc", "1:1.1.13-1.br1"),
        advisory("kernel-6.1", "6.1.94-1.br1", condition=Condition(arches=("i386", "i586", "i686", "x86_64"))),
    ]
    url = "https://nvd.nist.gov/vuln/detail/CVE-2024-1001"
    assert writer.texts == {
        "CVE-2024-1001": AdvisoryText(
            "CVE-2024-1001",
            "A vulnerability in runc.",
            url,
            published="2024-07-17",
            notice="BRSA-abc",
        )
    }


def test_without_a_cve_the_advisory_s_own_name(tmp_path: Path) -> None:
    (found,) = (
        parse(parse_updates, PATH, update(package("a", "noarch", "1")), tmp_path).shards["bottlerocket"].advisories
    )
    assert (found.id, found.note, found.condition) == ("BRSA-abc", "", None)


def test_what_has_no_package_is_counted(tmp_path: Path) -> None:
    assert parse(parse_updates, PATH, update(""), tmp_path).skipped == ["BRSA-abc"]
    recorder = parse(parse_updates, PATH, update(package("a", "noarch", "1"), kind="enhancement"), tmp_path)
    assert recorder.shards["bottlerocket"].advisories == []


def test_a_broken_document(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not an updateinfo document"):
        parse(parse_updates, PATH, "<updates><update>", tmp_path)


def test_units(tmp_path: Path) -> None:
    (unit,) = FEED.units(["bottlerocket/updateinfo.xml", "amazon/updateinfo.xml.gz"])
    assert [one.path for one in unit.documents] == ["bottlerocket/updateinfo.xml"]
    (public,) = FEED.units(None)
    assert FEED.unit_for(ShardName("bottlerocket")) == public and FEED.unit_for(ShardName("arch")) is None
    file = tmp_path / "x.gz"
    file.write_bytes(gzip.compress(update(package("a", "noarch", "1"), CVE).encode()))
    recorder = Recorder()
    public.parse({PATH: file}, recorder)  # type: ignore[arg-type]
    assert len(recorder.shards["bottlerocket"].advisories) == 1
