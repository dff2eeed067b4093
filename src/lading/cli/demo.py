"""`lading demo`: a small image made on the spot, scanned as any other."""

import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lading.cli.scan import run_scan
from lading.engine.environment import user_network, user_places
from lading.engine.setting_sources import given_by_options
from lading.engine.settings import resolve
from lading.formats.view import View
from lading.model.errors import EngineError

if TYPE_CHECKING:
    from lading.image.writer import LayerSpec

_TAG = "demo"
_PLATFORM = "linux/amd64"
_MEMORY = "/dev/shm"  # noqa: S108 (the directory made there is its own)


@click.command()
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the image into this directory and leave it there.",
)
def demo(keep: Path | None) -> int:
    """Make a small image and scan it, without network, Docker or database.

    The image is an OCI layout of a Debian 12 as of July 2023 with a few packages on top. It is matched against the
    starter set: the vulnerabilities that mattered most in containers, built into Lading.
    """
    if keep is not None:
        return _show(keep, kept=True)
    with _temporary() as directory:
        return _show(Path(directory) / _TAG, kept=False)


def _temporary() -> tempfile.TemporaryDirectory[str]:
    """A directory for the image: where temporary files go, and in the memory that containers share where the file
    system is read-only. Raises EngineError where there is neither."""
    for place in (None, _MEMORY):
        try:
            return tempfile.TemporaryDirectory(prefix="lading-", dir=place)
        except OSError as error:
            reason = error
    raise EngineError("the demo needs a directory for temporary files: name one in TMPDIR, or --keep DIR") from reason


def build_demo(layout: Path) -> str:
    """Writes the demo's image as an OCI layout into `layout`, tagged "demo". Gives the manifest's digest.

    Raises ImageError when `layout` cannot be written or holds a layout already.
    """
    from lading.image.writer import write_oci_layout
    from lading.model.image import Platform

    platform = Platform("linux", "amd64")
    return write_oci_layout(layout, demo_layers(), tag=_TAG, platform=platform, command=("/srv/app.sh",))


def _show(layout: Path, *, kept: bool) -> int:
    build_demo(layout)
    image = f"oci:{layout}:{_TAG}"
    options = given_by_options({"starter": True, "platform": _PLATFORM, "cache": False})
    status = run_scan(image, resolve([options], user_places(), user_network()), View())
    again = f"lading scan --starter --platform {_PLATFORM} --all {image}" if kept else "lading demo --keep DIR"
    print(f"\nTo look further into this image:  {again}")
    print("To scan an image of yours:        lading scan debian:12")
    return status


def demo_layers() -> "tuple[LayerSpec, ...]":
    """The layers of the demo's image; the first is Debian's, the others are the application's."""
    from lading.image.writer import LayerSpec
    from lading.safeio.tar_writer import NewEntry

    base, installed = _text("base.status"), _text("installed.status")
    packages = "curl git libwebp7 openssh-server"
    return (
        LayerSpec(
            "# debian.sh --arch 'amd64' out/ 'bookworm'",
            (
                NewEntry("etc", "directory"),
                NewEntry("etc/os-release", "symlink", linkname="../usr/lib/os-release"),
                NewEntry("usr/lib/os-release", data=_text("os-release")),
                NewEntry("var/lib/dpkg/status", data=base),
            ),
        ),
        LayerSpec('CMD ["bash"]'),
        LayerSpec(
            f"RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends {packages} # buildkit",
            (NewEntry("var/lib/dpkg/status", data=base + b"\n" + installed),),
        ),
        LayerSpec("COPY app.sh /srv/app.sh # buildkit", (NewEntry("srv/app.sh", data=_text("app.sh"), mode=0o755),)),
        LayerSpec('CMD ["/srv/app.sh"]'),
    )


def _text(name: str) -> bytes:
    return resources.files("lading").joinpath("data", "demo", name).read_bytes()
