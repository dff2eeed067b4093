"""Connection pools: certificates and proxies of every connection Lading opens."""

import os
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from lading.model.errors import NetError
from lading.net.certificates import directory_of, load_certificates, load_files, load_identity, sole_authority
from lading.net.network import Network
from lading.net.pace import Meter
from lading.net.proxies import proxy_credentials
from lading.net.routes import ServerTls
from lading.net.stop import Stop
from lading.net.throttle import Clock, Throttle

if TYPE_CHECKING:
    import ssl

    import urllib3

_CONNECTIONS_PER_HOST: Final = 8
_PLAIN: Final = ServerTls()


class Pools:
    """Connections kept open for further requests, by scheme and proxy. Safe for threads.

    Certificates are checked against the system's store (OpenSSL's, so SSL_CERT_FILE and SSL_CERT_DIR are honoured) and
    the PEM file `ca_cert`, or not at all when `insecure`. `timeout` and `clock` are for the connections' meters; `stop`
    ends what waits for them. `unix` is the local socket that every connection goes to, empty for none.
    """

    def __init__(
        self, ca_cert: str, insecure: bool, network: Network, timeout: float, clock: Clock, stop: Stop, unix: str = ""
    ) -> None:
        self._ca_cert = ca_cert
        self._insecure = insecure
        self._proxies = network.proxies
        self._certificates = network.certificates
        self._make_meter = partial(Meter, timeout, clock, Throttle(network.max_bandwidth, clock, stop.sleep))
        self._stop = stop
        self._unix = unix
        self._lock = threading.Lock()
        self._servers: dict[str, ServerTls] = {}
        self._managers: dict[tuple[int, str, str, Path | None, ServerTls], urllib3.PoolManager] = {}

    def trust(self, place: str, tls: ServerTls) -> None:
        """Makes connections to a server as `tls` says; of two that say so, what both say of accepting anything."""
        known = self._servers.get(place.lower(), tls)
        self._servers[place.lower()] = structs.replace(tls, insecure=tls.insecure and known.insecure)

    def manager(self, scheme: str, host: str, port: int, place: str) -> "urllib3.PoolManager":
        """The pool for an address; `place` is its host with the port where one is named. Raises
        NetError for a proxy or a certificate file that cannot be used."""
        own = directory_of(place, self._certificates) if scheme == "https" else None
        tls = self._servers.get(place.lower(), _PLAIN) if scheme == "https" else _PLAIN
        # A process that was forked has the connections of the one that it was, and must leave them alone.
        key = os.getpid(), scheme, self._proxies.proxy_for(scheme, host, port), own, tls
        with self._lock:
            if key not in self._managers:
                self._managers[key] = self._new_manager(*key[1:])
            return self._managers[key]

    def close(self) -> None:
        with self._lock:
            for manager in self._managers.values():
                manager.clear()
            self._managers.clear()

    def _new_manager(self, scheme: str, proxy: str, own: Path | None, tls: ServerTls) -> "urllib3.PoolManager":
        import urllib3

        from lading.net.connections import pool_classes

        context = self._context(self._insecure or tls.insecure, tls.sole_authority) if scheme == "https" else None
        named: dict[str, Any] = {}
        if context is not None:
            load_files(context, tls)
            if own is not None:
                load_certificates(context, own)
            if tls.identity[0]:
                load_identity(context, *tls.identity)
            if tls.name:
                named = {"server_hostname": tls.name, "assert_hostname": tls.name}
        to_proxy = self._context(self._insecure) if proxy.startswith("https:") else None
        manager: urllib3.PoolManager
        if proxy:
            manager = urllib3.ProxyManager(
                proxy,
                maxsize=_CONNECTIONS_PER_HOST,
                retries=False,
                ssl_context=context,
                proxy_ssl_context=to_proxy,
                proxy_headers=proxy_credentials(proxy),
                **named,
            )
        else:
            manager = urllib3.PoolManager(maxsize=_CONNECTIONS_PER_HOST, retries=False, ssl_context=context, **named)
        manager.pool_classes_by_scheme = pool_classes(self._make_meter, self._stop, self._unix)
        return manager

    def _context(self, insecure: bool, authority: str = "") -> "ssl.SSLContext":
        import ssl

        import urllib3

        context = sole_authority(authority) if authority else ssl.create_default_context()
        if insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if self._ca_cert and not authority:
            try:
                context.load_verify_locations(cafile=self._ca_cert)
            except ssl.SSLError as error:
                raise NetError(f"{self._ca_cert}: holds no PEM certificate; --ca-cert takes one or more") from error
            except OSError as error:
                raise NetError(f"{self._ca_cert}: the certificate file cannot be read: {error.strerror}") from error
        return context
