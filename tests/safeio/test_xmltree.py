"""XML within bounds."""

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.xmltree import read_xml


def test_a_small_tree() -> None:
    root = read_xml(b'<p:a xmlns:p="x" k="v"> one <b>two</b><!-- no --><b/> three <c><![CDATA[<4>]]></c></p:a>')
    assert (root.name, root.attributes, root.text) == ("a", {"xmlns:p": "x", "k": "v"}, " one ")
    assert [one.text for one in root.all("b")] == ["two", ""]
    assert (root.value("b"), root.value("c"), root.value("d"), root.child("d").children) == ("two", "<4>", "", [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    assert read_xml(f'<?xml version="1.0" encoding="{declared}"?><a>\u00e9</a>'.encode(encoding)).text == "\u00e9"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"text",
        b"<a>",
        b"<a></b>",
        b"\xff<a/>",
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 65 + b"</a>" * 65,
        b"<a>" + b"<b/>" * 200_000 + b"</a>",
    ],
)
def test_what_is_refused(document: bytes) -> None:
    with pytest.raises(SafeIOError):
        read_xml(document)
