"""Gentoo's advisories, written by hand as Gentoo writes them, against exact ranges."""

import io
import tarfile
from pathlib import Path

import pytest

from lading.feeds.upstreams.gentoo import FEED, parse_advisories
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName
from lading.versions.ranges import contains
from tests.feeds.recorder import Recorder

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE glsa SYSTEM "http://www.gentoo.org/dtd/glsa.dtd">\n'


def document(*packages: str, references: str = '<uri link="https://x/CVE-2021-1001">CVE-2021-1001</uri>') -> str:
    return f"""{HEAD}<glsa id="202101-18">
  <title>Python: Multiple vulnerabilities</title>
  <synopsis>Many.</synopsis>
  <product type="ebuild">python</product>
  <announced>2021-01-24</announced>
  <revised count="2">2021-01-25</revised>
  <access>remote</access>
  <affected>{"".join(packages)}</affected>
  <impact type="normal"><p>Bad.</p></impact>
  <references>{references}</references>
</glsa>"""


def package(spans: str, name: str = "dev-lang/python") -> str:
    return f'<package name="{name}" auto="yes" arch="*">{spans}</package>'


def read(text: str, tmp_path: Path) -> Recorder:
    file = tmp_path / "glsa-202101-18.xml"
    file.write_text(text)
    recorder = Recorder()
    parse_advisories({f"gentoo/{file.name}": file}, recorder)  # type: ignore[arg-type]
    return recorder


def stretches(spans: str, tmp_path: Path) -> dict[tuple[str, ...], tuple[Range, ...]]:
    advisories = read(document(package(spans)), tmp_path).shards["gentoo"].advisories
    return {one.condition.slots if one.condition else (): one.ranges for one in advisories}


def test_an_advisory(tmp_path: Path) -> None:
    links = (
        '<uri link="x">CVE-2021-1001</uri><uri link="https://x/?name=CAN-2004-0079">older</uri><uri link="x">Bug</uri>'
    )
    spans = '<unaffected range="ge">3.8.7</unaffected><vulnerable range="lt">3.8.7</vulnerable>'
    recorder = read(document(package(spans), references=links), tmp_path)
    writer = recorder.shards["gentoo"]
    assert (writer.scheme, writer.names, recorder.dates) == ("portage", "source", ["2021-01-25"])
    assert writer.advisories == [
        Advisory(
            id=vulnerability,
            package="dev-lang/python",
            ranges=(Range(fixed="3.8.7"),),
            severities=(Severity("medium", "gentoo", text="normal"),),
            note="GLSA-202101-18",
            fix_date="2021-01-24",
        )
        for vulnerability in ("CVE-2021-1001", "CVE-2004-0079")
    ]
    assert writer.texts["CVE-2021-1001"] == AdvisoryText(
        "CVE-2021-1001",
        "Python: Multiple vulnerabilities",
        "https://security.gentoo.org/glsa/202101-18",
        published="2021-01-24",
        notice="GLSA-202101-18",
    )


def test_without_a_cve_the_advisory_s_own_name(tmp_path: Path) -> None:
    text = document(package('<vulnerable range="le">1</vulnerable>'), references="")
    (advisory,) = read(text, tmp_path).shards["gentoo"].advisories
    assert (advisory.id, advisory.note, advisory.ranges) == ("GLSA-202101-18", "", (Range(last_affected="1"),))


@pytest.mark.parametrize(
    ("spans", "affected", "not_affected"),
    [
        # Only the revisions of one version are free of it.
        (
            '<unaffected range="rge">1.2.3-r4</unaffected><unaffected range="ge">1.3</unaffected>'
            '<vulnerable range="lt">1.3</vulnerable>',
            ("1.2.3-r3", "1.2.3", "1.2.2-r9", "1.2.3_p1", "1.2.4"),
            ("1.2.3-r4", "1.2.3-r20", "1.3", "2"),
        ),
        ('<vulnerable range="rle">1.2-r3</vulnerable>', ("1.2", "1.2-r3"), ("1.2-r4", "1.1", "1.2_rc1")),
        ('<vulnerable range="rlt">1.2-r3</vulnerable>', ("1.2", "1.2-r2"), ("1.2-r3", "1.1-r1")),
        ('<vulnerable range="rgt">1.2-r3</vulnerable>', ("1.2-r4",), ("1.2-r3", "1.2", "1.2.1")),
        ('<vulnerable range="eq">1.2</vulnerable>', ("1.2", "1.2-r0"), ("1.2-r1", "1.2.0")),
        (
            '<vulnerable range="eq">1.2.*</vulnerable>',
            ("1.2.0_rc1", "1.2.0", "1.2.99-r3"),
            ("1.2", "1.2_p3", "1.3", "1.3_beta", "1.20"),
        ),
        (
            '<vulnerable range="gt">1.0</vulnerable><unaffected range="lt">1.5</unaffected>',
            ("1.5", "2"),
            ("1.0", "1.1", "1.4.9"),
        ),
        ('<unaffected range="ge">1</unaffected>', (), ("0.5", "1")),
    ],
)
def test_ranges(spans: str, affected: tuple[str, ...], not_affected: tuple[str, ...], tmp_path: Path) -> None:
    found = stretches(spans, tmp_path).get((), ())
    assert [version for version in affected if not contains("portage", version, found)] == []
    assert [version for version in not_affected if contains("portage", version, found) is not False] == []


