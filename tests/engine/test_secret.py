"""Secrets as people hand them over."""

from pathlib import Path

import pytest

from lading.engine.secret import Secret, parse_secret


def test_a_secret_is_the_text_or_what_a_file_holds(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"0123456789abcdef\r\n")
    assert parse_secret("0123456789abcdef", Path) == parse_secret(f"@{file}", Path) == Secret(b"0123456789abcdef")
    assert parse_secret("@key", lambda named: tmp_path / named) == Secret(b"0123456789abcdef")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"0123456789abcde\n", "expected a secret of 16 to 4,096 bytes, or @FILE; this has 15"),
        (b"0" * 5000, "expected a secret of 16 to 4,096 bytes, or @FILE; this has 4,098"),
        (None, "FILE: cannot be read: No such file or directory"),
    ],
)
def test_what_is_none(content: bytes | None, why: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=r".") as caught:
        parse_secret(f"@{file}", Path)
    assert str(caught.value).replace(str(file), "FILE") == why


def test_no_text_shows_it() -> None:
    secret = Secret(b"0123456789abcdef")
    assert (str(secret), repr(secret), f"{secret}") == ("(secret)", "Secret(…)", "(secret)")
