"""Tokens that carry a checksum."""

import binascii
from typing import Final

from lading.checks.secrets.candidate import Candidate, Confirmed, as_it_is

_BASE62: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BECH32: Final = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_WRONG: Final = "has a wrong checksum"


def base62_checksum(body: bytes) -> bytes:
    """The CRC-32 of a text in six digits of base 62, as it ends tokens of GitHub and npm
    (https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/)."""
    rest, digits = binascii.crc32(body), bytearray()
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits.append(_BASE62[digit])
    return bytes(reversed(digits))


def check_base62(candidate: Candidate) -> Confirmed:
    """Tokens of GitHub and npm."""
    body = candidate.value.partition(b"_")[2]
    return as_it_is(candidate, unreal="" if base62_checksum(body[:-6]) == body[-6:] else _WRONG)


def grafana_checksum(text: bytes) -> bytes:
    """The CRC-32 of all of a Grafana service account token before its last underscore, lowest byte first."""
    return binascii.crc32(text).to_bytes(4, "little").hex().encode()


def check_grafana(candidate: Candidate) -> Confirmed:
    """Service account tokens of Grafana."""
    text, _, checksum = candidate.value.rpartition(b"_")
    return as_it_is(candidate, unreal="" if grafana_checksum(text) == checksum else _WRONG)


def check_bech32(candidate: Candidate) -> Confirmed:
    """Keys in Bech32 (BIP 173), as age writes them."""
    prefix, _, data = candidate.value.lower().rpartition(b"1")
    values = [byte >> 5 for byte in prefix] + [0] + [byte & 31 for byte in prefix] + [_BECH32.find(one) for one in data]
    return as_it_is(candidate, unreal="" if polymod(values) == 1 else _WRONG)


def polymod(values: list[int]) -> int:
    """The checksum of BIP 173; 1 for what has the right one."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    return check
