"""Reports by templates of users."""

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest

from lading.cli.main import main
from lading.formats.encoders.template.report import MOST_SOURCE, encode_template
from lading.formats.view import View
from lading.model.errors import FormatError
from tests.formats.encoders.special import HOSTILE, SPECIAL

_DOCUMENT = Path(__file__).parents[4] / "docs" / "templates.md"


def written(source: str, name: str = "t.txt.j2") -> str:
    return encode_template(SPECIAL, View(tool="lading 1.0", template=source, template_name=name)).decode()


def test_the_template_of_the_documentation() -> None:
    source = re.findall(r"```jinja\n(.*?)```", _DOCUMENT.read_text(), re.DOTALL)[0]
    assert written(source).split("\n") == [
        "docker.io/library/shop:1.4: 2 can be fixed",
        "CRITICAL CVE-2023-38545 curl 7.88.1-10: Upgrade curl to 7.88.1-10+deb12u4.",
        "HIGH CVE-2021-23337 lodash 4.17.20: Upgrade lodash to 4.17.21.",
        "",
    ]


def test_the_documentation_names_what_a_row_has() -> None:
    (row, *_) = json.loads(written("{{ rows | tojson }}"))
    said = re.search(r"A row has (.*?)\n\n", _DOCUMENT.read_text(), re.DOTALL)
    assert said is not None
    assert set(row) <= set(re.findall(r"`(\w+)`", said[1]))


def test_values_mean_nothing_to_what_is_written() -> None:
    rows = "{% for row in rows if row.id == 'MAL-2026-1' %}"
    name = HOSTILE.replace("\x1b", "\\x1b").replace("\n", " ").replace("\u202e", "\\u202e").replace("\udcff", "\\udcff")
    assert written(rows + "{{ row.package }}{% endfor %}") == name + "\n"
    ((cell,),) = csv.reader(StringIO(written(rows + "{{ row.package | csv }}{% endfor %}")))
    assert cell == f"'{name}"
    html = written(rows + "<p>{{ row.package }}</p>{% endfor %}", "t.HTML.j2")
    assert "&lt;x&gt;&amp;" in html
    assert "{{7*7}}" in html
    assert "\\|\\{\\{7\\*7\\}\\}" in written(rows + "{{ row.package | markdown }}{% endfor %}")
    assert "<x>" not in written(rows + "{{ row | tojson }}{% endfor %}")


def test_what_is_suppressed_is_there_as_such() -> None:
    source = (
        "{% for row in rows if row.section == 'suppressed' %}{{ row.id }}: {{ row.suppressed_reason }}\n{% endfor %}"
    )
    assert written(source) == "CVE-2020-8203: not reachable\nCVE-2021-44228: JNDI is not there\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("\n{{ rowz }}", "t.txt.j2: line 2: 'rowz' is undefined"),
        (
            "{% for row in rows %}\n\n{{ row.nam }}{% endfor %}",
            "t.txt.j2: line 3: 'dict object' has no attribute 'nam'",
        ),
        ("\n\n{% if %}", "t.txt.j2: line 3: Expected an expression, got 'end of statement block'"),
        ("{{ 1 // 0 }}", "t.txt.j2: line 1: integer division or modulo by zero"),
        ("{% include 'x' %}", "t.txt.j2: line 1: no loader for this environment specified"),
        ("{{ rows }}", "t.txt.j2: line 1: a list cannot be written as text; a loop or |tojson can do it"),
        ("a" * (MOST_SOURCE + 1), "t.txt.j2: a template has 262,144 characters at most"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(source: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        written(source)
    assert str(caught.value) == message


def test_what_is_written_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lading.formats.encoders.template.report._MOST_OUTPUT", 1_000)
    with pytest.raises(FormatError, match="writes more than 1,000 characters"):
        written("{% for one in range(200) %}" + "a" * 10 + "{{ one }}{% endfor %}")


def test_the_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from lading.formats.documents.report import report_json

    report, template, out = tmp_path / "r.json", tmp_path / "t.md", tmp_path / "out"
    report.write_bytes(report_json(SPECIAL, View()))
    template.write_text("{{ rows | length }} rows\n")
    options = ["convert", str(report), "--allow-incomplete"]
    assert main([*options, "--template", str(template), "-o", f"template={out}"]) == 0
    assert out.read_text() == "7 rows\n"
    assert main([*options, "-o", "template"]) == 2
    assert main([*options, "--template", str(template)]) == 2
    template.write_bytes(b"\xff")
    assert main([*options, "--template", str(template), "-o", "template"]) == 2
    said = capfd.readouterr().err
    assert "by which template? Name its file with --template FILE" in said
    assert f"--template {template}: nothing is written by it: add -o template or -o template=FILE" in said
    assert f"--template {template}: is not UTF-8" in said
