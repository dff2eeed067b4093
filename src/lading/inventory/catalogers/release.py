"""The files that tell which distribution an image is. They are kept as text; `inventory.distribution` reads them."""

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.model.reader import WantedFile

_MOST = 64 * 1024


def parse_text(file: WantedFile) -> CatalogerResult:
    """The first 64 KiB as text."""
    return CatalogerResult(text=file.content[:_MOST].decode("utf-8", "backslashreplace"))


CATALOGER = Cataloger(
    name="release",
    version=2,
    parse=parse_text,
    files=(
        "etc/os-release",
        "usr/lib/os-release",
        "etc/debian_version",
        "etc/alpine-release",
        "etc/apk/repositories",
        "etc/apt/sources.list",
        "etc/apt/sources.list.d/debian.sources",
        "etc/redhat-release",
        "etc/centos-release",
        "etc/system-release",
        "usr/share/rapidfort/curated.json",
    ),
)
