"""Every kind of secret: what it finds and what it does not, with Hyperscan and without."""

import re
from collections.abc import Iterator
from functools import cache
from pkgutil import get_data
from typing import Any

import msgspec
import pytest

from lading.checks.secrets import matcher
from lading.checks.secrets.rule import TABLES, Rule, RuleSet, built_in, by_id
from lading.checks.secrets.scanner import Hit, Scanner
from lading.checks.secrets.verify import CHECKS

RULES = built_in()
TOKENS = [rule for rule in RULES.rules if rule.is_bare and not rule.check]
_CLASS = re.compile(r"\[[^\]]*\]")
_UNBOUNDED = re.compile(r"(?<!\\)[*+]|\{\d+,\}")


@cache
def examples() -> dict[str, dict[str, list[list[str]]]]:
    """The examples of each rule, in parts that no scanner of repositories takes for a secret."""
    found = {}
    for table in TABLES:
        data = get_data("lading.checks.secrets", f"data/{table}.json") or b""
        for row in msgspec.json.decode(data, type=list[dict[str, Any]]):
            found[row["id"]] = {"examples": row["examples"], "others": row["others"]}
    return found


@cache
def scanner() -> Scanner:
    return Scanner(RULES)


@pytest.fixture(scope="module")
def plain() -> Iterator[Scanner]:
    """A scanner where Hyperscan is not there."""
    scanner().matcher.noticed(b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matcher, "_hyperscan", lambda rules, indexes: matcher._NONE)
        found = Scanner(RULES)
        found.matcher.noticed(b"")
        yield found


def free(steps: int) -> None:
    """Bounds nothing."""


def place_of(rule: Rule) -> str:
    return "root/" + rule.paths[0].removeprefix("**/").replace("*", "x") if rule.paths else "srv/app/settings"


def found(scan: Scanner, rule: Rule, parts: list[str]) -> list[Hit]:
    return list(scan.scan(place_of(rule), "".join(parts).encode(), free).hits)


def test_there_are_many_kinds_each_once() -> None:
    assert len(by_id(RULES)) == len(RULES.rules) >= 400
    assert all(rule.check in CHECKS for rule in RULES.rules)
    assert {rule.id for rule in RULES.rules} == examples().keys()


def test_two_rules_of_one_id_are_refused() -> None:
    rule = Rule(id="a", title="A", severity="low", pattern="a")
    with pytest.raises(ValueError, match="two rules of one ID"):
        by_id(RuleSet((rule, rule)))


def test_a_rule_is_bounded_and_can_be_noticed() -> None:
    for rule in RULES.rules:
        assert not _UNBOUNDED.search(_CLASS.sub("", rule.pattern)), rule.id
        assert rule.paths or all(len(text) >= 2 for text in rule.noticed_by), rule.id
        re.compile(rule.expression.encode())


@pytest.mark.parametrize("way", ["hyperscan", "search"])
def test_a_rule_finds_its_examples(way: str, plain: Scanner) -> None:
    scan = scanner() if way == "hyperscan" else plain
    wrong = [
        (rule.id, hits)
        for rule in RULES.rules
        for hits in (found(scan, rule, parts) for parts in examples()[rule.id]["examples"])
        if [(hit.rule, hit.unreal) for hit in hits] != [(rule.id, "")]
    ]
    assert not wrong


@pytest.mark.parametrize("way", ["hyperscan", "search"])
def test_a_rule_leaves_other_texts_alone(way: str, plain: Scanner) -> None:
    scan = scanner() if way == "hyperscan" else plain
    wrong = [
        rule.id
        for rule in RULES.rules
        for parts in examples()[rule.id]["others"]
        if any(hit.rule == rule.id and not hit.unreal for hit in found(scan, rule, parts))
    ]
    assert not wrong


def test_a_token_inside_of_a_longer_word_is_none() -> None:
    for rule in TOKENS:
        text = "".join(examples()[rule.id]["examples"][0])
        hits = scanner().scan("srv/a", f"Q{text}".encode(), free).hits
        assert rule.words or rule.left or rule.id not in [hit.rule for hit in hits], rule.id


@pytest.mark.parametrize("before", ["\\n", "%3D", '"', "=", "> ", "/"])
def test_a_token_may_stand_after_an_escape(before: str) -> None:
    rule = by_id(RULES)["gitlab-personal-token"]
    text = before + "".join(examples()[rule.id]["examples"][0])
    assert [hit.rule for hit in scanner().scan("srv/a", text.encode(), free).hits] == [rule.id]


@pytest.mark.parametrize(
    ("password", "host", "unreal"),
    [
        ("password", "db.lading.dev", "is a word that stands for a secret"),
        ("P4ssw0rd", "db.lading.dev", "is a word that stands for a secret"),
        ("s3cr3t", "db.lading.dev", "is a word that stands for a secret"),
        ("t9Qe3kPz41", "192.0.2.77:8080", "is for a server of documentation"),
        ("t9Qe3kPz41", "203.0.113.1", "is for a server of documentation"),
        ("t9Qe3kPz41", "192.0.20.7", ""),
        ("t9Qe3kPz41", "db.lading.dev", ""),
    ],
)
def test_a_password_of_documentation_is_told(password: str, host: str, unreal: str) -> None:
    (hit,) = scanner().scan("srv/a", b"https://ship:%b@%b/x\n" % (password.encode(), host.encode()), free).hits
    assert hit.unreal == unreal


def test_no_value_is_shown() -> None:
    for rule in RULES.rules:
        for parts in examples()[rule.id]["examples"]:
            text = "".join(parts)
            for hit in found(scanner(), rule, parts):
                shown = hit.shown.partition("…")[0]
                assert len(shown) <= 40 and shown in re.sub(r"\[(.)\]", r"\1", rule.pattern)
                assert all(part not in repr(hit) for part in re.findall(r"[0-9A-Za-z]{16,}", text)[1:])
