"""Dart: packages in the cache of `pub`, from which programs are run and built.

Source: dart.dev, "Pub cache" (PUB_CACHE/hosted/HOST/NAME-VERSION/).
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.reader import WantedFile

_PACKAGE = re.compile(r"([A-Za-z_]\w*)-(\d+\.\d+\.\d+\S*)", re.ASCII)


def parse_cached(file: WantedFile) -> CatalogerResult:
    """The package that the path names."""
    directory = file.path.rpartition("/")[0]
    match = _PACKAGE.fullmatch(directory.rpartition("/")[2])
    if match is None:
        return CatalogerResult()
    return CatalogerResult(packages=(FoundPackage("pub", match[1], match[2], files=(f"{directory}/",)),))


CATALOGER = Cataloger(
    name="dart",
    version=1,
    parse=parse_cached,
    patterns=("**/hosted/*/*/pubspec.yaml",),
    head=1,
)
