"""The registry of diagnostics: every code that is used stands in it, and no other."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic, diagnostic_infos, diagnostics_page
from tests.support.golden import Golden

REPOSITORY = Path(__file__).parents[2]
CONSTRUCTORS = {"Diagnostic": 1, "diagnostic": 0, "unread": 3}
"""Where the code stands among the arguments."""
BEGINNINGS = {"limit-…", "package-database-…"}
OF_ONE_FILE = {"file", "spool"}
"""Limits whose diagnostic is file-too-large."""


@cache
def trees() -> list[ast.Module]:
    return [ast.parse(path.read_text()) for path in (REPOSITORY / "src" / "lading").rglob("*.py")]


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == name), None)
    return named if named is not None or len(call.args) <= place else call.args[place]


def texts(value: ast.expr) -> Iterator[str]:
    """The texts that an expression may come to; of f-strings their beginnings, ending in "…"."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from (*texts(value.body), *texts(value.orelse))
    elif isinstance(value, ast.JoinedStr):
        first = value.values[0]
        yield from (f"{text}…" for text in texts(first))


def places(tree: ast.Module) -> dict[str, int]:
    """Functions that take a code to make a diagnostic of, and where it stands among their arguments."""
    found = dict(CONSTRUCTORS)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [one.arg for one in function.args.args if one.arg != "self"]
            if "code" in names:
                found[function.name] = names.index("code")
    return found


def used(tree: ast.Module) -> Iterator[str]:
    """Every code in a module: an argument of what makes diagnostics, or what a variable `code` is set to."""
    functions = places(tree)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node) in functions]
    if not any(name_of(call) in CONSTRUCTORS for call in calls):
        return
    for call in calls:
        value = argument(call, functions[name_of(call)], "code")
        yield from texts(value) if value is not None else ()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "code" for target in node.targets):
            yield from texts(node.value)


def limits(tree: ast.Module) -> Iterator[str]:
    """Every bound that may be met."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) == "LimitError":
            value = argument(node, 1, "limit")
            yield from texts(value) if value is not None else ()


def test_the_codes_that_are_used_are_those_with_rows() -> None:
    stated = {code for tree in trees() for code in used(tree)}
    assert {code for code in stated if code.endswith("…")} == BEGINNINGS
    made = {f"limit-{limit}" for tree in trees() for limit in limits(tree) if limit not in OF_ONE_FILE}
    made |= {"package-database-deleted", "package-database-emptied"}
    assert (stated - BEGINNINGS) | made == diagnostic_infos().keys()


def test_rows_are_sorted_and_speak_in_sentences() -> None:
    rows = diagnostic_infos()
    assert list(rows) == sorted(rows)
    for code, info in rows.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code), code
        assert all(text[0].isupper() or text[0] == "`" for text in (info.meaning, info.remedy)), code
        assert info.meaning.endswith(".") and info.remedy.endswith("."), code


def test_a_diagnostic_has_the_level_of_its_code() -> None:
    assert diagnostic("symlink-loop", "a loop", "etc") == Diagnostic("incomplete", "symlink-loop", "a loop", "etc")
    assert diagnostic("starter-set", "few") == Diagnostic("warning", "starter-set", "few")
    with pytest.raises(ValueError, match="unheard-of is no code of a diagnostic"):
        diagnostic("unheard-of", "?")


def test_the_page_is_current(golden: Golden) -> None:
    golden(REPOSITORY / "docs" / "diagnostics.md", diagnostics_page().encode())
