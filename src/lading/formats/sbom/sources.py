"""Where the source of a package is kept, as far as its name tells: that of a Go module begins with the place.

Source: https://go.dev/ref/mod#vcs-find.
"""

import re
from typing import Final

from lading.model.package import Package

_HOSTED: Final = re.compile(
    r"((?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)/[A-Za-z0-9_.~-]+/[A-Za-z0-9_.~-]+)(?:/.*)?"
)
_OF_GO: Final = re.compile(r"golang\.org/x/([a-z0-9-]+)(?:/.*)?")


def source_of(package: Package) -> str:
    """The address of the repository that a package's source is kept in; empty where nothing tells."""
    if package.type != "golang":
        return ""
    if hosted := _HOSTED.fullmatch(package.name):
        return f"https://{hosted[1]}"
    of_go = _OF_GO.fullmatch(package.name)
    return f"https://go.googlesource.com/{of_go[1]}" if of_go else ""
