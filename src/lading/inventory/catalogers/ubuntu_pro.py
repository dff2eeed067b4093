"""Which services of Ubuntu Pro an image is subscribed to. Later stages take the advisories that count from them.

Source: ubuntu-pro-client, `var/lib/ubuntu-advantage/status.json`: what `pro status --format json` prints, kept for
those who may not ask.
"""

import json

from lading.inventory.catalogers.base import Cataloger, CatalogerResult, WantedFile
from lading.model.diagnostic import Diagnostic
from lading.safeio.javascript_json import decode_json


def parse(file: WantedFile) -> CatalogerResult:
    """`text` is a JSON object with `ubuntu_pro`: whether the image is `attached`, and its enabled `services`, sorted
    ("esm-apps", "esm-infra", "fips-updates", …)."""
    try:
        document = decode_json(file.content, object)
    except ValueError:
        message = "not JSON: whether the image is attached to Ubuntu Pro is not known"
        return CatalogerResult(diagnostics=(Diagnostic("incomplete", "broken-build-information", message, file.path),))
    if not isinstance(document, dict):
        return CatalogerResult()
    attached = document.get("attached") is True
    listed = document.get("services")
    services = {
        one["name"]
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and one.get("status") == "enabled" and isinstance(one.get("name"), str)
    }
    record = {"attached": attached, "services": sorted(services) if attached else []}
    return CatalogerResult(text=json.dumps({"ubuntu_pro": record}, sort_keys=True, separators=(",", ":")))


CATALOGER = Cataloger(name="ubuntu-pro", version=1, parse=parse, files=("var/lib/ubuntu-advantage/status.json",))
