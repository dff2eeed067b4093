"""WWW-Authenticate headers as registries write them, and as they should not."""

import pytest

from lading.net.challenge import Challenge, parse_challenges


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
            [
                Challenge(
                    "bearer",
                    {
                        "realm": "https://auth.docker.io/token",
                        "service": "registry.docker.io",
                        "scope": "repository:a/b:pull,push",
                    },
                )
            ],
        ),
        ('Basic realm="one \\"two\\""', [Challenge("basic", {"realm": 'one "two"'})]),
        (
            "basic realm=x, BEARER realm=https://a/t , service = s",
            [Challenge("basic", {"realm": "x"}), Challenge("bearer", {"realm": "https://a/t", "service": "s"})],
        ),
        ("Negotiate, Basic", [Challenge("negotiate", {}), Challenge("basic", {})]),
        ("", []),
        ('Bearer realm="open', [Challenge("bearer", {})]),
        (", , ,", []),
        ("Bearer" + " " * 100_000 + "=", [Challenge("bearer", {})]),
        ("Bearer " + "a" * 100_000, [Challenge("bearer", {}), Challenge("a" * 8185, {})]),
        ("Bearer " + "a=" * 5_000, [Challenge("bearer", {"a": ("a=" * 4092)[:8183]})]),
        ('Bearer realm="' + "\\" * 100_000, [Challenge("bearer", {})]),
        ("a " * 100_000, [Challenge("a", {})] * 4096),
    ],
)
def test_challenges(header: str, expected: list[Challenge]) -> None:
    assert list(parse_challenges(header)) == expected
