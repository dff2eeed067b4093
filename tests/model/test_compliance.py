"""Benchmarks, and what a result says of their rules."""

from typing import get_args

import pytest
from msgspec import structs

from lading.checks.registry import texts_of
from lading.engine.settings import Compliance
from lading.formats.encoders.text.report import encode_report_table
from lading.formats.view import View
from lading.model.checks import Issue
from lading.model.compliance import benchmarks, compliance_of
from lading.model.finding import Suppression
from lading.model.report import Target
from lading.policy.gate import evaluate
from lading.policy.policy import Policy
from tests.samples import DAY, IMAGE, report_on, shop, shop_store

CIS = benchmarks()["docker-cis"]
ROOT = Issue("user-root", "misconfiguration", "Root", "medium", controls=("docker-cis 4.1", "nist-800-190 4.1.2"))
REPORT = report_on(IMAGE, shop(), (), shop_store())


def target(*issues: Issue, checks: bool = True) -> Target:
    return structs.replace(REPORT.targets[0], checks=("config",) if checks else (), issues=issues)


def statuses(one: Target) -> dict[str, str]:
    return {result.control.id.rpartition(" ")[2]: result.status for result in compliance_of(one, CIS)}


def test_every_benchmark_is_a_word_of_the_setting() -> None:
    assert set(get_args(Compliance)) == {"none", *benchmarks()}


def test_every_rule_that_checks_tell_has_a_check_and_no_check_has_another() -> None:
    told = {one for text in texts_of() for one in text.controls}
    controls = [control for one in benchmarks().values() for control in one.controls]
    assert {one.id for one in controls if one.by == "checks"} - told <= {"nist-800-190 4.1.3"} | told
    assert told <= {one.id for one in controls if one.by != "nobody"}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (target(), {"4.1": "passed", "4.2": "not checked", "4.4": "failed", "4.10": "passed"}),
        (target(ROOT), {"4.1": "failed", "4.10": "passed"}),
        (target(structs.replace(ROOT, hidden_reason="shipped")), {"4.1": "passed"}),
        (target(structs.replace(ROOT, suppressions=(Suppression("ignore"),))), {"4.1": "passed"}),
        (target(checks=False), {"4.1": "not checked", "4.4": "failed"}),
        (structs.replace(target(), findings=()), {"4.4": "passed"}),
        (structs.replace(target(), packages=(), coverage=()), {"4.4": "not checked"}),
    ],
)
def test_the_rules_of_the_benchmark(one: Target, expected: dict[str, str]) -> None:
    got = statuses(one)
    assert {number: got[number] for number in expected} == expected


def test_the_table_shows_the_rules_in_place_of_what_was_found() -> None:
    report = structs.replace(REPORT, targets=(target(ROOT, ROOT),))
    view = View(tool="lading 1", compliance="docker-cis")
    text = encode_report_table(evaluate(report, Policy(), DAY), view).decode()
    start = text.index("── CIS Docker Benchmark 1.6.0, section 4 · 7 passed, 2 failed, 3 not checked")
    lines = [" ".join(line.split()) for line in text[start:].splitlines()[1:5]]
    assert lines[:3] == [
        "4.1 failed The container runs as a user of its own user-root (2)",
        "4.2 not checked The base is an image that is trusted nothing in an image tells",
        "4.3 passed Nothing is installed that is not needed",
    ]
    assert "── Configuration" not in text and "── Fixed in a newer version" not in text


def test_malicious_content_is_told_only_where_it_was_looked_for() -> None:
    told = {}
    for checks in (("config", "secrets"), ("config", "malware")):
        results = compliance_of(structs.replace(target(), checks=checks), benchmarks()["nist-800-190"])
        told[checks] = {one.control.id: one.status for one in results}["nist-800-190 4.1.3"]
    assert told == {("config", "secrets"): "not checked", ("config", "malware"): "passed"}
