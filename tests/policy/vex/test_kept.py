"""VEX documents applied to results that were kept: to one that knows of none as in a scan, to others beside what was
applied before; and what an organisation's lock leaves of them."""

import json
from collections.abc import Sequence
from datetime import date

import pytest
from msgspec import structs

from lading.engine.vex.gather import NamedVex
from lading.engine.vex.stated import NamedStatements
from lading.engine.vex.trust import RawVex
from lading.model.finding import Finding
from lading.model.report import Report
from lading.policy.baseline import Baseline
from lading.policy.gate import evaluate
from lading.policy.policy import Policy
from tests.policy.vex.test_cases import CASES, Case
from tests.policy.vex.world import target_of

DAY = date(2026, 11, 29)
ID = "CVE-2024-0005"
LOCK = "/etc/lading/lading.toml"


def kept() -> Report:
    return Report("lading", (target_of("shop"),))


def document(name: str, status: str, time: str) -> RawVex:
    text = (
        f'{{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/{name}", "author": "{name}",'
        f'"version": 1, "timestamp": "{time}T00:00:00Z", "statements": [{{"vulnerability": {{"name": "{ID}"}},'
        f'"products": [{{"@id": "pkg:npm/lodash"}}], "status": "{status}", "action_statement": "wait",'
        f'"impact_statement": "no code"}}]}}'
    )
    return RawVex(text.encode(), f"{name}.json", named_by="named by --vex", is_alone=True)


def after(*steps: Sequence[RawVex], approved: bool = False) -> Report:
    """A report to which documents are applied one group after the other."""
    report = kept()
    for documents in steps:
        named = NamedVex(tuple(documents), approved=frozenset({"named"} if approved else ()))
        report = NamedStatements(named).suppress(report, DAY).report
    return report


def lodash(report: Report) -> Finding:
    (found,) = (one for one in report.findings if one.id == ID)
    return found


def words(finding: Finding) -> list[tuple[str, str]]:
    return [(one.where.partition(":")[0], one.outcome) for one in finding.vex]


NAMED = [one for one in CASES if all(document.held == "named" for document in one.documents)]


@pytest.mark.parametrize("case", NAMED, ids=[one.name for one in NAMED])
def test_a_kept_result_comes_to_what_a_scan_does(case: Case) -> None:
    documents = tuple(
        RawVex(json.dumps(one.content).encode(), f"{number}.json", named_by="named by --vex", is_alone=True)
        for number, one in enumerate(case.documents)
    )
    report = NamedStatements(NamedVex(documents)).suppress(Report("lading", (target_of(case.world),)), DAY).report
    (target,) = report.targets
    came = {
        f"{one.id} {one.package.name}": "suppressed" if one.suppressions else str(one.status) for one in target.findings
    }
    before = {f"{one.id} {one.package.name}": str(one.status) for one in target_of(case.world).findings}
    assert came == before | case.expect
    assert [one.outcome for one in target.vex] == case.outcomes
    again = NamedStatements(NamedVex(documents)).suppress(report, DAY).report
    assert again == report


def test_the_newest_counts_whenever_it_was_applied() -> None:
    old, new = document("old", "not_affected", "2024-01-01"), document("new", "affected", "2024-02-01")
    first = after([old])
    assert (bool(lodash(first).suppressions), words(lodash(first))) == (True, [("old.json", "applied")])
    for report in (after([old], [new]), after([new], [old]), after([old, new])):
        finding = lodash(report)
        assert (finding.status, finding.suppressions) == ("affected", ())
        assert sorted(words(finding)) == [("new.json", "applied"), ("old.json", "overridden")]
        by = {one.where.partition(":")[0]: one.note for one in finding.vex}
        assert by["old.json"] == "new.json: statement 1 (new, 2024-02-01T00:00:00Z) is newer"
        (target,) = report.targets
        assert {one.where.partition(":")[0]: one.outcome for one in target.vex} == {
            "old.json": "overridden", "new.json": "applied"
        }  # fmt: skip


def test_of_one_time_the_careful_one_counts() -> None:
    calm, careful = document("calm", "not_affected", "2024-01-01"), document("careful", "affected", "2024-01-01")
    for steps in ([[calm], [careful]], [[careful], [calm]]):
        finding = lodash(after(*steps))
        assert finding.suppressions == ()
        assert sorted(words(finding)) == [("calm.json", "overridden"), ("careful.json", "applied")]


def test_where_an_organisation_locks_only_its_own_statements_hold() -> None:
    silent = [document("ours", "not_affected", "2024-01-01")]
    locked = Policy(locked=LOCK, fail_on="low")
    evaluated = evaluate(after(silent), locked, DAY)
    finding = lodash(evaluated.report)
    assert (finding.suppressions, words(finding)) == ((), [("ours.json", "shown")])
    assert finding.vex[0].note == f"{LOCK} lets nobody ignore but by its exceptions"
    assert [(one.outcome, one.note) for one in evaluated.report.targets[0].vex] == [("shown", finding.vex[0].note)]
    told = [(one.where, one.message) for one in evaluated.decision.diagnostics if one.code == "ignore-refused"]
    assert told == [("ours.json: statement 1", f"the statement does not hold: {finding.vex[0].note}")]
    assert lodash(evaluate(after(silent), Policy(fail_on="low"), DAY).report).suppressions
    assert lodash(evaluate(after(silent, approved=True), locked, DAY).report).suppressions[0].approved


def test_statements_of_one_document_are_told_of_once() -> None:
    found = [one for one in kept().findings if one.package.type == "npm" and "/" not in one.package.name]
    statements = [
        {
            "vulnerability": {"name": one.id},
            "products": [{"@id": f"pkg:npm/{one.package.name}"}],
            "status": "not_affected",
            "impact_statement": "no",
        }
        for one in found
    ]
    content = json.loads(document("ours", "not_affected", "2024-01-01").data) | {"statements": statements}
    many = RawVex(json.dumps(content).encode(), "ours.json", named_by="named by --vex", is_alone=True)
    evaluated = evaluate(after([many]), Policy(locked=LOCK, fail_on="low"), DAY)
    told = [(one.where, one.message) for one in evaluated.decision.diagnostics if one.code == "ignore-refused"]
    assert len(found) > 1
    assert told == [
        ("ours.json", f"{len(found)} statements do not hold: {LOCK} lets nobody ignore but by its exceptions")
    ]


def test_statements_that_are_more_careful_hold_under_a_lock() -> None:
    report = after([document("careful", "affected", "2024-01-01")])
    assert words(lodash(evaluate(report, Policy(locked=LOCK), DAY).report)) == [("careful.json", "applied")]


def test_a_baseline_of_before_does_not_hold_under_a_lock() -> None:
    old = Policy(fail_on="low")
    held = evaluate(kept(), old, DAY, baseline=Baseline(kept(), "base.json")).report
    assert lodash(held).suppressions[0].source == "baseline"
    assert lodash(evaluate(held, old, DAY).report).suppressions[0].source == "baseline"
    evaluated = evaluate(held, structs.replace(old, locked=LOCK), DAY)
    assert not any(one.suppressions for one in evaluated.report.findings)
    assert [(one.where, one.message) for one in evaluated.decision.diagnostics if one.code == "ignore-refused"] == [
        ("base.json", f"the baseline does not hold: {LOCK} lets nobody ignore but by its exceptions")
    ]
