"""What is known not to be in use, and rules and ignores that ask for it."""

import pytest
from msgspec import structs

from lading.model.advisory import Severity
from lading.model.decision import Evaluated
from lading.model.finding import Finding, MatchBasis
from lading.model.image import Image
from lading.model.package import Package, Usage
from lading.model.report import Report, Target
from lading.policy.gate import evaluate
from lading.policy.policy import Policy

USES = {"used": Usage(True, "mapped"), "unused": Usage(False), "unknown": None}


def report() -> Report:
    packages = [Package(name, "1", "deb", usage=usage) for name, usage in USES.items()]
    findings = [
        Finding("CVE-1", one, "affected", MatchBasis("x", "CVE-1"), severity=Severity("high")) for one in packages
    ]
    return Report("test", (Target(Image("x", "oci-layout"), None, tuple(packages), findings=tuple(findings)),))


def counting(evaluated: Evaluated) -> list[str]:
    return [one.package.name for one in evaluated.report.findings if not one.suppressions]


def test_only_what_is_known_not_to_be_in_use_is_left_out() -> None:
    assert counting(evaluate(report(), Policy("high"))) == ["used", "unused", "unknown"]
    found = evaluate(report(), Policy("high", only_in_use=True))
    assert counting(found) == ["used", "unknown"]
    assert {text.reason for one in found.report.findings for text in one.suppressions} == {"nothing uses it (--in-use)"}
    assert found.decision.failed


def test_a_gate_passes_where_nothing_in_use_fails_it() -> None:
    (target,) = report().targets
    unused = tuple(one for one in target.findings if one.package.name == "unused")
    only = structs.replace(report(), targets=(structs.replace(target, findings=unused),))
    assert evaluate(only, Policy("high")).decision.failed
    assert not evaluate(only, Policy("high", only_in_use=True)).decision.failed


@pytest.mark.parametrize(("said", "left"), [("false", ["used", "unknown"]), ("true", ["unused", "unknown"])])
def test_an_ignore_asks_for_it(said: str, left: list[str]) -> None:
    from lading.engine.policies import parse_policy_file
    from lading.policy.policy import with_documents

    text = f'[[ignore]]\nin_use = {said}\nreason = "known"\n'
    policy = with_documents(Policy(), [parse_policy_file(text.encode(), "p.toml", "flag")])
    assert counting(evaluate(report(), policy)) == left
