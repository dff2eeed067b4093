"""`lading cache`."""

import os
import time
from pathlib import Path

import pytest

from lading.cli.main import main


def test_the_cache_is_shown_and_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    directory = tmp_path / "lading" / "layers"
    (directory / "ab").mkdir(parents=True)
    (directory / "ab" / "cd.layer").write_bytes(bytes(1500))
    (directory / "ab" / "ef.layer").write_bytes(bytes(500))
    assert [main(["cache", command]) for command in ("info", "clear", "info")] == [0, 0, 0]
    assert capsys.readouterr().out.splitlines() == [
        f"{directory}: 2 files, 2.0 kB",
        f"{directory}: removed 2 files, 2.0 kB",
        f"{directory}: 0 files, 0 bytes",
    ]


def test_the_cache_is_cut_by_size_and_by_last_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    directory = tmp_path / "lading" / "layers"
    (directory / "ab").mkdir(parents=True)
    for age, name in enumerate(("new", "old", "older", "oldest")):
        path = directory / "ab" / f"{name}.layer"
        path.write_bytes(bytes(500_000))
        os.utime(path, (time.time() - age * 100_000,) * 2)
    calls: tuple[list[str], ...] = (
        [],
        ["--older-than", "3d"],
        ["--max-size", "1MB", "--older-than", "4w"],
        ["--max-size", "0"],
    )
    assert [main(["cache", "prune", *options]) for options in calls] == [0, 0, 0, 0]
    assert capsys.readouterr().out.splitlines() == [
        f"{directory}: removed 0 files, 0 bytes; 4 files, 2.0 MB left",
        f"{directory}: removed 1 file, 500.0 kB; 3 files, 1.5 MB left",
        f"{directory}: removed 1 file, 500.0 kB; 2 files, 1.0 MB left",
        f"{directory}: removed 2 files, 1.0 MB; 0 files, 0 bytes left",
    ]


@pytest.mark.parametrize("options", [["--max-size", "many"], ["--max-size", "-1"], ["--older-than", "3 months"]])
def test_what_is_no_size_or_age_is_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "prune", *options]) == 2
    assert "expected a number of" in capsys.readouterr().err
