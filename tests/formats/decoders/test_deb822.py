"""Paragraphs as dpkg reads them, from files of any size."""

import pytest

from lading.formats.decoders import deb822
from lading.formats.decoders.deb822 import Paragraph, iter_paragraphs
from lading.safeio import content

FIELDS = frozenset({"package", "version"})


def fields(data: bytes) -> list[dict[str, str]]:
    return [one.fields for one in iter_paragraphs(data, FIELDS)]


@pytest.mark.parametrize("piece", [1, 2, 7, 1_000_000])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b"\n\nPackage: a\nVersion: 1\n\n\n\nPackage: b\n", [{"package": "a", "version": "1"}, {"package": "b"}]),
        (b"PACKAGE\t:a\nversion:\n 1\n\t2\nOther: x\n Version: 3\n", [{"package": "a", "version": "1\n\t2"}]),
        (b"Package: a\r\nVersion: 1\r\n\r\nPackage: b\r\n", [{"package": "a", "version": "1"}, {"package": "b"}]),
        (b"Package: a\n\x1a\nPackage: b\n", [{"package": "a"}, {"package": "b"}]),
        (b"Package: a\n \t\nVersion: 1\n  ", [{"package": "a"}, {"version": "1"}]),
        (b"Package: a\n\x0bVersion: 1\n\rVersion: 2", [{"package": "a\n\x0bVersion: 1\n\rVersion: 2"}]),
        (b"Package: a\0b\nVersion: \xff\n", [{"package": "a", "version": "\\xff"}]),
        (b"no colon\nPack age: x\n: y\nPackage: a", [{"package": "a"}]),
        (b"Other: a\n\nOther: b", []),
    ],
)
def test_paragraphs(data: bytes, found: list[dict[str, str]], piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_WINDOW", piece)
    assert fields(data) == found
    assert all(not one.fault for one in iter_paragraphs(data, FIELDS))


@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_faults(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_WINDOW", piece)
    twice = Paragraph({"package": "a", "version": "1"}, "the field Version comes twice")
    assert list(iter_paragraphs(b"Package: a\nVersion: 1\nversion: 2\nOther: 1\nOther: 2\n", FIELDS)) == [twice]
    monkeypatch.setattr(deb822, "_LARGEST", 20)
    large = Paragraph({}, "an entry of more than 20 bytes")
    a, b = Paragraph({"package": "a"}), Paragraph({"package": "b"})
    long = b"Package: x\n a\n a\n a\n a"
    assert list(iter_paragraphs(b"Package: a\n\n" + long + b"\n\nPackage: b\n\n" + long, FIELDS)) == [
        a,
        large,
        b,
        large,
    ]
    assert list(iter_paragraphs(long + b"\n\n" + long, FIELDS)) == [large, large]
