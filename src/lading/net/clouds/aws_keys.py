"""Whose access key Amazon's services are asked with: what the tools of AWS look for, in their order.

Sources: AWS SDKs and Tools Reference Guide, "Standardized credential providers"; Amazon EC2 User Guide, "Use IMDSv2";
Amazon ECS, "Task IAM role"; AWS STS, AssumeRole and AssumeRoleWithWebIdentity; IAM Identity Center, GetRoleCredentials.
"""

import hashlib
import ipaddress
import re
from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from datetime import datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import is_loopback
from lading.net.clouds.asking import Ask, parse, read_file, read_token
from lading.net.clouds.sigv4 import Keys, sign

_MOST_ROLES: Final = 4
_SESSION: Final = "sso-session"
_VALUE: Final = "<{0}>([^<>]{{1,8192}})</{0}>"
_ROLES: Final = "latest/meta-data/iam/security-credentials/"
_CONTAINERS: Final = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23"})

Variables = Mapping[str, str]
Profiles = Mapping[str, Mapping[str, str]]


class AwsServices(Struct, frozen=True):
    """Where the services answer. `{region}` and `{domain}` stand for those of the registry."""

    ecr: str = "https://api.ecr.{region}.{domain}/"
    ecr_public: str = "https://api.ecr-public.us-east-1.amazonaws.com/"
    sts: str = "https://sts.{region}.{domain}/"
    sso: str = "https://portal.sso.{region}.amazonaws.com/"
    machine: str = "http://169.254.169.254/"
    container: str = "http://169.254.170.2"


class AwsContext(Struct, frozen=True):
    """Who asks from where. `region` and `domain` are the registry's, `now` is the time in UTC."""

    variables: Variables
    home: Path
    services: AwsServices
    ask: Ask
    now: datetime
    region: str = ""
    domain: str = ""

    def address(self, service: Literal["ecr", "ecr_public", "sts", "sso"], region: str = "") -> str:
        """A service's address, in the registry's region or another one: what variables name as AWS's tools have it,
        else its own."""
        named = self.variables.get(f"AWS_ENDPOINT_URL_{service.upper()}") or self.variables.get("AWS_ENDPOINT_URL")
        if named:
            return f"{named.rstrip('/')}/"
        template: str = getattr(self.services, service)
        return template.format(region=region or self.region, domain=self.domain)


def find_keys(context: AwsContext) -> Keys | None:
    """The access key that this process may use, None where nothing has one. Raises NetError for one that is set up and
    cannot be had."""
    variables = context.variables
    if variables.get("AWS_ACCESS_KEY_ID") and variables.get("AWS_SECRET_ACCESS_KEY"):
        return Keys(
            "AWS_ACCESS_KEY_ID",
            variables["AWS_ACCESS_KEY_ID"],
            variables["AWS_SECRET_ACCESS_KEY"],
            variables.get("AWS_SESSION_TOKEN", ""),
        )
    token_file, role = variables.get("AWS_WEB_IDENTITY_TOKEN_FILE", ""), variables.get("AWS_ROLE_ARN", "")
    if token_file and role:
        return _by_web_identity(context, Path(token_file), role, variables.get("AWS_ROLE_SESSION_NAME", ""))
    named = variables.get("AWS_PROFILE") or variables.get("AWS_DEFAULT_PROFILE", "")
    profiles = _read_profiles(context)
    if named and named not in profiles:
        raise NetError(f"the profile {named!r} of AWS_PROFILE stands in no file of AWS")
    found = _of_profile(context, profiles, named or "default", _MOST_ROLES)
    return found or _of_container(context) or _of_machine(context)


def _of_profile(context: AwsContext, profiles: Profiles, name: str, left: int, *, plain: bool = False) -> Keys | None:
    """The key of a profile, by the role that it takes unless its `plain` key is wanted. `left` bounds the roles that
    are taken one with another's key."""
    profile = profiles.get(name, {})
    role = "" if plain else profile.get("role_arn", "")
    if not role:
        return _plain_key(context, profiles, name)
    if token := profile.get("web_identity_token_file"):
        return _by_web_identity(context, Path(token), role, profile.get("role_session_name", ""))
    if not left:
        raise NetError(f"the profile {name} of AWS takes roles in a circle")
    if source := profile.get("source_profile"):
        keys = _of_profile(context, profiles, source, left - 1, plain=source == name)
    else:
        keys = _of_source(context, profile.get("credential_source", ""))
    if keys is None:
        raise NetError(f"the profile {name} of AWS has no key to take its role with")
    return _take_role(context, keys, profile, role)


def _plain_key(context: AwsContext, profiles: Profiles, name: str) -> Keys | None:
    profile = profiles.get(name, {})
    access, secret = profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")
    if access and secret:
        return Keys(f"the profile {name} of AWS", access, secret, profile.get("aws_session_token", ""))
    if profile.get("sso_account_id") and profile.get("sso_role_name"):
        return _by_sign_on(context, profiles, name)
    if "credential_process" in profile:
        raise NetError(f"the profile {name} of AWS has a credential_process, which Lading does not start")
    return None


class _SignOn(Struct, rename="camel"):
    access_token: str
    expires_at: str


class _RoleKey(Struct, rename="camel"):
    access_key_id: str
    secret_access_key: str
    session_token: str = ""


class _RoleKeys(Struct, rename="camel"):
    role_credentials: _RoleKey


