"""The registry of diagnostics: what each code means for the result, and what to do about it."""

from collections.abc import Mapping
from functools import cache

import msgspec
from msgspec import Struct

from lading.model.diagnostic import Diagnostic, Level

DiagnosticCode = str
"""One of the codes in `data/diagnostics.json`; a test holds every code that is used against it."""


class DiagnosticInfo(Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of diagnostic. `meaning` says what it means for the result, `remedy` what to do, in sentences for
    people."""

    code: DiagnosticCode
    level: Level
    meaning: str
    remedy: str


@cache
def diagnostic_infos() -> Mapping[DiagnosticCode, DiagnosticInfo]:
    """The rows of the registry by code, sorted."""
    from pkgutil import get_data

    rows = msgspec.json.decode(get_data(__package__, "data/diagnostics.json") or b"", type=tuple[DiagnosticInfo, ...])
    return {row.code: row for row in rows}


def diagnostic(code: DiagnosticCode, message: str, where: str = "") -> Diagnostic:
    """A diagnostic with the level of its code. Raises ValueError for a code that the registry does not have."""
    info = diagnostic_infos().get(code)
    if info is None:
        raise ValueError(f"{code} is no code of a diagnostic: model/data/diagnostics.json has no row for it")
    return Diagnostic(info.level, code, message, where)


def diagnostics_page() -> str:
    """The registry as a page of Markdown, docs/diagnostics.md."""
    lines = [_HEAD]
    for info in diagnostic_infos().values():
        lines.append(f"## {info.code}\n\n*{info.level}* · {info.meaning}\n\n{info.remedy}\n")
    return "\n".join(lines)


_HEAD = """\
# Diagnostics

What Lading could not see or could not match stands in every result as a diagnostic: a code to filter on, a level, a
sentence, and the place it is about. A code has one level, whatever the place.

- *incomplete*: something was not looked at or not matched, so that an empty result would not mean clean. The scan
  exits with 3 (`--allow-incomplete` makes that 0).
- *warning*: worth knowing, and the result is whole as far as it goes.
- *info*: a detail.

This page is made from `src/lading/model/data/diagnostics.json` by `pytest --rewrite`.
"""
