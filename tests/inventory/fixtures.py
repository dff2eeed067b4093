"""The package fixtures that lie beside the repository, where they do."""

import lzma
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures"


def input_files(folder: Path) -> dict[str, bytes]:
    """The input of a case by the path where each file would lie, unpacked."""
    root = folder / "input"
    files = {}
    for file in sorted(one for one in root.rglob("*") if one.is_file()):
        path, data = str(file.relative_to(root)), file.read_bytes()
        files[path.removesuffix(".xz")] = lzma.decompress(data) if file.suffix == ".xz" else data
    return files
