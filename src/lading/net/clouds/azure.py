"""Accounts of Azure's registries by the identity that this process has at Microsoft Entra.

Sources: Azure Container Registry, "AAD-OAuth" (/oauth2/exchange); Microsoft identity platform, "OAuth 2.0 client
credentials flow"; "How to use managed identities to acquire an access token", for machines and for App Service.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from lading.model.errors import NetError
from lading.net.clouds.asking import Ask, parse, read_token
from lading.net.credentials import Credentials

_RESOURCE: Final = "https://containerregistry.azure.net"
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TENANT: Final = re.compile(r"[A-Za-z0-9.-]{1,100}")


class AzureServices(Struct, frozen=True):
    """Where the services answer. `{host}` stands for the registry."""

    login: str = "https://login.microsoftonline.com/"
    exchange: str = "https://{host}/oauth2/exchange"
    machine: str = "http://169.254.169.254/"


class AzureContext(Struct, frozen=True):
    """Who asks from where."""

    variables: Mapping[str, str]
    services: AzureServices
    ask: Ask


def azure_account(host: str, context: AzureContext) -> Credentials | None:
    """The account for one of Azure's registries, None where there is no identity. Raises NetError."""
    found = _token(context)
    if found is None:
        return None
    source, token = found
    form = {"grant_type": "access_token", "service": host, "access_token": token}
    if tenant := context.variables.get("AZURE_TENANT_ID", ""):
        form["tenant"] = tenant
    answer = context.ask.post(context.services.exchange.format(host=host), form)
    refresh = parse(answer, _Refresh, "the token that the registry gives").refresh_token
    return Credentials(f"the identity at Azure of {source}", identity_token=refresh)


class _Token(Struct):
    access_token: str


class _Refresh(Struct):
    refresh_token: str


def _token(context: AzureContext) -> tuple[str, str] | None:
    variables = context.variables
    tenant, client = variables.get("AZURE_TENANT_ID", ""), variables.get("AZURE_CLIENT_ID", "")
    secret, file = variables.get("AZURE_CLIENT_SECRET", ""), variables.get("AZURE_FEDERATED_TOKEN_FILE", "")
    if tenant and client and (secret or file):
        if not _TENANT.fullmatch(tenant):
            raise NetError("AZURE_TENANT_ID names no tenant")
        proof = {"client_secret": secret}
        if not secret:
            proof = {"client_assertion_type": _ASSERTION, "client_assertion": read_token(Path(file))}
        form = {"grant_type": "client_credentials", "client_id": client, "scope": f"{_RESOURCE}/.default", **proof}
        base = (variables.get("AZURE_AUTHORITY_HOST") or context.services.login).rstrip("/")
        answer = context.ask.post(f"{base}/{tenant}/oauth2/v2.0/token", form)
        source = "AZURE_CLIENT_SECRET" if secret else "AZURE_FEDERATED_TOKEN_FILE"
        return source, parse(answer, _Token, "the token that Azure gives").access_token
    return _managed(context, client)


def _managed(context: AzureContext, client: str) -> tuple[str, str] | None:
    variables = context.variables
    endpoint, header = variables.get("IDENTITY_ENDPOINT", ""), variables.get("IDENTITY_HEADER", "")
    wanted = {"resource": _RESOURCE, **({"client_id": client} if client else {})}
    if endpoint and header:
        query = urlencode({"api-version": "2019-08-01", **wanted})
        data = context.ask.metadata("GET", f"{endpoint}?{query}", {"X-IDENTITY-HEADER": header})
        return "IDENTITY_ENDPOINT", parse(data, _Token, "the token of IDENTITY_ENDPOINT").access_token
    query = urlencode({"api-version": "2018-02-01", **wanted})
    url = f"{context.services.machine.rstrip('/')}/metadata/identity/oauth2/token?{query}"
    try:
        data = context.ask.metadata("GET", url, {"Metadata": "true"})
    except NetError:
        return None  # no machine of Azure's, or one without an identity
    return "this machine", parse(data, _Token, "the token of this machine").access_token
