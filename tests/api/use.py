"""What an embedder writes: type-checked with the project, and run by test_api."""

import lading


def failing(target: str, environment: lading.Environment) -> list[str]:
    """The vulnerabilities for which a pipeline would fail, each with what fixes it."""
    report: lading.Report = lading.scan(target, lading.ScanOptions(platform="linux/amd64"), environment)
    decision: lading.Decision = lading.decide(report, lading.Policy(fail_on="critical", allow_incomplete=True))
    wanted = {occurrence for rule in decision.rules for occurrence in rule.failing}
    rows: list[lading.Row] = lading.rows_of(report.findings)
    return [f"{row.finding.id} {row.fixed_version}" for row in rows if row.finding.occurrence in wanted]


def in_two_steps(target: str, environment: lading.Environment) -> tuple[lading.InventoryResult, lading.Report]:
    """The inventory once, to be matched again whenever there is new data."""
    options = lading.ScanOptions(platform="linux/amd64")
    found: lading.InventoryResult = lading.inventory(target, options, environment)
    packages: tuple[lading.Package, ...] = found.inventory.packages
    assert packages
    return found, lading.match(found, options, environment)


def why(target: str, id: str, environment: lading.Environment) -> list[str]:
    """What was compared."""
    explanation: lading.Explanation = lading.explain(
        target, id, options=lading.ScanOptions(platform="linux/amd64"), environment=environment
    )
    return [f"{one.outcome}: {one.compared}" for one in explanation.reasons]


def message(target: str, environment: lading.Environment) -> str:
    """The one line that says what is wrong."""
    try:
        lading.scan(target, environment=environment)
    except lading.LadingError as error:
        return str(error)
    return ""
