"""What SECURITY.md promises is shown by tests that exist."""

import ast
import re
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parent.parent


def test_everything_named_exists() -> None:
    rows = [*_rows("SECURITY.md"), *_rows("docs/hostile.md")]
    named = {name for row in rows for name in re.findall(r"`([\w-]+)`", row[-1])}
    tests = {name for path in (_REPOSITORY / "tests").rglob("test_*.py") for name in _functions(path)}
    attacks = {
        name.replace("_", "-") for path in (_REPOSITORY / "bench").glob("hostile_*.py") for name in _functions(path)
    }
    assert named - tests - attacks == set()
    assert len(rows) >= 50


def _rows(page: str) -> list[list[str]]:
    """The rows of tables whose last column names what shows something."""
    lines = (_REPOSITORY / page).read_text().splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [row for row in rows if re.fullmatch(r" (?:`[\w-]+`(?:, )?)+ ", row[-1])]


def _functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_threat_names_a_test() -> None:
    text = (_REPOSITORY / "SECURITY.md").read_text()
    table = text[text.index("| threat |") : text.index("## What is bounded")]
    rows = [row for row in table.splitlines()[2:] if row.startswith("|")]
    assert [row for row in rows if "`test_" not in row.split("|")[-2]] == []
