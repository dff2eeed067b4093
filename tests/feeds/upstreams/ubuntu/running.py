"""What the tests of Ubuntu's documents share: a parser run over files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from lading.feeds.sources import DirectorySource
from lading.feeds.upstreams.ubuntu import FEED
from tests.feeds.recorder import Parser, Recorder

SHARED = Path(__file__).resolve().parents[5] / "shared" / "feeds"


def run(parser: Parser, tmp_path: Path, documents: Mapping[str, str | bytes | Path]) -> Recorder:
    """What `parser` makes of documents by their paths in the layout."""
    files = {}
    for number, (path, content) in enumerate(documents.items()):
        file = content if isinstance(content, Path) else tmp_path / f"document-{number}"
        if not isinstance(content, Path):
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        files[path] = file
    recorder = Recorder()
    parser(files, recorder)  # type: ignore[arg-type]
    return recorder


def run_shared(name: str, tmp_path: Path) -> Recorder:
    """What a unit makes of what is held of it; skips the test where nothing is."""
    if not SHARED.is_dir():
        pytest.skip("no shared feeds")
    source = DirectorySource(SHARED)
    (unit,) = (one for one in FEED.units(source.held()) if one.name == name)
    return run(unit.parse, tmp_path, {one.path: path for one in unit.documents if (path := source._find(one))})
