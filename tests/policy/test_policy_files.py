"""Policies as files: what they say, and what they cannot say."""

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from lading.formats.documents.schema import schema_of
from lading.model.decision import Decision
from lading.model.errors import PolicyError
from lading.model.package import Location
from lading.model.report import Report
from lading.policy.document import PolicyDocument, PolicyLevel, WrittenPolicy, parse_policy
from lading.policy.gate import evaluate
from lading.policy.policy import Policy, with_documents
from lading.policy.start import start
from lading.safeio.toml_text import line_of, parse_toml
from tests.samples import IMAGE, report_on, shop, shop_store
from tests.support.golden import Golden

TODAY = date(2026, 11, 29)
SHOP = report_on(IMAGE, shop(), (), shop_store())


def written(text: str, level: PolicyLevel = "project") -> WrittenPolicy:
    return parse_policy(parse_toml(text.encode()), level, level, lambda *path: line_of(text, *path))


def decided(
    *texts: str | WrittenPolicy, report: Report = SHOP, policy: Policy | None = None
) -> tuple[Report, Decision]:
    files = [written(one) if isinstance(one, str) else one for one in texts]
    evaluated = evaluate(report, with_documents(policy or Policy("low", max_db_age=10_000), files), TODAY)
    return evaluated.report, evaluated.decision


def suppressed(report: Report) -> list[str]:
    return sorted({one.id for one in report.findings if one.suppressions})


def remarks(decision: Decision) -> list[tuple[str, str]]:
    return [(one.code, one.where) for one in decision.diagnostics if one.code != "severity-unknown"]


@pytest.mark.parametrize(
    ("entry", "ids"),
    [
        ('vulnerability = "CVE-2023-5363"', ["CVE-2023-5363"]),
        ('vulnerability = ["cve-2023-5363", "CVE-2023-3817"]', ["CVE-2023-3817", "CVE-2023-5363"]),
        ('vulnerability = "CVE-2023-38*"', ["CVE-2023-3817", "CVE-2023-38545"]),
        ('package = "openssl"', ["CVE-2023-3817", "CVE-2023-5363", "CVE-2024-13176"]),
        ('package = "libssl3"', ["CVE-2023-3817", "CVE-2023-5363", "CVE-2024-13176"]),
        ('package = "openssl"\nversion = ">= 3.0.9, < 3.0.10"', ["CVE-2023-3817", "CVE-2023-5363", "CVE-2024-13176"]),
        ('package = "openssl"\nversion = "< 3"', []),
        ('package = "openssl"\ntype = "npm"', []),
        ('purl = "pkg:deb/debian/curl"', ["CVE-2023-38545"]),
        ('purl = "pkg:deb/debian/curl@7.88.1-10?arch=amd64"', ["CVE-2023-38545"]),
        ('purl = "pkg:deb/debian/curl@7.88.1-11"', []),
        ('purl = "pkg:deb/debian/curl?arch=arm64"', []),
        ('purl = "pkg:apk/alpine/curl"', []),
        ('layer = 2\npackage = "curl"', ["CVE-2023-38545"]),
        ('layer = 1\npackage = "curl"', []),
        ('fix_state = "wont_fix"', ["CVE-2016-2781"]),
        ('fix_state = ["minor", "wont_fix"]', ["CVE-2016-2781", "CVE-2023-45853"]),
        ('package = "curl"\nimage = "shop:*"', ["CVE-2023-38545"]),
        ('package = "curl"\nimage = "docker.io/library/shop:1.4"', ["CVE-2023-38545"]),
        ('package = "curl"\nimage = "other:*"', []),
        ('package = "curl"\npath = "var/lib/dpkg/*"', ["CVE-2023-38545"]),
        ('package = "curl"\npath = "/var/"', ["CVE-2023-38545"]),
        ('package = "curl"\npath = "usr/**"', []),
        ('package = "curl"\norigin = "base"', []),
    ],
)
def test_what_an_entry_means(entry: str, ids: list[str]) -> None:
    report, decision = decided(f"[[ignore]]\n{entry}\n")
    assert suppressed(report) == ids
    failing = {one for rule in decision.rules for one in rule.failing}
    assert not failing & {one.occurrence for one in report.findings if one.suppressions}


def test_a_package_that_is_elsewhere_too_still_counts() -> None:
    (target,) = SHOP.targets
    places = (Location("a/x.jar", 1), Location("b/x.jar", 1))
    findings = tuple(
        structs.replace(one, package=structs.replace(one.package, locations=places)) for one in target.findings
    )
    report = structs.replace(SHOP, targets=(structs.replace(target, findings=findings),))
    assert suppressed(decided('[[ignore]]\npackage = "curl"\npath = "a/*"', report=report)[0]) == []
    assert suppressed(decided('[[ignore]]\npackage = "curl"\npath = "*/*.jar"', report=report)[0]) == ["CVE-2023-38545"]


def test_who_and_why_stay_in_the_report() -> None:
    report, _ = decided('# x\n[[ignore]]\npackage = "curl"\nreason = "no SOCKS"\nowner = "web"\nexpires = 2027-01-01\n')
    (one,) = {one.suppressions for one in report.findings if one.suppressions}
    (by,) = one
    assert (by.source, by.where, by.reason, by.author, by.expires, by.approved) == (
        "ignore", "project:2", "no SOCKS", "web", "2027-01-01", False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "holds", "told"),
    [
        ("", True, []),
        ("expires = 2026-11-28", False, [("ignore-expired", "project:1")]),
        ("expires = 2026-11-29", True, [("ignore-expiring", "project:1")]),
        ("expires = 2026-12-06", True, [("ignore-expiring", "project:1")]),
        ("expires = 2026-12-07", True, []),
        ('image = "other"', False, []),
        ('version = ">9999"', False, [("ignore-unused", "project")]),
        ("expires = 2026-11-28\nversion = '>9999'", False, [("ignore-unused", "project")]),
    ],
)
def test_last_days(terms: str, holds: bool, told: list[tuple[str, str]]) -> None:
    report, decision = decided(f'[[ignore]]\npackage = "curl"\n{terms}')
    assert (suppressed(report) == ["CVE-2023-38545"], remarks(decision)) == (holds, told)


