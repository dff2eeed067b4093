"""Private keys as text: PEM (RFC 7468, PKCS 1 and 8, SEC 1, OpenSSH), OpenPGP's armour, PuTTY."""

import base64
import binascii
import re
from typing import Final

from lading.checks.secrets.candidate import Candidate, Confirmed
from lading.checks.secrets.known import is_known
from lading.checks.secrets.rule import LONGEST

_LABEL: Final = re.compile(rb"-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----")
_ESCAPED: Final = re.compile(rb"\\+[nrt]")
_RUN: Final = re.compile(rb"[0-9A-Za-z+/]+={0,2}")
_ENCRYPTED: Final = (b"Proc-Type: 4,ENCRYPTED", b"BEGIN ENCRYPTED")
_SSH: Final = b"openssh-key-v1\0"
_SHORTEST: Final = 32
_PGP_SECRET_KEY: Final = 5
_PUTTY_LINES: Final = re.compile(rb"Private-Lines: (\d{1,3})\r?\n((?:[0-9A-Za-z+/=]{1,100}\r?\n){1,300})")
_SEALED: Final = "is encrypted with a passphrase"


def check_pem(candidate: Candidate) -> Confirmed | None:
    """A whole key that parses, whatever quoting it stands in."""
    label = _LABEL.match(candidate.data, candidate.start)
    if label is None:
        return None
    stop = candidate.data.find(b"-----END " + label[1] + b"-----", label.end(), label.end() + LONGEST)
    if stop < 0:
        return None
    text = _ESCAPED.sub(b"\n", candidate.data[label.end() : stop])
    key = _decoded(text)
    if not is_private_key(key):
        return None
    end = stop + len(b"-----END -----") + len(label[1])
    encrypted = any(mark in candidate.data[label.start() : stop] for mark in _ENCRYPTED) or _is_sealed(key)
    return Confirmed(
        candidate.start,
        end,
        key,
        _SEALED if encrypted else "",
        "low" if encrypted else None,
        "is a key of documentation or of a test suite" if is_known(key) else "",
    )


def check_encoded_pem(candidate: Candidate) -> Confirmed | None:
    """A key in PEM, once more in Base64."""
    inner = _unpacked(candidate.value)
    found = check_pem(Candidate(candidate.rule, inner, 0, len(inner), candidate.path))
    if found is None:
        return None
    return Confirmed(candidate.start, candidate.end, found.value, found.note, found.severity, found.unreal)


def check_pgp(candidate: Candidate) -> Confirmed | None:
    """A block whose first packet is a secret key (RFC 9580, 5.5.1.3)."""
    stop = candidate.data.find(b"-----END PGP PRIVATE KEY BLOCK-----", candidate.end, candidate.end + 4 * LONGEST)
    body = candidate.data[candidate.end : stop if stop >= 0 else candidate.end + LONGEST]
    body = _ESCAPED.sub(b"\n", body).rpartition(b": ")[2].partition(b"\n")[2] if b": " in body[:200] else body
    packet = _decoded(body.partition(b"\n=")[0])
    if not packet or not packet[0] & 0x80:
        return None
    tag = packet[0] & 0x3F if packet[0] & 0x40 else packet[0] >> 2 & 0xF
    if tag != _PGP_SECRET_KEY:
        return None
    end = stop + 35 if stop >= 0 else candidate.end + len(body)
    return Confirmed(candidate.start, end, packet[:4096])


def check_putty(candidate: Candidate) -> Confirmed | None:
    """A .ppk file with its private part."""
    head = candidate.data[candidate.start : candidate.start + LONGEST]
    lines = _PUTTY_LINES.search(head)
    if lines is None or b"Encryption: " not in head:
        return None
    sealed = b"Encryption: none" not in head
    end = candidate.start + lines.end()
    return Confirmed(candidate.start, end, lines[2], _SEALED if sealed else "", "low" if sealed else None)


def is_private_key(data: bytes) -> bool:
    """Whether it is the content of a private key: OpenSSH's, or a sequence of DER that is as long as it says."""
    if data.startswith(_SSH):
        return len(data) > len(_SSH) + _SHORTEST
    length = _sequence(data)
    return length is not None and len(data) >= _SHORTEST and abs(len(data) - length) <= 2


def _sequence(data: bytes) -> int | None:
    """The bytes that the SEQUENCE at the beginning takes (X.690, 8.1)."""
    if len(data) < 4 or data[0] != 0x30:
        return None
    if data[1] < 0x80:
        return 2 + data[1]
    count = data[1] & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count], "big") if 0 < count <= 3 else None


def _is_sealed(key: bytes) -> bool:
    """Whether an OpenSSH key has a cipher."""
    return key.startswith(_SSH) and key[len(_SSH) + 4 : len(_SSH) + 8] != b"none"


def _decoded(text: bytes) -> bytes:
    """What lines of Base64 stand for; quotes, signs of concatenation and comments around them left out."""
    runs = []
    for line in text.split(b"\n"):
        if b":" in line:  # a header
            continue
        found = _RUN.findall(line)
        if found:
            runs.append(max(found, key=len))
    return _unpacked(b"".join(runs))


def _unpacked(text: bytes) -> bytes:
    text = text.rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
