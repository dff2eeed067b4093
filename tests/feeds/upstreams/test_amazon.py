"""Amazon Linux's advisories."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from lading.feeds.upstreams.amazon import FEED
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder


def document(
    name: str, short: str, *builds: str, cves: Sequence[str] = ("CVE-2024-1",), kind: str = "security", text: str = ""
) -> str:
    """`builds` are "name epoch version release arch"."""
    references = "".join(f'<reference id="{cve}" type="cve" href=""/>' for cve in cves)
    packages = ""
    for build in builds:
        package, epoch, version, release, arch = build.split()
        packages += f"""<package name="{package}" epoch="{epoch}" version="{version}" release="{release}"
        arch="{arch}"/>"""
    return f"""<updates><update type="{kind}"><id>{name}</id>
    <title>Amazon Linux - {name}: important priority package update for tool</title>
    <issued date="2024-05-03 01:02"/><updated date="2024-05-04 01:02"/><severity>important</severity>
    <description>{text}</description><references>{references}</references>
    <pkglist><collection short="{short}"><name>x</name>{packages}</collection></pkglist></update></updates>"""


def read(tmp_path: Path, *documents: str, path: str = "amazon/2/core/updateinfo.xml") -> Recorder:
    recorder = Recorder()
    files = {}
    for number, text in enumerate(documents):
        files[f"{number}"] = tmp_path / f"{number}.xml"
        files[f"{number}"].write_text(text)
    (unit,) = FEED.units([path])
    unit.parse(files, recorder)  # type: ignore[arg-type]
    return recorder


def test_an_advisory(tmp_path: Path) -> None:
    text = "Updates:\nCVE-2024-1:\n\t1519781:\n\tA flaw in &amp;lt;tool&amp;gt;\n\tand more.\n\nCVE-2024-2:\n\tAnother."
    builds = ("tool 1 1.2 3.amzn2 x86_64", "tool 1 1.2 3.amzn2 i686", "tool 1 1.2 3.amzn2 src")
    recorder = read(tmp_path, document("ALAS2-2024-7", "amazon-linux-2", *builds, text=text))
    shard = recorder.shards["amazon-2"]
    assert (shard.scheme, shard.names, recorder.dates) == ("rpm", "binary", ["2024-05-04"])
    assert shard.advisories == [
        Advisory(
            id="CVE-2024-1",
            package="tool",
            ranges=(Range(fixed="1:1.2-3.amzn2"),),
            severities=(Severity("high", "amazon", text="important"),),
            note="ALAS2-2024-7",
            fix_date="2024-05-03",
        )
    ]
    url = "https://alas.aws.amazon.com/AL2/ALAS-2024-7.html"
    assert shard.texts == {
        "CVE-2024-1": AdvisoryText(
            "CVE-2024-1",
            "A flaw in <tool> and more.",
            url,
            notice="ALAS2-2024-7",
        )
    }


def test_topics_keep_to_their_version_line(tmp_path: Path) -> None:
    recorder = read(
        tmp_path,
        document(
            "ALAS2KERNEL-5.15-2024-1", "amazon-linux-2---kernel-5.15",
            "kernel 0 5.15.43 20.amzn2 x86_64", "kernel-livepatch-5.15.43-20 0 1.0 0.amzn2 x86_64",
        ),
        document("ALAS2DNSMASQ-2024-1", "amazon-linux-2---dnsmasq", "dnsmasq 0 2.86 1.amzn2 x86_64"),
        document("ALAS2DOCKER-2024-1", "amazon-linux-2---docker", "docker 0 25.0.3 1.amzn2 x86_64"),
        document("ALAS2MARIADB-2024-1", "amazon-linux-2---mariadb10.5", "mariadb 3 10.5.20 1.amzn2 x86_64"),
        document(
            "ALAS2-2024-7", "amazon-linux-2", "kernel 0 4.14.1 1.amzn2 x86_64", "dnsmasq 0 2.76 1.amzn2 x86_64"
        ),
    )  # fmt: skip
    found = {(one.note, one.package): one for one in recorder.shards["amazon-2"].advisories}
    assert {name: one.ranges[0].introduced for name, one in found.items()} == {
        ("ALAS2KERNEL-5.15-2024-1", "kernel"): "5.15",
        ("ALAS2KERNEL-5.15-2024-1", "kernel-livepatch-5.15.43-20"): "",
        ("ALAS2DNSMASQ-2024-1", "dnsmasq"): "2.86",
        ("ALAS2DOCKER-2024-1", "docker"): "",
        ("ALAS2MARIADB-2024-1", "mariadb"): "3:10.5",
        ("ALAS2-2024-7", "kernel"): "",
        ("ALAS2-2024-7", "dnsmasq"): "",
    }
    assert found["ALAS2DOCKER-2024-1", "docker"].remark == "in the repository docker"
    assert found["ALAS2-2024-7", "kernel"].remark == ""


def test_architectures(tmp_path: Path) -> None:
    builds = ("a 0 1 1 x86_64", "a 0 1 1 aarch64", "b 0 1 1 aarch64", "c 0 1 1 x86_64", "c 0 1 2 aarch64")
    recorder = read(tmp_path, document("ALAS2-2024-7", "amazon-linux-2", *builds))
    assert [(one.package, one.ranges, one.condition) for one in recorder.shards["amazon-2"].advisories] == [
        ("a", (Range(fixed="1-1"),), None),
        ("b", (Range(fixed="1-1"),), Condition(arches=("aarch64",))),
        ("c", (Range(fixed="1-1"),), Condition(arches=("i386", "i586", "i686", "x86_64"))),
        ("c", (Range(fixed="1-2"),), Condition(arches=("aarch64",))),
    ]


def test_advisories_that_name_no_cve(tmp_path: Path) -> None:
    recorder = read(
        tmp_path,
        document("ALAS-2014-1", "amazon-linux-ami", "a 0 1 1 x86_64", cves=()),
        document("ALAS-2014-2", "amazon-linux-ami", "a 0 1 1 x86_64", cves=(), kind="bugfix"),
        document("", "amazon-linux-ami", "a 0 1 1 x86_64"),
        path="amazon/2018.03/updates/c5/x86_64/repodata/updateinfo.xml.gz",
    )
    shard = recorder.shards["amazon-1"]
    assert [(one.id, one.note) for one in shard.advisories] == [("ALAS-2014-1", "")]
    assert shard.texts["ALAS-2014-1"] == AdvisoryText(
        "ALAS-2014-1",
        "important priority package update for tool",
        "https://alas.aws.amazon.com/ALAS-2014-1.html",
    )
    assert recorder.skipped == ["2.xml: an update without a name"]


def test_a_broken_document(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not an updateinfo document"):
        read(tmp_path, "<updates>")


def test_units() -> None:
    assert [unit.name for unit in FEED.units(None)] == ["amazon-1", "amazon-2", "amazon-2022", "amazon-2023"]
    for unit in FEED.units(None):
        held = FEED.units([one.path for one in unit.documents])
        assert [(one.name, len(one.documents)) for one in held] == [(unit.name, len(unit.documents))]
        found = FEED.unit_for(ShardName(unit.name))
        assert found is not None
        assert found.documents == unit.documents
    held = FEED.units(
        [
            "amazon-alas/updateinfo/updateinfo_1.xml.gz",
            "amazon-alas/updateinfo/updateinfo_2.xml.gz",
            "amazon-alas/updateinfo/updateinfo_2_kernel-5.15.xml.gz",
            "amazon-alas/updateinfo/amazon_linux_2_updateinfo.xml",
            "amazon-alas/updateinfo/updateinfo_2022.xml.gz",
            "amazon-alas/updateinfo/updateinfo_2023_nvidia.xml.gz",
            "amazon/2/core/2.0/x86_64/221a4af/repodata/updateinfo.xml.gz",
            "amazon/al2023/core/guids/46ff49/x86_64/repodata/updateinfo.xml.gz",
            "amazon-alas/rss/2_rss.xml",
        ]
    )
    assert [(one.name, len(one.documents)) for one in held] == [
        ("amazon-1", 1), ("amazon-2", 4), ("amazon-2022", 1), ("amazon-2023", 2),
    ]  # fmt: skip
    assert FEED.unit_for(ShardName("amazon-9")) is None