def test_slots(tmp_path: Path) -> None:
    spans = (
        '<unaffected range="ge" slot="3.8">3.8.12</unaffected><unaffected range="ge" slot="3.9">3.9.8</unaffected>'
        '<vulnerable range="lt" slot="3.8">3.8.12</vulnerable><vulnerable range="lt" slot="3.9">3.9.8</vulnerable>'
    )
    assert stretches(spans, tmp_path) == {("3.8",): (Range(fixed="3.8.12"),), ("3.9",): (Range(fixed="3.9.8"),)}


def test_a_slot_with_a_fix_of_its_own(tmp_path: Path) -> None:
    spans = (
        '<unaffected range="ge" slot="*">4.0</unaffected><unaffected range="ge" slot="3">3.8</unaffected>'
        '<vulnerable range="lt" slot="*">4.0</vulnerable>'
    )
    assert stretches(spans, tmp_path) == {("!3",): (Range(fixed="4.0"),), ("3",): (Range(fixed="3.8"),)}


def test_one_package_by_architectures(tmp_path: Path) -> None:
    spans = (package(f'<vulnerable range="lt">{version}</vulnerable>') for version in ("1.2", "1.1"))
    (advisory,) = read(document(*spans), tmp_path).shards["gentoo"].advisories
    assert advisory.ranges == (Range(fixed="1.2"), Range(fixed="1.1"))


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    good = package('<vulnerable range="lt">1</vulnerable>', "a/b")
    bad = package('<vulnerable range="lt">one</vulnerable>'), package('<vulnerable range="near">1</vulnerable>', "c/d")
    recorder = read(document(*bad, good), tmp_path)
    assert [one.package for one in recorder.shards["gentoo"].advisories] == ["a/b"]
    assert recorder.skipped == [
        "GLSA-202101-18 dev-lang/python: a version is none of Portage's",
        "GLSA-202101-18 c/d: the range 'near' is not known",
    ]


@pytest.mark.parametrize("text", ["", "<glsa", "<html/>", '<!DOCTYPE a [<!ENTITY b "c">]><glsa>&b;</glsa>'])
def test_documents_that_are_no_advisory_are_counted(text: str, tmp_path: Path) -> None:
    assert read(text, tmp_path).skipped == ["gentoo/glsa-202101-18.xml"]


def test_an_archive_and_a_newer_document(tmp_path: Path) -> None:
    old = document(package('<vulnerable range="lt">1</vulnerable>'))
    with tarfile.open(tmp_path / "glsa-master.tar.gz", "w:gz") as archive:
        for name in ("glsa-master/glsa-202101-18.xml", "glsa-master/glsa-202101-19.xml", "glsa-master/index.xml"):
            entry = tarfile.TarInfo(name)
            entry.size = len(old)
            archive.addfile(entry, io.BytesIO(old.encode()))
    (tmp_path / "glsa-202101-18.xml").write_text(document(package('<vulnerable range="lt">2</vulnerable>')))
    recorder = Recorder()
    parse_advisories({f"gentoo/{one.name}": one for one in tmp_path.iterdir()}, recorder)  # type: ignore[arg-type]
    found = {one.note: one.ranges for one in recorder.shards["gentoo"].advisories}
    assert found == {"GLSA-202101-18": (Range(fixed="2"),), "GLSA-202101-19": (Range(fixed="1"),)}


def test_units() -> None:
    held = ["gentoo/glsa-202101-18.xml", "gentoo/glsa.git/glsa-202101-19.xml", "gentoo/x.tar.xz", "gentoo/README"]
    (unit,) = FEED.units(held)
    assert [one.path for one in unit.documents] == held[:3]
    assert unit.documents[0].url == "https://security.gentoo.org/glsa/glsa-202101-18.xml"
    (public,) = FEED.units(None)
    assert FEED.unit_for(ShardName("gentoo")) == public and FEED.unit_for(ShardName("arch")) is None
    assert FEED.units(["arch/all.json"]) == ()
