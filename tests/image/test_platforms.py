"""Which platform serves for which."""

import platform

import pytest

from lading.image.platforms import Wanted, normalise, parse_platform
from lading.model.errors import UsageError
from lading.model.image import Platform


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("linux/amd64", Platform("linux", "amd64")),
        ("linux/x86_64", Platform("linux", "amd64")),
        ("Linux/ARM64/v8", Platform("linux", "arm64", "v8")),
        ("windows/amd64", Platform("windows", "amd64")),
        ("linux/armhf", Platform("linux", "arm", "v7")),
    ],
)
def test_named(text: str, expected: Platform) -> None:
    assert parse_platform(text) == Wanted(expected, explicit=True)


@pytest.mark.parametrize("text", ["amd64", "linux/", "linux/arm/v7/x", "linux/am d", "/amd64"])
def test_not_a_platform(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_platform(text)
    assert str(raised.value) == f"--platform {text}: expected OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64, or all"


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("x86_64", Platform("linux", "amd64")),
        ("aarch64", Platform("linux", "arm64")),
        ("armv7l", Platform("linux", "arm", "v7")),
        ("s390x", Platform("linux", "s390x")),
    ],
)
def test_this_machine(monkeypatch: pytest.MonkeyPatch, machine: str, expected: Platform) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert parse_platform("") == Wanted(expected, explicit=False)


@pytest.mark.parametrize(
    ("wanted", "offered", "rank"),
    [
        ("linux/amd64", Platform("linux", "amd64"), 0),
        ("linux/amd64", Platform("linux", "arm64"), None),
        ("linux/amd64", Platform("windows", "amd64"), None),
        ("linux/arm64", Platform("linux", "arm64", "v8"), 0),
        ("linux/arm64/v8", Platform("linux", "arm64"), 0),
        ("linux/arm64", Platform("linux", "aarch64"), 0),
        ("linux/amd64", Platform("Linux", "AMD64"), 0),
        ("linux/amd64", Platform("", "x86-64", "v1"), 0),
        ("linux/amd64", Platform("linux", ""), None),
        ("linux/arm", Platform("linux", "armhf"), 0),
        ("linux/arm/v6", Platform("linux", "armel"), 0),
        ("linux/arm/v7", Platform("linux", "arm", "7"), 0),
        ("linux/arm/v7", Platform("linux", "arm", "v6"), 1),
        ("linux/arm/v7", Platform("linux", "arm", "v5"), 2),
        ("linux/arm/v6", Platform("linux", "arm", "v7"), None),
        ("linux/arm", Platform("linux", "arm", "v7"), 0),
        ("linux/arm", Platform("linux", "arm", "v6"), 1),
        ("linux/amd64", Platform("linux", "amd64", "v3"), 103),
        ("linux/amd64/v2", Platform("linux", "amd64", "v3"), None),
        ("linux/amd64/v3", Platform("linux", "amd64"), 2),
        ("linux/mips", Platform("linux", "mips", "softfloat"), 1),
        ("linux/mips/softfloat", Platform("linux", "mips", "softfloat"), 0),
        ("linux/mips/softfloat", Platform("linux", "mips"), None),
        ("linux/mips/softfloat", Platform("linux", "mips", "hardfloat"), None),
    ],
)
def test_rank(wanted: str, offered: Platform, rank: int | None) -> None:
    assert parse_platform(wanted).rank(offered) == rank


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (Platform("Linux", "X86_64", "V1"), Platform("linux", "amd64")),
        (Platform("", "arm", "7"), Platform("linux", "arm")),
        (Platform("macOS", "aarch64", "8"), Platform("darwin", "arm64")),
        (Platform("linux", "armel"), Platform("linux", "arm", "v6")),
        (Platform("linux", "mips", "softfloat"), Platform("linux", "mips", "softfloat")),
        (Platform("linux", ""), Platform("linux", "")),
    ],
)
def test_words_by_which_engines_compare(stated: Platform, expected: Platform) -> None:
    assert normalise(stated) == expected
