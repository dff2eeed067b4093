"""`-o`: formats, files and standard output."""

import io
import os
from pathlib import Path

import pytest

from lading.cli.output import Output, Screen, parse_outputs, screen, write_outputs
from lading.model.errors import UsageError

FORMATS = ("table", "json")


def test_without_options_a_table_goes_to_standard_output() -> None:
    assert parse_outputs((), FORMATS) == (Output("table"),)


def test_several_formats_in_one_run(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert parse_outputs(("table", f"json={file}"), FORMATS) == (Output("table"), Output("json", file))
    assert parse_outputs(("json=-",), FORMATS) == (Output("json"),)


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
        parse_outputs(options, FORMATS)
    assert str(refused.value) == message


def test_files_and_standard_output_are_written(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    file = tmp_path / "out.json"
    file.write_text("old")
    write_outputs(
        (Output("table"), Output("json", file)),
        lambda format, screen: f"{format} {screen.width} {screen.colour} ✓".encode(),
    )
    assert file.read_text() == "json 120 False ✓"
    assert capsysbinary.readouterr().out.decode() == "table 120 False ✓"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]


def test_a_new_file_is_as_open_as_the_umask_lets_it_be_and_an_old_one_stays_as_it_was(tmp_path: Path) -> None:
    new, old, link = tmp_path / "new", tmp_path / "old", tmp_path / "link"
    old.touch()
    old.chmod(0o640)
    link.symlink_to("old")
    before = os.umask(0o022)
    try:
        write_outputs((Output("json", new), Output("table", link)), lambda format, screen: b"x")
    finally:
        os.umask(before)
    assert (new.stat().st_mode & 0o777, old.stat().st_mode & 0o777) == (0o644, 0o640)
    assert link.is_symlink()
    assert old.read_bytes() == b"x"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_outputs((Output("json", Path("/dev/null")),), lambda format, screen: b"x")
    assert Path("/dev/null").is_char_device()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (False, {}, Screen(120, False)),
        (False, {"COLUMNS": "90"}, Screen(90, False)),
        (False, {"COLUMNS": "wide"}, Screen(120, False)),
        (True, {"COLUMNS": "90", "TERM": "xterm"}, Screen(90, True)),
        (True, {"COLUMNS": "90", "TERM": "xterm", "NO_COLOR": "1"}, Screen(90, False)),
        (True, {"COLUMNS": "90", "TERM": "xterm", "NO_COLOR": ""}, Screen(90, True)),
        (True, {"COLUMNS": "90", "TERM": "dumb"}, Screen(90, False)),
    ],
)
def test_width_and_colour_follow_the_reader(
    terminal: bool, environment: dict[str, str], expected: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COLUMNS", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", Terminal() if terminal else io.StringIO())
    assert screen() == expected
