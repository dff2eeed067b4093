"""`--fail-on` and the exit status."""

import pytest
from msgspec import structs

from lading.engine.judge import judge
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Gate, Report
from lading.model.package import Unknown
from lading.policy.gate import FailOn, exit_status, with_gate
from tests.samples import DEBIAN_12, IMAGE, FakeStore, deb, inventory, open_flaw, rated, shop, shop_store

SHOP = judge(IMAGE, shop(), (), shop_store())


@pytest.mark.parametrize(
    ("fail_on", "gate"),
    [
        ("critical", Gate("critical", failing=1, unrated=2)),
        ("high", Gate("high", failing=2, unrated=2)),
        ("medium", Gate("medium", failing=2, unrated=2)),
        ("low", Gate("low", failing=5, folded=1, unrated=2)),
        ("negligible", Gate("negligible", failing=6, folded=2, unrated=2)),
        ("any", Gate("any", failing=8, folded=3)),
    ],
)
def test_rows_are_counted_once_folded_or_not_but_without_kernel_headers(fail_on: FailOn, gate: Gate) -> None:
    report = with_gate(SHOP, fail_on)
    assert report.gate == gate
    assert exit_status(report, allow_incomplete=False) == 1
    assert exit_status(report, allow_incomplete=True) == 1


def one_flaw(label: str) -> Report:
    flaws = {DEBIAN_12: (open_flaw("CVE-1-1", "tar", rated(label)),), "kev": ()}
    return judge(IMAGE, inventory(deb("tar", "1")), (), FakeStore(flaws))


def test_a_gate_that_cannot_judge_is_incomplete() -> None:
    report = with_gate(one_flaw("unknown"), "high")
    assert report.gate == Gate("high", unrated=1)
    assert report.diagnostics == (
        Diagnostic(
            "incomplete",
            "severity-unknown",
            "1 flaw carries no severity, so --fail-on high cannot judge it; --fail-on any counts it",
        ),
    )
    assert exit_status(report, allow_incomplete=False) == 3
    assert exit_status(report, allow_incomplete=True) == 0


def test_findings_below_the_threshold_pass() -> None:
    report = with_gate(one_flaw("medium"), "high")
    assert report.gate == Gate("high")
    assert exit_status(report, allow_incomplete=False) == 0


def test_findings_without_a_gate_exit_with_0() -> None:
    assert exit_status(SHOP, allow_incomplete=False) == 0


UNKNOWN = structs.replace(one_flaw("low"), unknowns=(Unknown("opt/tool", 1, "ELF executable"),))


@pytest.mark.parametrize(
    ("fail_on", "fail_on_unknown", "gate", "status"),
    [
        (None, True, Gate("", unknowns=1), 1),
        ("high", True, Gate("high", unknowns=1), 1),
        ("high", False, Gate("high"), 0),
        ("low", True, Gate("low", failing=1, unknowns=1), 1),
    ],
)
def test_unknown_programs_fail_only_when_asked(
    fail_on: FailOn | None, fail_on_unknown: bool, gate: Gate, status: int
) -> None:
    report = with_gate(UNKNOWN, fail_on, fail_on_unknown=fail_on_unknown)
    assert report.gate == gate
    assert exit_status(report, allow_incomplete=False) == status
