"""Ubuntu's OVAL documents against exact advisories."""

from functools import partial
from pathlib import Path

import pytest

from lading.feeds.upstreams.ubuntu import FEED
from lading.feeds.upstreams.ubuntu.oval import parse_oval
from lading.feeds.upstreams.ubuntu.pockets import Pocket
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder
from tests.feeds.upstreams.ubuntu.running import run, run_shared

MEDIUM = Severity("medium", "ubuntu", text="medium")
BINARY = Condition(arches=("binary",))
SOURCE = Condition(arches=("src",))
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def definition(
    title: str, criteria: str, *vulnerabilities: str, kind: str = "patch", platform: str = "", words: str = ""
) -> str:
    cves = "".join(
        f'<cve href="https://ubuntu.com/security/{one}" priority="medium">{one}</cve>' for one in vulnerabilities
    )
    return (
        f'<definition id="oval:com.ubuntu.jammy:def:1" class="{kind}"><metadata><title>{title}</title>'
        f"<affected><platform>{platform or 'Ubuntu 22.04 LTS'}</platform></affected>"
        f"<description>{words}</description><advisory><severity>Medium</severity>"
        f'<issued date="2024-05-01" />{cves}</advisory></metadata>'
        f'<criteria><extend_definition definition_ref="oval:com.ubuntu.jammy:def:100" />{criteria}</criteria>'
        "</definition>"
    )


def criterion(test: str, comment: str = "", negate: str = "") -> str:
    return f'<criterion test_ref="{test}" comment="{comment}"{negate and " negate=" + repr(negate)}/>'


def dpkg(name: str, version: str, *packages: str, comment: str = "Long Term Support") -> str:
    """A test of installed packages; without `version` it asks only whether one is there."""
    values = "".join(f"<value>{one}</value>" for one in packages)
    state = f'<l:state state_ref="{name}s"/>' if version else ""
    evr = f'<l:evr datatype="debian_evr_string" operation="less than">{version}</l:evr>'
    return (
        f'<l:dpkginfo_test id="{name}" comment="{comment}"><l:object object_ref="{name}o"/>{state}</l:dpkginfo_test>'
        f'<l:dpkginfo_object id="{name}o"><l:name var_ref="{name}v"/></l:dpkginfo_object>'
        f'<l:dpkginfo_state id="{name}s">{evr}</l:dpkginfo_state>'
        f'<constant_variable id="{name}v">{values}</constant_variable>'
    )


def manifest(name: str, version: str, *packages: str) -> str:
    values = "".join(rf"<value>^{one}(?::\w+|)\s+(.*)$</value>" for one in packages)
    return (
        f'<i:textfilecontent54_test id="{name}"><i:object object_ref="{name}o"/><i:state state_ref="{name}s"/>'
        "</i:textfilecontent54_test>"
        f'<i:textfilecontent54_object id="{name}o"><i:path>.</i:path><i:filename>manifest</i:filename>'
        f'<i:pattern operation="pattern match" var_ref="{name}v"/></i:textfilecontent54_object>'
        f'<i:textfilecontent54_state id="{name}s"><i:subexpression datatype="debian_evr_string" operation="less than">'
        f"\n  {version}</i:subexpression></i:textfilecontent54_state>"
        f'<constant_variable id="{name}v">{values}</constant_variable>'
    )


def uname(name: str) -> str:
    return (
        f'<u:uname_test id="{name}"><u:object object_ref="o"/><u:state state_ref="{name}s"/></u:uname_test>'
        f'<u:uname_state id="{name}s"><u:os_release operation="pattern match">5.15.0-\\d+(-aws)</u:os_release>'
        "</u:uname_state>"
    )


def document(definitions: str, tests: str) -> str:
    return (
        '<?xml version="1.0"?><oval_definitions xmlns="urn:d" xmlns:l="urn:l" xmlns:i="urn:i" xmlns:u="urn:u" '
        'xmlns:oval="urn:o"><generator><oval:timestamp>2024-12-24T05:53:15</oval:timestamp></generator>'
        f"<definitions>{definitions}</definitions><tests>{tests}</tests></oval_definitions>"
    )


