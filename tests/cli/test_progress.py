"""Progress for people at a terminal, unmatched_reason for everyone else."""

import io

import pytest

from lading.cli.progress import progress_on_terminal
from lading.model.ports import NoProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_on_terminal() as progress:
        assert isinstance(progress, NoProgress)
        progress.start("layer 1", "layer 1 of 1", 10)
        progress.advance("layer 1", 10)
        progress.finish("layer 1")
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_bars_that_go_away(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress_on_terminal() as progress:
        progress.start("layer 1", "layer 1 [bold]of 1\x1b[31m", 10)
        progress.advance("layer 1", 5)
        progress.advance("never started", 5)
    shown = terminal.getvalue()
    assert "layer 1 [bold]of 1\\x1b[31m" in shown
    assert shown.endswith("\x1b[1A\x1b[2K")
    assert capsys.readouterr().out == ""


def test_a_dumb_terminal_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setenv("TERM", "dumb")
    with progress_on_terminal() as progress:
        assert isinstance(progress, NoProgress)
