"""Credential helpers made for a test."""

from pathlib import Path

import pytest


def make_helper(directory: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program docker-credential-NAME in PATH, of these lines of shell."""
    directory.mkdir(exist_ok=True)
    program = directory / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")
