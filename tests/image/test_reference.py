"""Names of images in registries."""

import pytest

from lading.image.reference import RegistryReference, parse_registry_reference
from lading.model.errors import ImageError

_DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("text", "expected", "address"),
    [
        ("debian", "docker.io/library/debian:latest", "registry-1.docker.io"),
        ("debian:12", "docker.io/library/debian:12", "registry-1.docker.io"),
        ("grafana/grafana", "docker.io/grafana/grafana:latest", "registry-1.docker.io"),
        ("docker.io/debian", "docker.io/library/debian:latest", "registry-1.docker.io"),
        ("index.docker.io/library/debian", "docker.io/library/debian:latest", "registry-1.docker.io"),
        ("registry-1.docker.io/a/b:c", "docker.io/a/b:c", "registry-1.docker.io"),
        ("localhost/app", "localhost/app:latest", "localhost"),
        ("localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000"),
        ("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000"),
        ("ghcr.io/a/b/c/d:v1.2-x", "ghcr.io/a/b/c/d:v1.2-x", "ghcr.io"),
        ("Host/app", "Host/app:latest", "Host"),
        (f"debian@{_DIGEST}", f"docker.io/library/debian@{_DIGEST}", "registry-1.docker.io"),
        (f"a.example/b:1@{_DIGEST}", f"a.example/b:1@{_DIGEST}", "a.example"),
        ("a.example/x__y/z--w.q", "a.example/x__y/z--w.q:latest", "a.example"),
    ],
)
def test_names(text: str, expected: str, address: str) -> None:
    reference = parse_registry_reference(text)
    assert (str(reference), reference.address) == (expected, address)


def test_parts() -> None:
    assert parse_registry_reference(f"a.example:1/b/c:d@{_DIGEST}") == RegistryReference(
        "a.example:1", "a.example:1", "b/c", "d", _DIGEST
    )


@pytest.mark.parametrize(
    "text",
    ["Debian", "a.example/", "a b", "debian:", "debian:-x", "a.example/../b", "a//b", "a.example:x/b", "b/c?d", ":x"],
)
def test_not_names(text: str) -> None:
    with pytest.raises(ImageError) as raised:
        parse_registry_reference(text)
    assert str(raised.value) == (
        f"{text!r}: not an image: no such file or directory, and not a name as registries have them "
        "([HOST/]NAME[:TAG], in lower case)"
    )


@pytest.mark.parametrize("digest", ["sha256:abc", "md5:" + "a" * 32, ""])
def test_not_digests(digest: str) -> None:
    with pytest.raises(ImageError) as raised:
        parse_registry_reference(f"debian@{digest}")
    assert str(raised.value) == (
        f"debian@{digest}: not a digest after the @; expected sha256: and 64 hexadecimal digits"
    )
