"""The one table of families of checks, each loaded when it is asked for."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Final

from lading.model.checks import FAMILIES, Checker, Family
from lading.model.errors import UsageError
from lading.model.spelling import meant

_ALL: Final = "all"
_NONE: Final = "none"
WORDS: Final = (_NONE, *FAMILIES, _ALL)
"""What `--checks` takes."""

MODULES: Final[Mapping[Family, str]] = {
    "config": "lading.checks.config.checker",
    "secrets": "lading.checks.secrets.checker",
}
"""By family, the module that has its CHECKER."""


def parse_families(words: Iterable[str]) -> tuple[Family, ...]:
    """The families that words ask for, each once and in the order of the table. Raises UsageError for a word that is
    none, and for `none` beside others."""
    asked = [word.strip().lower() for word in words]
    for word in asked:
        if word not in WORDS:
            raise UsageError(f"--checks {word[:80]!r}: expected one of {', '.join(WORDS)}{meant(word, WORDS)}")
    if _NONE in asked:
        if len(set(asked)) > 1:
            raise UsageError("--checks none: is for no checks, and stands alone")
        return ()
    return tuple(one for one in FAMILIES if one in asked or _ALL in asked)


def checkers_for(families: Iterable[Family]) -> tuple[Checker, ...]:
    """The checkers of families."""
    return tuple(import_module(MODULES[one]).CHECKER for one in families)
