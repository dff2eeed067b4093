"""What a result says of the rules of a benchmark."""

from collections import Counter
from typing import Final

from lading.formats.encoders.text.canvas import Canvas
from lading.formats.encoders.text.markdown import escaped
from lading.formats.encoders.text.text import counted, listed, printable
from lading.model.compliance import Benchmark, ComplianceStatus, ControlResult, compliance_of
from lading.model.report import Target

_STYLES: Final[dict[ComplianceStatus, str]] = {"passed": "green", "failed": "bold red", "not checked": "dim"}
_WIDTH: Final = 80


def add_compliance(canvas: Canvas, target: Target, benchmark: Benchmark) -> None:
    """A section with a line for each rule."""
    results = compliance_of(target, benchmark)
    count = Counter(one.status for one in results)
    canvas.heading(benchmark.title, ", ".join(f"{count[status]} {status}" for status in _STYLES if count[status]))
    canvas.table(
        [(one.control.id.rpartition(" ")[2], one.status, one.control.title, _why(one)) for one in results],
        [("bold", _STYLES[one.status], "", "dim") for one in results],
    )


def compliance_lines(target: Target, benchmark: Benchmark) -> list[str]:
    """The same as a table in Markdown."""
    lines = [f"**{escaped(benchmark.title)}**", "", "| rule | status | what it asks | broken by |", "|---|---|---|---|"]
    for one in compliance_of(target, benchmark):
        cells = (one.control.id, one.status, one.control.title, _why(one))
        lines.append(f"| {' | '.join(map(escaped, cells))} |")
    return [*lines, ""]


def _why(result: ControlResult) -> str:
    if result.control.by == "nobody":
        return "nothing in an image tells"
    checks = Counter(issue.id for issue in result.issues)
    parts = [f"{counted(result.vulnerabilities, 'vulnerability')} with a fix"] if result.vulnerabilities else []
    parts += [f"{printable(id)}{f' ({number:,})' if number > 1 else ''}" for id, number in checks.most_common()]
    return listed(parts, _WIDTH) if parts else ""