def read(tmp_path: Path, *documents: str, pocket: Pocket = Pocket("", "22.04")) -> Recorder:  # noqa: B008
    files = {str(number): one for number, one in enumerate(documents)}
    return run(partial(parse_oval, dict.fromkeys(files, pocket)), tmp_path, files)


def told(found: Recorder, shard: str = "oval-ubuntu-22.04") -> set[tuple[str, str, str, str, str, str]]:
    return {
        (one.id, one.package, one.state, one.ranges[0].fixed if one.ranges else "", one.note, one.remark)
        for one in found.shards[shard].advisories
    }


def test_a_notice(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        document(
            definition("Check that Ubuntu is installed.", criterion("t1"), kind="inventory")
            + definition("USN-5-1 -- curl vulnerability", criterion("t1"), "CVE-2024-1"),
            dpkg("t1", "0:7.81.0-1ubuntu1.2", "curl", "libcurl4"),
        ),
    )
    writer = found.shards["oval-ubuntu-22.04"]
    assert (writer.scheme, writer.names, found.dates) == ("deb", "both", ["2024-12-24T05:53:15"])
    assert writer.advisories == [
        Advisory(
            "CVE-2024-1",
            package,
            ranges=(Range(fixed="7.81.0-1ubuntu1.2"),),
            severities=(MEDIUM,),
            note="USN-5-1",
            condition=BINARY,
            fix_date="2024-05-01",
        )
        for package in ("curl", "libcurl4")
    ]
    assert writer.texts == {
        "CVE-2024-1": AdvisoryText("CVE-2024-1", "curl vulnerability", "https://ubuntu.com/security/CVE-2024-1")
    }


def test_the_first_fix_counts_and_notices_without_vulnerabilities_are_vulnerabilities_of_their_own(
    tmp_path: Path,
) -> None:
    found = read(
        tmp_path,
        document(
            definition("USN-5-2 -- curl regression", criterion("t2"), "CVE-2024-1")
            + definition("USN-5-1 -- curl vulnerability", criterion("t1"), "CVE-2024-1")
            + definition("USN-6-1 -- curl update", criterion("t1")),
            dpkg("t1", "0:9-1", "curl") + dpkg("t2", "1:1-1", "curl"),
        ),
    )
    assert told(found) == {
        ("CVE-2024-1", "curl", "affected", "9-1", "USN-5-1", ""),
        ("USN-6-1", "curl", "affected", "9-1", "USN-6-1", ""),
    }


@pytest.mark.parametrize("turned", [False, True])
def test_a_later_fix_counts_where_its_notice_says_that_the_first_was_incomplete(tmp_path: Path, turned: bool) -> None:
    former = "Original advisory details: the fix of long ago was incomplete."
    repair = f"USN-5-1 fixed sox. It was discovered that the fix for CVE-2024-1 was incomplete. {former}"
    definitions = [
        definition("USN-5-1 -- sox vulnerability", criterion("t1"), "CVE-2024-1", "CVE-2024-2"),
        definition("USN-5-2 -- sox regression", criterion("t2"), "CVE-2024-1", words=repair),
        definition("USN-5-3 -- sox regression", criterion("t3"), "CVE-2024-1", "CVE-2024-2", words=former),
    ]
    tests = dpkg("t1", "1.1", "sox") + dpkg("t2", "1.2", "sox") + dpkg("t3", "1.3", "sox")
    found = read(tmp_path, document("".join(reversed(definitions) if turned else definitions), tests))
    assert told(found) == {
        ("CVE-2024-1", "sox", "affected", "1.2", "USN-5-2", ""),
        ("CVE-2024-2", "sox", "affected", "1.1", "USN-5-1", ""),
    }


