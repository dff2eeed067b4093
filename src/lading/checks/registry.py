"""The one table of families of checks, each loaded when it is asked for."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Final

from lading.model.checks import FAMILIES, Checker, CheckText, Family
from lading.model.errors import UsageError
from lading.model.spelling import meant

_ALL: Final = "all"
_NONE: Final = "none"
WORDS: Final = (_NONE, *FAMILIES, _ALL)
"""What `--checks` takes."""

MODULES: Final[Mapping[Family, str]] = {
    "config": "lading.checks.config.checker",
    "secrets": "lading.checks.secrets.checker",
    "licenses": "lading.checks.licenses.checker",
    "malware": "lading.checks.malware.checker",
    "license-files": "lading.checks.licenses.every_file",
    "file-digests": "lading.checks.digests.own_files",
    "package-files": "lading.checks.digests.package_files",
}
"""By family, the module that has its CHECKER."""


BY_NAME: Final[frozenset[Family]] = frozenset({"malware"})
"""Families that `all` does not ask for: what looks into every program costs as much as all others together."""


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
    return tuple(one for one in FAMILIES if one in asked or (_ALL in asked and one not in BY_NAME))


def texts_of(families: Iterable[Family] = FAMILIES) -> tuple[CheckText, ...]:
    """What the checks of families are, in the order of their tables."""
    return tuple(text for one in checkers_for(families) for text in one.texts())


def text_of(id: str) -> CheckText:
    """The check of an ID. Raises UsageError where there is none."""
    known = {one.id.lower(): one for one in texts_of()}
    if id.lower() not in known:
        guess = meant(id.lower(), tuple(known))
        raise UsageError(f"{id[:80]!r}: no such check{guess}; lading checks list has them all")
    return known[id.lower()]


def page_of(family: Family) -> str:
    """The checks of a family as a page of Markdown, docs/checks-FAMILY.md."""
    texts = texts_of((family,))
    lines = [_HEAD.format(family=family, count=len(texts))]
    lines += [f"| [`{x.id}`](#{x.id}) | {x.severity} | {x.title} | {', '.join(x.controls)} |" for x in texts]
    for one in texts:
        where = f" (`{one.file}`)" if one.file else ""
        lines += ["", f"## {one.id}", "", f"*{one.severity}* · {one.title}.", "", one.why, ""]
        lines += [f"**What to do.** {one.fix}", ""]
        for title, example in ((f"Found{where}:", one.example), ("Left alone:", one.good)):
            lines += [title, "", "```", example, "```", ""] if example else []
        lines.append(f"{', '.join(one.controls)} · {' · '.join(f'<{address}>' for address in one.references)}")
    return "\n".join(lines) + "\n"


_HEAD: Final = """\
# Checks: {family}

What `--checks {family}` looks for ([checks](checks.md)): {count} checks. `lading checks show ID` shows one.
This page is made from the table of checks by `pytest --rewrite`.

| check | severity | what it finds | controls |
|---|---|---|---|"""


def checkers_for(families: Iterable[Family]) -> tuple[Checker, ...]:
    """The checkers of families."""
    return tuple(import_module(MODULES[one]).CHECKER for one in families)
