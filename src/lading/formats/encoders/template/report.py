"""A report by a template of the user's, in Jinja2 (https://jinja.palletsprojects.com/en/stable/templates/).

docs/templates.md tells what a template is given.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import TemplateError, TemplateSyntaxError
from markupsafe import Markup

from lading.formats.documents.report import report_json
from lading.formats.encoders.template.sandbox import BoundedEnvironment, BoundError, Bounds
from lading.formats.finding_texts import address, advice, line_text, one_line
from lading.formats.issue_texts import issue_address, issue_line, issue_place, issue_said
from lading.formats.view import View
from lading.model.checks import Issue
from lading.model.decision import Evaluated
from lading.model.errors import FormatError
from lading.model.report import Target
from lading.model.rows import Row, rows_of, suppressed_rows_of

MOST_SOURCE: Final = 262_144
"""Characters of a template."""
_MOST_OUTPUT: Final = 64_000_000
_TEMPLATE: Final = "<template>"
_MARKUP: Final = re.compile(r"\.(?:html?|xml|svg)(?:\.(?:j2|jinja2?|tpl|tmpl))?$", re.IGNORECASE)
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@-])")
_FORMULA: Final = tuple("=+-@")
_DEFECTS: Final = (
    TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError, SyntaxError,
    TypeError, ValueError,
)  # fmt: skip
"""What a template can make happen."""


def encode_template(evaluated: Evaluated, view: View) -> bytes:
    """The text that `view.template` makes of the report. Names that end in .html or .xml have their values escaped.
    Raises FormatError for a template that cannot be read, fails, takes more than 10 seconds of processor time, or
    writes more than 64 MB."""
    name, source = view.template_name, view.template
    if len(source) > MOST_SOURCE:
        raise FormatError(f"{name}: a template has {MOST_SOURCE:,} characters at most")
    environment = BoundedEnvironment(Bounds(), _FILTERS, autoescape=_MARKUP.search(name) is not None)
    context = _context(evaluated, view)
    try:
        text = environment.within_time(lambda: _render(environment, source, context))
    except _DEFECTS as error:
        raise FormatError(f"{name}{_line(error)}: {_said(error)}") from error
    return (text if text.endswith("\n") else text + "\n").encode("utf-8", "backslashreplace")


def _render(environment: BoundedEnvironment, source: str, context: Mapping[str, Any]) -> str:
    template = environment.from_string(source)
    written, size = [], 0
    for piece in template.generate(context):
        size += len(piece)
        if size > _MOST_OUTPUT:
            raise BoundError(f"writes more than {_MOST_OUTPUT:,} characters")
        written.append(piece)
    return "".join(written)


def _context(evaluated: Evaluated, view: View) -> dict[str, Any]:
    """The document of docs/schema/report-2.json, and the rows as people count them, and what checks found."""
    report = _clean(json.loads(report_json(evaluated, view)))
    targets = evaluated.report.targets
    rows = [_row(row, target, suppressed=False) for target in targets for row in rows_of(target.findings)]
    rows += [_row(row, target, suppressed=True) for target in targets for row in suppressed_rows_of(target.findings)]
    issues = [_issue(issue, target) for target in targets for issue in target.issues]
    return {"report": report, "rows": _clean(rows), "issues": _clean(issues), "tool": view.tool}


def _row(row: Row, target: Target, *, suppressed: bool) -> dict[str, Any]:
    finding = row.finding
    package = finding.package
    by = finding.suppressions[0] if suppressed else None
    return {
        "image": target.image.name,
        "id": finding.id,
        "aliases": list(finding.aliases),
        "severity": finding.severity.label,
        "score": finding.severity.score,
        "risk": finding.risk,
        "known_exploited": finding.known_exploited is not None,
        "status": finding.status,
        "section": "suppressed" if by else row.section,
        "hidden_reason": row.hidden_reason,
        "suppressed_by": " ".join(filter(None, (by.source, by.where))) if by else "",
        "suppressed_reason": by.reason if by else "",
        "type": package.type,
        "package": package.source or package.name,
        "packages": sorted({one.package.name for one in row.findings}),
        "version": package.source_version or package.version,
        "fixed_version": row.fixed_version,
        "advice": advice(row),
        "summary": finding.summary,
        "url": address(finding),
        "layer": package.layer,
        "line": line_text(package, target.image),
        "path": package.locations[0].path if package.locations else "",
        "purl": package.purl,
        "fingerprint": finding.fingerprint,
    }


def _issue(issue: Issue, target: Target) -> dict[str, Any]:
    by = issue.suppressions[0] if issue.suppressions else None
    return {
        "image": target.image.name,
        "id": issue.id,
        "kind": issue.kind,
        "severity": issue.severity,
        "title": issue.title,
        "what": issue_said(issue),
        "fix": issue.fix,
        "url": issue_address(issue),
        "place": issue_place(issue),
        "path": issue.path,
        "file_line": issue.line,
        "layer": issue.layer,
        "line": issue_line(issue, target.image),
        "hidden_reason": issue.hidden_reason,
        "suppressed_by": " ".join(filter(None, (by.source, by.where))) if by else "",
        "suppressed_reason": by.reason if by else "",
        "fingerprint": issue.fingerprint,
    }


def _clean(value: Any) -> Any:
    """A value whose texts are lines without control characters, whatever the template does with them."""
    if isinstance(value, str):
        return value if value.isprintable() else one_line(value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(one) for name, one in value.items()}
    return value


def _line(error: BaseException) -> str:
    """Where in the template it happened, as far as that is known."""
    if isinstance(error, TemplateSyntaxError):
        return f": line {error.lineno}"
    number, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _TEMPLATE:
            number = trace.tb_lineno
        trace = trace.tb_next
    return f": line {number}" if number else ""


def _said(error: BaseException) -> str:
    if isinstance(error, MemoryError | RecursionError):
        return "is nested too deeply, or needs too much memory"
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return said if said.isprintable() else "cannot be carried out"


def _csv(value: Any) -> str:
    """A cell, which no program takes for a formula."""
    text = str(value)
    text = f"'{text}" if text.startswith(_FORMULA) else text
    return '"' + text.replace('"', '""') + '"'


def _markdown(value: Any) -> str:
    """A text in which nothing means anything to Markdown."""
    return _MARKDOWN.sub(r"\\\1", str(value))


def _json(value: Any) -> Markup:
    """A value as JSON, which may stand in HTML too."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    for one in "<>&'\u2028\u2029":
        text = text.replace(one, f"\\u{ord(one):04x}")
    return Markup(text)  # noqa: S704


_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "csv": _csv, "markdown": _markdown, "tojson": _json, "json": _json,
}  # fmt: skip
