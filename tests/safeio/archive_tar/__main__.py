"""Writes down what the Go that is there answers."""

import tempfile
from pathlib import Path

from tests.safeio.archive_tar import SOURCE, write
from tests.safeio.tar_table import GROUPS
from tests.support.go import build_go

with tempfile.TemporaryDirectory() as directory:
    built = Path(directory) / "archive_tar"
    build_go(SOURCE, built)
    write(built, {name: cases() for name, cases in GROUPS.items()})
