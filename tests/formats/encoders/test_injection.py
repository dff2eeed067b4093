"""Reports that somebody else wrote, with what drives terminals, pages and logs in every text of theirs."""

import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from lading.formats.decoders.report import parse_report
from lading.formats.encoders.registry import find_format
from lading.formats.encoders.text.canvas import Canvas
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated
from tests.formats.decoders.test_report import rich, written

PAYLOAD = (
    "x<script>alert(1)</script><img src=x onerror=alert(2)>\"'`|\n::error::a%0A\r\n\x1b]0;t\x07\x1b[31m\u202e\x00\x9b"
    "31m]]>--> @somebody ![a](http://b/) </details> {{7*7}} \\ # h\n# h1\n}a{ 1\n"
)
_FREE = frozenset({
    "arch", "architecture", "author", "code", "codename", "created_by", "cwes", "database", "detail", "diff_id",
    "expires", "fixed", "fixed_version", "instruction", "kind", "message", "name", "note", "os", "path", "pretty",
    "reason", "scheme", "shard", "source", "summary", "text", "tool", "type", "url", "version", "where",
})  # fmt: skip
"""What a reader of reports takes any text for."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def injected(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: injected(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [injected(one, key) for one in value]
    return value + PAYLOAD if isinstance(value, str) and key in _FREE else value


@pytest.fixture(scope="module")
def hostile() -> Evaluated:
    return Evaluated(parse_report(json.dumps(injected(json.loads(written(rich())))).encode(), "x"), Decision())


def encoded(name: str, hostile: Evaluated) -> str:
    found = find_format(name, ("report",))
    assert found is not None
    return found.encode(hostile, View(show_all=True, tool="lading 1")).decode()


@pytest.mark.parametrize("name", ["table", "tree", "markdown", "html", "csv", "prometheus", "junit"])
def test_nothing_that_drives_terminals_or_logs_is_handed_on(name: str, hostile: Evaluated) -> None:
    text = encoded(name, hostile)
    assert not _CONTROLS.search(text)
    assert not re.search(r"^::error", text, re.MULTILINE)
    if name != "junit":
        assert not re.search("[\x80-\x9f\u202e]", text)


def test_no_markup_is_handed_on(hostile: Evaluated) -> None:
    assert "<script>alert" not in encoded("html", hostile)
    assert not re.search(r"(?<!\\)<(?:script|img)|(?<!\\)!\[a", encoded("markdown", hostile))


def test_every_line_for_prometheus_is_one_of_its(hostile: Evaluated) -> None:
    line = re.compile(r'#.*|[a-z_]+(?:\{(?:[a-z_]+="(?:\\.|[^"\\])*",?)*\})? [-+.\deE]+')
    assert [one for one in encoded("prometheus", hostile).splitlines() if not line.fullmatch(one)] == []


def test_junit_is_xml(hostile: Evaluated) -> None:
    assert len(list(ET.fromstring(encoded("junit", hostile)).iter("testcase"))) > 1


@pytest.mark.parametrize("colour", [False, True])
def test_a_line_is_one_line_whoever_adds_it(colour: bool) -> None:
    canvas = Canvas(None, colour=colour)
    canvas.add("a\n::error::b", ("\x1b[2Jc", "red"))
    text = re.sub(rb"\x1b\[[\d;]*m", b"", canvas.render())
    assert text == b"a\\n::error::b\\x1b[2Jc\n"
