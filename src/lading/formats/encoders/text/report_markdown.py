"""A report as Markdown that fits into a comment on a pull request.

Source: https://github.github.com/gfm/ (tables, backslash escapes).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from lading.formats.encoders.text.attached import attached_parts
from lading.formats.encoders.text.compliance import compliance_lines
from lading.formats.encoders.text.footer import left_text, rows_text
from lading.formats.encoders.text.layers import base_text
from lading.formats.encoders.text.markdown import escaped
from lading.formats.encoders.text.selection import label_text, selected
from lading.formats.encoders.text.text import counted
from lading.formats.finding_texts import lines_of, package_text, use_word
from lading.formats.issue_texts import issue_line, issue_place, issue_said
from lading.formats.view import View
from lading.model.advisory import SEVERITY_ORDER, SeverityLabel
from lading.model.checks import Issue
from lading.model.compliance import benchmarks
from lading.model.decision import STALE, Evaluated
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.model.report import Target
from lading.model.rows import Row, rows_of

_MOST: Final = 60_000
"""Characters of all; forges take 65,536 of a comment, and people write something above it."""
_MOST_GAPS: Final = 20
_MOST_OPEN: Final = 10
"""Rows without a fix that stand below the others as these do; more are folded."""
_LONGEST: Final = 500
"""Characters of one cell."""


def encode_report_markdown(evaluated: Evaluated, view: View) -> bytes:
    """The result of the gate, and for each image its counts, gaps, and a table of what is not hidden or suppressed."""
    targets = evaluated.report.targets
    lines: list[str] = []
    for rule in evaluated.decision.rules[:_MOST_GAPS]:
        lines.append(f"- {_cell(rule.rule)}: {'failed' if rule.failed else 'passed'}")
    lines += [""] if lines else []
    budget = _MOST - sum(len(line) + 1 for line in lines)
    for number, target in enumerate(targets):
        made = _target(target, view, budget // (len(targets) - number), evaluated.doubts)
        size = sum(len(line) + 1 for line in made)
        if size > budget:
            lines.append(f"and {len(targets) - number:,} more images")
            break
        budget -= size
        lines += made
    return "".join(f"{line}\n" for line in lines or ["No images."]).encode("utf-8", "backslashreplace")


def _target(target: Target, view: View, budget: int, doubts: Sequence[Diagnostic]) -> list[str]:
    rows = rows_of(target.findings)
    asked = selected(rows, view.only)
    shown = [row for row in asked if view.show_all or not row.hidden_reason]
    count = Counter(row.finding.severity.label for row in shown)
    counts = ", ".join(f"{count[label]:,} {label_text(label)}" for label in reversed(SEVERITY_ORDER) if count[label])
    hidden = f", {len(asked) - len(shown):,} hidden" if len(asked) > len(shown) else ""
    left = f", {len(rows) - len(asked):,} left out by {_cell(view.only.words)}" if len(rows) > len(asked) else ""
    lines = [f"### {_cell(target.image.name)}", ""]
    lines += [f"**{counted(len(shown), 'vulnerability')}**{f': {counts}' if counts else ''}{hidden}{left}", ""]
    if view.compliance:
        return lines + compliance_lines(target, benchmarks()[view.compliance])
    if said := rows_text(shown):
        lines += [said, ""]
    if left := left_text(target.extent):
        lines += [f"Not matched: {left}.", ""]
    gaps = [one for one in (*doubts, *target.diagnostics) if one.level == "incomplete" and one.code != STALE]
    lines += _list("Not looked at or not matched:", gaps)
    lines += _list("Matched by old data:", [one for one in doubts if one.code == STALE])
    issues = _issues(target, view)
    end = [*issues, *_origin(target)]
    room = budget - sum(len(line) + 1 for line in (*lines, *end))
    return [*lines, *([] if view.summary else _tables(shown, target.image, room)), *end]


def _origin(target: Target) -> list[str]:
    """What is known of the base of the image, and of what is attached to it."""
    lines = []
    if target.image.base is not None:
        lines += [_cell(base_text(target.image.base, len(target.image.layers))), ""]
    if target.attached is not None:
        lines += [_cell(" · ".join(attached_parts(target.attached))), ""]
    return lines


def _list(title: str, diagnostics: Sequence[Diagnostic]) -> list[str]:
    if not diagnostics:
        return []
    lines = [title, "", *(f"- {_cell(_said(one))}" for one in diagnostics[:_MOST_GAPS])]
    more = len(diagnostics) - _MOST_GAPS
    return [*lines, *([f"- and {more:,} more"] if more > 0 else []), ""]


def _said(one: Diagnostic) -> str:
    return f"{one.message} ({one.where})" if one.where else one.message


def _issues(target: Target, view: View) -> list[str]:
    """What checks found, the most severe first; nothing where none were run."""
    if not target.checks:
        return []
    counting = [one for one in target.issues if one.counts]
    lines = [f"**{counted(len(counting), 'issue')}** ({', '.join(target.checks)})", ""]
    if not counting or view.summary:
        return lines
    entries = sorted(_entries(counting, target.image), key=lambda one: -SEVERITY_ORDER.index(one[1]))
    lines += ["| check | severity | where | what |", "|---|---|---|---|"]
    for id, severity, place, what in entries[:_MOST_GAPS]:
        lines.append(f"| {' | '.join(map(_cell, (id, label_text(severity), place, what)))} |")
    return [*lines, "", *([f"and {len(entries) - _MOST_GAPS:,} more", ""] if len(entries) > _MOST_GAPS else [])]


def _entries(issues: Sequence[Issue], image: Image) -> Iterator[tuple[str, SeverityLabel, str, str]]:
    """What is wrong, how severe, where, and in words: of a license that several packages are under, how many."""
    under = Counter(one.id for one in issues if one.kind == "license")
    for one in issues:
        count = under.pop(one.id, 0) if one.kind == "license" else 1
        if count == 1:
            place = ", ".join(filter(None, (issue_place(one), issue_line(one, image))))
            yield one.id, one.severity, place, issue_said(one)
        elif count:
            yield one.id, one.severity, f"{count:,} places", one.title


def _tables(rows: Sequence[Row], image: Image, budget: int) -> list[str]:
    """What can be fixed, and below it, folded where that is long, what cannot."""
    fixed = [row for row in rows if row.fixed_version]
    others = [row for row in rows if not row.fixed_version]
    if not fixed or len(others) <= _MOST_OPEN:
        return _table([*fixed, *others], image, budget)
    first = _table(fixed, image, budget)
    summary = f"<details><summary>{len(others):,} without a fix</summary>"
    left = budget - sum(len(line) + 1 for line in first) - len(summary) - len("</details>") - 4
    return [*first, summary, "", *_table(others, image, left), "</details>", ""]


def _table(rows: Sequence[Row], image: Image, budget: int) -> list[str]:
    """As many rows as there is room for, and how many there are no more; with lines of the Dockerfile, and what is in
    use, where these are known."""
    if not rows:
        return []
    used = any(row.in_use is not None for row in rows)
    head = ["vulnerability", "severity", "package", "fixed in"]
    head += [*(["in use"] if used else []), *(["introduced by"] if image.dockerfile else [])]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    left = budget - 200
    for number, row in enumerate(rows):
        finding = row.finding
        cells = [finding.id, label_text(finding.severity.label), package_text(finding), row.fixed_version]
        cells += [use_word(row)] if used else []
        cells += [", ".join(lines_of(row, image))] if image.dockerfile else []
        line = f"| {' | '.join(map(_cell, cells))} |"
        left -= len(line) + 1
        if left < 0:
            more = f"and {len(rows) - number:,} more"
            return [*lines, "", more, ""] if number else [more, ""]
        lines.append(line)
    return [*lines, ""]


def _cell(text: str) -> str:
    return escaped(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
