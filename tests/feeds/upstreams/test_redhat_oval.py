from pathlib import Path

import pytest

from lading.feeds.upstreams.redhat import FEED
from lading.feeds.upstreams.redhat.oval import parse_oval
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, ShardName
from lading.model.errors import FeedError
from lading.model.severities import cvss_severity, word_severity
from tests.feeds.recorder import parse

_RELEASE = '<criterion comment="Red Hat Enterprise Linux 8 is installed" test_ref="r"/>'
_COREOS = '<criterion comment="Red Hat CoreOS 4 is installed" test_ref="c"/>'
_VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
_CVE = f'<cve cvss3="7.5/{_VECTOR}" cwe="CWE-20->CWE-79" impact="moderate">CVE-2024-1</cve>'
_CPES = "".join(
    f"<cpe>{cpe}</cpe>"
    for cpe in (
        "cpe:/o:redhat:enterprise_linux:8",
        "cpe:/o:redhat:enterprise_linux:8::baseos",
        "cpe:/a:redhat:openshift:4.12::el8",
    )
)
_PRODUCTS = ("cpe:/a:redhat:openshift:4.12::el8", "cpe:/o:redhat:enterprise_linux:8")


def _definition(id: str, title: str, advisory: str, criteria: str) -> str:
    return f"""<definition class="x" id="oval:com.redhat.{id}:def:1"><metadata><title>{title}</title>
      <reference source="CVE" ref_id="CVE-2024-1"/>
      <advisory><severity>Important</severity>{advisory}</advisory></metadata>
      <criteria operator="OR"><criterion comment="Red Hat Enterprise Linux must be installed" test_ref="m"/>
      <criteria operator="AND">{criteria}</criteria></criteria></definition>"""


def _document(*definitions: str) -> str:
    return f"""<oval_definitions><generator><timestamp>2022-08-17T00:34:31</timestamp></generator>
      <definitions>{"".join(definitions)}</definitions>
      <tests><rpminfo_test id="e"><object object_ref="o"/><state state_ref="s"/></rpminfo_test></tests>
      <objects><rpminfo_object id="o"><name>npm</name></rpminfo_object></objects>
      <states><rpminfo_state id="s"><arch operation="pattern match">x86_64|aarch64</arch></rpminfo_state></states>
      </oval_definitions>"""


def test_a_patch(tmp_path: Path) -> None:
    document = _document(
        _definition(
            "rhsa",
            "RHSA-2024:1: nodejs:18 security update (Important)",
            f'<issued date="2024-02-01"/>{_CVE}<affected_cpe_list>{_CPES}</affected_cpe_list>',
            f"""<criteria operator="OR">{_COREOS}{_RELEASE}</criteria>
            <criterion comment="Module nodejs:18 is enabled" test_ref="n"/>
            <criteria operator="OR"><criteria operator="AND">
              <criterion comment="npm is earlier than 1:8-1.module+el8" test_ref="e"/>
              <criterion comment="npm is signed with Red Hat redhatrelease2 key" test_ref="k"/>
            </criteria><criteria operator="AND">
              <criterion comment="npm-debuginfo is earlier than 1:8-1.module+el8" test_ref="e"/>
            </criteria></criteria>""",
        )
    )
    recorder = parse(parse_oval, "redhat-oval/v2/RHEL8/rhel-8.oval.xml", document, tmp_path)
    shard = recorder.shards["oval-rhel-8"]
    assert (shard.scheme, shard.names) == ("rpm", "binary")
    assert shard.advisories == [
        Advisory(
            id="CVE-2024-1",
            package="npm",
            ranges=(Range(fixed="1:8-1.module+el8"),),
            severities=(word_severity("Moderate", "redhat"), cvss_severity(_VECTOR)),  # type: ignore[arg-type]
            note="RHSA-2024:1",
            condition=Condition(("aarch64", "x86_64"), "nodejs:18", _PRODUCTS),
            fix_date="2024-02-01",
            cwes=("CWE-20", "CWE-79"),
        )
    ]
    url = "https://access.redhat.com/security/cve/CVE-2024-1"
    assert shard.texts == {"CVE-2024-1": AdvisoryText("CVE-2024-1", "nodejs:18 security update", url)}
    assert recorder.dates == ["2022-08-17T00:34:31"]


def test_vulnerabilities_without_a_fix(tmp_path: Path) -> None:
    affected = f"""{_CVE}<affected><resolution state="Will not fix"><component>tar</component></resolution>
      <resolution state="Fix deferred"><component>nodejs:18/npm</component></resolution></affected>"""
    module = '<criterion comment="Module nodejs:18 is enabled" test_ref="n"/>'
    criteria = f"""{_RELEASE}<criteria operator="OR"><criterion comment="tar is installed" test_ref="t"/>
      <criteria operator="AND">{module}<criterion comment="npm is installed" test_ref="t"/></criteria></criteria>"""
    document = _document(_definition("cve", "CVE-2024-1 tar: a vulnerability (moderate)", affected, criteria))
    recorder = parse(parse_oval, "x", document, tmp_path)
    shard = recorder.shards["oval-rhel-8"]
    assert [(one.package, one.state, one.ranges, one.condition) for one in shard.advisories] == [
        ("tar", "wont_fix", (Range(),), Condition(cpes=("cpe:/o:redhat:enterprise_linux:8",))),
        ("npm", "deferred", (Range(),), Condition(module="nodejs:18", cpes=("cpe:/o:redhat:enterprise_linux:8",))),
    ]
    assert shard.texts["CVE-2024-1"].summary == "tar: a vulnerability"


def test_unaffected_components(tmp_path: Path) -> None:
    criteria = f"""{_RELEASE}<criteria operator="OR"><criteria operator="AND">
      <criterion comment="zlib is installed" test_ref="t"/><criterion comment="zlib is not installed" test_ref="t"/>
      </criteria></criteria>"""
    document = _document(_definition("unaffected", "Unaffected components for: CVE-2024-1", _CVE, criteria))
    recorder = parse(parse_oval, "x", document, tmp_path)
    assert [(one.package, one.state, one.ranges) for one in recorder.shards["oval-rhel-8"].advisories] == [
        ("zlib", "not_affected", ())
    ]
    assert recorder.shards["oval-rhel-8"].texts == {}


def test_what_cannot_be_read(tmp_path: Path) -> None:
    recorder = parse(parse_oval, "x", _document(_definition("rhsa", "RHSA-2024:2: x", _CVE, "")), tmp_path)
    assert recorder.skipped == ["oval:com.redhat.rhsa:def:1 RHSA-2024:2: x"]
    with pytest.raises(FeedError, match="not an OVAL document"):
        parse(parse_oval, "x", "<oval_definitions", tmp_path)


def test_units() -> None:
    paths = ("redhat-oval/v2/RHEL8/rhel-8.oval.xml", "redhat/data/oval/v2/RHEL9/rhel-9.oval.xml.bz2")
    (unit,) = FEED.units([*paths, "redhat-oval/v2/feed.json", "suse-oval/x.xml"])
    assert [one.path for one in unit.documents] == list(paths)
    asked = FEED.unit_for(ShardName("oval-rhel-9"))
    assert asked is not None and asked.name == unit.name
    url = "https://security.access.redhat.com/data/oval/v2/RHEL9/rhel-9-including-unpatched.oval.xml.bz2"
    assert asked.documents[-1].url == url
