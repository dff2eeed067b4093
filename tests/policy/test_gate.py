"""What a report is held to, and the exit status."""

from functools import partial

import pytest
from msgspec import structs

from lading.model.decision import RuleResult
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding
from lading.model.package import UnmanagedFile
from lading.model.report import Report
from lading.policy import gate
from lading.policy.fail_on import FailOn
from lading.policy.policy import Policy
from tests.samples import (
    DAY,
    DEBIAN_12,
    IMAGE,
    FakeStore,
    deb,
    inventory,
    open_vulnerability,
    rated,
    report_on,
    shop,
    shop_store,
)

decide = partial(gate.decide, today=DAY)
SHOP = report_on(IMAGE, shop(), (), shop_store())


def occurrence(id: str) -> str:
    """Of the finding that speaks for a row."""
    return next(one.occurrence for one in SHOP.findings if one.id == id)


CURL, OPENSSL = occurrence("CVE-2023-38545"), occurrence("CVE-2023-5363")
LOW = (CURL, OPENSSL, occurrence("CVE-2023-3817"), occurrence("CVE-2005-2541"), occurrence("CVE-2016-2781"))


@pytest.mark.parametrize(
    ("fail_on", "failing", "hidden", "unrated"),
    [
        ("critical", {CURL}, 0, 2),
        ("high", {CURL, OPENSSL}, 0, 2),
        ("medium", {CURL, OPENSSL}, 0, 2),
        ("low", set(LOW), 1, 2),
        ("negligible", {*LOW, occurrence("CVE-2018-5709")}, 2, 2),
        (
            "any",
            {*LOW, *map(occurrence, ("CVE-2018-5709", "CVE-2023-45853", "CVE-2024-13176"))},
            3,
            0,
        ),
    ],
)
def test_rows_are_counted_once_hidden_or_not_but_without_kernel_headers(
    fail_on: FailOn, failing: set[str], hidden: int, unrated: int
) -> None:
    decision = decide(SHOP, Policy(fail_on))
    (rule,) = decision.rules
    assert (rule.rule, set(rule.failing), len(rule.failing)) == (f"--fail-on {fail_on}", failing, len(failing))
    assert (rule.hidden, rule.unrated) == (hidden, unrated)
    assert decision.exit_status == 1
    assert decide(SHOP, Policy(fail_on, allow_incomplete=True)).exit_status == 1


def one_vulnerability(label: str) -> Report:
    vulnerabilities = {DEBIAN_12: (open_vulnerability("CVE-1-1", "tar", rated(label)),), "kev": ()}
    return report_on(IMAGE, inventory(deb("tar", "1")), (), FakeStore(vulnerabilities))


def test_a_gate_that_cannot_be_applied_is_incomplete() -> None:
    report = one_vulnerability("unknown")
    decision = decide(report, Policy("high"))
    assert decision.rules == (RuleResult("--fail-on high", unrated=1),)
    assert decision.diagnostics == (
        Diagnostic(
            "incomplete",
            "severity-unknown",
            "1 vulnerability has no severity, so --fail-on high cannot be applied to it; --fail-on any counts it",
        ),
    )
    assert decision.exit_status == 3
    assert decide(report, Policy("high", allow_incomplete=True)).exit_status == 0


def test_findings_below_the_threshold_pass() -> None:
    decision = decide(one_vulnerability("medium"), Policy("high"))
    assert (decision.rules, decision.exit_status) == ((RuleResult("--fail-on high"),), 0)


def test_findings_without_a_rule_exit_with_0() -> None:
    decision = decide(SHOP, Policy())
    assert (decision.rules, decision.failed, decision.exit_status) == ((), False, 0)


def with_unmanaged(report: Report) -> Report:
    (target,) = report.targets
    return structs.replace(
        report, targets=(structs.replace(target, unmanaged=(UnmanagedFile("opt/tool", 1, "ELF executable"),)),)
    )


@pytest.mark.parametrize(
    ("policy", "rules", "status"),
    [
        (Policy(None, fail_on_unmanaged=True), [("--fail-on-unmanaged", 0, 1)], 1),
        (Policy("high", fail_on_unmanaged=True), [("--fail-on high", 0, 0), ("--fail-on-unmanaged", 0, 1)], 1),
        (Policy("high"), [("--fail-on high", 0, 0)], 3),
        (Policy("high", allow_kinds=("programs",)), [("--fail-on high", 0, 0)], 0),
        (Policy("low", fail_on_unmanaged=True), [("--fail-on low", 1, 0), ("--fail-on-unmanaged", 0, 1)], 1),
    ],
)
def test_unmanaged_files_fail_only_when_asked(policy: Policy, rules: list[tuple[str, int, int]], status: int) -> None:
    decision = decide(with_unmanaged(one_vulnerability("low")), policy)
    assert [(one.rule, len(one.failing), one.unmanaged) for one in decision.rules] == rules
    assert decision.exit_status == status


@pytest.mark.parametrize("turned", [False, True])
def test_a_row_is_held_to_its_worst_binary(turned: bool) -> None:
    """Two binaries of one source, critical and low, fail a gate on high whatever their order."""
    report = one_vulnerability("low")
    (target,) = report.targets
    (mild,) = target.findings
    worse: Finding = structs.replace(
        mild, package=deb("tar-scripts", "1", source="tar"), severity=rated("critical", "nvd", 9.8)
    )
    findings = (worse, mild) if turned else (mild, worse)
    report = structs.replace(report, targets=(structs.replace(target, findings=findings),))
    assert [rule.failing for rule in decide(report, Policy("high")).rules] == [(worse.occurrence,)]
