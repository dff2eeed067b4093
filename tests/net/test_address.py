"""Addresses that servers and users name, and how they are shown."""

import pytest

from lading.model.errors import NetError
from lading.net.address import Origin, is_loopback, join, origin_of, place_of, printable, shown, split_address


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Registry.Example/v2/", Origin("https", "registry.example", 443)),
        ("http://registry.example:5000/v2/?a=b", Origin("http", "registry.example", 5000)),
        ("http://[::1]:80", Origin("http", "::1", 80)),
        ("http://[::ffff:127.0.0.1]/x", Origin("http", "::ffff:127.0.0.1", 80)),
        ("https://under_score.example./x y", Origin("https", "under_score.example.", 443)),
    ],
)
def test_origins(url: str, origin: Origin) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a.example/",
        "gopher://a.example/",
        "//a.example/",
        "/v2/",
        "",
        "https://",
        "https:///x",
        "https://a..example/",
        "https://.example/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 127}example/",
        "https://a.example:0/",
        "https://a.example:65536/",
        "https://a.example:-1/",
        "https://a.example:x/",
        "https://[::1/",
        "https://::1/",
        "https://[::1%25eth0]/",
        "https://[v1.fe80]/",
        "https://[:::]/",
        "https://[1:2]/",
        "https://[::1]x/",
        "https://a.example/\0",
        "https://a.ex\0ample/",
        "https://a.ex\nample/",
        "https://ä.example/",
        "https://a.example\\@b.example/",
        f"https://a.example/{'x' * 20000}",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(NetError) as raised:
        split_address(url)
    text = str(raised.value)
    assert text.isprintable()
    assert len(text) < 200


@pytest.mark.parametrize("url", ["https://jo:secret@a.example/x", "https://secret@a.example/x", "http://@a.example/x"])
def test_addresses_hold_no_password(url: str) -> None:
    with pytest.raises(NetError) as raised:
        split_address(url)
    assert str(raised.value) == "'…@a.example/x': an address with a user or password in it; refused"


@pytest.mark.parametrize(
    ("target", "joined"),
    [
        ("/blob?x=1#part", "https://a.example/blob?x=1"),
        ("blob", "https://a.example/v2/blob"),
        ("//b.example/blob", "https://b.example/blob"),
        ("", "https://a.example/v2/x"),
        ("?y", "https://a.example/v2/x?y"),
    ],
)
def test_joined(target: str, joined: str) -> None:
    assert join("https://a.example/v2/x", target) == joined


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("file:/etc/passwd", "'file:/etc/passwd'"),
        ("https://[::1", "'https://[::1'"),
        ("javascript:alert(1)", "'javascript:alert(1)'"),
        ("https://a.example:99999999999999999999/", "'https://a.example:99999999999999999999/'"),
    ],
)
def test_not_joined(target: str, text: str) -> None:
    with pytest.raises(NetError) as raised:
        join("https://a.example/v2/x", target)
    assert str(raised.value) == f"{text}: not an http:// or https:// address"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/b?token=secret", "'https://a.example/b'"),
        ("https://a.example/b#secret", "'https://a.example/b'"),
        ("https://jo:se@cret@a.example/b", "'…@a.example/b'"),
        ("https:jo:secret@a.example", "'…@a.example'"),
        ("https://a.example/\x1b[31m\0\n", "'https://a.example/?[31m??'"),
        (f"https://{'a' * 300}", f"'https://{'a' * 112}…'"),
    ],
)
def test_shown_without_secrets(url: str, expected: str) -> None:
    assert shown(url) == expected


def test_places() -> None:
    assert place_of("https://A.example:443/x") == "A.example:443"


def test_printable() -> None:
    assert printable("a\x00b\x1b[1m\u202ec", 100) == "a?b?[1m?c"
    assert printable("abcdef", 3) == "abc…"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "::2", "127.0.0.1.example", ""])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
