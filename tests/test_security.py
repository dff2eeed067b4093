"""What SECURITY.md promises is shown by tests that exist."""

import ast
import re
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parent.parent


def test_every_named_test_exists() -> None:
    rows = [
        row.strip("|").split("|")
        for row in (_REPOSITORY / "SECURITY.md").read_text().splitlines()
        if row.startswith("|") and "`test_" in row
    ]
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row[-1])}
    defined = {
        node.name
        for path in (_REPOSITORY / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert named - defined == set()
    assert len(rows) >= 15


def test_every_threat_names_a_test() -> None:
    text = (_REPOSITORY / "SECURITY.md").read_text()
    table = text[text.index("| threat |") : text.index("## What is bounded")]
    rows = [row for row in table.splitlines()[2:] if row.startswith("|")]
    assert [row for row in rows if "`test_" not in row.split("|")[-2]] == []
