"""Connection pools: certificates, proxies and time limits of every connection Lading opens."""

import ipaddress
import os
import threading
from typing import TYPE_CHECKING, Final

from lading.model.errors import NetError

if TYPE_CHECKING:
    import ssl

    import urllib3

_CONNECT_SECONDS: Final = 15.0
_READ_SECONDS: Final = 60.0
_CONNECTIONS_PER_HOST: Final = 8


class Pools:
    """Connections kept open for further requests, by scheme and proxy. Safe for threads.

    Certificates are checked against the system's store (OpenSSL's, so SSL_CERT_FILE and SSL_CERT_DIR are honoured) and
    the PEM file `ca_cert`, or not at all when `insecure`.
    """

    def __init__(self, ca_cert: str, insecure: bool) -> None:
        self._ca_cert = ca_cert
        self._insecure = insecure
        self._lock = threading.Lock()
        self._managers: dict[tuple[str, str], urllib3.PoolManager] = {}

    def manager(self, scheme: str, host: str) -> "urllib3.PoolManager":
        """The pool for an address. Raises NetError for a proxy or a certificate file that cannot be used."""
        key = scheme, proxy_for(scheme, host)
        with self._lock:
            if key not in self._managers:
                self._managers[key] = self._new_manager(*key)
            return self._managers[key]

    def close(self) -> None:
        with self._lock:
            for manager in self._managers.values():
                manager.clear()
            self._managers.clear()

    def _new_manager(self, scheme: str, proxy: str) -> "urllib3.PoolManager":
        import urllib3

        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        context = self._context() if scheme == "https" or proxy.startswith("https:") else None
        if not proxy:
            return urllib3.PoolManager(
                maxsize=_CONNECTIONS_PER_HOST, timeout=timeout, retries=False, ssl_context=context
            )
        parsed = urllib3.util.parse_url(proxy)
        if parsed.scheme not in ("http", "https"):
            raise NetError(f"proxy {parsed.host}: {parsed.scheme}:// proxies are not supported; use an http:// one")
        credentials = urllib3.make_headers(proxy_basic_auth=parsed.auth) if parsed.auth else None
        return urllib3.ProxyManager(
            proxy,
            maxsize=_CONNECTIONS_PER_HOST,
            timeout=timeout,
            retries=False,
            ssl_context=context,
            proxy_ssl_context=context,
            proxy_headers=credentials,
        )

    def _context(self) -> "ssl.SSLContext":
        import ssl

        import urllib3

        context = ssl.create_default_context()
        if self._insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if self._ca_cert:
            try:
                context.load_verify_locations(cafile=self._ca_cert)
            except ssl.SSLError as error:
                raise NetError(f"{self._ca_cert}: holds no PEM certificate; --ca-cert takes one or more") from error
            except OSError as error:
                raise NetError(f"{self._ca_cert}: the certificate file cannot be read: {error.strerror}") from error
        return context


def proxy_for(scheme: str, host: str) -> str:
    """The proxy for an address by HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, empty for none.

    Like other container tools: loopback is never proxied, and NO_PROXY may hold host names, domains (which stand for
    their subdomains too), addresses and networks in CIDR notation.
    """
    proxy = _variable(f"{scheme}_proxy") or _variable("all_proxy")
    if not proxy or _is_loopback(host) or any(_covers(rule.strip(), host) for rule in _variable("no_proxy").split(",")):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(name: str) -> str:
    if name == "http_proxy" and "REQUEST_METHOD" in os.environ:
        return os.environ.get(name, "")  # in a CGI program HTTP_PROXY is a request's header (CVE-2016-5385)
    return os.environ.get(name) or os.environ.get(name.upper(), "")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _covers(rule: str, host: str) -> bool:
    if rule == "*":
        return True
    if not rule:
        return False
    try:
        return ipaddress.ip_address(host.strip("[]")) in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        domain = rule.partition(":")[0].lower().lstrip("*").lstrip(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))
