"""Programs and libraries by name and content. The samples, [name, file, content, version], are short stretches of real
programs where those could be had."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from itertools import product
from pathlib import Path
from random import Random

import pytest

from lading.inventory.catalogers.binary.classify import _expanded, classify, rules
from lading.inventory.catalogers.cataloger import FoundPackage
from lading.safeio.content import LONGEST_MATCH

SAMPLES: list[tuple[str, str, str, str]] = [
    tuple(sample) for sample in json.loads((Path(__file__).parent / "classifier_samples.json").read_text())
]


def found(name: str, content: bytes) -> dict[str, str]:
    return {package.name: package.version for package in classify(f"opt/x/{name}", content)}


@pytest.mark.parametrize(("name", "file", "content", "version"), SAMPLES)
def test_sample(name: str, file: str, content: str, version: str) -> None:
    sample = content.encode("latin-1")
    assert found(file, sample) == {name: version}
    assert found(file, b"\x7fELF" + b"\xff" * 500 + sample + b"\0" * 500) == {name: version}


def test_every_rule_has_a_sample() -> None:
    assert {rule.name for rule in rules()} == {name for name, *_ in SAMPLES}


def test_rules_can_be_found_by_the_letters_of_their_files() -> None:
    """No letter that a name begins with is optional, repeated or one of several."""
    for rule in rules():
        for file in rule.files:
            rest = re.sub("^[0-9]?[A-Za-z]+", "", file)
            assert rest != file, file
            assert not re.match(r"[?*+]|\{(?!so\})|\[[^\]]*[A-Za-z]|\((?:[^)]*\|)?[A-Za-z]", rest), file


def test_rules_are_bounded() -> None:
    """No pattern repeats without end, which hostile content could make slow; all give a version."""
    for rule in rules():
        for pattern in rule.patterns:
            without_sets = re.sub(r"\\.|\[[^\]]*\]", "x", pattern)
            assert not re.search(r"[*+]", without_sets), (rule.name, pattern)
            assert "{version}" in pattern or "(?P<version>" in pattern
        if not rule.patterns:
            assert all("(?P<version>" in file for file in rule.files)


def test_matches_are_short_enough_to_be_found_in_pieces() -> None:
    for rule in rules():
        for pattern in rule.patterns:
            (_, longest) = re._parser.parse(_expanded(pattern)).getwidth()  # type: ignore[attr-defined]
            assert longest < LONGEST_MATCH - 64, rule.name


def test_package_is_complete() -> None:
    assert classify("usr/sbin/nginx", b"\0nginx version: nginx/1.25.3\n\0") == (
        FoundPackage(
            type="generic",
            name="nginx",
            version="1.25.3",
            evidence="binary",
            cpes=(
                "cpe:2.3:a:f5:nginx:1.25.3:*:*:*:*:*:*:*",
                "cpe:2.3:a:nginx:nginx:1.25.3:*:*:*:*:*:*:*",
            ),
        ),
    )
    erlang = classify("beam.smp", b"Erlang [async-threads:%d]\n\x0026.2.1\x00")
    assert [package.cpes for package in erlang] == [("cpe:2.3:a:erlang:erlang\\/otp:26.2.1:*:*:*:*:*:*:*",)]


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        # forks keep much of what they were forked from
        ("mysqld", b"/mysql-8.0.36/sql/mysqld.cc\x0010.11.6-MariaDB\0", {"mariadb": "10.11.6"}),
        ("mysqld", b"/build/percona-server-8.0.35-27/sql/mysql-8.0.35/x\0", {"percona-server": "8.0.35-27"}),
        ("redis-server", b"valkey\x007.2.4\x00c11-builtin\0", {}),
        ("redis-server", b"KeyDB\x006.3.4\x00c11-builtin\0", {}),
        ("libcrypto.so.52", b"OpenSSL 1.0.1g 7 Apr 2014\0LibreSSL 3.8.2\0", {"libressl": "3.8.2"}),
        ("libcrypto.so", b"OpenSSL 1.1.1 (compatible; BoringSSL)\0", {}),
        ("libcrypto.so", b"OpenSSL 1.1.1 (compatible; AWS-LC 1.20.0)\0", {"aws-lc": "1.20.0"}),
        ("nginx", b"nginx version: openresty/1.21.4.1\0", {"openresty": "1.21.4.1"}),
        ("libkrb5.so.26", b"\0Heimdal 7.8.0\0", {"heimdal": "7.8.0"}),
        ("libsqlite3.so.0", b"SQLite format 3\0sqlcipher\x003.44.2\0", {}),
        ("python3.9", b"PYTHONPATH\0[PyPy 7.3.11\x003.9.16\0", {}),
        # the right content under another name, and the other way round
        ("electron", b"https://nodejs.org/download/release/v18.20.4/", {}),
        ("toybox", b"BusyBox v1.35.0\0", {}),
        ("nginx", b"nginx is a web server", {}),
        ("libz.so.1", b" deflate 1.3.1 Copyright 1995-2024 zlib-ng", {}),
        ("httpd", b"BusyBox v1.35.0\0", {}),
        # several versions and no telling which
        ("liblzma.so.5", b"\x005.4.1\x005.6.0\0", {}),
        # not an answer
        ("python3", b"PYTHONPATH\x003.2.0\x003.12.1+\0", {"python": "3.12.1"}),
        ("consul", b"\ndep\tgithub.com/hashicorp/consul/api\tv1.25.1\t\n", {}),
        ("consul", b"\nmod\tgithub.com/hashicorp/consul\tv0.0.0-20230101000000-abcdefabcdef\t\n", {}),
        ("consul", b"\nmod\tgithub.com/hashicorp/consul\t(devel)\t\n", {}),
        # its module is numbered otherwise
        ("prometheus", b"\nmod\tgithub.com/prometheus/prometheus\tv0.301.0\t\n", {}),
        ("smbd", b"Samba\0SAMBA_4.17.12_DEBIAN_SAMBA4\0", {"samba": "4.17.12"}),
        ("libssl-e3f5dcd8.so.1.1", b"OpenSSL 1.1.1w  11 Sep 2023\0", {"openssl": "1.1.1w"}),
        ("openssl", b"OpenSSL 1.0.2k-fips  26 Jan 2017\0", {"openssl": "1.0.2k-fips"}),
        ("php", b"X-Powered-By: PHP/8.3.0RC1\0", {"php": "8.3.0RC1"}),
        ("busybox", b"", {}),
        ("", b"x", {}),
    ],
)
def test_confusable(file: str, content: bytes, expected: dict[str, str]) -> None:
    assert found(file, content) == expected


def test_hostile_content_is_bounded() -> None:
    """Ends in reasonable time for every rule, whatever is repeated."""
    pieces = [
        "1.",
        "\0" + "1.2.3\0",
        "OpenSSL ",
        "nginx version: nginx/1.1.1.",
        "-MariaDB",
        "\nmod\t",
        "FFmpeg version ",
    ]
    for piece, rule in product(pieces, rules()):
        content = (piece * (100_000 // len(piece))).encode()
        for file in rule.files:
            name = file.replace("{so}", ".so").replace("\\", "")
            classify(name, content)


def test_damaged_content_never_raises() -> None:
    random = Random(1)
    for _, file, content, _ in SAMPLES:
        data = bytearray(content.encode("latin-1"))
        for _ in range(10):
            data[random.randrange(len(data))] = random.randrange(256)
            classify(file, bytes(data[: random.randrange(len(data) + 1)]))


@pytest.mark.parametrize(
    ("program", "arguments", "name", "says"),
    [
        ("bash", ["--version"], "bash", r"version ([0-9.]+)\("),
        ("perl", ["-e", "printf '%vd', $^V"], "perl", r"([0-9.]+)"),
        ("openssl", ["version"], "openssl", r"OpenSSL (\S+)"),
        ("git", ["--version"], "git", r"git version (\S+)"),
        ("curl", ["--version"], "curl", r"curl ([0-9.]+)"),
        ("grep", ["--version"], "grep", r"grep\) ([0-9.]+)"),
        ("tar", ["--version"], "tar", r"tar\) ([0-9.]+)"),
        ("ls", ["--version"], "coreutils", r"coreutils\) ([0-9.]+)"),
    ],
)
def test_program_of_this_machine(program: str, arguments: list[str], name: str, says: str) -> None:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    content = Path(path).read_bytes()
    if not content.startswith(b"\x7fELF"):
        pytest.skip(f"{program} is a script")
    output = subprocess.run([path, *arguments], capture_output=True, text=True, check=True, timeout=60).stdout
    version = re.search(says, output)
    assert version is not None
    assert found(program, content) == {name: version[1]}


def test_this_python() -> None:
    candidates = [
        Path(sys.executable).resolve(),
        Path(sysconfig.get_config_var("LIBDIR") or "/") / str(sysconfig.get_config_var("INSTSONAME")),
    ]
    versions = [found(one.name, one.read_bytes()).get("python") for one in candidates if one.is_file()]
    assert sys.version.split()[0].rstrip("+") in versions
