"""In what two results differ, as Markdown of the kind that forges show in comments.

Source: https://github.github.com/gfm/ (tables, backslash escapes).
"""

from collections.abc import Iterable, Sequence
from typing import Final

from lading.formats.encoders.text.changes import PARTIAL, failing_text
from lading.formats.encoders.text.markdown import escaped
from lading.formats.encoders.text.text import counted
from lading.formats.issue_texts import issue_place, issue_said
from lading.formats.view import View
from lading.model.changes import EvaluatedChanges, ResultSide, RowChange, RowChangeKind

_TITLES: Final[dict[RowChangeKind, str]] = {
    "introduced": "Introduced", "fixed": "Fixed", "lost": "Can no longer be told", "changed": "Changed",
}  # fmt: skip
_MOST: Final = 500
"""Rows of one table: comments have a length."""


def encode_changes_markdown(evaluated: EvaluatedChanges, view: View) -> bytes:
    """Both sides, the result of the gate, and a table for each kind of change."""
    changes = evaluated.changes
    lines = [f"### Vulnerabilities: {escaped(changes.old.name)} → {escaped(changes.new.name)}", ""]
    counts = [
        f"**{len(changes.of_kind(kind)):,} {title.lower()}**"
        for kind, title in _TITLES.items()
        if changes.of_kind(kind)
    ]
    lines += [f"{', '.join([*counts, f'{changes.same:,} the same'])}.", ""]
    for rule in evaluated.decision.rules:
        said = f"failed by {failing_text(rule, changes)}" if rule.failing else "passed"
        lines += [f"- `{rule.rule}`: {said}"]
    lines += [""] if evaluated.decision.rules else []
    for kind, title in _TITLES.items():
        lines += _table(title, changes.of_kind(kind))
    lines += _issues(evaluated)
    if changes.new_gaps:
        lines += ["#### Only the new one could not look at or match", ""]
        lines += [f"- {escaped(gap.message)} {escaped(gap.where)}".rstrip() for gap in changes.new_gaps] + [""]
    lines += _packages(evaluated)
    lines += [f"<sub>{_side('old', changes.old)}; {_side('new', changes.new)}</sub>"]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def _table(title: str, rows: Sequence[RowChange]) -> Iterable[str]:
    if not rows:
        return []
    head = [f"#### {title}", "", "| | package | severity | fixed in | cause |", "|---|---|---|---|---|"]
    lines = [_row(one) for one in rows[:_MOST]]
    more = [f"\nand {len(rows) - _MOST:,} more"] if len(rows) > _MOST else []
    return [*head, *lines, *more, ""]


def _row(change: RowChange) -> str:
    package = change.finding.package
    versions = " → ".join(dict.fromkeys(filter(None, (", ".join(change.old_versions), ", ".join(change.new_versions)))))
    moved = [
        f"{one.field.replace('_', ' ')} {one.old or 'none'} → {one.new or 'none'}"
        for one in change.fields
        if one.field not in ("version", "suppressed")
    ]
    cells = (
        change.finding.id,
        f"{package.source or package.name} {versions}",
        change.finding.severity.label,
        change.finding.fixed_version if change.kind in ("introduced", "changed") else "",
        "; ".join([f"{change.cause}: {change.why}", *moved]),
    )
    return f"| {' | '.join(map(escaped, cells))} |"


def _issues(evaluated: EvaluatedChanges) -> Iterable[str]:
    """What checks found, in a table; nothing where both found the same."""
    issues = evaluated.changes.issues
    if not issues:
        return []
    lines = ["#### Checks", "", "| | check | severity | where | what | cause |", "|---|---|---|---|---|---|"]
    for one in issues[:_MOST]:
        issue, moved = one.issue, [f"{field.field} {field.old} → {field.new}" for field in one.fields]
        said = "; ".join([f"{one.cause}: {one.why}", *moved])
        cells = (_TITLES[one.kind], issue.id, issue.severity, issue_place(issue), issue_said(issue), said)
        lines.append(f"| {' | '.join(map(escaped, cells))} |")
    more = [f"\nand {len(issues) - _MOST:,} more"] if len(issues) > _MOST else []
    return [*lines, *more, ""]


def _packages(evaluated: EvaluatedChanges) -> Iterable[str]:
    packages = evaluated.changes.packages
    if not packages:
        return []
    lines = ["<details>", f"<summary>{counted(len(packages), 'package')} changed</summary>", ""]
    for one in packages[:_MOST]:
        versions = " → ".join(filter(None, (", ".join(one.old_versions), ", ".join(one.new_versions))))
        lines.append(f"- {one.kind}: {escaped(f'{one.type} {one.name} {versions}')}")
    return [*lines, "", "</details>", ""]


def _side(word: str, side: ResultSide) -> str:
    digest = side.image.digest or side.image.config_digest
    database = escaped(side.database or "unknown")
    partial = f", {PARTIAL}" if side.partial else ""
    return f"{word}: {escaped(side.name)} {escaped(digest)}, {escaped(side.tool)}, data {database}{partial}"
