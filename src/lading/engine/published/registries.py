"""The registries of packages, asked by HTTP."""

from functools import cache
from typing import Final, Protocol

from lading.engine.options import ScanOptions
from lading.engine.published import npm, pypi
from lading.model.errors import FormatError, NetError
from lading.model.published import Need, Published, Runtime
from lading.net.address import join, origin_of
from lading.net.client import HttpClient
from lading.net.network import Network

_MOST_BYTES: Final = 100_000_000
_MOST_METADATA: Final = 5_000_000
_NOT_FOUND: Final = (404, 410)
"""Answers that mean that a registry has no such package."""


class Addresses(Protocol):
    """Where the registries lie."""

    @property
    def pypi_index(self) -> str: ...

    @property
    def npm_registry(self) -> str: ...


class AskedRegistries:
    """Asks by `client`, each thing once. To be closed."""

    def __init__(self, client: HttpClient, addresses: Addresses) -> None:
        self._client = client
        self._npm_at = f"{addresses.npm_registry.rstrip('/')}/"
        self._pypi_at = f"{addresses.pypi_index.rstrip('/')}/"
        self._npm = cache(self._fetch_npm)
        self._pypi = cache(self._fetch_pypi)
        self._metadata = cache(self._fetch_metadata)

    def published(self, kind: str, name: str, runtime: Runtime) -> Published | None:
        """As the port PackageRegistries says. Raises NetError and FormatError."""
        found = {"npm": self._npm, "pypi": self._pypi}[kind](name) if kind in ("npm", "pypi") else None
        return found.published(runtime) if found is not None else None

    def needs(
        self, kind: str, name: str, version: str, runtime: Runtime, extras: tuple[str, ...] = ()
    ) -> tuple[Need, ...] | None:
        """As the port PackageRegistries says. Raises NetError and FormatError."""
        if kind == "npm":
            package = self._npm(name)
            return package.needs(version) if package is not None else None
        metadata = self._metadata(name, version) if kind == "pypi" else None
        return pypi.parse_needs(metadata, runtime, extras) if metadata is not None else None

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _fetch_npm(self, name: str) -> npm.NpmPackage | None:
        path = npm.path_of(name)
        content = self._read(f"{self._npm_at}{path}", npm.ACCEPT, _MOST_BYTES) if path else None
        if content is None:
            return None
        try:
            return npm.NpmPackage(content)
        except FormatError as error:
            raise FormatError(f"{self._npm_at}{path}: {error}") from error

    def _fetch_pypi(self, name: str) -> pypi.PythonPackage | None:
        path = pypi.path_of(name)
        content = self._read(f"{self._pypi_at}{path}", pypi.ACCEPT, _MOST_BYTES) if path else None
        if content is None:
            return None
        try:
            return pypi.PythonPackage(content)
        except FormatError as error:
            raise FormatError(f"{self._pypi_at}{path}: {error}") from error

    def _fetch_metadata(self, name: str, version: str) -> str | None:
        package = self._pypi(name)
        url = package.metadata_url(version) if package is not None else ""
        if not url:
            return None
        place = join(f"{self._pypi_at}{pypi.path_of(name)}", url)
        if origin_of(place).scheme != origin_of(self._pypi_at).scheme == "https":
            raise NetError(f"{self._pypi_at}: has metadata without encryption; refused")
        content = self._read(place, "*/*", _MOST_METADATA)
        return content.decode("utf-8", "replace") if content is not None else None

    def _read(self, url: str, accept: str, limit: int) -> bytes | None:
        response = self._client.request("GET", url, {"Accept": accept})
        if response.status in _NOT_FOUND:
            response.discard()
            return None
        if response.status != 200:
            response.discard()
            raise NetError(f"{url}: the server answered {response.answer}", response.status)
        return response.read_all(limit)


def open_registries(options: ScanOptions, network: Network, addresses: Addresses) -> AskedRegistries:
    """By the options on certificates and time, and the proxies and accounts of `network`."""
    client = HttpClient(str(options.ca_cert or ""), options.insecure, timeout=options.timeout, network=network)
    return AskedRegistries(client, addresses)
