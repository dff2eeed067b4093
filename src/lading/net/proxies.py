"""Proxies: which one an address is reached by."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import is_loopback, printable

_SHOWN: Final = 40
_LONGEST: Final = 200
_WITH_PORT: Final = re.compile(r"(\[.*\]|[^:]*):(\d{1,5})")


class Proxies(Struct, frozen=True):
    """The proxies for `http` and `https` addresses, `every` for those of which the first two say nothing, and what is
    reached without one (`direct`: with commas between them, as NO_PROXY has it)."""

    http: str = ""
    https: str = ""
    every: str = ""
    direct: str = ""

    def __repr__(self) -> str:
        return "Proxies(…)"  # an address may hold a password

    def proxy_for(self, scheme: str, host: str, port: int) -> str:
        """The proxy for an address, empty for none. Loopback is never proxied."""
        proxy = (self.https if scheme == "https" else self.http) or self.every
        if not proxy or is_loopback(host) or any(_covers(rule, host, port) for rule in self.direct.split(",")):
            return ""
        return proxy if "://" in proxy else f"http://{proxy}"


def proxies_of(variables: Mapping[str, str]) -> Proxies:
    """What HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say, in small letters first."""

    def value(name: str) -> str:
        if name == "http_proxy" and "REQUEST_METHOD" in variables:
            return variables.get(name, "")  # in a CGI program HTTP_PROXY is a request's header (CVE-2016-5385)
        return variables.get(name) or variables.get(name.upper(), "")

    return Proxies(value("http_proxy"), value("https_proxy"), value("all_proxy"), value("no_proxy"))


def shown_proxy(proxy: str) -> str:
    """A proxy's address for people, without its user and password."""
    scheme, _, rest = proxy.partition("://")
    return printable(f"{scheme}://{rest.rpartition('@')[2]}", _LONGEST)


def proxy_credentials(proxy: str) -> dict[str, str] | None:
    """The header with the user and password in a proxy's address. Raises NetError for a proxy that cannot be used."""
    import urllib3

    try:
        parsed = urllib3.util.parse_url(proxy)
    except urllib3.exceptions.LocationParseError:
        parsed = urllib3.util.Url()
    if not parsed.host:
        raise NetError("the proxy that HTTP_PROXY or HTTPS_PROXY names is not an address; use http://HOST:PORT")
    if parsed.scheme not in ("http", "https"):
        scheme, host = printable(str(parsed.scheme), _SHOWN), printable(parsed.host, _SHOWN)
        raise NetError(f"proxy {host}: {scheme}:// proxies are not supported; use an http:// one")
    return dict(urllib3.make_headers(proxy_basic_auth=parsed.auth)) if parsed.auth else None


def _covers(rule: str, host: str, port: int) -> bool:
    """Whether a rule of NO_PROXY is for a server, as Go's tools understand it: `*`, an address, a network, a domain
    with those below it, or with a dot (or `*.`) before it those below it alone; all but a network may have a port."""
    rule, host = rule.strip().lower(), host.lower().strip("[]").rstrip(".")
    if rule in ("", "*"):
        return rule == "*"
    address = _address(host)
    if "/" in rule:
        try:
            return address is not None and address in ipaddress.ip_network(rule, strict=False)
        except ValueError:
            return False
    name, only = rule, ""
    if found := _WITH_PORT.fullmatch(rule):
        name, only = found[1], found[2]
    if only and int(only) != port:
        return False
    name = name.strip("[]")
    if (fixed := _address(name)) is not None:
        return fixed == address
    name = name[1:] if name.startswith("*.") else name
    return host.endswith(name if name.startswith(".") else f".{name}") or host == name


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
