"""The table of formats."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from lading.formats import documents, encoders
from lading.formats.encoders.registry import FORMATS, Subject, find_format, formats_of
from lading.model.checks import KIND_OF, Family
from tests.support.formats_page import formats_page
from tests.support.golden import Golden

_ENCODER = re.compile(r"encode_\w+")


def encoders_of(package: Path) -> set[tuple[str, str]]:
    """Every public function that is called like an encoder, by module below lading.formats."""
    root = package.parent
    found = set()
    for path in package.rglob("*.py"):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and _ENCODER.fullmatch(node.name):
                found.add((module, node.name))
    return found


def test_every_encoder_stands_in_the_table() -> None:
    written = encoders_of(Path(encoders.__path__[0])) | encoders_of(Path(documents.__path__[0]))
    assert {one.encoder for one in FORMATS} == written


def test_names_are_unique_by_subject() -> None:
    for subject in get_args(Subject):
        names = [name for one in formats_of([subject]) for name in (one.id, *one.aliases)]
        assert len(set(names)) == len(names)
        assert names


@pytest.mark.parametrize(
    ("name", "subjects", "found"),
    [
        ("table", ("report", "inventory"), ("table", "report")),
        ("JSON", ("report", "inventory"), ("json", "report")),
        ("cyclonedx", ("report", "inventory"), ("cyclonedx", "inventory")),
        ("cyclonedx-json", ("report", "inventory"), ("cyclonedx", "inventory")),
        ("spdx-json", ("inventory",), ("spdx", "inventory")),
        ("table", ("explanation",), ("text", "explanation")),
        ("tree", ("report", "inventory"), ("tree", "report")),
        ("pdf", ("report",), None),
    ],
)
def test_formats_go_by_their_names_and_those_of_other_tools(
    name: str, subjects: tuple[Subject, ...], found: tuple[str, str] | None
) -> None:
    format = find_format(name, subjects)
    assert (None if format is None else (format.id, format.subject)) == found


def test_the_first_format_of_the_first_subject_is_the_default() -> None:
    assert [one.id for one in formats_of(("report", "inventory"))] == [
        "table", "tree", "json", "html", "sarif",
        "gitlab", "gitlab-dependencies", "junit", "markdown",
        "trivy", "grype", "github", "asff", "csaf-vex", "csaf-vdr", "cosign-vuln", "in-toto", "prometheus",
        "template", "csv",
        "cyclonedx", "cyclonedx-1.7", "spdx", "spdx-3",
    ]  # fmt: skip


def test_formats_know_what_every_family_of_checks_finds() -> None:
    assert set(KIND_OF) == set(get_args(Family)) - {"file-digests", "package-files"}, "which find nothing"


def test_the_page_of_formats(golden: Golden) -> None:
    golden(Path(__file__).parents[3] / "docs" / "formats.md", formats_page().encode())
