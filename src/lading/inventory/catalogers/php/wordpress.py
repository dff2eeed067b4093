"""WordPress: itself, its plugins and its themes.

Source: WordPress's plugin and theme handbooks, "Header Requirements", and `get_file_data`, which looks for headers in
the first 8 KB of a file.
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.model.properties import WORDPRESS
from lading.model.reader import WantedFile

_HEADER_BYTES = 8192
_HEADER = re.compile(r"^(?:[ \t]*<\?php)?[ \t/*#@]*(Plugin Name|Theme Name|Version|License):([^\n]*)$", re.I | re.M)
_END_OF_COMMENT = re.compile(r"[ \t]*(?:\*/|\?>).*")
_VERSION = re.compile(r"^[ \t]*\$wp_version[ \t]*=[ \t]*['\"]([^'\"\n]+)['\"]", re.MULTILINE)
_VERSION_FILE = "wp-includes/version.php"
_SINGLE_FILES = ("wp-content/plugins", "wp-content/mu-plugins")


def parse_wordpress(file: WantedFile) -> CatalogerResult:
    """WordPress by its version file, a theme by its style sheet, a plugin by whichever of its files has the header."""
    head = file.content[:_HEADER_BYTES].decode("utf-8", "backslashreplace").replace("\r", "\n")
    package = _core(file.path, head) if file.path.endswith(_VERSION_FILE) else _extension(file.path, head)
    return CatalogerResult(packages=(package,) if package is not None else ())


def _core(path: str, head: str) -> FoundPackage | None:
    version = _VERSION.search(head)
    if version is None:
        return None
    root = path.removesuffix(_VERSION_FILE)
    files = (f"{root}wp-admin/", f"{root}wp-includes/")
    return FoundPackage(type="generic", name="wordpress", version=version[1], files=files)


def _extension(path: str, head: str) -> FoundPackage | None:
    fields: dict[str, str] = {}
    for match in _HEADER.finditer(head):
        fields.setdefault(match[1].lower(), _END_OF_COMMENT.sub("", match[2]).strip())
    directory, _, file_name = path.rpartition("/")
    kind = "theme" if file_name == "style.css" else "plugin"
    if not fields.get(f"{kind} name"):
        return None
    is_single = directory.endswith(_SINGLE_FILES)
    return FoundPackage(
        type="generic",
        name=file_name.removesuffix(".php") if is_single else directory.rpartition("/")[2],
        version=fields.get("version", ""),
        licenses=(fields["license"],) if fields.get("license") else (),
        files=(path if is_single else f"{directory}/",),
        properties={WORDPRESS: kind},
    )


CATALOGER = Cataloger(
    name="wordpress",
    version=2,
    parse=parse_wordpress,
    patterns=(
        f"**/{_VERSION_FILE}",
        "**/wp-content/plugins/*.php",
        "**/wp-content/plugins/*/*.php",
        "**/wp-content/mu-plugins/*.php",
        "**/wp-content/themes/*/style.css",
    ),
)
