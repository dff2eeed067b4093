"""Rocky Linux's errata, from its service, its repositories and its OVAL documents."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from lading.feeds.upstreams.rocky import FEED, parse_errata
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder

_PAGE = "rocky/apollo-errata/page1.json"
_OS = "rocky/updateinfo/pub/rocky/9/AppStream/x86_64/os/repodata"
_ARM = "rocky/updateinfo/pub/rocky/9/AppStream/aarch64/os/repodata"
_VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"


def read(tmp_path: Path, files: Mapping[str, object]) -> Recorder:
    recorder = Recorder()
    local = {}
    for number, (path, content) in enumerate(files.items()):
        local[path] = tmp_path / str(number)
        local[path].write_text(content if isinstance(content, str) else json.dumps(content))
    parse_errata(local, recorder)  # type: ignore[arg-type]
    return recorder


def package(nevra: str, product: str = "Rocky Linux 9 x86_64", module: str = "") -> object:
    name, _, stream = module.partition(":")
    return {"nevra": nevra, "product_name": product, "module_name": name or None, "module_stream": stream or None}


def advisory(name: str, *packages: object, cves: object = None) -> object:
    cves = [{"cve": "CVE-2024-1"}] if cves is None else cves
    return {
        "name": name, "synopsis": "Moderate: tool security update", "severity": "Moderate",
        "published_at": "2024-05-03T00:00:00+00:00", "cves": cves, "packages": packages,
    }  # fmt: skip


def page(*advisories: object) -> object:
    return {"advisories": advisories, "last_updated_at": "2025-11-27T09:00:19Z"}


def updates(name: str, *packages: str, short: str = "rocky-linux-9-x86-64-appstream-rpms", title: str = "") -> str:
    """`packages` are "name arch epoch version release"."""
    listed = ""
    for text in packages:
        package, arch, epoch, version, release = text.split()
        listed += f'<package name="{package}" arch="{arch}" epoch="{epoch}" version="{version}" release="{release}"/>'
    return f"""<updates><update type="security"><id>{name}</id><title>{title or "Low: tool update"}</title>
    <issued date="2024-05-03 00:00:00"/><severity>Low</severity>
    <references><reference id="CVE-2024-2" type="cve"/></references>
    <pkglist><collection short="{short}">{listed}</collection></pkglist></update></updates>"""


def test_the_errata_service(tmp_path: Path) -> None:
    cves = [{"cve": "CVE-2024-1", "cvss3_scoring_vector": _VECTOR, "cwe": "CWE-770"}]
    recorder = read(
        tmp_path,
        {
            _PAGE: page(
                advisory(
                    "RLSA-2024:1",
                    package("tool-1:1.2-3.el9.x86_64.rpm"),
                    package("tool-1:1.2-3.el9.src.rpm"),
                    package("tool-debuginfo-1:1.2-3.el9.x86_64.rpm"),
                    package("tool-0:1-1.el8.aarch64", "Rocky Linux 8.6 aarch64 (Legacy)", "tool:1"),
                    package("broken"),
                    cves=cves,
                ),
                advisory("RLBA-2024:2", package("bug-0:1-1.el9.noarch.rpm"), cves=[]),
                advisory("RLSA-2024:3", package("own-0:1-1.el9.noarch.rpm"), cves=[]),
                {"name": 1},
            )
        },
    )
    assert recorder.dates == ["2025-11-27T09:00:19Z"]
    assert recorder.skipped == ["RLSA-2024:1 broken", f'{_PAGE}: {{"name": 1}}']
    nine = recorder.shards["errata-rocky-linux-9"]
    assert (nine.scheme, nine.names) == ("rpm", "binary")
    assert nine.advisories[0] == Advisory(
        id="CVE-2024-1",
        package="tool",
        ranges=(Range(fixed="1:1.2-3.el9"),),
        severities=(Severity("medium", "rocky", text="Moderate"), Severity("high", "cvss3", 7.5, _VECTOR)),
        note="RLSA-2024:1",
        fix_date="2024-05-03",
        cwes=("CWE-770",),
    )
    assert nine.texts["CVE-2024-1"] == AdvisoryText(
        "CVE-2024-1", "tool security update", "https://errata.rockylinux.org/RLSA-2024:1", notice="RLSA-2024:1"
    )
    assert [(one.id, one.package, one.note) for one in nine.advisories[1:]] == [("RLSA-2024:3", "own", "")]
    (eight,) = recorder.shards["errata-rocky-linux-8"].advisories
    assert (eight.package, eight.condition) == ("tool", Condition(module="tool:1"))


def test_repositories_of_one_release_are_taken_together(tmp_path: Path) -> None:
    recorder = read(
        tmp_path,
        {
            _PAGE: page(advisory("RLSA-2024:1", package("tool-0:1-1.el9.x86_64.rpm"))),
            f"{_OS}/aa-updateinfo.xml.gz": updates("RLSA-2024:2", "a x86_64 0 1 1.el9", "b x86_64 0 1 1.el9"),
            f"{_ARM}/bb-updateinfo.xml.gz": updates("RLSA-2024:2", "a aarch64 0 1 1.el9", "b aarch64 0 1 2.el9"),
            f"{_OS}/cc-updateinfo.xml.gz": updates("RLSA-2024:1", "tool x86_64 0 1 1.el9"),
            f"{_OS}/dd-updateinfo.xml.gz": updates("", "tool x86_64 0 1 1.el9"),
        },
    )
    assert [
        (one.note, one.package, one.ranges, one.condition) for one in recorder.shards["errata-rocky-linux-9"].advisories
    ] == [
        ("RLSA-2024:1", "tool", (Range(fixed="1-1.el9"),), None),
        ("RLSA-2024:2", "a", (Range(fixed="1-1.el9"),), None),
        ("RLSA-2024:2", "b", (Range(fixed="1-1.el9"),), Condition(arches=("i386", "i586", "i686", "x86_64"))),
        ("RLSA-2024:2", "b", (Range(fixed="1-2.el9"),), Condition(arches=("aarch64",))),
    ]
    assert recorder.skipped == ["4: an update without a name"]


def test_modules(tmp_path: Path) -> None:
    modules = """---
