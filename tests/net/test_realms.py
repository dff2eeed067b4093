"""Which token services may be sent the credentials of which registry."""

import pytest

from lading.net.address import origin_of
from lading.net.realms import may_send, registrable_domain


def _may(registry: str, realm: str, *allowed: str) -> bool:
    return may_send(origin_of(registry), origin_of(realm), frozenset(allowed))


@pytest.mark.parametrize(
    ("registry", "realm"),
    [
        ("https://registry-1.docker.io", "https://auth.docker.io/token"),
        ("https://registry.hub.docker.com", "https://auth.docker.io/token"),
        ("https://registry.gitlab.com", "https://gitlab.com/jwt/auth"),
        ("https://ghcr.io", "https://ghcr.io/token"),
        ("https://quay.io", "https://quay.io/v2/auth"),
        ("https://mcr.microsoft.com", "https://mcr.microsoft.com/oauth2/token"),
        ("https://public.ecr.aws", "https://public.ecr.aws/token/"),
        ("https://team.azurecr.io", "https://team.azurecr.io/oauth2/token"),
        ("https://europe-docker.pkg.dev", "https://europe-docker.pkg.dev/v2/token"),
        ("https://gcr.io", "https://gcr.io/v2/token"),
        ("https://eu.gcr.io", "https://gcr.io/v2/token"),
        ("https://docker.elastic.co", "https://docker-auth.elastic.co/auth"),
        ("https://registry.cn-shanghai.aliyuncs.com", "https://dockerauth.cn-hangzhou.aliyuncs.com/auth"),
        ("https://registry.example.com", "https://sso.corp.example.com/token"),
        ("https://registry.example.co.uk", "https://auth.example.co.uk/token"),
        ("https://registry.example:5000", "https://registry.example:5001/token"),
        ("https://10.1.2.3:5000", "https://10.1.2.3/token"),
        ("https://[fd00::1]:5000", "https://[fd00::1]/token"),
        ("https://registry", "https://registry:8443/token"),
        ("http://registry.example:5000", "http://registry.example:5000/token"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/token"),
        ("http://registry.example:5000", "https://auth.registry.example/token"),
    ],
)
def test_services_that_may(registry: str, realm: str) -> None:
    assert _may(registry, realm)


@pytest.mark.parametrize(
    ("registry", "realm"),
    [
        ("https://registry-1.docker.io", "https://auth.docker.io.evil.example/token"),
        ("https://registry-1.docker.io", "https://evildocker.io/token"),
        ("https://registry-1.docker.io", "http://auth.docker.io/token"),
        ("https://evil.example", "https://auth.docker.io/token"),
        ("https://registry.example.com", "https://example.org/token"),
        ("https://registry.example.co.uk", "https://evil.co.uk/token"),
        ("https://registry.example.com.au", "https://evil.com.au/token"),
        ("https://one.azurecr.io", "https://two.azurecr.io/oauth2/token"),
        ("https://one.jfrog.io", "https://two.jfrog.io/token"),
        ("https://one.github.io", "https://two.github.io/token"),
        ("https://1.dkr.ecr.eu-west-1.amazonaws.com", "https://evil.s3.amazonaws.com/token"),
        ("https://registry.cn-shanghai.aliyuncs.com", "https://dockerauth.oss-cn-hangzhou.aliyuncs.com.evil.example/a"),
        ("https://registry.cn-shanghai.aliyuncs.com", "https://evil.oss-cn-hangzhou.aliyuncs.com/auth"),
        ("https://10.1.2.3", "https://10.1.2.4/token"),
        ("https://1.10.1.2", "https://2.10.1.2/token"),
        ("https://registry", "https://auth/token"),
        ("https://registry.com", "https://com/token"),
        ("https://registry.example", "http://registry.example/token"),
        ("https://registry.example", "http://registry.example:443/token"),
        ("http://registry.example:5000", "http://registry.example:5001/token"),
        ("http://registry.example:5000", "http://auth.registry.example:5000/token"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token"),
        ("http://127.0.0.1:5000", "http://localhost:5000/token"),
        ("https://registry.example", "http://127.0.0.1/token"),
    ],
)
def test_services_that_may_not(registry: str, realm: str) -> None:
    assert not _may(registry, realm)


@pytest.mark.parametrize(
    ("registry", "realm", "allowed"),
    [
        ("https://registry.example.com", "https://auth.example.org/token", "auth.example.org"),
        ("https://registry.example.com", "https://auth.example.org/token", "auth.example.org:443"),
        ("https://registry.example.com", "https://auth.example.org:8443/token", "auth.example.org:8443"),
        ("https://registry.example.com", "https://[fd00::1]:8443/token", "[fd00::1]:8443"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token", "127.0.0.1:5001"),
    ],
)
def test_services_that_the_user_allows(registry: str, realm: str, allowed: str) -> None:
    assert not _may(registry, realm)
    assert _may(registry, realm, allowed)


@pytest.mark.parametrize(
    ("registry", "realm", "allowed"),
    [
        ("https://registry.example.com", "http://auth.example.org/token", "auth.example.org"),
        ("https://registry.example.com", "http://auth.example.org/token", "auth.example.org:80"),
        ("https://registry.example.com", "https://auth.example.org:8443/token", "auth.example.org:443"),
        ("http://registry.example.com", "http://auth.example.org:80/token", "auth.example.org:80"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token", "127.0.0.1"),
    ],
)
def test_users_allow_no_more_than_they_name(registry: str, realm: str, allowed: str) -> None:
    assert not _may(registry, realm, allowed)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.com", "example.com"),
        ("example.com", "example.com"),
        ("a.example.com.", "example.com"),
        ("quay.io", "quay.io"),
        ("a.example.co.uk", "example.co.uk"),
        ("co.uk", ""),
        ("gcr.io", ""),
        ("localhost", ""),
        ("x.azurecr.io", ""),
        ("10.1.2.3", ""),
        ("fd00::1", ""),
        ("", ""),
    ],
)
def test_registrable_domains(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain
