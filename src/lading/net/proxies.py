"""Proxies: which one an address is reached by."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from lading.model.errors import NetError
from lading.net.address import is_loopback, printable

_SHOWN: Final = 40


class Proxies(Struct, frozen=True):
    """The proxies for `http` and `https` addresses, `every` for those of which the first two say nothing, and what is
    reached without one (`direct`: host names, domains, addresses and networks in CIDR notation, with commas)."""

    http: str = ""
    https: str = ""
    every: str = ""
    direct: str = ""

    def __repr__(self) -> str:
        return "Proxies(…)"  # an address may hold a password

    def proxy_for(self, scheme: str, host: str) -> str:
        """The proxy for an address, empty for none. Like other container tools: loopback is never proxied, and a
        domain stands for its subdomains too."""
        proxy = (self.https if scheme == "https" else self.http) or self.every
        if not proxy or is_loopback(host) or any(_covers(rule.strip(), host) for rule in self.direct.split(",")):
            return ""
        return proxy if "://" in proxy else f"http://{proxy}"


def proxies_of(variables: Mapping[str, str]) -> Proxies:
    """What HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say, in small letters first."""

    def value(name: str) -> str:
        if name == "http_proxy" and "REQUEST_METHOD" in variables:
            return variables.get(name, "")  # in a CGI program HTTP_PROXY is a request's header (CVE-2016-5385)
        return variables.get(name) or variables.get(name.upper(), "")

    return Proxies(value("http_proxy"), value("https_proxy"), value("all_proxy"), value("no_proxy"))


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


def _covers(rule: str, host: str) -> bool:
    if rule == "*":
        return True
    if not rule:
        return False
    import ipaddress

    try:
        return ipaddress.ip_address(host.strip("[]")) in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        domain = rule.partition(":")[0].lower().lstrip("*").lstrip(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))
