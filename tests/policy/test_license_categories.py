"""Licenses under a policy: its categories, ignores by package, and rules."""

from datetime import date

import pytest

from lading.formats.licenses.categories import default_categories
from lading.formats.licenses.packages import license_issues
from lading.model.checks import issue_order
from lading.model.decision import Evaluated
from lading.model.errors import PolicyError
from lading.model.image import Image
from lading.model.package import Package
from lading.model.report import Report, Target
from lading.policy.document import PolicyLevel, WrittenPolicy, parse_policy
from lading.policy.gate import evaluate
from lading.policy.policy import Policy, with_documents

DAY = date(2026, 1, 1)


def package(name: str, *licenses: str, type: str = "npm") -> Package:
    return Package(name=name, version="1.0", type=type, purl=f"pkg:{type}/{name}@1.0", licenses=licenses)


PACKAGES = (
    package("a", "GPL-3.0-only"),
    package("b", "MIT"),
    package("c", "Homemade"),
    package("d"),
    package("e", "GPLv2+", type="deb"),
)


def report(*packages: Package, checks: tuple[str, ...] = ("licenses",)) -> Report:
    issues = tuple(sorted(license_issues(packages, default_categories()), key=issue_order))
    target = Target(Image("app", "oci"), None, packages, issues=issues, checks=checks)  # type: ignore[arg-type]
    return Report("lading 1", (target,))


def written(table: dict[str, object], level: PolicyLevel = "project") -> WrittenPolicy:
    return parse_policy(table, level, f"{level}.toml", lambda *path: 0)


def held_to(*files: WrittenPolicy, **policy: object) -> Evaluated:
    return evaluate(report(*PACKAGES), with_documents(Policy(**policy), files), DAY)  # type: ignore[arg-type]


def issues(evaluated: Evaluated) -> list[tuple[str, str, str]]:
    return [(one.id, one.severity, one.category) for one in evaluated.report.targets[0].issues]


def test_without_a_policy() -> None:
    assert issues(held_to()) == [
        ("GPL-2.0-or-later", "high", "restricted"),
        ("GPL-3.0-only", "high", "restricted"),
        ("NOASSERTION", "unknown", "unknown"),
        ("UNKNOWN", "unknown", "unknown"),
    ]
    assert held_to(fail_on="high").decision.exit_status == 1
    assert held_to(fail_on="critical").decision.exit_status == 0


def test_categories_and_severities_of_a_policy() -> None:
    table = {
        "notice": ["GPL-2.0-*", "Homemade"],
        "forbidden": "mit",
        "severity": {"unknown": "low", "restricted": "none"},
    }
    assert issues(held_to(written({"licenses": table}))) == [
        ("MIT", "critical", "forbidden"),
        ("NOASSERTION", "low", "unknown"),
    ]
    assert issues(held_to(written({"licenses": {"permissive": ["NOASSERTION", "UNKNOWN", "GPL*"]}}))) == []


def test_the_stronger_policy_counts() -> None:
    mine = written({"licenses": {"notice": ["GPL-*"], "forbidden": ["MIT"]}})
    theirs = written({"licenses": {"forbidden": ["GPL-3.0-*"]}}, "organisation")
    assert issues(held_to(mine, theirs))[:2] == [
        ("GPL-3.0-only", "critical", "forbidden"),
        ("MIT", "critical", "forbidden"),
    ]
    locked = written({"licenses": {"forbidden": ["GPL-3.0-*"]}, "policy": {"locked": True}}, "organisation")
    evaluated = held_to(mine, locked)
    assert [id for id, _, _ in issues(evaluated)] == ["GPL-2.0-or-later", "GPL-3.0-only", "NOASSERTION", "UNKNOWN"]
    assert [one.code for one in evaluated.decision.diagnostics] == ["policy-overridden"]


def test_where_nobody_looked_there_are_none() -> None:
    policy = with_documents(Policy(), [written({"licenses": {"forbidden": ["MIT"]}})])
    evaluated = evaluate(report(PACKAGES[1], checks=()), policy, DAY)
    assert evaluated.report.targets[0].issues == ()


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        ({"check": "GPL-*", "type": "deb"}, ["GPL-3.0-only", "NOASSERTION", "UNKNOWN"]),
        ({"check": "*", "package": "a"}, ["GPL-2.0-or-later", "NOASSERTION", "UNKNOWN"]),
        ({"check": "*", "purl": "pkg:npm/c"}, ["GPL-2.0-or-later", "GPL-3.0-only", "NOASSERTION"]),
        ({"check": "GPL-3.0-only", "version": "<1"}, ["GPL-2.0-or-later", "GPL-3.0-only", "NOASSERTION", "UNKNOWN"]),
        ({"package": "a"}, ["GPL-2.0-or-later", "GPL-3.0-only", "NOASSERTION", "UNKNOWN"]),
    ],
)
def test_ignores_by_license_and_package(entry: dict[str, object], left: list[str]) -> None:
    evaluated = held_to(written({"ignore": [entry]}))
    assert [one.id for one in evaluated.report.targets[0].issues if one.counts] == left


@pytest.mark.parametrize(
    ("rule", "failing"),
    [
        ('finding.license == "GPL-3.0-only"', 1),
        ('finding.kind == "license" && finding.license_category == "restricted"', 2),
        ('finding.license_category == "unknown" && finding.package == "d"', 1),
        ('finding.type == "deb" && finding.license.startsWith("GPL")', 1),
        ('finding.epss > 0.5', 0),
    ],
)  # fmt: skip
def test_rules(rule: str, failing: int) -> None:
    pytest.importorskip("cel_expr_python")
    (result,) = held_to(written({"rule": [{"name": "r", "fail": rule}]})).decision.rules
    assert (len(result.failing), result.problems) == (failing, ())


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"restrictd: no such key.*restricted"):
        written({"licenses": {"restrictd": ["MIT"]}})
    with pytest.raises(PolicyError, match="severity"):
        written({"licenses": {"severity": {"unknown": "huge"}}})
