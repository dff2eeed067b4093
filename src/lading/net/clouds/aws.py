"""Accounts of Amazon's registries by the identity that this process has at AWS.

Sources: Amazon ECR API Reference, GetAuthorizationToken; Amazon ECR Public, the same; Amazon ECR User Guide, "Private
registry authentication".
"""

import base64
from typing import Final

from msgspec import Struct, structs

from lading.model.errors import NetError
from lading.net.clouds.asking import parse
from lading.net.clouds.aws_keys import AwsContext, find_keys
from lading.net.clouds.hosts import AMAZON
from lading.net.clouds.sigv4 import sign
from lading.net.credentials import Credentials

_DOMAINS: Final = {"on.aws": "amazonaws.com", "on.amazonwebservices.com.cn": "amazonaws.com.cn"}
_TYPE: Final = "application/x-amz-json-1.1"
_PRIVATE_TARGET: Final = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
_PUBLIC_TARGET: Final = "SpencerFrontendService.GetAuthorizationToken"


def amazon_account(host: str, context: AwsContext) -> Credentials | None:
    """The account for one of Amazon's registries, None where there is no identity. Raises NetError. The region and
    domain of the context are set here."""
    private = AMAZON.fullmatch(host)
    region, domain = ("us-east-1", "amazonaws.com") if private is None else (private["region"], private["domain"])
    context = structs.replace(context, region=region, domain=_DOMAINS.get(domain, domain))
    keys = find_keys(context)
    if keys is None:
        return None
    if private is None:
        url, service, target, body = context.address("ecr_public"), "ecr-public", _PUBLIC_TARGET, b"{}"
    else:
        url, service, target = context.address("ecr"), "ecr", _PRIVATE_TARGET
        body = f'{{"registryIds":["{private["account"]}"]}}'.encode()
    headers = {"Content-Type": _TYPE, "X-Amz-Target": target}
    signed = sign(keys, "POST", url, headers, body, region=region, service=service, now=context.now)
    name, password = _read(context.ask.service("POST", url, signed, body))
    return Credentials(f"the identity at AWS of {keys.source}", name, password)


class _Token(Struct, rename="camel"):
    authorization_token: str


class _Answer(Struct, rename="camel"):
    authorization_data: list[_Token] | _Token


def _read(data: bytes) -> tuple[str, str]:
    held = parse(data, _Answer, "the account that AWS gives").authorization_data
    token = held if isinstance(held, _Token) else next(iter(held), None)
    try:
        name, colon, password = base64.b64decode(token.authorization_token if token else "").decode().partition(":")
    except ValueError as error:
        raise NetError("the account that AWS gives cannot be read") from error
    if not (name and colon and password):
        raise NetError("the account that AWS gives is empty")
    return name, password
