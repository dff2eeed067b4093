"""Which files of a layer are looked at where every look costs a request."""

from collections.abc import Callable
from typing import Final

from lading.inventory.router import Router

_EXECUTABLE: Final = 0o111
_PLAIN: Final = frozenset(
    (
        *("c", "cc", "cfg", "conf", "cpp", "css", "csv", "gif", "h", "hpp", "htm", "html", "ini", "jpeg", "jpg", "js"),
        *("jsx", "json", "map", "md", "mjs", "mo", "pl", "pm", "png", "po", "properties", "py", "pyi", "rb", "rst"),
        *("scss", "svg", "tcl", "toml", "ts", "tsx", "ttf", "txt", "vim", "woff", "woff2", "xml", "xsd", "yaml", "yml"),
    )
)
"""Endings of texts, pictures and fonts, which are no programs and hold none unless they are made executable."""
_PLAIN_PLACES: Final = ("usr/share/doc/", "usr/share/locale/", "usr/share/man/", "usr/share/zoneinfo/")


def is_plain(path: str, mode: int) -> bool:
    """Whether a file that no reader wants by its name is left alone: it is not executable, and its name or place says
    that it is no program and holds none."""
    if mode & _EXECUTABLE:
        return False
    return path.rpartition(".")[2].lower() in _PLAIN or path.startswith(_PLAIN_PLACES)


def likely_in(router: Router) -> Callable[[str, int], bool]:
    """Whether a file by its path, as a tar has it, and permission bits is one that will be looked at, as far as that
    can be told before links are followed."""

    def is_likely(path: str, mode: int) -> bool:
        path = path.removeprefix("./").lstrip("/")
        return not is_plain(path, mode) or bool(router.routes(path)) or path in router.copies

    return is_likely
