"""Names of packages as advisories and packages both write them, so that one finds the other."""

import re
from collections.abc import Callable, Mapping
from typing import Final

_RUNS: Final = re.compile(r"[-_.]+")


def advisory_name(package_type: str, name: str) -> str:
    """The key under which a shard holds the advisories of a package of a package URL type.

    PyPI ignores case and takes any run of `-`, `_` and `.` for one `-` (PEP 503); NuGet, Packagist, Hex, Pub,
    Bitnami and the marketplace of VS Code ignore case; Swift packages go by the address of their repository without
    scheme and `.git`.
    """
    rule = _RULES.get(package_type)
    return rule(name) if rule else name


def _python(name: str) -> str:
    return _RUNS.sub("-", name).lower()


def _swift(name: str) -> str:
    return name.lower().removeprefix("https://").removeprefix("http://").removesuffix(".git")


_RULES: Final[Mapping[str, Callable[[str], str]]] = {
    "bitnami": str.lower,
    "composer": str.lower,
    "hex": str.lower,
    "nuget": str.lower,
    "pub": str.lower,
    "pypi": _python,
    "swift": _swift,
    "vscode-extension": str.lower,
}
