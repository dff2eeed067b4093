"""XML within bounds."""

from io import BytesIO

import pytest

from lading.model.errors import SafeIOError
from lading.safeio.xmltree import iter_elements, read_xml


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


def test_a_document_type_that_is_only_named() -> None:
    named = b'<!DOCTYPE glsa SYSTEM "http://www.gentoo.org/dtd/glsa.dtd"><glsa id="1"><title>x</title></glsa>'
    assert read_xml(named, typed=True).value("title") == "x"
    with pytest.raises(SafeIOError):
        read_xml(named)
    with pytest.raises(SafeIOError, match="definitions"):
        read_xml(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', typed=True)
    with pytest.raises(SafeIOError):
        read_xml(b"<a>&b;</a>", typed=True)


def elements(document: bytes, *names: str, last: str = "") -> list[str]:
    return [f"{one.name} {one.text}" for one in iter_elements(BytesIO(document), names, last)]


def test_elements_of_some_names_come_one_by_one() -> None:
    document = b"<r><x>no</x><p:a>1<a>inner</a></p:a><l><b>2</b></l><a>3</a></r>"
    assert elements(document, "a", "b") == ["a 1", "b 2", "a 3"]
    assert elements(document, "a", "b", last="l") == ["a 1", "b 2"]
    assert elements(document, "r") == ["r "]


def test_a_long_document_passes_through_in_pieces() -> None:
    document = b"<r>" + b"".join(b"<a><b>%d</b></a>" % number for number in range(100_000)) + b"</r>"
    read = (one.value("b") for one in iter_elements(BytesIO(document), ("a",)))
    assert all(text == str(number) for number, text in enumerate(read))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<r><a></r>",
        b"<r><a>1</a>",
        b'<!DOCTYPE r [<!ENTITY x "y">]><r><a>&x;</a></r>',
        b"<r>" * 65 + b"</r>" * 65,
        b"<r><a>" + b"<b/>" * 200_000 + b"</a></r>",
        b"<r><a>" + b"b" * 17_000_000 + b"</a></r>",
    ],
)
def test_what_is_refused_of_a_stream(document: bytes) -> None:
    with pytest.raises(SafeIOError):
        elements(document, "a")