def _by_sign_on(context: AwsContext, profiles: Profiles, name: str) -> Keys:
    """By the session that `aws sso login` has begun, which is kept in a file named by a hash of what it is called."""
    profile = profiles[name]
    session = profile.get("sso_session", "")
    of = profiles.get(f"{_SESSION} {session}", {}) if session else profile
    called, region = session or of.get("sso_start_url", ""), of.get("sso_region", "")
    hashed = hashlib.sha1(called.encode(), usedforsecurity=False).hexdigest()
    path = context.home / ".aws" / "sso" / "cache" / f"{hashed}.json"
    again = f"the profile {name} of AWS has no session that holds; aws sso login begins one"
    if not (called and re.fullmatch(r"[a-z0-9-]+", region) and path.is_file()):
        raise NetError(again)
    kept = parse(read_file(path), _SignOn, str(path))
    try:
        over = datetime.fromisoformat(kept.expires_at.replace("UTC", "Z")) <= context.now
    except (ValueError, TypeError) as error:
        raise NetError(f"{path} is damaged") from error
    if over:
        raise NetError(again)
    query = urlencode({"account_id": profile["sso_account_id"], "role_name": profile["sso_role_name"]})
    url = f"{context.address('sso', region)}federation/credentials?{query}"
    answer = context.ask.service("GET", url, {"x-amz-sso_bearer_token": kept.access_token})
    key = parse(answer, _RoleKeys, "the key of the session").role_credentials
    return Keys(f"the profile {name} of AWS", key.access_key_id, key.secret_access_key, key.session_token)


def _of_source(context: AwsContext, source: str) -> Keys | None:
    if source == "EcsContainer":
        return _of_container(context)
    return _of_machine(context) if source == "Ec2InstanceMetadata" else None


def _read_profiles(context: AwsContext) -> Profiles:
    variables, home = context.variables, context.home / ".aws"
    shared = Path(variables.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials")
    config = Path(variables.get("AWS_CONFIG_FILE") or home / "config")
    profiles: dict[str, dict[str, str]] = {}
    for path in (config, shared):
        for section, values in _read_sections(path).items():
            kind, _, name = section.rpartition(" ")
            if not kind or kind == "profile":
                profiles.setdefault(name.strip('"'), {}).update(values)
            elif kind == _SESSION:
                profiles[section] = dict(values)
    return profiles


def _read_sections(path: Path) -> Profiles:
    if not path.is_file():
        return {}
    parser = ConfigParser(interpolation=None, default_section="", strict=False, allow_no_value=True)
    try:
        parser.read_string(read_file(path).decode())
    except (ConfigError, UnicodeDecodeError) as error:
        raise NetError(f"{path} is damaged") from error
    return {name: {key: value or "" for key, value in parser[name].items()} for name in parser.sections()}


class _Session(Struct, rename="pascal"):
    access_key_id: str
    secret_access_key: str
    token: str = ""


def _of_container(context: AwsContext) -> Keys | None:
    variables = context.variables
    relative = variables.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "")
    url = f"{context.services.container}{relative}" if relative else variables.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not url:
        return None
    if not relative:
        _check_container(url)
    token = variables.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if file := variables.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        token = read_token(Path(file))
    data = context.ask.metadata("GET", url, {"Authorization": token} if token else {})
    return _session(data, "the role of this container")


def _check_container(url: str) -> None:
    """Raises NetError for an address that could be anybody's."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not is_loopback(host) and _plain(host) not in _CONTAINERS:
        raise NetError("AWS_CONTAINER_CREDENTIALS_FULL_URI names no service of a container")


def _plain(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def _of_machine(context: AwsContext) -> Keys | None:
    """By the second version of the metadata service, whose token cannot be had by a proxy that is talked into it."""
    variables = context.variables
    if variables.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    base = (variables.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or context.services.machine).rstrip("/") + "/"
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "300"}
    try:
        token = _line(context.ask.metadata("PUT", f"{base}latest/api/token", lifetime))
        proof = {"X-aws-ec2-metadata-token": token}
        role = _line(context.ask.metadata("GET", f"{base}{_ROLES}", proof))
    except NetError:
        return None  # no machine of Amazon's, or one without a role
    if not re.fullmatch(r"[\w+=,.@-]{1,128}", role):
        return None
    return _session(context.ask.metadata("GET", f"{base}{_ROLES}{role}", proof), f"the role {role} of this machine")


def _line(data: bytes) -> str:
    """The first line of an answer, without what is no text."""
    return re.sub(r"[^!-~]", "", data.decode("ascii", "replace").partition("\n")[0])


def _session(data: bytes, source: str) -> Keys:
    found = parse(data, _Session, source)
    return Keys(source, found.access_key_id, found.secret_access_key, found.token)


def _by_web_identity(context: AwsContext, token: Path, role: str, session: str) -> Keys:
    form = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": role,
        "RoleSessionName": session or "lading",
        "WebIdentityToken": read_token(token),
    }
    return _taken(context.ask.post(context.address("sts"), form), role)


def _take_role(context: AwsContext, keys: Keys, profile: Mapping[str, str], role: str) -> Keys:
    external = profile.get("external_id", "")
    form = {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": role,
        "RoleSessionName": profile.get("role_session_name") or "lading",
        **({"ExternalId": external} if external else {}),
    }
    url, body = context.address("sts"), urlencode(form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    signed = sign(keys, "POST", url, headers, body, region=context.region, service="sts", now=context.now)
    return _taken(context.ask.service("POST", url, signed, body), role)


def _taken(data: bytes, role: str) -> Keys:
    """The key in an answer of STS, whose XML is plain enough to be searched."""
    text = data.decode("utf-8", "replace")
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    access, secret, token = (re.search(_VALUE.format(name), text) for name in names)
    if not (access and secret and token):
        raise NetError(f"the key of the role {role} cannot be read")
    return Keys(f"the role {role}", access[1].strip(), secret[1].strip(), token[1].strip())
