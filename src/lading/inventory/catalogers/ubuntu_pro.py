"""Which services of Ubuntu Pro an image is subscribed to. Later stages take the advisories that count from them.

Source: ubuntu-pro-client, `var/lib/ubuntu-advantage/status.json`: what `pro status --format json` prints, kept for
those who may not ask.
"""

from lading.inventory.catalogers.cataloger import Cataloger, CatalogerResult
from lading.model.build_records import UbuntuPro
from lading.model.diagnostics import diagnostic
from lading.model.reader import WantedFile
from lading.safeio.javascript_json import decode_json


def parse(file: WantedFile) -> CatalogerResult:
    """Whether the image is attached, and its enabled services."""
    try:
        document = decode_json(file.content, object, spend=file.spend)
    except ValueError:
        message = "not JSON: whether the image is attached to Ubuntu Pro is not known"
        return CatalogerResult(diagnostics=(diagnostic("broken-build-information", message, file.path),))
    if not isinstance(document, dict):
        return CatalogerResult()
    attached = document.get("attached") is True
    listed = document.get("services")
    services = {
        one["name"]
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and one.get("status") == "enabled" and isinstance(one.get("name"), str)
    }
    return CatalogerResult(build_record=UbuntuPro(attached, tuple(sorted(services)) if attached else ()))


CATALOGER = Cataloger(name="ubuntu-pro", version=2, parse=parse, files=("var/lib/ubuntu-advantage/status.json",))
