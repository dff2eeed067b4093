"""What checks find, under the same ignores, baselines and rules as vulnerabilities, and in the documents."""

import json
from datetime import date

import pytest
from msgspec import structs

from lading.formats.decoders.report import parse_report
from lading.formats.documents.report import report_json
from lading.formats.encoders.junit import encode_junit
from lading.formats.encoders.sarif import encode_sarif
from lading.formats.encoders.text.report import encode_report_table
from lading.formats.encoders.text.report_markdown import encode_report_markdown
from lading.formats.view import Selection, View
from lading.model.checks import Issue
from lading.model.decision import Decision, Evaluated
from lading.model.errors import PolicyError
from lading.model.report import Report
from lading.policy.baseline import Baseline
from lading.policy.document import WrittenPolicy, parse_policy
from lading.policy.gate import evaluate
from lading.policy.policy import Policy, with_documents
from tests.samples import DAY, IMAGE, report_on, shop, shop_store

ROOT = Issue("user-root", "misconfiguration", "Runs as root", "medium", "names no user", "configuration")
LOGIN = Issue(
    "sshd-root-login", "misconfiguration", "Root may log in", "high", "PermitRootLogin yes",
    path="etc/ssh/sshd_config", line=3, layer=2, subject="permitrootlogin", fix="Set it to no.",
    url="https://man.openbsd.org/sshd_config", controls=("docker-cis 4.1",),
)  # fmt: skip
EXAMPLE = Issue("aws-key", "secret", "A key", "critical", path="usr/share/doc/a", hidden_reason="example")
VIEW = View(tool="lading 1")


def report(*issues: Issue) -> Report:
    one = report_on(IMAGE, shop(), (), shop_store())
    return structs.replace(one, targets=(structs.replace(one.targets[0], checks=("config",), issues=issues),))


REPORT = report(ROOT, LOGIN, EXAMPLE)


def written(**tables: object) -> WrittenPolicy:
    return parse_policy(tables, "project", "lading.toml", lambda *path: 0)


def suppressed(**entry: object) -> list[str]:
    policy = with_documents(Policy(), [written(ignore=[{"reason": "known", **entry}])])
    return [one.id for one in evaluate(REPORT, policy, DAY).report.issues if one.suppressions]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"check": "user-root"}, ["user-root"]),
        ({"check": ["user-*", "sshd-*"]}, ["user-root", "sshd-root-login"]),
        ({"check": "*", "path": "/etc/ssh/**"}, ["sshd-root-login"]),
        ({"check": "*", "layer": 2}, ["sshd-root-login"]),
        ({"check": "*", "image": "other:*"}, []),
        ({"check": "*", "package": "openssl"}, []),
        ({"fingerprint": LOGIN.fingerprint}, ["sshd-root-login"]),
        ({"path": "/etc/**"}, []),
        ({"vulnerability": "*"}, []),
        ({"check": "user-root", "expires": date(2020, 1, 1)}, []),
    ],
)
def test_ignores_mean_issues_by_check_or_fingerprint(entry: dict[str, object], expected: list[str]) -> None:
    assert suppressed(**entry) == expected


def test_an_ignore_of_a_check_means_no_vulnerability() -> None:
    policy = with_documents(Policy(), [written(ignore=[{"check": "*", "reason": "known"}])])
    assert not any(one.suppressions for one in evaluate(REPORT, policy, DAY).report.findings)


def test_a_fingerprint_means_a_vulnerability_too() -> None:
    first = next(one for one in REPORT.findings if one.is_open)
    policy = with_documents(Policy(), [written(ignore=[{"fingerprint": first.fingerprint, "reason": "known"}])])
    found = evaluate(REPORT, policy, DAY).report.findings
    assert {one.fingerprint for one in found if one.suppressions} == {first.fingerprint}


def failing(policy: Policy, **further: object) -> list[str]:
    named = {one.occurrence: one.id for one in REPORT.issues}
    (rule,) = evaluate(REPORT, policy, DAY, **further).decision.rules  # type: ignore[arg-type]
    assert rule.problems == ()
    return [named[one] for one in rule.failing if one in named]


def test_severities_of_issues_count_and_those_of_examples_do_not() -> None:
    assert failing(Policy("low")) == ["user-root", "sshd-root-login"]
    assert failing(Policy("high")) == ["sshd-root-login"]
    assert failing(Policy("critical")) == []
    locked = with_documents(Policy("low"), [written(ignore=[{"check": "sshd-*", "reason": "known"}])])
    assert failing(locked) == ["user-root"]


