"""What was there before fails nothing again."""

from datetime import date

import pytest
from msgspec import structs

from lading.model.decision import Evaluated
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Suppression
from lading.model.image import Image
from lading.model.package import Package, UnmanagedFile
from lading.model.report import Report
from lading.policy.baseline import Baseline
from lading.policy.document import parse_policy
from lading.policy.gate import evaluate
from lading.policy.policy import Policy, with_documents
from tests.samples import IMAGE, FakeStore, deb, fixed_vulnerability, inventory, open_vulnerability, rated, report_on

TODAY = date(2023, 7, 16)
"""The day after the data was confirmed."""
DATA = (
    fixed_vulnerability("CVE-1-1", "curl", "9", rated("high")),
    fixed_vulnerability("CVE-1-2", "tar", "9", rated("critical")),
    open_vulnerability("CVE-1-3", "linux", rated("high")),
)
HEADERS = deb("linux-libc-dev", "6.1", source="linux")
KERNEL = deb("linux-image-6.1", "6.1", source="linux")


def result(
    *packages: Package, data: tuple[object, ...] = DATA, image: Image = IMAGE, gaps: tuple[Diagnostic, ...] = ()
) -> Report:
    return report_on(image, inventory(*packages), gaps, FakeStore({"debian-12": data}))  # type: ignore[dict-item]


def suppressed(report: Report, source: str) -> Report:
    (target,) = report.targets
    findings = tuple(structs.replace(one, suppressions=(Suppression(source),)) for one in target.findings)
    return structs.replace(report, targets=(structs.replace(target, findings=findings),))


def held(report: Report, before: Report, policy: Policy = Policy("high")) -> Evaluated:  # noqa: B008 - frozen
    return evaluate(report, policy, TODAY, baseline=Baseline(before, "old.json"))


def rule(expression: str, **more: object) -> Policy:
    table = {"name": "r", "fail": expression, **more}
    return with_documents(Policy(), [parse_policy({"rule": [table]}, "organisation", "lading.toml", lambda *_: 1)])


CURL, TAR = deb("curl", "1"), deb("tar", "1")


@pytest.mark.parametrize(
    ("before", "now", "failing"),
    [
        (result(CURL), result(CURL), 0),
        (result(CURL), result(CURL, TAR), 1),
        # Another version that is affected too, another tag, a second place.
        (result(CURL), result(deb("curl", "2")), 0),
        (result(CURL), result(CURL, image=structs.replace(IMAGE, name="docker.io/library/shop:2")), 0),
        (result(CURL), result(CURL, deb("libcurl4", "1", source="curl")), 0),
        # An advisory that came out since is new.
        (result(CURL, data=DATA[1:]), result(CURL), 1),
        # It has got a name of another kind since.
        (
            result(CURL, data=(fixed_vulnerability("GHSA-aaaa-bbbb-cccc", "curl", "9", rated("high")),)),
            result(CURL, data=(structs.replace(DATA[0], aliases=("GHSA-aaaa-bbbb-cccc",)),)),
            0,
        ),
        # What was ignored then counts when that ends; what an earlier baseline had does not.
        (suppressed(result(CURL), "ignore"), result(CURL), 1),
        (suppressed(result(CURL), "baseline"), result(CURL), 0),
        # Headers are no kernel.
        (result(HEADERS), result(HEADERS), 0),
        (result(HEADERS), result(HEADERS, KERNEL), 1),
        (result(KERNEL), result(KERNEL), 0),
        # That it is affected was not known.
        (
            result(CURL, data=(structs.replace(DATA[0], state="under_investigation", ranges=()),)),
            result(CURL),
            1,
        ),
    ],
)
def test_only_what_is_new_fails(before: Report, now: Report, failing: int) -> None:
    decision = held(now, before).decision
    (answer,) = decision.rules
    assert (len(answer.failing), decision.exit_status) == (failing, int(failing > 0))


def test_what_was_there_before_is_kept_and_says_so() -> None:
    (target,) = held(result(CURL, TAR), result(CURL)).report.targets
    assert {one.id: one.suppressions for one in target.findings} == {
        "CVE-1-1": (Suppression("baseline", "old.json", "it was there before"),),
        "CVE-1-2": (),
    }


