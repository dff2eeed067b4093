"""`--fail-on` and the exit status."""

import pytest
from msgspec import structs

from lading.match.inventory import match
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Gate, Report
from lading.model.package import UnmanagedFile
from lading.policy.gate import FailOn, exit_status, with_gate
from tests.samples import DEBIAN_12, IMAGE, FakeStore, deb, inventory, open_vulnerability, rated, shop, shop_store

SHOP = match(IMAGE, shop(), (), shop_store())


@pytest.mark.parametrize(
    ("fail_on", "gate"),
    [
        ("critical", Gate("critical", failing=1, unrated=2)),
        ("high", Gate("high", failing=2, unrated=2)),
        ("medium", Gate("medium", failing=2, unrated=2)),
        ("low", Gate("low", failing=5, hidden=1, unrated=2)),
        ("negligible", Gate("negligible", failing=6, hidden=2, unrated=2)),
        ("any", Gate("any", failing=8, hidden=3)),
    ],
)
def test_rows_are_counted_once_hidden_or_not_but_without_kernel_headers(fail_on: FailOn, gate: Gate) -> None:
    report = with_gate(SHOP, fail_on)
    assert report.gate == gate
    assert exit_status(report, allow_incomplete=False) == 1
    assert exit_status(report, allow_incomplete=True) == 1


def one_vulnerability(label: str) -> Report:
    vulnerabilities = {DEBIAN_12: (open_vulnerability("CVE-1-1", "tar", rated(label)),), "kev": ()}
    return match(IMAGE, inventory(deb("tar", "1")), (), FakeStore(vulnerabilities))


def test_a_gate_that_cannot_match_is_incomplete() -> None:
    report = with_gate(one_vulnerability("unknown"), "high")
    assert report.gate == Gate("high", unrated=1)
    assert report.diagnostics == (
        Diagnostic(
            "incomplete",
            "severity-unknown",
            "1 vulnerability carries no severity, so --fail-on high cannot match it; --fail-on any counts it",
        ),
    )
    assert exit_status(report, allow_incomplete=False) == 3
    assert exit_status(report, allow_incomplete=True) == 0


def test_findings_below_the_threshold_pass() -> None:
    report = with_gate(one_vulnerability("medium"), "high")
    assert report.gate == Gate("high")
    assert exit_status(report, allow_incomplete=False) == 0


def test_findings_without_a_gate_exit_with_0() -> None:
    assert exit_status(SHOP, allow_incomplete=False) == 0


UNKNOWN = structs.replace(one_vulnerability("low"), unmanaged=(UnmanagedFile("opt/tool", 1, "ELF executable"),))


@pytest.mark.parametrize(
    ("fail_on", "fail_on_unmanaged", "gate", "status"),
    [
        (None, True, Gate("", unmanaged=1), 1),
        ("high", True, Gate("high", unmanaged=1), 1),
        ("high", False, Gate("high"), 0),
        ("low", True, Gate("low", failing=1, unmanaged=1), 1),
    ],
)
def test_unknown_programs_fail_only_when_asked(
    fail_on: FailOn | None, fail_on_unmanaged: bool, gate: Gate, status: int
) -> None:
    report = with_gate(UNKNOWN, fail_on, fail_on_unmanaged=fail_on_unmanaged)
    assert report.gate == gate
    assert exit_status(report, allow_incomplete=False) == status
