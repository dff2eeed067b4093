"""The table of configuration checks: every row finds its example, and leaves alone what is good."""

import re

import pytest

from lading.checks.config import code
from lading.checks.config.checker import CHECKER, run
from lading.checks.config.examples import case_of_dockerfile, case_of_files
from lading.checks.config.facts import VALUES
from lading.checks.config.settings import formats
from lading.checks.config.syntaxes import SYNTAXES
from lading.checks.config.table import CheckInfo, check_infos

INFOS = list(check_infos().values())
BY_CODE = [one for one in INFOS if not one.when]
WORDS = [one for one in INFOS if one.on in ("file", "package") or one.id == "shell-in-minimal-image"]
"""Those whose examples are words: other tests have them."""
EXAMPLES = [one for one in INFOS if one not in WORDS]


def ids(info: CheckInfo, text: str) -> list[str]:
    case = case_of_files({info.file: text.encode()}) if info.file else case_of_dockerfile(text)
    return [one.id for one in run(case).issues]


@pytest.mark.parametrize("info", EXAMPLES, ids=[one.id for one in EXAMPLES])
def test_the_example_is_found(info: CheckInfo) -> None:
    assert ids(info, info.example).count(info.id) == 1


@pytest.mark.parametrize("info", EXAMPLES, ids=[one.id for one in EXAMPLES])
def test_what_is_good_is_left_alone(info: CheckInfo) -> None:
    assert info.id not in ids(info, info.good)


@pytest.mark.parametrize("info", INFOS, ids=[one.id for one in INFOS])
def test_a_row_is_whole(info: CheckInfo) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+", info.id)
    assert info.severity in ("negligible", "low", "medium", "high", "critical")
    for text in (info.title, info.why, info.fix):
        assert text and text == text.strip()
    assert not info.title.endswith(".") and info.fix.endswith(".")
    assert info.references and all(one.startswith(("https://", "http://")) for one in info.references)
    assert info.controls and all(
        re.fullmatch(r"docker-cis 4\.\d+|nist-800-190 4\.\d\.\d", one) for one in info.controls
    )
    allowed = {*VALUES[info.on]} | {"options", "place", "argument"}
    for conditions in (info.when, info.unless, *info.beside, *info.lacking):
        assert all(name in allowed or name.startswith("@") for name in conditions)
    assert info.example and info.good


def test_what_is_code_has_a_row_and_a_row_without_condition_has_code() -> None:
    assert {one.id for one in BY_CODE} == set(code.CHECKS)


def test_every_format_has_a_syntax_and_a_place() -> None:
    for one in formats():
        assert one.syntax in SYNTAXES
        assert one.files or one.directories or one.patterns
    known = {one.id for one in formats()}
    assert {info.when["format"] for info in INFOS if "format" in info.when} <= known


def test_the_readers_have_names_of_their_own() -> None:
    names = [one.name for one in CHECKER.readers]
    assert len(names) == len(set(names))
