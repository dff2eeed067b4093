"""Archives and single files of upstreams that keep a record in each file, for the tests of feeds."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tests.feeds.recorder import Parser, Recorder


def parse_tree(
    parser: Parser, folder: str, members: Mapping[str, str], single: Mapping[str, str], tmp_path: Path
) -> Recorder:
    """What `parser` makes of an archive of `members` in `folder` of the layout, and of the `single` files beside it."""
    archive = tmp_path / "tree.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        for name, text in members.items():
            info = tarfile.TarInfo(f"tree-main/{name}")
            info.size = len(text.encode())
            packed.addfile(info, io.BytesIO(text.encode()))
    files = {f"{folder}/tree.tar.gz": archive}
    for number, (name, text) in enumerate(single.items()):
        files[f"{folder}/{name}"] = tmp_path / f"{number}.yml"
        files[f"{folder}/{name}"].write_text(text)
    recorder = Recorder()
    parser(files, recorder)  # type: ignore[arg-type]
    return recorder
