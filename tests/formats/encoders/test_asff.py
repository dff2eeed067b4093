"""Findings for AWS Security Hub, by the service's own model of what it takes."""

import json
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from lading.formats.encoders.asff import encode_asff
from lading.formats.view import View
from tests.formats.encoders.special import SPECIAL, VARIABLES

_VIEW = View(tool="lading 1.0", variables=VARIABLES)


def read() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(b"".join(encode_asff(SPECIAL, _VIEW)))
    return found


def test_the_service_takes_it() -> None:
    model = ServiceModel(Loader().load_service_model("securityhub", "service-2"))
    shape = model.operation_model("BatchImportFindings").input_shape
    known = set(shape.members["Findings"].member.members)
    for one in read():
        assert set(one) <= known
    assert ParamValidator().validate({"Findings": read()}, shape).generate_report() == ""


def test_rows_with_what_can_be_done() -> None:
    found = {one["Vulnerabilities"][0]["Id"]: one for one in read() if "Vulnerabilities" in one}
    assert {id: (one["Severity"]["Label"], one["Workflow"]["Status"]) for id, one in found.items()} == {
        "CVE-2023-38545": ("CRITICAL", "NEW"),
        "CVE-2005-2541": ("INFORMATIONAL", "NEW"),
        "CVE-2023-45853": ("INFORMATIONAL", "NEW"),
        "CVE-2021-23337": ("HIGH", "NEW"),
        "MAL-2026-1": ("INFORMATIONAL", "NEW"),
        "CVE-2020-8203": ("MEDIUM", "SUPPRESSED"),
        "CVE-2021-44228": ("CRITICAL", "SUPPRESSED"),
    }
    curl = found["CVE-2023-38545"]
    assert curl["Id"] == (f"docker.io/library/shop/linux/amd64/{curl['ProductFields']['lading/fingerprint']}/7.88.1-10")
    assert curl["ProductArn"] == "arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default"
    (vulnerability,) = curl["Vulnerabilities"]
    assert [one["Name"] for one in vulnerability["VulnerablePackages"]] == ["curl", "libcurl4"]
    assert (vulnerability["FixAvailable"], vulnerability["ExploitAvailable"]) == ("YES", "YES")
    assert found["CVE-2020-8203"]["Note"]["Text"] == "ignore lading.toml:3: not reachable"
    china = b"".join(encode_asff(SPECIAL, View(variables=VARIABLES | {"AWS_REGION": "cn-north-1"})))
    assert b'"arn:aws-cn:securityhub:cn-north-1:123456789012:' in china