def test_what_was_there_before_fails_nothing() -> None:
    moved = structs.replace(LOGIN, line=9, layer=1)
    baseline = Baseline(report(moved, structs.replace(EXAMPLE, hidden_reason="")), "before")
    assert failing(Policy("low"), baseline=baseline) == ["user-root"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("finding.severity >= MEDIUM", ["user-root", "sshd-root-login"]),
        ("finding.kind == 'misconfiguration' && finding.layer == 2", ["sshd-root-login"]),
        ("finding.kind != 'vulnerability' || finding.epss > 0.5", ["user-root", "sshd-root-login"]),
        ("has(finding.epss) && finding.epss > 0.1", []),
        ("finding.type == 'deb'", []),
        ("'docker-cis 4.1' in finding.controls", ["sshd-root-login"]),
        ("finding.id.startsWith('user-') && 'config' in image.checks", ["user-root"]),
        ("finding.paths.exists(one, one.startsWith('etc/'))", ["sshd-root-login"]),
    ],
)
def test_rules_are_put_to_issues(expression: str, expected: list[str]) -> None:
    pytest.importorskip("cel_expr_python")
    policy = with_documents(Policy(), [written(rule=[{"name": "mine", "fail": f"({expression})"}])])
    found = evaluate(REPORT, policy, DAY).decision.rules[0]
    named = {one.occurrence: one.id for one in REPORT.issues}
    assert [named[one] for one in found.failing if one in named] == expected


def test_an_image_rule_counts_issues() -> None:
    pytest.importorskip("cel_expr_python")
    policy = with_documents(Policy(), [written(rule=[{"name": "mine", "fail": "image.issues == 2"}])])
    assert evaluate(REPORT, policy, DAY).decision.rules[0].images == (IMAGE.name,)
    unchecked = report_on(IMAGE, shop(), (), shop_store())
    assert evaluate(unchecked, policy, DAY).decision.rules[0].problems == (f"image.issues is not known: {IMAGE.name}",)


def test_an_entry_of_neither_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"would ignore everything: give at least one of .*check, fingerprint"):
        written(ignore=[{"reason": "x"}])


def test_a_kept_report_has_its_issues() -> None:
    kept = report_json(Evaluated(REPORT, Decision()), VIEW)
    assert parse_report(bytes(kept), "x").targets[0].issues == REPORT.targets[0].issues
    document = json.loads(bytes(kept))["targets"][0]
    assert document["checks"] == ["config"]
    assert document["issues"][1] == {
        "id": "sshd-root-login",
        "kind": "misconfiguration",
        "title": "Root may log in",
        "severity": "high",
        "occurrence": LOGIN.occurrence,
        "fingerprint": LOGIN.fingerprint,
        "message": "PermitRootLogin yes",
        "path": "etc/ssh/sshd_config",
        "line": 3,
        "layer": 2,
        "introduced_by": document["issues"][1]["introduced_by"],
        "subject": "permitrootlogin",
        "fix": "Set it to no.",
        "url": "https://man.openbsd.org/sshd_config",
        "controls": ["docker-cis 4.1"],
    }


def test_sarif_has_them_at_their_lines() -> None:
    (run,) = json.loads(b"".join(encode_sarif(Evaluated(REPORT, Decision()), VIEW)))["runs"]
    (result,) = [one for one in run["results"] if one["ruleId"] == "sshd-root-login"]
    assert result["level"] == "error"
    assert result["message"]["text"] == "Root may log in: PermitRootLogin yes. Set it to no."
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "etc/ssh/sshd_config"},
        "region": {"startLine": 3},
    }
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["properties"]["tags"] == [
        "security", "misconfiguration", "high", "docker-cis 4.1",
    ]  # fmt: skip
    assert "aws-key" not in {one["ruleId"] for one in run["results"]}


def test_junit_and_markdown_have_them() -> None:
    evaluated = Evaluated(report(ROOT, LOGIN, EXAMPLE), Decision())
    junit = b"".join(encode_junit(evaluated, VIEW)).decode()
    assert 'name="[high] sshd-root-login at /etc/ssh/sshd_config:3" classname="misconfiguration"' in junit
    assert '<failure message="Root may log in: PermitRootLogin yes. Set it to no." type="high"/>' in junit
    assert '<skipped message="hidden: example"/>' in junit
    markdown = encode_report_markdown(evaluated, VIEW).decode()
    assert "**2 issues** (config)" in markdown
    assert "| sshd-root-login | high | /etc/ssh/sshd\\_config:3 | Root may log in: PermitRootLogin yes |" in markdown
    assert "aws-key" not in markdown


def table(view: View, *issues: Issue) -> str:
    return encode_report_table(evaluate(report(*issues), Policy("high"), DAY), view).decode()


def test_the_table_lists_them_by_check() -> None:
    text = table(VIEW, ROOT, LOGIN, EXAMPLE)
    start = text.index("── Configuration")
    assert text[start : text.index("── ", start + 1)].splitlines()[1:] == [
        "HIGH  Root may log in  sshd-root-login",
        "    /etc/ssh/sshd_config:3  PermitRootLogin yes  layer 2",
        "    Set it to no.",
        "",
        "MEDIUM  Runs as root  user-root",
        "    image configuration  names no user",
        "",
        "Not listed: 1 issue: 1 as examples of documentation",
        "",
    ]
    assert "Checks (config): 2 issues, 1 high, 1 medium." in text
    assert "1 issue" in text[text.index("--fail-on high: failed by") :]


def test_the_table_says_that_nothing_was_found_and_shows_what_is_asked_for() -> None:
    assert "Checks (config): nothing found." in table(VIEW)
    assert "user-root" not in table(structs.replace(VIEW, only=Selection(severities=("high",))), ROOT, LOGIN)
    assert "/usr/share/doc/a  hidden: as examples of documentation" in table(
        structs.replace(VIEW, show_all=True), EXAMPLE
    )
