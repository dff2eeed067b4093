"""Small images that share layers, for the tests of many at once."""

from collections.abc import Sequence
from pathlib import Path

from lading.image.writer import LayerSpec, write_oci_layout
from lading.model.image import Platform
from lading.safeio.tar_writer import NewEntry

OS_RELEASE = b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
BASE = (("bash", "5.2.15-2"), ("zlib1g", "1:1.2.13.dfsg-1"))
CURL = ("curl", "7.88.1-10")
"""A version that the starter set has CVE-2023-38545 for."""
FIXED_CURL = ("curl", "7.88.1-10+deb12u14")


def dpkg_status(packages: Sequence[tuple[str, str]]) -> bytes:
    """A dpkg database of installed packages."""
    paragraphs = [
        f"Package: {name}\nStatus: install ok installed\nVersion: {version}\nArchitecture: amd64\n"
        "Maintainer: Debian Developers <debian@lists.debian.org>\n"
        for name, version in packages
    ]
    return "\n".join(paragraphs).encode()


def write_image(directory: Path, name: str, *steps: Sequence[tuple[str, str]], architecture: str = "amd64") -> str:
    """An image of Debian 12 as an OCI layout; each step is a layer that adds packages. Gives its name for a scan."""
    layers, held = [], list(BASE)
    layers.append(LayerSpec("ADD rootfs.tar / # buildkit", _entries(held, with_release=True)))
    for step in steps:
        names = {one for one, _ in step}
        held = [one for one in held if one[0] not in names] + list(step)
        layers.append(LayerSpec(f"RUN apt-get install -y {' '.join(sorted(names))}", _entries(held)))
    write_oci_layout(directory / name, layers, tag="x", platform=Platform("linux", architecture))
    return f"oci:{directory / name}"


def _entries(packages: Sequence[tuple[str, str]], *, with_release: bool = False) -> tuple[NewEntry, ...]:
    release = (NewEntry("etc/os-release", data=OS_RELEASE),) if with_release else ()
    return (*release, NewEntry("var/lib/dpkg/status", data=dpkg_status(packages)))
