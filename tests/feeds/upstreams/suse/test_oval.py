"""SUSE's OVAL in the words it has used over the years, against exact advisories."""

from pathlib import Path
from typing import Any

import pytest

from lading.feeds.upstreams.suse import FEED
from lading.feeds.upstreams.suse.oval import parse_oval
from lading.model.advisory import Advisory, Range, Severity
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder

HELD = Path(__file__).resolve().parents[5] / "shared" / "feeds" / "samples" / "suse-oval"
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H"
METADATA = f"""<advisory><issued date="2023-01-17"/><severity>Moderate</severity>
  <cve impact="moderate" cvss3="6.5/{VECTOR}" href="https://x/">CVE-2024-1001 at SUSE</cve></advisory>"""


def criterion(comment: str, test: str = "x") -> str:
    return f'<criterion test_ref="{test}" comment="{comment}"/>'


def criteria(operator: str, *children: str) -> str:
    return f'<criteria operator="{operator}">{"".join(children)}</criteria>'


def definition(body: str, kind: str = "vulnerability", title: str = "CVE-2024-1001", metadata: str = METADATA) -> str:
    return f"""<definition id="oval:d:1" class="{kind}"><metadata><title>{title}</title>
      <description>A vulnerability.</description>{metadata}</metadata>{body}</definition>"""


def document(*definitions: str) -> str:
    return f"""<oval_definitions><generator><timestamp>2026-01-22T06:34:55</timestamp></generator>
      <definitions>{"".join(definitions)}</definitions>
      <tests><rpminfo_test id="tst:1" check="at least one"><object object_ref="obj:1"/><state state_ref="ste:1"/>
      </rpminfo_test></tests>
      <objects><rpminfo_object id="obj:1"><name>curl</name></rpminfo_object></objects>
      <states><rpminfo_state id="ste:1"><evr datatype="evr_string" operation="less than">1:8.0.1-2</evr>
      </rpminfo_state></states></oval_definitions>"""


def read(tmp_path: Path, family: str = "sles-15", **texts: str) -> Recorder:
    files = {}
    for name, text in texts.items():
        path = name.replace("_", "-")
        (tmp_path / path).write_text(text)
        files[f"suse/oval/{path}.xml"] = tmp_path / path
    recorder = Recorder()
    parse_oval(family, files, recorder)  # type: ignore[arg-type]
    return recorder


def advisory(package: str, fixed: str = "", **changes: Any) -> Advisory:
    severities = (Severity("medium", "suse", text="Moderate"), Severity("medium", "cvss3", 6.5, VECTOR))
    told: dict[str, Any] = {"ranges": (Range(fixed=fixed),), "severities": severities} | changes
    return Advisory("CVE-2024-1001", package, **told)


CLEAR: dict[str, Any] = {"state": "not_affected", "ranges": (), "severities": ()}
SP5 = criterion("SUSE Linux Enterprise Server 15 SP5 is installed")
SP4 = criterion("SUSE Linux Enterprise Server 15 SP4-LTSS is installed")


def test_what_a_definition_says_of_every_package(tmp_path: Path) -> None:
    packages = (
        criterion("curl-8.0.1-2 is installed", "tst:1"),
        criterion("libcurl4-8.0.1-2 is installed"),
        criterion("curl-mini is not affected"),
        criterion("wget is affected"),
        criterion("curl is signed with SUSE key"),
    )
    body = criteria("AND", criteria("OR", SP5, SP4), criteria("OR", *packages))
    recorder = read(tmp_path, one_affected=document(definition(body)))
    assert recorder.shards["oval-sles-15.5"].advisories == [
        advisory("curl", "1:8.0.1-2"),
        advisory("libcurl4", "8.0.1-2"),
        advisory("curl-mini", **CLEAR),
        advisory("wget"),
    ]
    assert recorder.shards["oval-sles-15.4"].advisories[0] == advisory("curl", "1:8.0.1-2", remark="in LTSS: 1:8.0.1-2")
    writer = recorder.shards["oval-sles-15.5"]
    assert (writer.scheme, writer.names, recorder.dates) == ("rpm", "binary", ["2026-01-22T06:34:55"])
    assert writer.texts["CVE-2024-1001"].summary == "A vulnerability."


def test_releases_of_other_families_are_left_to_their_documents(tmp_path: Path) -> None:
    micro = criterion("SUSE Linux Enterprise Micro 5.5 is installed")
    body = criteria("AND", criteria("OR", SP5, micro), criterion("curl-8.0.1-2 is installed"))
    assert set(read(tmp_path, one=document(definition(body))).shards) == {"oval-sles-15.5"}


