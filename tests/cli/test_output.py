"""`-o`: formats, files and standard output."""

import io
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from lading.cli import output
from lading.cli.output import TOOL, Output, parse_outputs, screen, write_outputs
from lading.formats.encoders.registry import Format
from lading.formats.view import View
from lading.model.errors import UsageError


def echo(value: object, view: View) -> bytes:
    return f"{value} {view.width} {view.colour} ✓".encode()


class Echo(Format, frozen=True):
    """A format that writes what it is given."""

    def pieces(self, value: object, view: View) -> Iterable[bytes]:
        return (echo(value, view)[:3], echo(value, view)[3:])


TABLE = Echo("table", "report", "", "", ("", ""), ("text",))
JSON = Echo("json", "report", "", "", ("", ""))


@pytest.fixture(autouse=True)
def formats(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {one.id: one for one in (TABLE, JSON)}
    monkeypatch.setattr(output, "formats_of", lambda subjects: iter(found.values()))
    monkeypatch.setattr(output, "find_format", lambda name, subjects: found.get(name))


def test_without_options_a_table_goes_to_standard_output() -> None:
    assert parse_outputs((), "report") == (Output(TABLE),)


def test_several_formats_in_one_run(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert parse_outputs(("table", f"json={file}"), "report") == (Output(TABLE), Output(JSON, file))
    assert parse_outputs(("json=-",), "report") == (Output(JSON),)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("pdf",), "-o pdf: unknown format 'pdf'; known: table, json"),
        (("json=",), "-o json=: the file is missing after ="),
        (
            ("json", "table"),
            "-o: two formats go to standard output; write one of them to another file with -o FORMAT=FILE",
        ),
        (
            ("json=a", "table=a"),
            "-o: two formats go to the file a; write one of them to another file with -o FORMAT=FILE",
        ),
        (("json=no/such/out.json",), "-o json=no/such/out.json: the directory no/such does not exist"),
    ],
)
def test_what_cannot_be_is_refused_before_the_scan(options: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_outputs(options, "report")
    assert str(refused.value) == message


def test_files_and_standard_output_are_written(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    file = tmp_path / "out.json"
    file.write_text("old")
    write_outputs((Output(TABLE), Output(JSON, file)), {"report": "result"})
    assert file.read_text() == "result None False ✓"
    assert capsysbinary.readouterr().out.decode() == "result None False ✓"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]


def test_a_new_file_is_as_open_as_the_umask_lets_it_be_and_an_old_one_stays_as_it_was(tmp_path: Path) -> None:
    new, old, link = tmp_path / "new", tmp_path / "old", tmp_path / "link"
    old.touch()
    old.chmod(0o640)
    link.symlink_to("old")
    before = os.umask(0o022)
    try:
        write_outputs((Output(JSON, new), Output(TABLE, link)), {"report": "x"})
    finally:
        os.umask(before)
    assert (new.stat().st_mode & 0o777, old.stat().st_mode & 0o777) == (0o644, 0o640)
    assert link.is_symlink()
    assert old.read_bytes().startswith(b"x ")


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_outputs((Output(JSON, Path("/dev/null")),), {"report": "x"})
    assert Path("/dev/null").is_char_device()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (False, {}, View(None, False, tool=TOOL)),
        (False, {"COLUMNS": "90"}, View(90, False, tool=TOOL)),
        (False, {"COLUMNS": "wide"}, View(None, False, tool=TOOL)),
        (True, {"COLUMNS": "90", "TERM": "xterm"}, View(90, True, tool=TOOL)),
        (True, {"COLUMNS": "90", "TERM": "xterm", "NO_COLOR": "1"}, View(90, False, tool=TOOL)),
        (True, {"COLUMNS": "90", "TERM": "xterm", "NO_COLOR": ""}, View(90, True, tool=TOOL)),
        (True, {"COLUMNS": "90", "TERM": "dumb"}, View(90, False, tool=TOOL)),
        (False, {"FORCE_COLOR": "1"}, View(None, True, tool=TOOL)),
        (False, {"FORCE_COLOR": ""}, View(None, False, tool=TOOL)),
        (True, {"COLUMNS": "90", "TERM": "xterm", "FORCE_COLOR": "1", "NO_COLOR": "1"}, View(90, False, tool=TOOL)),
    ],
)
def test_width_and_colour_follow_the_reader(
    terminal: bool, environment: dict[str, str], expected: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", Terminal() if terminal else io.StringIO())
    assert screen() == expected