@pytest.mark.parametrize(
    ("options", "terms", "holds"),
    [
        ('require = ["reason", "owner", "expires"]', 'reason = "x"\nowner = "y"\nexpires = 2027-01-01', True),
        ('require = ["reason", "owner", "expires"]', 'reason = "x"\nexpires = 2027-01-01', False),
        ('require = ["expires"]', 'reason = "x"', False),
        ("longest = 30", "expires = 2026-12-29", True),
        ("longest = 30", "expires = 2026-12-30", False),
        ("longest = 30", "", False),
    ],
)
def test_what_is_required(options: str, terms: str, holds: bool) -> None:
    organisation = written(f"[policy]\n{options}", "organisation")
    report, decision = decided(f'[[ignore]]\npackage = "curl"\n{terms}', organisation)
    assert suppressed(report) == (["CVE-2023-38545"] if holds else [])
    assert remarks(decision) == ([] if holds else [("ignore-refused", "project:1")])


ERRORS: Sequence[tuple[str, str]] = (
    ("[[ignore]]\nvulnrability = 'x'", "p:2: vulnrability: no such key (did you mean vulnerability?); known:"),
    ("[polcy]", "p:1: polcy: no such key (did you mean policy?); known: accept, exception, ignore, licenses, policy,"),
    ("[[ignore]]\nreason = 'x'", "p:1: ignore: would ignore everything: give at least one of vulnerability, package,"),
    ("[[ignore]]\nimage = 'x'", "p:1: ignore: would ignore everything: give at least one of vulnerability, package,"),
    ("[[ignore]]\npackage = 'x'\nexpires = 'soon'", "p:3: ignore.expires: Invalid RFC3339 encoded date"),
    ("[[ignore]]\npackage = 1", "p:2: ignore.package: expected a text | a list, got a whole number"),
    (
        "[[ignore]]\npackage = 'x'\nstatus = 'fixed'\njustification = 'component_not_present'",
        "p:1: ignore: justification: is why something is not affected, and status says fixed",
    ),
    (
        "[[ignore]]\npackage = 'x'\nstatus = 'notaffected'",
        "p:3: ignore.status: Invalid enum value 'notaffected' (did you mean not_affected?); known: affected, fixed, "
        "not_affected, under_investigation",
    ),
    ("[[ignore]]\npurl = 'curl'", "p:1: ignore: purl: 'curl' is not a package URL (pkg:deb/debian/curl,"),
    ("[ignore]\npackage = 'x'", "p:1: ignore: expected a list, got a table; write [[ignore]]"),
    ("ignore = 1", "p:1: ignore: expected a list, got a whole number"),
    ("\n[policy]\nlongest = 0", "p:3: policy.longest: expected a whole number >= 1"),
    (
        "[policy]\nrequire = ['resaon']",
        "p:2: policy.require: Invalid enum value 'resaon' (did you mean reason?); known: reason, owner, expires",
    ),
    ("[policy]\nlocked = true", "p: policy.locked: only an organisation's policy can lock"),
    ("[[exception]]\nname = 'x'", "p:1: exception: x: only an organisation's policy leaves exceptions"),
    ("[[rule]]\nname = 'x'\nfail = 'true'\nignorable = false", "p:1: rule: x: only an organisation's rule can be not"),
    ("[[rule]]\nname = 'x'", "p:1: rule: x: give it one of fail and warn"),
    ("[[rule]]\nfail = 'true'", "p:1: rule: is missing name"),
    ("[[rule]]\nname='x'\nfail = 'true'\n[[rule]]\nname='x'\nwarn='true'", "p:4: rule: x: there are two rules of this"),
    ("[[rule]]\nname='x'\nfail = 'true'\ngrace = {hihg = 1}", "p:4: hihg: no such key (did you mean high?); known:"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_what_cannot_be_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(parse_toml(text.encode()), "project", "p", lambda *path: line_of(text, *path))
    assert str(caught.value).startswith(message)


def test_the_tables_are_those_that_settings_leave_to_policies() -> None:
    from lading.policy.tables import TABLES

    assert PolicyDocument.__struct_fields__ == TABLES


def test_the_path_of_a_file_stands_in_its_errors(tmp_path: Path) -> None:
    from lading.engine.policies import read_policy

    path = tmp_path / "policy.toml"
    for text, message in (
        ("fail_on = 'high'", ":1: fail_on: is a setting; those stand in lading.toml"),
        ("\n[[ignroe]]", ":2: ignroe: no such table (did you mean ignore?); known: policy, ignore,"),
        ("[[", ": not TOML: "),
    ):
        path.write_text(text)
        with pytest.raises(PolicyError) as caught:
            read_policy(path)
        assert str(caught.value).startswith(f"{path}{message}")


def test_the_published_schema_is_current(golden: Golden) -> None:
    schema = schema_of(PolicyDocument, "https://lading.dev/schema/policy-1.json")
    golden(Path(__file__).parents[2] / "docs" / "schema" / "policy-1.json", schema)


def test_what_a_policy_says_follows_the_schema() -> None:
    import json

    import jsonschema

    schema = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "policy-1.json").read_bytes())
    text = json.dumps(tomllib.loads(start()), default=str)
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))
