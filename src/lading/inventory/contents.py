"""What kind of files a package of the operating system installs."""

import re
from collections.abc import Iterable

from msgspec import structs

from lading.model.package import Package
from lading.model.properties import NO_CODE

_NOTHING_THAT_RUNS = re.compile(
    r"usr/share/(?:bash-completion|bug|common-licenses|doc|doc-base|fish|help|icons|info|licenses|lintian|locale|man|metainfo"
    r"|zoneinfo|zsh)(?:/|$)|usr/include(?:/|$)|usr/lib/\.build-id(?:/|$)|usr/share/(?:pixmaps|applications|fonts)(?:/|$)"
)

_DIRECTORY = re.compile(r"(?:\.|usr|usr/share|usr/lib)?/?")


def marked(packages: Iterable[Package]) -> list[Package]:
    """The packages, those marked that install nothing a vulnerability could be in: documentation, translations,
    headers, or no files at all beside their changelog. A package whose files are not listed is not marked."""
    return [
        structs.replace(package, properties={**package.properties, **NO_CODE})
        if package.files and not any(map(_may_run, package.files))
        else package
        for package in packages
    ]


def _may_run(path: str) -> bool:
    return not (_NOTHING_THAT_RUNS.match(path) or _DIRECTORY.fullmatch(path))