def test_a_second_baseline_takes_the_place_of_the_first() -> None:
    first = held(result(CURL, TAR), result(CURL)).report
    (target,) = held(first, result(TAR)).report.targets
    assert {one.id: len(one.suppressions) for one in target.findings} == {"CVE-1-1": 0, "CVE-1-2": 1}


def gap(message: str, where: str = "npm") -> Diagnostic:
    return Diagnostic("incomplete", "unread-list", message, where)


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [
        ((gap("8 packages were not matched"),), (gap("8 packages were not matched"),), 0),
        ((gap("8 packages were not matched"),), (gap("1 package was not matched"),), 0),
        ((gap("8 packages were not matched"),), (gap("9 packages were not matched"),), 3),
        ((), (gap("cannot be read"),), 3),
        ((gap("cannot be read", "a"),), (gap("cannot be read", "b"),), 3),
    ],
)
def test_only_new_gaps_make_it_incomplete(
    before: tuple[Diagnostic, ...], now: tuple[Diagnostic, ...], status: int
) -> None:
    decision = held(result(CURL, gaps=now), result(CURL, gaps=before)).decision
    assert decision.exit_status == status
    assert [one.by.source for one in decision.accepted] == ["baseline"] * (status == 0)


def test_only_new_programs_of_no_package_fail() -> None:
    def with_files(*paths: str) -> Report:
        report = result(CURL)
        files = tuple(UnmanagedFile(path, 1, "ELF executable") for path in paths)
        return structs.replace(report, targets=(structs.replace(report.targets[0], unmanaged=files),))

    policy = Policy(fail_on_unmanaged=True)
    (answer,) = held(with_files("a", "b"), with_files("a"), policy).decision.rules
    assert answer.unmanaged == 1


@pytest.mark.parametrize(
    ("expression", "failing"),
    [
        # Put to what is new alone, unless it asks.
        ("finding.severity >= HIGH", 1),
        ("finding.new", 1),
        ("!finding.new", 1),
        ("finding.severity >= HIGH && (finding.new || !finding.new)", 2),
        ("has(finding.new) && finding.severity >= HIGH", 2),
    ],
)
def test_rules_may_ask_whether_it_is_new(expression: str, failing: int) -> None:
    pytest.importorskip("cel_expr_python")
    (answer,) = held(result(CURL, TAR), result(CURL), rule(expression)).decision.rules
    assert (len(answer.failing), answer.problems) == (failing, ())


def test_without_a_baseline_nothing_is_known_to_be_new() -> None:
    pytest.importorskip("cel_expr_python")
    (answer,) = evaluate(result(CURL), rule("finding.new"), TODAY).decision.rules
    assert (answer.failed, answer.problems) == (True, ("finding.new is not known",))


def test_a_rule_that_nobody_may_ignore_takes_no_baseline_either() -> None:
    pytest.importorskip("cel_expr_python")
    policy = rule("finding.severity >= HIGH", ignorable=False)
    (answer,) = held(result(CURL), result(CURL), policy).decision.rules
    assert len(answer.failing) == 1


def test_where_nobody_may_ignore_a_baseline_does_not_hold() -> None:
    decision = held(result(CURL), result(CURL), Policy("high", locked="/etc/lading.toml")).decision
    assert decision.exit_status == 1
    assert [(one.code, one.message, one.where) for one in decision.diagnostics] == [
        (
            "ignore-refused",
            "the baseline does not hold: /etc/lading.toml lets nobody ignore but by its exceptions",
            "old.json",
        )
    ]


def test_a_baseline_of_another_image_is_told() -> None:
    other = structs.replace(IMAGE, name="docker.io/library/other:1.4")
    evaluated = held(result(CURL), result(CURL, image=other))
    assert evaluated.decision.exit_status == 0
    assert [(one.code, one.message) for one in evaluated.decision.diagnostics] == [
        (
            "baseline-other-image",
            "the baseline is of another image, docker.io/library/other: what that has too is not new here",
        )
    ]


def test_a_baseline_of_the_starter_set_is_told() -> None:
    before = structs.replace(result(CURL), starter=True)
    assert [one.code for one in held(result(CURL), before).decision.diagnostics] == ["baseline-starter-set"]