def test_several_branches(tmp_path: Path) -> None:
    body = criteria(
        "OR",
        criteria("AND", SP5, criterion("curl-8-2 is installed")),
        criteria("AND", SP4, criterion("curl-7-9 is installed")),
    )
    shards = read(tmp_path, one=document(definition(body))).shards
    assert {name: writer.advisories[0].ranges for name, writer in shards.items()} == {
        "oval-sles-15.4": (Range(fixed="7-9"),),
        "oval-sles-15.5": (Range(fixed="8-2"),),
    }


def test_old_words(tmp_path: Path) -> None:
    body = criteria("AND", criterion("sles10-sp4 is installed"), criteria("OR", criterion("krb5 less than 1.4.3-19")))
    shards = read(tmp_path, "sles-10", old=document(definition(body, metadata=""))).shards
    assert shards["oval-sles-10.4"].advisories == [advisory("krb5", "1.4.3-19", severities=())]


def test_a_document_that_names_no_release(tmp_path: Path) -> None:
    body = criteria("OR", criterion("flash-player-11.2-30.1 is installed"))
    (tmp_path / "x").write_text(document(definition(body)))
    recorder = Recorder()
    parse_oval("opensuse-12.1", {"suse-oval/opensuse.12.1.xml.gz": tmp_path / "x"}, recorder)  # type: ignore[arg-type]
    assert recorder.shards["oval-opensuse-12.1"].advisories[0].package == "flash-player"


def test_a_vulnerability_was_fixed_by_the_first_of_its_patches(tmp_path: Path) -> None:
    metadata = '<reference source="CVE" ref_id="CVE-2024-1001"/><reference source="SUSE-SU" ref_id="SUSE-SU-2024:1"/>'
    patches = (
        definition(
            criteria("AND", SP5, criterion(f"curl-8.0.{number}-1 is installed")), "patch", "SUSE-SU-2024:1", metadata
        )
        for number in (10, 9)
    )
    recorder = read(tmp_path, one_patch=document(*patches))
    assert recorder.shards["oval-sles-15.5"].advisories == [advisory("curl", "8.0.9-1", severities=())]


def test_the_document_of_every_vulnerability_counts_before_patches(tmp_path: Path) -> None:
    affected = document(definition(criteria("AND", SP5, criterion("curl-8-2 is installed"))))
    metadata = '<reference source="CVE" ref_id="CVE-2024-1001"/>'
    patch = document(definition(criteria("AND", SP5, criterion("curl-8-3 is installed")), "patch", "x", metadata))
    recorder = read(tmp_path, one_affected=affected, one_patch=patch)
    assert [one.ranges[0].fixed for one in recorder.shards["oval-sles-15.5"].advisories] == ["8-3", "8-2"]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    body = criteria("AND", SP5, criterion("curl-8-2 is installed"))
    assert read(tmp_path, one=document(definition(body, title="nothing"))).skipped == ["oval:d:1 nothing"]
    with pytest.raises(FeedError, match="not an OVAL document"):
        read(tmp_path, two="<oval_definitions><definitions>")


def test_the_real_documents() -> None:
    if not HELD.is_dir():
        pytest.skip("the real feeds are not downloaded")
    recorder = Recorder()
    for unit in FEED.units([f"suse-oval/{file.name}" for file in HELD.iterdir()]):
        unit.parse({one.path: HELD / Path(one.path).name for one in unit.documents}, recorder)  # type: ignore[arg-type]
    assert recorder.skipped == []
    found = {
        (name, one.package, one.id): (one.state, one.ranges[0].fixed if one.ranges else "", one.remark)
        for name, writer in recorder.shards.items()
        for one in writer.advisories
    }
    kernel = found["oval-sles-15.1", "kernel-default", "CVE-2021-29154"]
    assert kernel[:2] == ("affected", "4.12.14-197.89.2") and kernel[2].startswith("in ")
    assert found["oval-opensuse-10.2", "cron", "CVE-2005-1038"] == ("affected", "4.1-70", "")
    assert found["oval-opensuse-12.1", "flash-player", "CVE-2012-5252"] == ("affected", "11.2.202.243-30.1", "")
    assert found["oval-opensuse-leap-15.2", "fastjar", "CVE-2010-2322"] == ("affected", "0.98-lp152.4.3.1", "")
    assert found["oval-sle-micro-5.0", "vim-small", "CVE-2009-0316"] == ("affected", "8.0.1568-5.11.1", "")
    assert found["oval-sle-micro-6.1", "kernel-default", "CVE-2001-0405"] == ("not_affected", "", "")
    assert found["oval-sles-12.5", "kernel-source-azure", "CVE-1999-0077"] == ("not_affected", "", "")
    assert found["oval-sles-16.0", "tar-lang", "CVE-2001-1267"] == ("affected", "1.35-160000.2.2", "")
    assert found["oval-sles-10.4", "krb5-32bit", "CVE-2002-2443"] == ("affected", "1.4.3-19.49.53.1", "")
    assert found["oval-opensuse-tumbleweed", "tar", "CVE-2001-1267"] == ("affected", "1.34-2.2", "")
