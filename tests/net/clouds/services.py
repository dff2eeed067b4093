"""Fakes of the services at which clouds give accounts for their registries.

What they answer is what the clouds' own SDKs read, as bench/clouds.py shows.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from lading.net.clouds.asking import Ask
from lading.net.clouds.aws_keys import AwsServices
from lading.net.clouds.azure import AzureServices
from lading.net.clouds.google import GoogleServices
from lading.net.clouds.hosts import cloud_of
from lading.net.clouds.identity import CloudServices, find_account
from lading.net.credentials import Credentials
from tests.net.scripted import Reply, Request, Server

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
GAR = "europe-west1-docker.pkg.dev"
ACR = "company.azurecr.io"
PASSWORD = "p4ssword-of-the-registry"
_LOGIN = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
_GIVEN = {"authorizationToken": _LOGIN, "expiresAt": 4070908800.0}
IMPERSONATE = "/google/v1/projects/-/serviceAccounts/a@b.example:generateAccessToken"
ROLE = "arn:aws:iam::123456789012:role/scan"
_UNTIL = "2099-01-01T00:00:00Z"
_STS = (
    '<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result>'
    "<AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/scan/x</Arn>"
    "</AssumedRoleUser><Credentials>"
    "<AccessKeyId>ASIATAKEN</AccessKeyId><SecretAccessKey>taken-secret</SecretAccessKey>"
    f"<SessionToken>taken-token</SessionToken><Expiration>{_UNTIL}</Expiration></Credentials></{{0}}Result>"
    "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{0}Response>"
)
_SESSION = {
    "Code": "Success",
    "LastUpdated": "2026-01-02T03:00:00Z",
    "Type": "AWS-HMAC",
    "AccessKeyId": "ASIASESSION",
    "SecretAccessKey": "session-secret",
    "Token": "session-token",
    "Expiration": _UNTIL,
}
_BEARER = {"token_type": "Bearer", "expires_in": 3599}
_MANAGED = {
    "token_type": "Bearer",
    "expires_in": "86399",
    "expires_on": "4070908800",
    "resource": "https://containerregistry.azure.net",
}


def _json(document: object) -> Reply:
    return Reply(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


ANSWERS: Mapping[str, Reply] = {
    "/ecr/eu-west-1/amazonaws.com/": _json({"authorizationData": [{**_GIVEN, "proxyEndpoint": f"https://{ECR}"}]}),
    "/public/": _json({"authorizationData": _GIVEN}),
    "/sts/eu-west-1/amazonaws.com/": Reply(200, _STS.encode(), {"Content-Type": "text/xml"}),
    "/sso/us-east-1/federation/credentials": _json(
        {
            "roleCredentials": {
                "accessKeyId": "ASIASSO",
                "secretAccessKey": "sso-secret",
                "sessionToken": "sso-session-token",
                "expiration": 4070908800000,
            }
        }
    ),
    "/machine/latest/api/token": Reply(200, b"imds-token"),
    "/machine/latest/meta-data/iam/security-credentials/": Reply(200, b"node\n"),
    "/machine/latest/meta-data/iam/security-credentials/node": _json(_SESSION),
    "/container/role": _json(_SESSION),
    "/google/token": _json({"access_token": PASSWORD, **_BEARER}),
    "/google/exchange": _json(
        {
            "access_token": "federated-token",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            **_BEARER,
        }
    ),
    IMPERSONATE: _json({"accessToken": PASSWORD, "expireTime": _UNTIL}),
    "/google/subject": _json({"value": "subject-token"}),
    "/computeMetadata/v1/instance/service-accounts/default/": _json(
        {"aliases": ["default"], "email": "default", "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}
    ),
    "/computeMetadata/v1/instance/service-accounts/default/token": _json({"access_token": PASSWORD, **_BEARER}),
    "/login/tenant-1/oauth2/v2.0/token": _json({"access_token": "entra-token", **_BEARER}),
    "/machine/metadata/identity/oauth2/token": _json({"access_token": "managed-token", **_MANAGED}),
    "/app": _json({"access_token": "app-token", **_MANAGED, "client_id": "client-1"}),
    "/exchange/company.azurecr.io": _json({"refresh_token": PASSWORD}),
}


class Clouds:
    """All clouds in one server."""

    def __init__(self, server: Server, home: Path) -> None:
        self.server = server
        self.home = home
        url = server.url
        self.services = CloudServices(
            AwsServices(
                ecr=f"{url}/ecr/{{region}}/{{domain}}/",
                ecr_public=f"{url}/public/",
                sts=f"{url}/sts/{{region}}/{{domain}}/",
                sso=f"{url}/sso/{{region}}/",
                machine=f"{url}/machine/",
                container=f"{url}/container",
            ),
            GoogleServices(token=f"{url}/google/token", exchange=f"{url}/google/exchange", metadata=url),
            AzureServices(login=f"{url}/login/", exchange=f"{url}/exchange/{{host}}", machine=f"{url}/machine/"),
        )

    def find(self, host: str, **variables: str) -> Credentials:
        cloud = cloud_of(host)
        assert cloud is not None
        filled = {name: value.replace("{URL}", self.server.url) for name, value in variables.items()}
        return find_account(cloud, host, filled, self.home, Ask(), self.services, lambda: NOW)

    @property
    def asked(self) -> list[str]:
        return [f"{one.method} {one.path.partition('?')[0]}" for one in self.server.requests]

    def form(self, number: int) -> dict[str, str]:
        """The fields of the form that came as this request."""
        return {name: values[0] for name, values in parse_qs(self.server.requests[number].body.decode()).items()}


def answer(request: Request) -> Reply:
    """What the services answer: 404 where there is none."""
    found = ANSWERS.get(request.path.partition("?")[0], Reply(404))
    action = re.search(rb"Action=(\w+)", request.body)
    return replace(found, body=found.body.replace(b"{0}", action[1])) if action else found
