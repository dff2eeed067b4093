"""Attributes by which a layer speaks to the overlay file system, past the whiteouts of the image specification.

Docker 20.10, 28 and Podman 4.3 on overlayfs show a directory with a redirect as the one it leads to, and one that is
opaque without what lower layers have in it; containerd 1.6 and 2.0 and umoci set no such attribute.
"""

import io
import tarfile

import pytest

from lading.model.diagnostic import Diagnostic
from tests.inventory.unpacking import unpacked


def layer(name: str, records: dict[str, str], kind: bytes = tarfile.DIRTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo(name)
        info.type, info.pax_headers = kind, records
        tar.addfile(info)
    return buffer.getvalue()


def remarks(tar: bytes) -> list[Diagnostic]:
    facts = unpacked([tar], "in place", [])[1]
    return list(facts[1].structure.diagnostics)


@pytest.mark.parametrize("kind", [tarfile.DIRTYPE, tarfile.REGTYPE])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trusted.overlay.redirect", "/hidden/dpkg"),
        ("trusted.overlay.opaque", "y"),
        ("trusted.overlay.metacopy", ""),
        ("trusted.overlay.whiteout", "y"),
        ("user.overlay.redirect", "/hidden/dpkg"),
    ],
)
def test_what_would_hide_or_redirect_is_told(name: str, value: str, kind: bytes) -> None:
    message = f"has the attribute {name}: Docker and Podman show other files for it, containerd does not"
    assert remarks(layer("var/lib/dpkg", {f"SCHILY.xattr.{name}": value}, kind)) == [
        Diagnostic("incomplete", "overlay-attribute", message, "var/lib/dpkg")
    ]


@pytest.mark.parametrize(
    "key",
    [
        "SCHILY.xattr.trusted.overlay.origin",
        "SCHILY.xattr.trusted.overlay.impure",
        "SCHILY.xattr.security.capability",
        "SCHILY.xattr.user.overlay",
        "LIBARCHIVE.xattr.trusted.overlay.opaque",
        "trusted.overlay.opaque",
    ],
)
def test_what_changes_no_content_is_not(key: str) -> None:
    assert remarks(layer("var/lib/dpkg", {key: "y"})) == []
