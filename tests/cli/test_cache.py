"""`lading cache`."""

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
