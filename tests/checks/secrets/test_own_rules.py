"""Rules and allow-lists of users: in files of ours and of gitleaks, and in policies."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lading import Environment, StarterDatabase
from lading.checks.secrets.files import hits_in, parse, scanners
from lading.checks.secrets.patterns import compiled, for_hyperscan, for_python
from lading.checks.secrets.scanner import Hit
from lading.engine.checking import try_own_checks
from lading.engine.options import ScanOptions
from lading.engine.scan import scan
from lading.model.checks import CheckInputs, SeenFile, TrialResult
from lading.model.errors import ImageError, PolicyError, UsageError
from lading.model.reader import WantedFile
from lading.policy.document import parse_policy
from lading.policy.gate import evaluate
from lading.policy.policy import Policy, with_documents
from tests.inventory.test_assemble import DEBIAN, status
from tests.support.images import write_image
from tests.tars import File


def given(text: str, name: str = "rules.toml") -> CheckInputs:
    return CheckInputs(secret_rules=((name, text.encode()),))


def hits(content: bytes, inputs: CheckInputs, path: str = "srv/app.conf") -> tuple[Hit, ...]:
    observed = parse(WantedFile(path, 0o644, content), inputs)
    return hits_in(SeenFile(path, 1, observed.facts)) if observed.facts else ()


def found(content: bytes, text: str, path: str = "srv/app.conf") -> list[tuple[str, int, bool]]:
    return [(one.rule, one.line, bool(one.allowed)) for one in hits(content, given(text), path)]


OURS = """
[[secret]]
id = "shop-token"
pattern = 'shop_[0-9a-f]{8}'
"""


def test_a_rule_finds_what_it_describes_and_keeps_no_value() -> None:
    assert hits(b"a\nkey = shop_0a1b2c3d\n", given(OURS)) == (
        Hit("shop-token", "high", 2, "… (13 characters)", hits(b"shop_0a1b2c3d", given(OURS))[0].fingerprint),
    )
    assert b"0a1b2c3d" not in parse(WantedFile("x", 0o644, b"shop_0a1b2c3d"), given(OURS)).facts
    assert found(b"nothing", OURS) == []


@pytest.mark.parametrize(
    ("extra", "content", "expected"),
    [
        ("", b"x=shop_0a1b2c3d;", 13),
        ("pattern = 'k=(shop_[0-9a-f]{8})'", b"k=shop_0a1b2c3d", 13),
        ("pattern = '(k)=(shop_[0-9a-f]{4})'\ngroup = 2", b"k=shop_0a1b2c3d", 9),
        ("pattern = '(k)=(?P<value>s[a-z]+)'", b"k=shop_0a1b2c3d", 4),
        ("pattern = '(k)?=[a-z]+'", b"=shop", 5),
    ],
)
def test_the_value_is_a_group_or_all_of_it(extra: str, content: bytes, expected: int) -> None:
    text = OURS if not extra else f"[[secret]]\nid = 'a'\n{extra}\n"
    assert [one.shown for one in hits(content, given(text))] == [f"… ({expected} characters)"]


def test_keywords_entropy_and_paths_narrow_a_rule() -> None:
    text = "[[secret]]\nid = 'a'\npattern = '[0-9a-z]{12}'\nentropy = 3.0\nkeywords = ['TokeN']\npath = '[.]conf$'\n"
    assert found(b"token a1b2c3d4e5f6", text) == [("a", 1, False)]
    assert found(b"word a1b2c3d4e5f6", text) == []
    assert found(b"token aaaaaaaaaaaa", text) == []
    assert found(b"token a1b2c3d4e5f6", text, "srv/app.txt") == []


def test_archives_and_byte_code_are_looked_through_with_them() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("in/a.txt", "\nshop_0a1b2c3d")
    [hit] = hits(held.getvalue(), given(OURS), "srv/a.zip")
    assert (hit.member, hit.line) == ("in/a.txt", 2)
    code = compile("T = 'shop_0a1b2c3d'", "m.py", "exec")
    import marshal

    assert [one.rule for one in hits(bytes(16) + marshal.dumps(code), given(OURS), "srv/m.pyc")] == ["shop-token"]


def test_a_secret_over_the_edge_of_a_window_is_found_once() -> None:
    content = b"x" * (1_048_576 - 5) + b"shop_0a1b2c3d\n" + b"y" * 100
    assert [one.rule for one in hits(content, given(OURS))] == ["shop-token"]
    assert len(hits(b"\n" * 1_048_570 + b"shop_0a1b2c3d" + b"\n" * 99 + b"shop_11111111", given(OURS))) == 2


ALLOWED: Sequence[tuple[str, str, bytes, bool]] = [
    ("paths = ['^srv/test/']", "srv/test/a", b"shop_0a1b2c3d", True),
    ("paths = ['^srv/test/']", "srv/a", b"shop_0a1b2c3d", False),
    ("values = ['^shop_0a']", "srv/a", b"shop_0a1b2c3d", True),
    ("values = ['^shop_ff']", "srv/a", b"shop_0a1b2c3d", False),
    ("lines = ['# test']", "srv/a", b"\nshop_0a1b2c3d # test\n", True),
    ("lines = ['# test']", "srv/a", b"# test\nshop_0a1b2c3d\n", False),
    ("words = ['B2C3']", "srv/a", b"shop_0a1b2c3d", True),
    ("words = ['0a']\nrules = ['other']", "srv/a", b"shop_0a1b2c3d", False),
    ("words = ['0a']\npaths = ['test']\nall = true", "srv/a", b"shop_0a1b2c3d", False),
    ("words = ['0a']\npaths = ['test']\nall = true", "srv/test", b"shop_0a1b2c3d", True),
]


@pytest.mark.parametrize(("allow", "path", "content", "expected"), ALLOWED)
def test_allow_lists_name_what_is_allowed(allow: str, path: str, content: bytes, expected: bool) -> None:
    assert [one for _, _, one in found(content, f"{OURS}\n[[allow]]\n{allow}\n", path)] == [expected]


def test_allow_lists_and_disabled_rules_hold_for_rules_of_lading_too() -> None:
    netrc = b"machine m.lading.dev login ship password t9Qe3kPz41\n"
    assert found(netrc, OURS, "srv/.netrc") == [("netrc-password", 1, False)]
    assert found(netrc, "[[allow]]\nvalues = ['^t9Q']\nreason = 'old'\n", "srv/.netrc") == [("netrc-password", 1, True)]
    assert found(netrc, "disable = ['netrc-password']\n", "srv/.netrc") == []


GITLEAKS = r"""
title = "ours"
[extend]
useDefault = true
disabledRules = ["gone"]
[[rules]]
id = "shop"
description = "Shop token"
regex = '''(?i)\b(shop)_([0-9A-F]{8})(?:[^0-9a-f]|\z)'''
secretGroup = 2
entropy = 1
keywords = ["shop_"]
[[rules.allowlists]]
condition = "AND"
paths = ['''test''']
stopwords = ["0a"]
[[rules]]
id = "gone"
regex = "shop"
[[rules]]
id = "key-file"
path = '''[.]jks$'''
[allowlist]
description = "global"
regexTarget = "match"
regexes = ['''SHOP_ffff''']
"""


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("srv/a", b"\nSHOP_0a1b2c3d\n", [("shop", 2, False)]),
        ("srv/a", b"SHOP_0a1b2c3d", [("shop", 1, False)]),
        ("srv/test", b"SHOP_0a1b2c3d ", [("shop", 1, True)]),
        ("srv/test", b"SHOP_1a1b2c3d ", [("shop", 1, False)]),
        ("srv/a", b"SHOP_ffff2c3d ", [("shop", 1, True)]),
        ("srv/a", b"SHOP_00000000 ", []),
        ("srv/a.jks", b"x", [("key-file", 1, False)]),
    ],
)
def test_rules_of_gitleaks_are_read(path: str, content: bytes, expected: list[tuple[str, int, bool]]) -> None:
    assert found(content, GITLEAKS, path) == expected


@pytest.mark.parametrize(
    ("theirs", "python"),
    [
        (r"a(?i)b|c", r"a(?i:b|c)"),
        (r"(x(?i)y)z", r"(x(?i:y))z"),
        (r"[[:alnum:]_]+\z", r"[0-9A-Za-z_]+\Z"),
        (r"[(?i)]\(", r"[(?i)]\("),
        (r"(?i:a)(?P<n>b)", r"(?i:a)(?P<n>b)"),
        (r"[^]]x", r"[^]]x"),
    ],
)
def test_patterns_of_go_are_written_anew(theirs: str, python: str) -> None:
    assert for_python(theirs) == python


def test_names_of_groups_are_nothing_to_hyperscan() -> None:
    assert for_hyperscan(r"(?P<value>a)\z") == rb"(a)\z"


REFUSED: Mapping[str, tuple[str, str]] = {
    "syntax": ("pattern = 'a('", "secret a: the pattern 'a(' cannot be used: missing ), unterminated subpattern"),
    "property": (r"pattern = '\pL+x'", r"secret a: the pattern '\\pL+x' cannot be used: bad escape \p at position 0"),
    "flag": ("pattern = '(?U)a+'", "cannot be used: the flag U (ungreedy) has no form in Python"),
    "nested": ("pattern = '(a+)+b'", "has an unbounded repeat inside another"),
    "empty": ("pattern = 'a*'", "secret a: the pattern matches the empty text"),
    "group": ("pattern = 'a'\ngroup = 1", "secret a: the pattern has no group 1"),
    "key": ("pattern = 'a'\nregexp = 'b'", "Object contains unknown field `regexp`"),
    "severity": ("pattern = 'a'\nseverity = 'bad'", "Invalid enum value 'bad'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_named(case: str) -> None:
    rule, message = REFUSED[case]
    with pytest.raises(UsageError) as raised:
        scanners(given(f"[[secret]]\nid = 'a'\n{rule}\n"))
    assert str(raised.value).startswith("rules.toml: ")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_hyperscan_cannot_take_is_looked_for_near_its_keywords() -> None:
    text = "[[secret]]\nid = 'a'\npattern = 'k(?=ey)[a-z]+=(\\w+)'\nkeywords = ['key']\n" + OURS
    assert found(b"x" * 9_000 + b"\nkey=1\nshop_0a1b2c3d key=2" + b"y" * 9_000, text) == [
        ("a", 2, False),
        ("a", 3, False),
        ("shop-token", 3, False),
    ]


@pytest.mark.parametrize("pattern", ["(a+)+b", "(?:a|b*)*c", r"(\w+\s?)+x", "(a{1,}){2,}c"])
def test_patterns_that_match_in_many_ways_are_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="has an unbounded repeat inside another"):
        compiled(pattern, "x")


@pytest.mark.parametrize("pattern", [r"(?:\.[A-Za-z]\w+)+x", r"([^,]*,)+x", "(?:a{2,30})+b", "a+b+c+"])
def test_patterns_that_match_in_one_way_are_taken(pattern: str) -> None:
    assert compiled(pattern, "x").pattern == pattern.encode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "rules.toml: Invalid value"),
        ("[[secret]]\nid = '-'\npattern = 'a'\n", "rules.toml: secret '-': is no ID"),
        ("[[allow]]\nreason = 'x'\n", "rules.toml: allows everything"),
        ("[[rules]]\nid = 'x'\n", "rules.toml: secret x: has neither a regex nor a path"),
        ("[extend]\nurl = 'https://x.test'\n", "rules.toml: extend.url: rules are not fetched"),
        ("[[rules]]\nid = 'x'\nregex = '(a'\n", "rules.toml: secret x: the pattern '(a' cannot be used"),
        ("[[rules]]\nid = 'x'\nregex = 1\n", "rules.toml: Expected `str`, got `int`"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        scanners(given(text))
    assert str(raised.value).startswith(message)


def test_hostile_texts_end() -> None:
    text = "[[secret]]\nid = 'a'\npattern = 'x*x*x*y'\n[[secret]]\nid = 'b'\npattern = 'z[a-z]'\n"
    assert hits(b"x" * 200_000, given(text)) == ()
    observed = parse(WantedFile("a", 0o644, b"zq" * 2_000_000), given(text))
    assert len(observed.facts) < 200_000
    with pytest.raises(UsageError, match="4,097 characters"):
        compiled("a" * 4_097, "x")


POLICY: Mapping[str, Any] = {
    "secret": [
        {"id": "shop-token", "pattern": "shop_[0-9a-f]{8}", "severity": "critical", "title": "Token of the shop"},
    ],
    "ignore": [{"value": "^shop_00", "reason": "the test shop", "expires": date(2027, 1, 1)}],
}


def test_policies_have_rules_and_ignores_by_value(tmp_path: Path) -> None:
    files = [File("srv/a", b"shop_0a1b2c3d"), File("srv/b", b"shop_00000000")]
    path = write_image(
        tmp_path / "image", [[DEBIAN, status("a=1"), *files]], {"Env": ["S=shop_12345678"]}, ["RUN echo shop_12345678"]
    )
    policy = with_documents(Policy(), [parse_policy(POLICY, "project", "lading.toml", lambda *path: 7)])
    environment = Environment(
        database=StarterDatabase(),
        layer_cache=tmp_path / "cache",
        given=CheckInputs(secret_tables=policy.secrets, secret_values=policy.values),
    )
    report = scan(f"oci:{path}", ScanOptions(checks=("secrets",)), environment)
    issues = report.targets[0].issues
    assert [(one.id, one.title, one.severity, one.path or one.instruction, one.values) for one in issues] == [
        ("shop-token", "Token of the shop", "critical", "ENV S", ()),
        ("shop-token", "Token of the shop", "critical", "srv/a", ()),
        ("shop-token", "Token of the shop", "critical", "srv/b", ("^shop_00",)),
    ]
    assert "shop_1" not in str(report)
    for day, counting in ((date(2026, 1, 1), ["srv/a"]), (date(2027, 2, 1), ["srv/a", "srv/b"])):
        evaluated = evaluate(report, policy, day).report
        assert [one.path for one in evaluated.targets[0].issues if one.counts and one.path] == counting


def test_a_policy_with_a_bad_rule_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"^p\.toml:3: secret: is missing pattern"):
        parse_policy({"secret": [{"id": "a"}]}, "flag", "p.toml", lambda *path: 3)


def test_a_file_may_extend_others_from_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "base.toml").write_text("[[rules]]\nid = 'a'\nregex = 'shop_[0-9]{8}'\n")
    ours = tmp_path / "deep" / "ours.toml"
    ours.write_text("[extend]\npath = '../base.toml'\n[[rules]]\nid = 'b'\nregex = 'shop_[a-z]{8}'\n")
    path = write_image(tmp_path / "image", [[DEBIAN, status("a=1"), File("srv/a", b"shop_01234567\nshop_abcdefgh")]])
    environment = Environment(database=StarterDatabase())
    report = scan(f"oci:{path}", ScanOptions(secret_rules=(str(ours),)), environment)
    assert [one.id for one in report.targets[0].issues] == ["a", "b"]
    ours.write_text("[extend]\npath = 'ours.toml'\n")
    with pytest.raises(UsageError, match="extends more than 3 files"):
        scan(f"oci:{path}", ScanOptions(secret_rules=(str(ours),)), environment)
    ours.write_text("[extend]\npath = 'none.toml'\n")
    with pytest.raises(ImageError, match=r"none\.toml: cannot be read"):
        scan(f"oci:{path}", ScanOptions(secret_rules=(str(ours),)), environment)


def test_rules_are_tried_on_their_examples(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        f"{OURS}finds = ['x shop_0a1b2c3d', 'shop_']\nleaves = ['shop_x']\n[[secret]]\nid='b'\npattern='b'\n"
    )
    assert try_own_checks(file) == [
        TrialResult("shop-token", "finds 1"),
        TrialResult("shop-token", "finds 2", "0 found"),
        TrialResult("shop-token", "leaves 1"),
        TrialResult("b", "no examples", "give it finds and leaves"),
    ]
