"""Snaps that lie unpacked in an image.

Source: Snapcraft, "The snap format" (`meta/snap.yaml`).
"""

import re

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult, FoundPackage
from lading.inventory.unread import fault_of, left_out
from lading.model.reader import WantedFile
from lading.safeio.lines import beginning

_LINE = re.compile(r"""(name|version|license|base|type):[ \t]+(?:"([^"]*)"|'([^']*)'|([^#\n]*))""")
_ARCHITECTURES = re.compile(r"^architectures:\s*(?:\[\s*|-\s*)([\w-]+)", re.MULTILINE)


def parse_snap(file: WantedFile) -> CatalogerResult:
    """The snap whose root directory holds this `meta/snap.yaml`; nested values of the file do not matter."""
    text = beginning(file.content)
    fields: dict[str, str] = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            fields.setdefault(match[1], (match[2] or match[3] or match[4] or "").strip())
    name, version = fields.get("name", ""), fields.get("version", "")
    if fault := fault_of(name, version, "snap", "the file"):
        return CatalogerResult(diagnostics=(left_out(file.path, fault),))
    architecture = _ARCHITECTURES.search(text)
    package = FoundPackage(
        type="snap",
        name=name,
        version=version,
        arch=architecture[1] if architecture else "",
        licenses=(fields["license"],) if fields.get("license") else (),
        files=(file.path.removesuffix("meta/snap.yaml"),) if "/meta/" in file.path else (),
        properties={key: fields[key] for key in ("base", "type") if fields.get(key)},
    )
    return CatalogerResult(packages=(package,))


CATALOGER = Cataloger(name="snap", version=1, parse=parse_snap, patterns=("**/meta/snap.yaml",))