document: modulemd-defaults
data:
  module: mariadb
...
---
document: modulemd
version: 2
data:
  name: mariadb
  stream: 10.50
  artifacts:
    rpms:
    - mariadb-3:10.5.16-2.module+el9.1.0+13358+56c3b6a3.x86_64
...
---
document: modulemd
data: [
"""
    recorder = read(
        tmp_path,
        {
            f"{_OS}/modules.yaml": modules,
            f"{_OS}/a-updateinfo.xml": updates("RLSA-2024:1", "a x86_64 3 1 2.module+el9.1.0+13358+56c3b6a3"),
            f"{_OS}/b-updateinfo.xml": updates("RLSA-2024:2", "b x86_64 3 1 2.module+el9+1+2", title="Low: c:4 update"),
            f"{_OS}/c-updateinfo.xml": updates("RLSA-2024:3", "c x86_64 3 1 2.module+el9+1+2"),
        },
    )
    assert [
        (one.package, one.condition.module if one.condition else "")
        for one in recorder.shards["errata-rocky-linux-9"].advisories
    ] == [("a", "mariadb:10.50"), ("b", "c:4"), ("c", "?")]
    assert recorder.skipped == ["0: a module that cannot be read"]


def test_builds_of_special_interest_groups(tmp_path: Path) -> None:
    builds = (package("kernel-0:4.18.0-1.el9.cloud.x86_64.rpm"), package("perf-0:4.18.0-1.el9.x86_64.rpm"))
    recorder = read(tmp_path, {_PAGE: page(advisory("RXSA-2024:1", *builds))})
    assert [one.package for one in recorder.shards["errata-rocky-linux-9"].advisories] == ["kernel"]


def test_oval(tmp_path: Path) -> None:
    document = """<oval_definitions><definitions>
    <definition id="d:1"><metadata><title>RLSA-2024:1: tool update (Low)</title>
    <description>Fixes: * a (CVE-2024-1)\n* b (CVE-2024-3)</description>
    <advisory><severity>Low</severity><issued date="2024-05-03"/></advisory></metadata>
    <criteria operator="OR"><criterion test_ref="t:1"/></criteria></definition>
    <definition id="d:2"><metadata><title>RLSA-2024:2: tool update (Low)</title></metadata></definition>
    <definition id="d:3"><metadata><title>Other</title></metadata></definition></definitions>
    <tests><rpminfo_test id="t:1"><object object_ref="o:1"/><state state_ref="s:1"/></rpminfo_test></tests>
    <objects><rpminfo_object id="o:1"><name>tool</name></rpminfo_object></objects>
    <states><rpminfo_state id="s:1"><arch operation="pattern match">src|x86_64</arch>
    <evr operation="less than">0:1-1.el9</evr></rpminfo_state></states></oval_definitions>"""
    recorder = read(
        tmp_path,
        {
            "rocky/oval/org.rockylinux.rlsa-9.xml": document,
            _PAGE: page(advisory("RLSA-2024:2", package("x-0:1-1.el9.x86_64"))),
        },
    )
    assert [
        (one.id, one.note, one.package, one.ranges, one.fix_date)
        for one in recorder.shards["errata-rocky-linux-9"].advisories[1:]
    ] == [
        ("CVE-2024-1", "RLSA-2024:1", "tool", (Range(fixed="1-1.el9"),), "2024-05-03"),
        ("CVE-2024-3", "RLSA-2024:1", "tool", (Range(fixed="1-1.el9"),), "2024-05-03"),
    ]
    assert recorder.skipped == ["d:3 Other"]


@pytest.mark.parametrize("path", [_PAGE, f"{_OS}/updateinfo.xml", "rocky/oval/org.rockylinux.rlsa-9.xml"])
def test_broken_documents(path: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not a"):
        read(tmp_path, {path: "<a>"})


def test_units() -> None:
    (unit,) = FEED.units(None)
    (held,) = FEED.units([one.path for one in unit.documents])
    assert [one.path for one in held.documents] == sorted(one.path for one in unit.documents)
    (held,) = FEED.units(
        [_PAGE, f"{_OS}/cccc-modules.yaml", "rocky/osv/RLSA-1.json", "rocky/oval-9/org.rockylinux.rlsa-9.xml"]
    )
    assert len(held.documents) == 3
    assert FEED.unit_for(ShardName("errata-rocky-linux-9")) == unit
    assert FEED.unit_for(ShardName("rocky-linux-9")) is None
