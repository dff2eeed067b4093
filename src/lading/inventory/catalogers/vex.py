"""VEX documents that lie in an image, and the signatures beside them. They are kept as they are: what they state, and
whether it counts, is for later stages.

Source: the names that OpenVEX and CSAF give files (`*.openvex.json`, `*.vex.json`), and the places where packagers put
them.
"""

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile

_MOST = 16_000_000
_MOST_SIGNATURE = 100_000
_SIGNATURE = ".sig"
_BLANK = b" \t\r\n\xef\xbb\xbf"
_ENDINGS = (".json", ".json.sig")


def parse(file: WantedFile) -> CatalogerResult:
    """The bytes of a document or a signature."""
    most = _MOST_SIGNATURE if file.path.endswith(_SIGNATURE) else _MOST
    if len(file.content) > most:
        message = f"{len(file.content):,} bytes, above {most:,}: what it states is not known"
        return CatalogerResult(diagnostics=(diagnostic("vex-unreadable", message, file.path),))
    data = file.content[:]
    if not file.path.endswith(_SIGNATURE) and not data.lstrip(_BLANK).startswith(b"{"):
        return CatalogerResult(diagnostics=(diagnostic("vex-unreadable", "not JSON", file.path),))
    return CatalogerResult(vex=data)


CATALOGER = Cataloger(
    name="vex",
    version=1,
    parse=parse,
    directories=dict.fromkeys(
        (".vex", "etc/vex", "opt/vex", "usr/local/share/vex", "usr/share/vex", "var/lib/vex", "vex"), _ENDINGS
    ),
    patterns=("**/*.openvex.json", "**/*.vex.json", "**/*.openvex.json.sig", "**/*.vex.json.sig"),
)
