"""Containers written by hand."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Mapping

from lading.model.diagnostic import Diagnostic
from lading.model.package import Inventory
from lading.safeio.zstd import compress
from tests.inventory.test_assemble import inventory_of
from tests.tars import Entry, File, make_tar

LODASH = {"node_modules/lodash/package.json": b'{"name": "lodash", "version": "4.17.20"}'}
REQUESTS = {"requests-2.19.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: requests\nVersion: 2.19.0\n"}


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive, the same every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """A tar, the same every time."""
    return make_tar(File(path, data) for path, data in files.items())


PACKED = {
    ".tar": bytes,
    ".tar.gz": lambda data: gzip.compress(data, mtime=0),
    ".tar.bz2": bz2.compress,
    ".tar.xz": lzma.compress,
    ".tar.zst": compress,
}


def found(*layers: Mapping[str, bytes]) -> tuple[Inventory, tuple[Diagnostic, ...]]:
    """What is in an image of these layers."""
    entries: list[list[Entry]] = [[File(path, data) for path, data in files.items()] for files in layers]
    return inventory_of(*entries)


def places(inventory: Inventory) -> dict[str, list[str]]:
    """Where each package lies, by `name@version`."""
    return {f"{one.name}@{one.version}": [place.path for place in one.locations] for one in inventory.packages}
