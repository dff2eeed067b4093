"""How to accept what fails, or is a gap, for a reason: an entry that can be pasted into a policy as it is."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.text import counted, listed, wrap
from lading.model.checks import Issue
from lading.model.decision import INCOMPLETE, Decision, EntryTerms
from lading.model.finding import Finding
from lading.model.report import Report
from lading.safeio.toml_text import quoted

_DAYS: Final = 90
"""So long an entry holds, where the policy lets it."""
_HOW: Final = "To accept that for a reason, put such an entry into lading.toml (or a file that --policy names)"
_REASON: Final = "say why"
_OWNER: Final = "say who answers for it"
_ORGANISATION: Final = "Only the organisation's policy can ignore that, or leave an exception."
_BASELINE: Final = (
    "lading scan -o json=baseline.json keeps what is there now, and --baseline baseline.json then fails on what is new"
)


def add_acceptance(canvas: Canvas, report: Report, decision: Decision, findings: Mapping[str, Finding | Issue]) -> None:
    """An entry for the first that fails or is a gap, as the policy asks for it, and what helps with the others;
    `findings` has those that fail by their occurrence IDs."""
    failed = [rule for rule in decision.rules if rule.failed]
    failing = list(dict.fromkeys(one for rule in failed if not rule.locked for one in rule.failing))
    files = [file for target in report.targets for file in target.unmanaged]
    open_gap = next((gap for gap in decision.gaps if gap.code != "severity-unknown"), None)
    if failing:
        table, keys = "ignore", _keys_of(findings[failing[0]])
    elif files and any(rule.unmanaged for rule in failed):
        table, keys = "ignore", {"unmanaged": files[0].path}
    elif decision.exit_status == INCOMPLETE and open_gap is not None:
        table = "accept"
        keys = {"code": open_gap.code} | ({"where": open_gap.where} if open_gap.where else {})
    else:
        if any(rule.locked for rule in failed):
            canvas.add(_ORGANISATION)
        return
    terms = decision.terms
    if terms.lock and (table == "accept" or not terms.exceptions):
        canvas.add(_ORGANISATION)
        return
    _add_entry(canvas, table, keys, terms, decision.day)
    issues = {one for one in failing if isinstance(findings[one], Issue)}
    rows = {one.row for one in map(findings.__getitem__, failing) if isinstance(one, Finding)}
    if len(rows) + len(issues) > 1 and not terms.lock:
        noun = "more vulnerability" if not issues else "more finding"
        text = f"{counted(len(rows) + len(issues) - 1, noun)} to be accepted likewise, or all at once: {_BASELINE}."
        for line in wrap(text, canvas.width):
            canvas.add((line, "dim"))


def _keys_of(failing: Finding | Issue) -> dict[str, str]:
    if isinstance(failing, Finding):
        return {"vulnerability": failing.id, "package": failing.package.source or failing.package.name}
    return {"check": failing.id} | ({"path": failing.path} if failing.path else {"fingerprint": failing.fingerprint})


def _add_entry(canvas: Canvas, table: str, keys: Mapping[str, str], terms: EntryTerms, day: str) -> None:
    canvas.add()
    left = f", by what the organisation leaves ({listed(terms.exceptions, canvas.width)})" if terms.lock else ""
    for line in wrap(f"{_HOW}{left}:", canvas.width):
        canvas.add((line, "dim"))
    exception = {"exception": terms.exceptions[0]} if terms.lock else {}
    for line in _lines(table, {**exception, **keys}, terms, day):
        canvas.add(f"  {line}")


def _lines(table: str, keys: Mapping[str, str], terms: EntryTerms, day: str) -> Iterator[str]:
    yield f"[[{table}]]"
    for key, value in keys.items():
        yield f"{key} = {quoted(value)}"
    yield f"reason = {quoted(_REASON)}"
    if "owner" in terms.required:
        yield f"owner = {quoted(_OWNER)}"
    if day:
        yield f"expires = {date.fromisoformat(day) + timedelta(days=min(_DAYS, terms.longest or _DAYS))}"
