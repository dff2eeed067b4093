"""What an image is subscribed to."""

import json

import pytest

from lading.inventory.catalogers import ubuntu_pro
from lading.inventory.catalogers.base import CatalogerResult
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.parsing import facts

PATH = "var/lib/ubuntu-advantage/status.json"


def service(name: object, status: str = "enabled") -> dict[str, object]:
    return {"name": name, "status": status, "entitled": "yes", "available": "yes", "description": "words"}


def test_enabled_services() -> None:
    services = [service("livepatch", "n/a"), service("fips", "disabled"), service("esm-infra"), service("esm-apps")]
    document = {"_schema_version": "0.1", "attached": True, "services": [*services, service(3), "junk"]}
    found = facts(ubuntu_pro.CATALOGER, PATH, json.dumps(document))
    assert found == CatalogerResult(text='{"ubuntu_pro":{"attached":true,"services":["esm-apps","esm-infra"]}}')


@pytest.mark.parametrize("document", ["{}", '{"attached": false, "services": [{"name": "fips", "status": "enabled"}]}'])
def test_images_that_are_not_attached(document: str) -> None:
    assert facts(ubuntu_pro.CATALOGER, PATH, document).text == '{"ubuntu_pro":{"attached":false,"services":[]}}'


def test_other_documents() -> None:
    assert facts(ubuntu_pro.CATALOGER, PATH, "[]") == CatalogerResult()
    assert facts(ubuntu_pro.CATALOGER, PATH, '{"attached": true, "services": {}}').text == (
        '{"ubuntu_pro":{"attached":true,"services":[]}}'
    )
    for broken in ("", "{", "[" * 100_000, b"\xff\xfe"):
        message = "not JSON: whether the image is attached to Ubuntu Pro is not known"
        assert facts(ubuntu_pro.CATALOGER, PATH, broken) == CatalogerResult(
            diagnostics=(Diagnostic("incomplete", "broken-build-information", message, PATH),)
        )
