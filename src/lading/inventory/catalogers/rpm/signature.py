"""Which key an rpm package is signed with, by the OpenPGP signature in its header.

Source: RFC 9580, sections 4.2 (packets), 5.2 (signatures) and 5.2.3.35 (issuer fingerprints); lib/rpmtag.h of rpm.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from lading.formats.rpm.header import Header, Tag

_SIGNATURE: Final = 2
_ISSUER, _FINGERPRINT = 16, 33
_ID: Final = 8
_MOST: Final = 16_384
"""Bytes of a signature; those of post-quantum keys have 8,000."""


def signing_key(header: Header) -> str:
    """The ID of the key as 16 hexadecimal digits in lower case; empty for a package without a signature that can be
    read. It is what the package says: nothing is verified."""
    for tag in (Tag.RSA_HEADER, Tag.DSA_HEADER, Tag.SIGNATURE_PGP, Tag.SIGNATURE_GPG):
        if key := _issuer(header.binary(tag)):
            return key
    for text in header.texts(Tag.OPENPGP):
        try:
            packet = base64.b64decode(text[:_MOST])
        except (binascii.Error, ValueError):
            continue
        if key := _issuer(packet):
            return key
    return ""


def _issuer(packet: bytes) -> str:
    try:
        body = _body(packet[:_MOST])
        if not body:
            return ""
        if body[0] == 3:
            return body[7:15].hex() if len(body) >= 15 else ""
        found = dict(_subpackets(body))
    except IndexError:
        return ""
    fingerprint = found.get(_FINGERPRINT, b"")
    if len(fingerprint) > _ID:
        return (fingerprint[1 : 1 + _ID] if fingerprint[0] > 4 else fingerprint[-_ID:]).hex()
    issuer = found.get(_ISSUER, b"")
    return issuer.hex() if len(issuer) == _ID else ""


def _body(packet: bytes) -> bytes:
    """The body of a signature packet of either format; empty for another packet."""
    if not packet:
        return b""
    first = packet[0]
    if first & 0xC0 == 0xC0:
        size, start = _length(packet, 1)
        return packet[start : start + size] if first & 0x3F == _SIGNATURE else b""
    kind, width = first >> 2 & 0x0F, first & 3
    if not first & 0x80 or kind != _SIGNATURE:
        return b""
    start = 1 + (0 if width == 3 else 1 << width)
    size = len(packet) if width == 3 else int.from_bytes(packet[1:start], "big")
    return packet[start : start + size]


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A length of one, two or five bytes, and where it ends."""
    first = data[at]
    if first < 192:
        return first, at + 1
    if first < 255:
        return (first - 192 << 8) + data[at + 1] + 192, at + 2
    return int.from_bytes(data[at + 1 : at + 5], "big"), at + 5


def _subpackets(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Those that are hashed and those that are not, of a signature of version 4 or later; the first of a kind last, as
    it counts."""
    width = 2 if body[0] == 4 else 4
    at = 4
    found = []
    for _ in range(2):
        end = at + width + int.from_bytes(body[at : at + width], "big")
        at += width
        while at < min(end, len(body)):
            size, start = _length(body, at)
            if not size:
                break
            found.append((body[start] & 0x7F, body[start + 1 : start + size]))
            at = start + size
        at = end
    return reversed(found)
