"""What checks found, check by check: what is wrong, where, and what to do."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from lading.formats.encoders.text.canvas import STYLES, Canvas
from lading.formats.encoders.text.layers import layer_name
from lading.formats.encoders.text.licenses import add_license, packages_by_id
from lading.formats.encoders.text.selection import label_text
from lading.formats.encoders.text.text import counted, printable, sentence, shorten, wrap
from lading.formats.issue_texts import issue_line, issue_place
from lading.formats.view import Selection
from lading.model.advisory import SEVERITY_ORDER
from lading.model.checks import Issue, IssueHidden, IssueKind
from lading.model.image import Image
from lading.model.report import Target

_TITLES: Final[dict[IssueKind, str]] = {
    "misconfiguration": "Configuration",
    "secret": "Secrets",
    "license": "Licenses",
    "malware": "Malicious content",
}
_HIDDEN: Final[dict[IssueHidden, str]] = {
    "example": "as examples of documentation",
    "shipped": "as packages ship them",
    "allowed": "as files of rules allow them",
}
_MOST: Final = 10
"""So many places of one check are listed unless all are asked for."""
_LONGEST: Final = 160


def add_issues(canvas: Canvas, target: Target, only: Selection, *, show_all: bool, short: bool) -> None:
    """A section for each kind of issue, what is hidden or suppressed counted; nothing where no checks were run."""
    if not target.checks:
        return
    issues = [issue for issue in target.issues if not issue.suppressions and _is_selected(issue, only)]
    for kind, title in _TITLES.items():
        members = [issue for issue in issues if issue.kind == kind]
        listed = members if show_all else [issue for issue in members if not issue.hidden_reason]
        if listed:
            canvas.heading(title, counted(len(listed), "issue"))
            if not short:
                _add_checks(canvas, target, listed, show_all=show_all)
            else:
                canvas.flow(_counts(listed), "   ")
    _add_hidden(canvas, issues, target, show_all=show_all)


def issues_text(target: Target) -> str:
    """What checks came to, as one sentence; empty where none were run."""
    if not target.checks:
        return ""
    families = ", ".join(target.checks)
    counting = [issue for issue in target.issues if issue.counts]
    if not counting:
        suppressed = sum(bool(issue.suppressions) for issue in target.issues)
        left = f", {suppressed:,} suppressed" if suppressed else ""
        return f"Checks ({families}): nothing found{left}."
    count = Counter(issue.severity for issue in counting)
    parts = [f"{count[label]:,} {label_text(label)}" for label in reversed(SEVERITY_ORDER) if count[label]]
    return f"Checks ({families}): {counted(len(counting), 'issue')}, {', '.join(parts)}."


def place_text(issue: Issue) -> str:
    """Where an issue is, fit for a terminal: `/etc/ssh/sshd_config:32`, an instruction."""
    return printable(issue_place(issue))


def _add_checks(canvas: Canvas, target: Target, issues: Sequence[Issue], *, show_all: bool) -> None:
    packages = packages_by_id(target.packages) if issues[0].kind == "license" else {}
    by_check: defaultdict[str, list[Issue]] = defaultdict(list)
    for issue in issues:
        by_check[issue.id].append(issue)
    checks = sorted(by_check.values(), key=_pressing)
    for number, members in enumerate(checks):
        first = members[0]
        if number:
            canvas.add()
        if first.kind == "license":
            add_license(canvas, packages, members, show_all=show_all)
            is_said = number + 1 < len(checks) and checks[number + 1][0].fix == first.fix
            _add_fix(canvas, "" if is_said else first.fix)
            continue
        worst = max((one.severity for one in members), key=SEVERITY_ORDER.index)
        canvas.add((label_text(worst).upper(), STYLES[worst]), "  ", (printable(first.title), "bold"), f"  {first.id}")
        shown = members if show_all else members[:_MOST]
        for issue in shown:
            _add_place(canvas, target.image, issue)
        if len(shown) < len(members):
            canvas.add((f"    and {len(members) - len(shown):,} more (--all shows them)", "dim"))
        _add_fix(canvas, first.fix)


def _add_fix(canvas: Canvas, fix: str) -> None:
    for line in wrap(sentence(fix), canvas.width - 4):
        canvas.add((f"    {line}", "green"))


def _add_place(canvas: Canvas, image: Image, issue: Issue) -> None:
    layer = f"layer {layer_name(image, issue.layer)}" if issue.layer and image.source != "rootfs" else ""
    line = printable(issue_line(issue, image))
    gone = f"removed by layer {issue.removed}" if issue.removed else ""
    said = ", ".join(filter(None, (layer, line, gone)))
    hidden = f"hidden: {_HIDDEN[issue.hidden_reason]}" if issue.hidden_reason else ""
    what = ": ".join(filter(None, (sentence(issue.message), sentence(issue.evidence), hidden)))
    head = f"    {shorten(place_text(issue), _LONGEST)}"
    parts = [(head, ""), (shorten(what, _LONGEST), ""), (said, "dim")]
    canvas.flow_below([part for part in parts if part[0]], "  ", "      ")


def _counts(issues: Iterable[Issue]) -> list[tuple[str, str]]:
    count = Counter(issue.severity for issue in issues)
    return [
        (f"{count[label]:,} {label_text(label)}", STYLES[label]) for label in reversed(SEVERITY_ORDER) if count[label]
    ]


def _add_hidden(canvas: Canvas, issues: Sequence[Issue], target: Target, *, show_all: bool) -> None:
    suppressed = sum(bool(issue.suppressions) for issue in target.issues)
    count: Counter[IssueHidden] = Counter(issue.hidden_reason for issue in issues if issue.hidden_reason)
    parts = [] if show_all else [f"{count[reason]:,} {words}" for reason, words in _HIDDEN.items() if count[reason]]
    parts += [f"{suppressed:,} suppressed"] if suppressed else []
    if parts:
        canvas.add()
        canvas.add((f"Not listed: {counted(sum(count.values()) + suppressed, 'issue')}: {', '.join(parts)}", "dim"))


def _is_selected(issue: Issue, only: Selection) -> bool:
    """Whether a view asks for it; what is about packages asks for no issue."""
    return (
        not only.packages
        and not only.fixable
        and (not only.severities or issue.severity in only.severities)
        and (not only.layers or issue.layer in only.layers)
    )


def _pressing(issues: Sequence[Issue]) -> tuple[int, str]:
    return -max(SEVERITY_ORDER.index(one.severity) for one in issues), issues[0].id
