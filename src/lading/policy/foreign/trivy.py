"""Trivy's `.trivyignore` and `.trivyignore.yaml` (https://trivy.dev/latest/docs/configuration/filtering/)."""

import re
from typing import Any, Final

from lading.model.errors import FormatError
from lading.model.spelling import doubt
from lading.policy.document import IgnoreTable
from lading.policy.foreign.ignores import ForeignIgnores, last_day, left_out, tables_of, text_of, texts_of

_KEYS: Final = frozenset({"id", "paths", "purls", "expired_at", "statement"})
_OTHERS: Final = ("misconfigurations", "secrets", "licenses")


def parse_trivyignore(text: str) -> ForeignIgnores:
    """A name on each line, `exp:2026-01-31` after it for the day on which it ends. Comments straight above are the
    reason. Raises FormatError."""
    entries: list[tuple[IgnoreTable, int]] = []
    notes: list[str] = []
    comments: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if plain.startswith("#"):
            comments.append(plain.lstrip("# "))
            continue
        if plain:
            name, *more = plain.partition("#")[0].split()
            if doubt(name) or re.match(r"(?:AVD|AWS|AZU|DS|GCP|KCV|KSV)[-\d]", name):
                notes.append(left_out(f"line {number}: {name}", ["what is no vulnerability"]))
            else:
                ends = next((one.removeprefix("exp:") for one in more if one.startswith("exp:")), "")
                reason = " ".join(comments) or plain.partition("#")[2].strip()
                table = IgnoreTable(vulnerability=name, reason=reason, expires=last_day(ends, f"line {number}"))
                entries.append((table, number))
        comments = []
    return ForeignIgnores(tuple(entries), tuple(notes))


def parse_trivyignore_yaml(document: dict[str, Any]) -> ForeignIgnores:
    """Entries with paths and package URLs, which must both fit. Raises FormatError."""
    entries: list[tuple[IgnoreTable, int]] = []
    notes: list[str] = []
    for one in tables_of(document.get("vulnerabilities"), "vulnerabilities"):
        name = text_of(one.get("id"), "vulnerabilities: id")
        if not name:
            raise FormatError("vulnerabilities: an entry has no id")
        if further := sorted(one.keys() - _KEYS):
            notes.append(left_out(name, further))
            continue
        table = IgnoreTable(
            vulnerability=name,
            path=texts_of(one.get("paths"), f"{name}: paths"),
            purl=texts_of(one.get("purls"), f"{name}: purls"),
            reason=text_of(one.get("statement"), f"{name}: statement"),
            expires=last_day(text_of(one.get("expired_at"), name), name),
        )
        entries.append((table, 0))
    for kind in _OTHERS:
        if count := len(tables_of(document.get(kind), kind)):
            notes.append(f"{kind}: {count} left out: a policy ignores vulnerabilities alone")
    return ForeignIgnores(tuple(entries), tuple(notes))
