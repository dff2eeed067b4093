"""Lua: rocks that LuaRocks installed.

Source: LuaRocks, "Rockspec format" and "File locations" (TREE/lib/luarocks/rocks-5.x/NAME/VERSION/*.rockspec).
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning

_LICENSE = re.compile(r"""\blicen[sc]e\s*=\s*(?:"([^"\n]*)"|'([^'\n]*)')""")


def parse_rockspec(file: WantedFile) -> CatalogerResult:
    """The rock that the path names. The file is a program in Lua; only the licence is looked for in it."""
    directory = file.path.rpartition("/")[0]
    name, version = directory.split("/")[-2:]
    license_ = _LICENSE.search(beginning(file.content))
    package = FoundPackage(
        type="luarocks",
        name=name,
        version=version,
        licenses=(license_[1] or license_[2],) if license_ and (license_[1] or license_[2]) else (),
        files=(f"{directory}/",),
    )
    return CatalogerResult(packages=(package,))


CATALOGER = Cataloger(
    name="lua",
    version=1,
    parse=parse_rockspec,
    patterns=("**/luarocks/rocks/*/*/*.rockspec", "**/rocks-*/*/*/*.rockspec"),
)
