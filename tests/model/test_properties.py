"""Properties of packages that several rooms know."""

import ast
from pathlib import Path

import pytest

from lading.model import properties
from lading.model.package import Package
from lading.model.properties import (
    NO_CODE,
    ROOT,
    bundled_in,
    has_no_code,
    implementor,
    is_root,
    module_stream,
    relationship,
    slot,
    source_rpm,
)

SOURCES = Path(__file__).parents[2] / "src" / "lading"
COMMON = {"dev", "wordpress", "contents", "environment", "runtime", "slot"}
"""Words that stand for other things elsewhere."""


def package(**stated: str) -> Package:
    return Package("a", "1", "generic", properties=stated)


def test_what_packages_say() -> None:
    said = package(bundled_in="pip", implementor="Oracle", relationship="direct", slot="3/3.2", sourcerpm="a.src.rpm")
    assert (bundled_in(said), implementor(said), relationship(said)) == ("pip", "Oracle", "direct")
    assert (slot(said), source_rpm(said), is_root(said)) == ("3", "a.src.rpm", False)
    assert is_root(package(**ROOT))


def test_what_packages_do_not_say() -> None:
    asked = (bundled_in, implementor, module_stream, relationship, slot, source_rpm)
    assert {ask(package()) for ask in asked} == {""}
    assert not is_root(package())


@pytest.mark.parametrize(
    ("label", "module"), [("nodejs:18:8080020230:abcdef:x86_64", "nodejs:18"), ("nodejs", "nodejs"), ("", "")]
)
def test_modules(label: str, module: str) -> None:
    assert module_stream(package(modularity=label)) == module


def test_packages_without_code() -> None:
    assert has_no_code(package(**NO_CODE, other="x"))
    assert not has_no_code(package(contents="code"))
    assert not has_no_code(package())


def test_their_names_stand_nowhere_else() -> None:
    names = {value for name, value in vars(properties).items() if name.isupper() and isinstance(value, str)} - COMMON
    assert {"bundled_in", "modularity"} <= names
    for path in SOURCES.rglob("*.py"):
        if path != Path(properties.__file__):
            found = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
            assert not names & found, path
