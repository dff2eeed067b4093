"""Which key signs an rpm package, by its OpenPGP signature."""

import base64
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from lading.formats.rpm.header import Header
from lading.inventory.catalogers.rpm.signature import signing_key
from tests.inventory.catalogers import rpm_databases as rpm

KEY = bytes.fromhex("199e2f91fd431d51")
FINGERPRINT = bytes.fromhex("567e347ad0044ade55ba8a5f") + KEY
VERSION_3 = bytes([3, 5, 0, 1, 2, 3, 4]) + KEY + b"\1\2\xab\xcd" + bytes(32)


def version_4(hashed: bytes, unhashed: bytes = b"") -> bytes:
    parts = (len(part).to_bytes(2, "big") + part for part in (hashed, unhashed))
    return bytes([4, 0, 1, 8]) + b"".join(parts) + bytes(32)


def subpacket(kind: int, data: bytes) -> bytes:
    return bytes([len(data) + 1, kind]) + data


ISSUER, BY_FINGERPRINT = subpacket(16, KEY), subpacket(33, b"\4" + FINGERPRINT)
SIX = subpacket(33, b"\6" + KEY + bytes(24))


def old(body: bytes) -> bytes:
    return b"\x89" + len(body).to_bytes(2, "big") + body


def new(body: bytes) -> bytes:
    return b"\xc2\xff" + len(body).to_bytes(4, "big") + body


@pytest.mark.parametrize(
    ("packet", "key"),
    [
        (old(VERSION_3), KEY.hex()),
        (b"\x88" + bytes([len(VERSION_3)]) + VERSION_3, KEY.hex()),
        (b"\x8b" + VERSION_3, KEY.hex()),
        (old(version_4(b"", ISSUER)), KEY.hex()),
        (new(version_4(BY_FINGERPRINT)), KEY.hex()),
        (new(version_4(subpacket(2, bytes(4)) + subpacket(33 | 0x80, b"\4" + FINGERPRINT))), KEY.hex()),
        (new(version_4(SIX)), KEY.hex()),
        (new(version_4(subpacket(16, KEY[:4]))), ""),
        (new(version_4(b"\0" * 9)), ""),
        (new(version_4(BY_FINGERPRINT))[:20], ""),
        (b"\xc3\x05hello", ""),
        (b"\x89", ""),
        (b"hello", ""),
    ],
)
def test_packets_of_every_form(packet: bytes, key: str) -> None:
    assert signing_key(Header(rpm.package("a", rsa_header=packet))) == key
    texts = ["!", base64.b64encode(packet).decode()]
    assert signing_key(Header(rpm.package("a", openpgp=texts))) == key


def test_damage_never_raises() -> None:
    dice = random.Random(1)
    whole = new(version_4(BY_FINGERPRINT, ISSUER))
    for _ in range(3000):
        packet = bytearray(whole[: dice.randrange(1, len(whole) + 1)])
        for _ in range(dice.randrange(4)):
            if packet:
                packet[dice.randrange(len(packet))] = dice.randrange(256)
        signing_key(Header(rpm.package("a", rsa_header=bytes(packet))))


@pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg")
def test_signatures_of_the_real_program(tmp_path: Path) -> None:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    base = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    subprocess.run([*base, "--quick-generate-key", "a <a@b>", "ed25519", "sign", "never"], check=True)
    listed = subprocess.run([*base, "--with-colons", "--list-keys"], check=True, capture_output=True, text=True).stdout
    (key,) = (line.split(":")[4] for line in listed.splitlines() if line.startswith("pub:"))
    signed = subprocess.run([*base, "--detach-sign"], input=b"x", check=True, capture_output=True).stdout
    assert signing_key(Header(rpm.package("a", rsa_header=signed))) == key.lower()
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
