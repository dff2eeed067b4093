"""Whose registry a host is of."""

import pytest

from lading.net.clouds.hosts import cloud_of


@pytest.mark.parametrize(
    ("host", "cloud"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", "AWS"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "AWS"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "AWS"),
        ("123456789012.dkr-ecr.eu-west-1.on.aws", "AWS"),
        ("public.ecr.aws", "AWS"),
        ("gcr.io", "Google Cloud"),
        ("eu.gcr.io", "Google Cloud"),
        ("europe-west1-docker.pkg.dev", "Google Cloud"),
        ("company.azurecr.io", "Azure"),
        ("company-abcd1234.azurecr.io", "Azure"),
        ("company.azurecr.cn", "Azure"),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example", None),
        ("evil.example.dkr.ecr.eu-west-1.amazonaws.com", None),
        ("123456789012.dkr.ecr.eu.west.amazonaws.com", None),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com:5000", None),
        ("a.public.ecr.aws", None),
        ("notgcr.io", None),
        ("a.b.gcr.io", None),
        ("europe-west1-python.pkg.dev", None),
        ("azurecr.io", None),
        ("company.azurecr.io.evil.example", None),
        ("mcr.microsoft.com", None),
        ("docker.io", None),
        ("169.254.169.254", None),
    ],
)
def test_hosts(host: str, cloud: str | None) -> None:
    assert cloud_of(host) == cloud
