"""Which token services may be sent a registry's credentials.

A registry names its token service itself (`realm`). Who can write into its answers (a proxy, another registry behind
the same name) could have the password sent anywhere, so it goes only where it would go anyway: to the registry's own
host, to its domain, to what is known to belong to it, or to what the user allows.
"""

import ipaddress
import re
from typing import Final

from lading.net.address import Origin, is_loopback

# (the registry's host, its token service's) where they are of different domains. At Docker Hub, GitHub, GitLab, Quay,
# Microsoft (mcr.microsoft.com, *.azurecr.io), Amazon (public.ecr.aws) and Google (gcr.io, *.pkg.dev) they are not.
_PAIRS: Final = (
    (re.compile(r"(?:registry-1|index|registry\.hub)\.docker\.(?:io|com)"), re.compile(r"auth\.docker\.(?:io|com)")),
    (re.compile(r"(?:[a-z]+\.)?gcr\.io"), re.compile(r"gcr\.io")),
    (re.compile(r"[a-z0-9.-]+\.aliyuncs\.com"), re.compile(r"dockerauth(?:-ee)?\.[a-z0-9-]+\.aliyuncs\.com")),
)

# Domains below which anybody can have a name, and that look like somebody's own.
_SHARED_NAMES: Final = """
    amazonaws.com awsapprunner.com elasticbeanstalk.com cloudfront.net azurecr.io azurewebsites.net azureedge.net
    cloudapp.net windows.net googleapis.com appspot.com run.app web.app firebaseapp.com pkg.dev cloudfunctions.net
    github.io githubusercontent.com gitlab.io bitbucket.io pages.dev workers.dev r2.dev trycloudflare.com herokuapp.com
    netlify.app vercel.app fly.dev onrender.com deno.dev replit.app ngrok.io ngrok.app ngrok.dev ngrok-free.app
    ngrok-free.dev nip.io sslip.io duckdns.org dyndns.org no-ip.org aliyuncs.com myqcloud.com myhuaweicloud.com
    digitaloceanspaces.com ondigitalocean.app linodeobjects.com scw.cloud backblazeb2.com oraclecloud.com jfrog.io
    cloudsmith.io container-registry.com akamaized.net fastly.net edgekey.net
"""
_SHARED: Final = frozenset(_SHARED_NAMES.split())
_SHORT: Final = 3


def may_send(registry: Origin, realm: Origin, allowed: frozenset[str]) -> bool:
    """Whether a token service may be sent the credentials that are kept for a registry.

    Over TLS: when it is on the registry's host or registrable domain, belongs to it by the table, or is `allowed` (as
    HOST or HOST:PORT). Without TLS: when host and port are the registry's, which was then asked for without TLS too;
    on this machine also another port that is `allowed` by name.
    """
    if realm.scheme != "https":
        same = realm == registry
        return same or (is_loopback(realm.host) and registry.scheme == "http" and _place(realm) in allowed)
    if realm.host in allowed or _place(realm) in allowed or realm.host == registry.host:
        return True
    domain = registrable_domain(realm.host)
    if domain and domain == registrable_domain(registry.host):
        return True
    return any(ours.fullmatch(registry.host) and theirs.fullmatch(realm.host) for ours, theirs in _PAIRS)


def registrable_domain(host: str) -> str:
    """The part of a host name that its owner has registered, empty where that is not certain.

    Without the public suffix list, and so on the careful side: two names at the end, but three below a country's domain
    when the second is short (co.uk, com.au, gcr.io), and none below a domain that many share.
    """
    if _is_address(host):
        return ""
    labels = host.rstrip(".").split(".")
    few = len(labels) > 1 and len(labels[-1]) == 2 and len(labels[-2]) <= _SHORT
    domain = ".".join(labels[-3 if few else -2 :])
    enough = len(labels) >= (3 if few else 2)
    return domain if enough and domain not in _SHARED else ""


def _place(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{host}:{origin.port}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit()
    return True
