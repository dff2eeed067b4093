"""In what two results differ, for people."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from lading.formats.encoders.text.canvas import STYLES, Canvas, severity_text
from lading.formats.encoders.text.footer import add_diagnostics
from lading.formats.encoders.text.text import counted, flow, printable, sentence, short_digest, wrap
from lading.formats.issue_texts import issue_place, issue_said
from lading.formats.view import View
from lading.model.changes import (
    EvaluatedChanges,
    FieldChange,
    PackageChange,
    PackageChangeKind,
    ResultChanges,
    ResultSide,
    RowChange,
    RowChangeKind,
)
from lading.model.decision import INCOMPLETE, RuleResult

_TITLES: Final[dict[RowChangeKind, tuple[str, str]]] = {
    "introduced": ("Introduced", "bold red"),
    "fixed": ("Fixed", "bold green"),
    "lost": ("Can no longer be told", "bold yellow"),
    "changed": ("Changed", "bold"),
}
_MARKS: Final[dict[PackageChangeKind, tuple[str, str]]] = {
    "added": ("+", "green"), "removed": ("-", "red"), "upgraded": ("↑", ""), "downgraded": ("↓", "yellow"),
    "changed": ("~", ""),
}  # fmt: skip
_MOST: Final = 20


def encode_changes_table(evaluated: EvaluatedChanges, view: View) -> bytes:
    """Both sides, the counts by kind and cause, then every row with its cause; of many packages only the first ones,
    unless all are to be shown."""
    changes = evaluated.changes
    canvas = Canvas(view.width, colour=view.colour)
    for word, side in (("old", changes.old), ("new", changes.new)):
        _add_side(canvas, word, side)
    canvas.add()
    _add_counts(canvas, changes)
    for kind, (title, _) in _TITLES.items():
        rows = changes.of_kind(kind)
        if rows:
            canvas.heading(title, counted(len(rows), "vulnerability"))
            _add_rows(canvas, rows)
    _add_issues(canvas, changes)
    _add_packages(canvas, changes.packages, show_all=view.show_all)
    if changes.new_gaps:
        canvas.heading("Only the new one could not look at or match", counted(len(changes.new_gaps), "gap"))
        for gap in changes.new_gaps:
            _add_text(canvas, f"{gap.message}{f' ({gap.where})' if gap.where else ''}", "yellow")
    add_diagnostics(canvas, evaluated.decision.diagnostics)
    _add_decision(canvas, evaluated)
    return canvas.render()


PARTIAL: Final = "not all of it read and matched"


def _add_side(canvas: Canvas, word: str, side: ResultSide) -> None:
    distribution = side.distribution
    facts = [
        printable(distribution.pretty or distribution.id) if distribution else "unknown distribution",
        counted(side.packages, "package"),
        counted(side.rows, "vulnerability"),
        PARTIAL if side.partial else "",
        short_digest(side.image.digest or side.image.config_digest),
        f"data {short_digest(side.database)}" if side.database else "",
        printable(side.tool),
    ]
    canvas.add((f"{word}  ", "dim"), (printable(side.name), "bold"))
    for line in flow([fact for fact in facts if fact], " · ", canvas.width - 5):
        canvas.add((f"     {line}", "dim"))


def _add_counts(canvas: Canvas, changes: ResultChanges) -> None:
    """How many of each kind, by cause."""
    rows = []
    styles = []
    for kind, (title, style) in _TITLES.items():
        causes = Counter(one.cause for one in changes.of_kind(kind))
        if causes:
            by = ", ".join(f"{count:,} by the {cause}" for cause, count in sorted(causes.items()))
            rows.append((f"{causes.total():,}", title.lower(), by))
            styles.append((style, "", "dim"))
    rows.append((f"{changes.same:,}", "the same", ""))
    styles.append(("", "", ""))
    canvas.table(rows, styles, right=(0,))


def _add_rows(canvas: Canvas, rows: Sequence[RowChange]) -> None:
    """The rows with what they have in common below them: one cause may stand for many."""
    alike: dict[str, list[RowChange]] = defaultdict(list)
    for one in rows:
        moved = [_moved(field) for field in one.fields if field.field not in _TOLD]
        alike["; ".join([f"{one.cause}: {one.why}", *moved])].append(one)
    for said, members in alike.items():
        styles = [("bold", "", STYLES[one.finding.severity.label], "dim") for one in members]
        canvas.table([_cells(one) for one in members], styles)
        _add_text(canvas, said, "dim", indent="    ")


_TOLD: Final = ("version", "suppressed")
"""What the cause tells by itself."""


def _moved(field: FieldChange) -> str:
    return f"{field.field.replace('_', ' ')} {field.old or 'none'} → {field.new or 'none'}"


def _cells(change: RowChange) -> tuple[str, str, str, str]:
    finding = change.finding
    name = finding.package.source or finding.package.name
    is_there = change.kind in ("introduced", "changed")
    versions = ", ".join(change.new_versions if is_there else change.old_versions)
    remarks = [f"fixed in {finding.fixed_version}"] if is_there and finding.fixed_version else []
    remarks += ["hidden by default"] if finding.hidden_reason else []
    said = (finding.id, f"{name} {versions}".rstrip(), severity_text(finding.severity), ", ".join(remarks))
    return printable(said[0]), printable(said[1]), printable(said[2]), printable(said[3])


def _add_issues(canvas: Canvas, changes: ResultChanges) -> None:
    """What checks found, with its cause; nothing where both found nothing, or one was not checked."""
    if not changes.issues and not changes.same_issues:
        return
    kinds = Counter(one.kind for one in changes.issues)
    counts = [f"{kinds[kind]:,} {title.lower()}" for kind, (title, _) in _TITLES.items() if kinds[kind]]
    canvas.heading("Checks", ", ".join([*counts, f"{changes.same_issues:,} the same"]))
    for one in changes.issues:
        issue, (title, style) = one.issue, _TITLES[one.kind]
        said = f"  {printable(issue_place(issue))}  {sentence(printable(issue_said(issue)))}"
        canvas.add((title.lower(), style), "  ", (issue.severity, STYLES[issue.severity]), f"  {issue.id}", said)
        moved = "; ".join([f"{one.cause}: {one.why}", *map(_moved, one.fields)])
        _add_text(canvas, moved, "dim", indent="    ")


def _add_packages(canvas: Canvas, packages: Sequence[PackageChange], *, show_all: bool) -> None:
    if not packages:
        return
    kinds = Counter(one.kind for one in packages)
    canvas.heading("Packages", ", ".join(f"{kinds[kind]:,} {kind}" for kind in _MARKS if kinds[kind]))
    shown = packages if show_all else packages[:_MOST]
    for one in shown:
        mark, style = _MARKS[one.kind]
        versions = " → ".join(filter(None, (", ".join(one.old_versions), ", ".join(one.new_versions))))
        origin = " (base image)" if one.origin == "base" else ""
        canvas.add((mark, style), f" {printable(f'{one.type} {one.name} {versions}')}", (origin, "dim"))
    if len(shown) < len(packages):
        canvas.add((f"and {len(packages) - len(shown):,} more (--all)", "dim"))


def failing_text(rule: RuleResult, changes: ResultChanges) -> str:
    """What fails a rule: `2 vulnerabilities, 1 issue`."""
    issues = sum(one.issue.occurrence in rule.failing for one in changes.issues)
    parts = [(len(rule.failing) - issues, "vulnerability"), (issues, "issue")]
    return ", ".join(counted(number, noun) for number, noun in parts if number)


def _add_decision(canvas: Canvas, evaluated: EvaluatedChanges) -> None:
    decision = evaluated.decision
    if not decision.rules:
        return
    canvas.heading("Result")
    for rule in decision.rules:
        if rule.failing:
            canvas.add((f"{rule.rule}: failed by {failing_text(rule, evaluated.changes)}.", "bold red"))
        else:
            passed = "passed as far as it could be applied" if rule.unrated else "passed"
            canvas.add((f"{rule.rule}: {passed}.", "yellow" if rule.unrated else "green"))
    if decision.exit_status == INCOMPLETE:
        text = "Exit 3: the new result has gaps that the old one has not; --allow-incomplete makes that 0."
        _add_text(canvas, text, "bold yellow")


def _add_text(canvas: Canvas, text: str, style: str, indent: str = "") -> None:
    for line in wrap(sentence(text), canvas.width - len(indent)):
        canvas.add(indent, (line, style))
