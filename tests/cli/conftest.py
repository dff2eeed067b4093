"""Settings of this test alone."""

import os
from pathlib import Path

import pytest

from tests.support.settings import Site


@pytest.fixture
def site(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The working directory is an empty repository; no variable sets anything, and LADING_ORG_CONFIG names the
    organisation's file once that is there."""
    for name in os.environ:
        if name.startswith("LADING_"):
            monkeypatch.delenv(name)
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    monkeypatch.chdir(project)
    return Site(own_home / ".config" / "lading" / "lading.toml", project / "lading.toml", tmp_path / "lading-org.toml")