@pytest.mark.parametrize(
    ("platform", "comment", "version"),
    [
        ("Ubuntu 22.04 ESM", "", "2"),
        ("", "Available with Ubuntu Pro: https://ubuntu.com/pro", "2"),
        ("", "", "2~esm1"),
    ],
)
def test_fixes_in_ubuntu_pro(tmp_path: Path, platform: str, comment: str, version: str) -> None:
    found = read(
        tmp_path,
        document(
            definition("USN-5-1 -- x", criterion("t1"), "CVE-2024-1", platform=platform)
            + definition("USN-6-1 -- x", criterion("t2"), "CVE-2024-2"),
            dpkg("t1", f"0:{version}", "curl", comment=comment) + dpkg("t2", "3", "curl"),
        ),
    )
    assert told(found, "oval-ubuntu-pro-22.04") == {
        ("CVE-2024-1", "curl", "affected", version, "USN-5-1", ""),
    }
    assert told(found) == {
        ("CVE-2024-1", "curl", "affected", "", "", f"in Ubuntu Pro: {version}"),
        ("CVE-2024-2", "curl", "affected", "3", "USN-6-1", ""),
    }


def test_manifests_of_images(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        document(
            definition("USN-5-1 -- x", criterion("t1"), "CVE-2024-1"),
            manifest("t1", "0:2-1", "libstdc\\+\\+6", "gcc-12.1-base"),
        ),
    )
    assert {(one.package, one.ranges) for one in found.shards["oval-ubuntu-22.04"].advisories} == {
        ("libstdc++6", (Range(fixed="2-1"),)),
        ("gcc-12.1-base", (Range(fixed="2-1"),)),
    }


def test_vulnerabilities_by_the_words_on_their_source_packages(tmp_path: Path) -> None:
    comments = {
        "a": "a package in jammy was vulnerable but has been fixed (note: '2').",
        "b": "b package in jammy is affected and needs fixing.",
        "c": "c package in jammy is affected, but a decision has been made to defer addressing it.",
        "d": "d package in jammy: while related to the CVE, a decision has been made to ignore this issue.",
        "e": "e package in jammy, is related to the CVE in some way and is not affected.",
        "f": "f package in esm-apps/jammy was vulnerable but has been fixed (note: '4').",
    }
    tests = "".join(dpkg(name, "0:2" if name in "af" else "", f"lib{name}") for name in comments)
    criteria = "".join(criterion(name, comment, "true" if name == "e" else "") for name, comment in comments.items())
    own = definition(
        "CVE-2024-1 on Ubuntu 22.04 LTS (jammy) - medium",
        f'<criteria operator="OR">{criteria}</criteria>',
        "CVE-2024-1",
        kind="vulnerability",
        words="A vulnerability. Update Instructions: Run it.",
    )
    own = own.replace('priority="medium"', f'priority="medium" cvss_vector="{VECTOR}" usns="7-1" public="20240430"')
    found = read(tmp_path, document(own, tests))
    assert told(found) == {
        ("CVE-2024-1", "a", "affected", "2", "USN-7-1", ""),
        ("CVE-2024-1", "b", "affected", "", "", ""),
        ("CVE-2024-1", "c", "deferred", "", "", ""),
        ("CVE-2024-1", "d", "wont_fix", "", "", ""),
        ("CVE-2024-1", "e", "not_affected", "", "", ""),
        ("CVE-2024-1", "f", "affected", "", "", "in Ubuntu Pro: 2"),
    }
    writer = found.shards["oval-ubuntu-22.04"]
    assert {one.condition for one in writer.advisories} == {SOURCE}
    assert {one.severities for one in writer.advisories} == {(Severity("critical", "cvss3", 9.8, VECTOR), MEDIUM)}
    assert writer.texts["CVE-2024-1"] == AdvisoryText(
        "CVE-2024-1", "A vulnerability.", "https://ubuntu.com/security/CVE-2024-1", "2024-04-30"
    )


