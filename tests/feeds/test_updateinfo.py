"""updateinfo.xml, as the distributions write it."""

import gzip
from pathlib import Path

import pytest

from lading.feeds.updateinfo import Collection, Update, UpdatedPackage, UpdateReference, iter_updates
from lading.model.errors import FeedError

_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<updates>
  <update from="a@b" status="final" type="security" version="2">
    <id>EXSA-2024:1</id>
    <title>Important: tool
      update</title>
    <issued date="2024-05-03 01:02:03"/>
    <updated date="1714700000"/>
    <severity>Important</severity>
    <summary>tool update</summary>
    <description>Text</description>
    <references>
      <reference href="https://example.com/1" id="CVE-2024-2" type="cve" title="t"/>
      <reference href="" id="CVE-2024-1" type="cve"/>
      <reference href="https://example.com/2" id="12345" type="bugzilla"/>
    </references>
    <pkglist>
      <collection short="example-9">
        <name>Example 9</name>
        <module name="tool" stream="3.1" version="1" context="c" arch="x86_64"/>
        <package name="tool" arch="x86_64" epoch="1" version="3.1" release="2.el9" src="tool-3.1-2.el9.src.rpm">
          <filename>tool.rpm</filename>
        </package>
        <package arch="x86_64"/>
      </collection>
      <collection><package name="other" epoch="0" version="1" release="2"/></collection>
    </pkglist>
  </update>
  <update><id>EXBA-1</id></update>
</updates>
"""


def test_updates(tmp_path: Path) -> None:
    path = tmp_path / "updateinfo.xml.gz"
    path.write_bytes(gzip.compress(_DOCUMENT.encode()))
    update, bare = iter_updates(path)
    module = Collection(
        "example-9", "Example 9", "tool:3.1",
        (UpdatedPackage("tool", "1:3.1-2.el9", "x86_64", "tool-3.1-2.el9.src.rpm"),),
    )  # fmt: skip
    assert update == Update(
        id="EXSA-2024:1",
        kind="security",
        title="Important: tool update",
        severity="Important",
        summary="tool update",
        description="Text",
        issued="2024-05-03",
        updated="2024-05-03",
        references=(
            UpdateReference("cve", "CVE-2024-2", "https://example.com/1", "t"),
            UpdateReference("cve", "CVE-2024-1", "", ""),
            UpdateReference("bugzilla", "12345", "https://example.com/2", ""),
        ),
        collections=(module, Collection("", "", "", (UpdatedPackage("other", "1-2", ""),))),
    )
    assert update.vulnerabilities() == ("CVE-2024-1", "CVE-2024-2")
    assert (bare.id, bare.vulnerabilities(), bare.collections) == ("EXBA-1", (), ())


@pytest.mark.parametrize("text", ["", "<updates><update>", "<!DOCTYPE updates><updates/>"])
def test_broken_documents(text: str, tmp_path: Path) -> None:
    path = tmp_path / "updateinfo.xml"
    path.write_text(text)
    with pytest.raises(FeedError, match="not an updateinfo document"):
        list(iter_updates(path))
