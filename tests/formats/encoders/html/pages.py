"""Reports for pages: small, of many findings, of none, incomplete, and of hostile texts."""

from msgspec import structs

from lading.formats.encoders.html.report import encode_report_html
from lading.formats.view import View
from lading.model.advisory import Severity
from lading.model.decision import Decision, Evaluated, RuleResult
from lading.model.finding import Finding, Suppression
from lading.model.image import Base
from lading.model.report import Report
from tests.samples import IMAGE, deb, report_on, shop, shop_store

HOSTILE = '<img src=x onerror="document.title=1">\x1b[31m\u202e</script><script>document.title=1</script>\udcff'
LEVELS = ("critical", "high", "medium", "low", "negligible", "unknown")


def small() -> Report:
    """The shop: two layers, the first of them the base."""
    image = structs.replace(IMAGE, base=Base(1, "docker.io/library/debian:12", "named", ""))
    return report_on(image, shop(), (), shop_store())


def with_findings(*findings: Finding) -> Report:
    """A report of these findings alone."""
    (target,) = small().targets
    packages = {finding.package.id: finding.package for finding in findings}
    changed = structs.replace(target, findings=findings, packages=tuple(packages.values()))
    return structs.replace(small(), targets=(changed,))


def many(count: int) -> Report:
    """A report of so many rows."""
    pattern = next(one for one in small().findings if one.is_open)
    made = (
        structs.replace(
            pattern,
            id=f"CVE-2024-{number:05}",
            package=deb(f"package-{number % 400}", f"1.{number % 7}", layer=1 + number % 2),
            severity=Severity(LEVELS[number % 6], "debian"),  # type: ignore[arg-type]
            summary=f"A fault number {number} in how the program reads what it is given.",
            risk=float(number % 101),
            fixed_version="2.0" if number % 3 else "",
            fix_state="fixed" if number % 3 else "not_fixed",
            hidden_reason="",
        )
        for number in range(count)
    )
    return with_findings(*made)


def hostile() -> Report:
    """A report whose every text is an attempt."""
    pattern = next(one for one in small().findings if one.is_open)
    by = Suppression("ignore", HOSTILE, HOSTILE, HOSTILE)
    package = structs.replace(pattern.package, name=HOSTILE, version=HOSTILE, source=HOSTILE)
    bad = structs.replace(
        pattern,
        id=HOSTILE,
        package=package,
        summary=HOSTILE,
        url="javascript:document.title=1",
        note=HOSTILE,
        hidden_reason="",
    )
    report = with_findings(bad, structs.replace(bad, id="CVE-2024-1", suppressions=(by,)))
    (target,) = report.targets
    return structs.replace(
        report, targets=(structs.replace(target, image=structs.replace(target.image, name=HOSTILE)),)
    )


def page(report: Report, decision: Decision | None = None) -> bytes:
    """The page of a report."""
    return b"".join(encode_report_html(Evaluated(report, decision or Decision(incomplete=report.incomplete)), View()))


def failing(report: Report) -> Decision:
    """A decision that every open finding fails."""
    occurrences = tuple(one.occurrence for one in report.findings if one.is_open)
    return Decision(rules=(RuleResult("--fail-on high", failing=occurrences, message="Upgrade first."),))