def test_packages_name_the_vulnerability_in_each_comment_and_fips_stays_apart(tmp_path: Path) -> None:
    criteria = criterion("t1", "(CVE-2024-1) curl package in fips-updates/jammy was vulnerable but has been fixed.")
    criteria += criterion("t2", "(CVE-2024-2) curl package in jammy is affected and needs fixing.")
    found = read(
        tmp_path,
        document(
            definition("curl", criteria, "CVE-2024-1", "CVE-2024-2", kind="vulnerability", platform="Ubuntu Pro FIPS"),
            dpkg("t1", "2", "curl") + dpkg("t2", "", "curl"),
        ),
        pocket=Pocket("pro-fips-updates", "22.04"),
    )
    assert list(found.shards) == ["oval-ubuntu-pro-fips-updates-22.04"]
    assert told(found, "oval-ubuntu-pro-fips-updates-22.04") == {
        ("CVE-2024-1", "curl", "affected", "2", "", ""),
        ("CVE-2024-2", "curl", "affected", "", "", ""),
    }


def test_kernels_by_the_images_that_lead_to_them(tmp_path: Path) -> None:
    words = (
        "Text linux-image-none - 1. Update Instructions: Run it: linux-buildinfo-5.15.0-1005-aws - 5.15.0-1005.7 "
        "linux-image-5.15.0-1005-aws - 5.15.0-1005.7 linux-image-aws - 5.15.0.1005.7 linux-libc-dev - 5.15.0-1005.7"
    )
    later = words.replace("5.15.0.1005.7", "6.2.0.1003.4")
    both = f'<criteria operator="AND">{criterion("t1")}{criterion("t2")}</criteria>'
    found = read(
        tmp_path,
        document(
            definition("USN-6-1 -- Linux kernel vulnerabilities", both, "CVE-2024-1", words=later)
            + definition("USN-5-1 -- Linux kernel vulnerabilities", both, "CVE-2024-1", words=words)
            + definition("LSN-5-1 -- Kernel Live Patch Security Notice", both, "CVE-2024-2", words=words),
            uname("t1"),
        ),
    )
    # The name leads through two series: the fix of the older one is none for the newer.
    assert told(found) == {("CVE-2024-1", "linux-image-aws", "affected", "6.2.0.1003.4", "USN-6-1", "")}


def test_tests_that_cannot_be_told(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        document(
            definition("USN-5-1 -- x", criterion("none") + criterion("t1") + criterion("t2"), "CVE-2024-1"),
            dpkg("t1", "2", "curl").replace("less than", "greater than")
            + '<i:family_test id="t2"><i:object object_ref="o"/></i:family_test>',
        ),
    )
    assert found.shards == {}


@pytest.mark.parametrize("text", ["", "no XML", "<a>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_broken_documents_end_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(FeedError, match="not an OVAL document"):
        read(tmp_path, text)


def test_units() -> None:
    held = FEED.units(
        [
            "ubuntu/oval/com.ubuntu.jammy.usn.oval.xml.bz2",
            "ubuntu-oval/oci.com.ubuntu.fips-updates_jammy.cve.oval.xml.bz2",
            "ubuntu/oval/com.ubuntu.noble.usn.oval.xml",
            "ubuntu/oval/com.ubuntu.unheard.usn.oval.xml",
        ]
    )
    assert [(one.name, len(one.documents)) for one in held] == [("ubuntu oval 22.04", 2), ("ubuntu oval 24.04", 1)]


def test_shared_notices(tmp_path: Path) -> None:
    found = run_shared("ubuntu oval 24.10", tmp_path)
    assert list(found.shards) == ["oval-ubuntu-24.10"]
    browsed = [one for one in found.shards["oval-ubuntu-24.10"].advisories if one.package == "cups-browsed"]
    assert [(one.id, one.ranges, one.note, one.fix_date) for one in browsed] == [
        ("CVE-2024-47176", (Range(fixed="2.0.1-0ubuntu2.1"),), "USN-7042-3", "2024-10-21")
    ]
