"""OVAL documents, in the dialects of the distributions that publish them."""

from io import BytesIO

import pytest

from lading.formats.decoders.oval import (
    Criteria,
    Criterion,
    Field,
    Oval,
    Probe,
    Reference,
    Resolution,
    VulnerabilityNote,
    iter_leaves,
)
from lading.model.errors import SafeIOError

_RPM = """<?xml version="1.0"?>
<oval_definitions xmlns="o" xmlns:oval="c" xmlns:red-def="l">
 <generator><oval:timestamp>2024-01-02T03:04:05</oval:timestamp></generator>
 <definitions>
  <definition class="patch" id="oval:com.example:def:1" version="1">
   <metadata>
    <title> EXSA-1: tool update </title>
    <affected family="unix"><platform>Example Linux 9</platform><platform>Example Linux 8</platform></affected>
    <reference source="EXSA" ref_id="EXSA-1" ref_url="https://example.com/1"/>
    <reference source="CVE" ref_id="CVE-2024-1"/>
    <description>Text</description>
    <patchable>true</patchable>
    <advisory from="x">
     <severity>Important</severity>
     <issued date="2024-01-02"/><updated date="2024-01-03"/>
     <cve cvss3="6.1/CVSS:3.0/AV:N" cwe="CWE-200">CVE-2024-1</cve>
     <bug>1</bug><bug>2</bug>
     <affected>
      <resolution state="Will not fix"><component>tool</component><component>tool-libs</component></resolution>
     </affected>
     <affected_cpe_list><cpe>cpe:/o:example:linux:9</cpe></affected_cpe_list>
    </advisory>
   </metadata>
   <criteria operator="AND">
    <criterion test_ref="t:0" comment="Example Linux 9 is installed" negate="true"/>
    <criteria operator="OR" comment="either">
     <criterion test_ref="t:1" comment="tool is earlier than 1:2-3.el9"/>
     <criteria operator="AND">
      <criterion test_ref="t:2" comment="tool-libs is installed"/>
      <criterion test_ref="t:9" comment="unknown"/>
     </criteria>
    </criteria>
   </criteria>
  </definition>
  <definition class="inventory" id="oval:com.example:def:2"/>
 </definitions>
 <tests>
  <red-def:rpminfo_test id="t:0" check="at least one"><red-def:object object_ref="o:0"/></red-def:rpminfo_test>
  <red-def:rpminfo_test id="t:1" check_existence="any_exist" comment="c">
   <red-def:object object_ref="o:1"/><red-def:state state_ref="s:1"/><red-def:state state_ref="s:2"/>
  </red-def:rpminfo_test>
  <dpkginfo_test id="t:2"><object object_ref="o:2"/></dpkginfo_test>
 </tests>
 <objects>
  <red-def:rpminfo_object id="o:1"><red-def:name>tool</red-def:name></red-def:rpminfo_object>
  <dpkginfo_object id="o:2"><name var_ref="v:1" var_check="at least one"/></dpkginfo_object>
 </objects>
 <states>
  <red-def:rpminfo_state id="s:1">
   <red-def:arch operation="pattern match">aarch64|x86_64</red-def:arch>
   <red-def:evr datatype="evr_string" operation="less than">1:2-3.el9</red-def:evr>
  </red-def:rpminfo_state>
  <red-def:rpminfo_state id="s:2"><red-def:signature_keyid>199e</red-def:signature_keyid></red-def:rpminfo_state>
 </states>
 <variables>
  <constant_variable id="v:1"><value>tool-libs</value><value>tool-data</value></constant_variable>
 </variables>
</oval_definitions>
"""


def test_a_definition_and_its_tests() -> None:
    oval = read(_RPM)
    assert oval.timestamp == "2024-01-02T03:04:05"
    one, bare = oval.definitions()
    assert (one.id, one.kind, one.title, one.severity) == (
        "oval:com.example:def:1", "patch", "EXSA-1: tool update", "Important",
    )  # fmt: skip
    assert (one.issued, one.updated, one.description) == ("2024-01-02", "2024-01-03", "Text")
    assert one.platforms == ("Example Linux 9", "Example Linux 8")
    assert one.references == (Reference("EXSA", "EXSA-1", "https://example.com/1"), Reference("CVE", "CVE-2024-1"))
    assert one.vulnerabilities == (VulnerabilityNote("CVE-2024-1", {"cvss3": "6.1/CVSS:3.0/AV:N", "cwe": "CWE-200"}),)
    assert one.cpes == ("cpe:/o:example:linux:9",)
    assert one.resolutions == (Resolution("Will not fix", ("tool", "tool-libs")),)
    assert one.notes["patchable"] == "true"
    assert one.notes["bug"] == "1"
    release = Criterion("Example Linux 9 is installed", Probe("rpminfo", check="at least one"), negate=True)
    fields = (
        Field("arch", "pattern match", "aarch64|x86_64"),
        Field("evr", "less than", "1:2-3.el9"),
        Field("signature_keyid", "equals", "199e"),
    )
    tool = Criterion("tool is earlier than 1:2-3.el9", Probe("rpminfo", "c", ("tool",), fields, existence="any_exist"))
    libs = Criterion("tool-libs is installed", Probe("dpkginfo", names=("tool-libs", "tool-data")))
    unknown = Criterion("unknown")
    either = Criteria("OR", (tool, Criteria("AND", (libs, unknown))), "either")
    assert one.criteria == Criteria("AND", (release, either))
    assert tool.test is not None
    assert tool.test.field("evr") == fields[1]
    assert tool.test.field("version") is None
    assert bare.criteria == Criteria()
    assert list(iter_leaves(one.criteria)) == [
        (release, (either,)),
        (tool, (release,)),
        (libs, (release, unknown)),
        (unknown, (release, libs)),
    ]


def test_patterns_that_a_variable_lists() -> None:
    document = """<oval_definitions><definitions><definition id="d"><criteria><criterion test_ref="t"/></criteria>
    </definition></definitions><tests><textfilecontent54_test id="t"><object object_ref="o"/><state state_ref="s"/>
    </textfilecontent54_test></tests><objects><textfilecontent54_object id="o"><filename>manifest</filename>
    <pattern operation="pattern match" var_ref="v"/></textfilecontent54_object></objects><states>
    <textfilecontent54_state id="s"><subexpression datatype="debian_evr_string" operation="less than">1-2
    </subexpression></textfilecontent54_state></states><variables><constant_variable id="v"><value>^tool</value>
    </constant_variable></variables></oval_definitions>"""
    (leaf, beside), *rest = iter_leaves(next(read(document).definitions()).criteria)
    assert leaf.test == Probe(
        "textfilecontent54",
        fields=(Field("subexpression", "less than", "1-2"),),
        extra=(("filename", "manifest"),),
        values=("^tool",),
    )
    assert (beside, rest) == ((), [])


def test_the_document_may_be_read_again() -> None:
    oval = read(_RPM)
    assert [one.id for one in oval.definitions()] == [one.id for one in oval.definitions()]


@pytest.mark.parametrize("text", ["", "{}", "<oval_definitions><definitions>", "<!DOCTYPE a><a/>"])
def test_broken_documents(text: str) -> None:
    with pytest.raises(SafeIOError):
        read(text)


def read(text: str) -> Oval:
    return Oval(lambda: BytesIO(text.encode()))
