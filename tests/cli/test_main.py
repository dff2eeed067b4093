"""The command line's edge: start-up, help, errors and exit statuses."""

import gc
import os
import signal
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from lading import __version__
from lading.cli import main as edge
from lading.cli.commands import COMMANDS
from lading.cli.main import main
from lading.engine import scan as engine_scan
from lading.formats.encoders.registry import Subject, formats_of
from lading.model.errors import ImageError

ROOT = Path(__file__).parents[2]
SCAN: tuple[Subject, ...] = ("report", "scanned", "inventory")
LADING = (sys.executable, "-m", "lading")


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT).stdout


def test_version_imports_nothing_heavy() -> None:
    code = (
        "import sys; from lading.cli.main import main; main(['--version'])\n"
        "print(sorted({'click', 'msgspec', 'rich', 'urllib3', 'sqlite3', 'json', 'typing'} & set(sys.modules)))"
    )
    assert python(code) == f"lading {__version__}\n[]\n"


def test_help_imports_no_command() -> None:
    code = (
        "import sys; from lading.cli.main import main; main(['--help'])\n"
        "print([name for name in sys.modules if name.startswith('lading.') and not name.startswith('lading.cli')])\n"
        "print([name for name in ('lading.cli.scan', 'msgspec', 'rich', 'urllib3') if name in sys.modules])"
    )
    assert python(code).splitlines()[-1] == "[]"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, entry in COMMANDS.items():
        assert f"  {name}" in shown
        assert entry.help in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_table_says(name: str) -> None:
    command = getattr(import_module(COMMANDS[name].module), COMMANDS[name].attribute)
    assert isinstance(command, click.Command)
    assert command.name == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sail"], "No such command 'sail'; to scan an image of this name: lading scan sail"),
        (["scna"], "No such command 'scna'. Did you mean 'scan'? (see lading --help)"),
        (["db", "updat"], "No such command 'updat'. Did you mean 'update'? (see lading db --help)"),
        (["db", "list", "ubunto"], "ubunto: no such feed (did you mean ubuntu?); `lading db list` shows them"),
        (
            ["scan", "--db", "newest", "/"],
            "--db newest: neither a file or directory, nor a digest (sha256:…) or a date (2026-01-31)",
        ),
        (["scan"], "Missing argument 'IMAGE' (see lading scan --help)"),
        (["scan", "--zzz", "x"], "No such option '--zzz' (see lading scan --help)"),
        (
            ["scan", "--fail-on", "red", "x"],
            "--fail-on 'red': expected one of none, any, negligible, low, medium, high, critical, unknown",
        ),
        (
            ["scan", "-o", "pdf", "x"],
            f"-o pdf: unknown format 'pdf'; known: {', '.join(one.id for one in formats_of(SCAN))}",
        ),
        (
            ["scan", "--limit", "total=lots", "x"],
            "--limit total=lots: expected NAME=NUMBER with one of: "
            "entries=5000000, file=256000000, spool=4000000000, ratio=100, total=100000000000, work=560",
        ),
    ],
)
def test_usage_errors_are_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", f"lading: {message}\n")


def test_errors_are_one_line_and_cannot_drive_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ImageError("bad\nimage \x1b[31m")

    monkeypatch.setattr(engine_scan, "list_target", fail)
    assert main(["scan", "x"]) == 2
    assert capsys.readouterr() == ("", "lading: bad image \\x1b[31m\n")


def test_an_interruption_is_130(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine_scan, "list_target", interrupt)
    assert main(["scan", "x"]) == 130
    assert capsys.readouterr() == ("", "lading: interrupted\n")


def test_a_reader_that_leaves_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run([*LADING, "--help"], stdout=write, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_a_closed_stream_is_no_error(closed: str) -> None:
    script = f'"$@" {closed}'
    ran = subprocess.run(["sh", "-c", script, "sh", *LADING, "demo"], capture_output=True, check=False, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run([*LADING, "--version"], stdout=full, stderr=subprocess.PIPE, check=False, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (2, b"lading: standard output: No space left on device\n")


def test_a_defect_is_not_a_failed_gate() -> None:
    code = (
        "import lading.cli.main as edge\ndef broken(arguments): raise ZeroDivisionError\nedge.main = broken\nedge.run()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1] == (
        "lading: this is a defect of Lading itself; please report it with the lines above"
    )


@pytest.mark.parametrize(
    ("error", "number"), [(KeyboardInterrupt(), signal.SIGINT), (edge._Terminated(), signal.SIGTERM)]
)
def test_an_interruption_where_none_can_be_raised_comes_again(error: BaseException, number: signal.Signals) -> None:
    came = threading.Event()
    before = signal.signal(number, lambda *_: came.set())
    try:
        edge._come_again(SimpleNamespace(exc_value=error))
        assert came.wait(60)
    finally:
        signal.signal(number, before)


def test_what_a_machine_is_short_of_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def short(_: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(edge, "main", short)
    monkeypatch.setattr(sys, "argv", ["lading", "--version"])
    with pytest.raises(SystemExit) as ended:
        edge.run()
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "lading: no further process or thread can be started: this user or container has too many, or memory is too "
        "short; nothing was decided\n"
    )


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [(signal.SIGINT, 130, "lading: interrupted\n"), (signal.SIGTERM, 143, "lading: asked to end\n")],
)
def test_who_is_asked_to_end_leaves_nothing(number: signal.Signals, status: int, said: str, tmp_path: Path) -> None:
    """With the process that reads the image, and its directory for temporary files."""
    code = (
        "import os, pathlib, time, lading.engine.scan as module, lading.cli.main as edge, sys\n"
        "def wait(*_):\n"
        "    pathlib.Path(os.environ['TMPDIR'], 'left').touch()\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(60)\n"
        "module.list_target = wait\n"
        "sys.argv = ['lading', 'scan', 'x']\n"
        "edge.run()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as running:
        assert running.stdout is not None
        worker = int(running.stdout.readline())
        running.send_signal(number)
        _, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (status, said)
    assert list(tmp_path.iterdir()) == []
    assert not Path(f"/proc/{worker}").exists()
