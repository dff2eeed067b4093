"""Small exchanges with the services of a cloud."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Struct

from lading.model.errors import NetError, SafeIOError
from lading.net.address import is_loopback, origin_of, place_of, printable
from lading.net.client import HttpClient
from lading.net.network import Network
from lading.net.proxies import Proxies
from lading.net.response import HttpResponse
from lading.safeio.small_files import read_small

_LIMIT: Final = 1024 * 1024
_MOST_FILE: Final = 256 * 1024
_METADATA_SECONDS: Final = 2.0
_SERVICE_SECONDS: Final = 20.0
_LONGEST_BODY: Final = 64 * 1024
_LONGEST_REASON: Final = 200
_SHORTEST_SECRET: Final = 8
# As AWS (JSON and XML), Google and Azure say it.
_REASON: Final = re.compile(r'"(?:[Mm]essage|error_description)"\s*:\s*"((?:[^"\\]|\\.)+)"|<Message>([^<]+)</Message>')
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}

_T = TypeVar("_T")


class Ask(Struct, frozen=True):
    """How services are asked: by these `proxies`, trusting the authorities of the file `ca_cert` too."""

    proxies: Proxies = Proxies()
    ca_cert: str = ""

    def service(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
        """The body of a service's answer. Raises NetError for any other answer than 200, and for an address that is not
        encrypted and not on this machine."""
        if origin_of(url).scheme != "https" and not is_loopback(origin_of(url).host):
            raise NetError(f"{place_of(url)}: is named without encryption; refused")
        client = HttpClient(self.ca_cert, timeout=_SERVICE_SECONDS, network=Network(self.proxies))
        return _ask(client, method, url, headers, body)

    def post(self, url: str, form: Mapping[str, str]) -> bytes:
        """The body of the answer to a form. Raises as `service` does."""
        return self.service("POST", url, _FORM, urlencode(form).encode())

    def metadata(self, method: str, url: str, headers: Mapping[str, str]) -> bytes:
        """The body of the answer of a machine's own metadata service, which no proxy stands before, and which is there
        at once or not at all. Raises NetError."""
        return _ask(HttpClient(timeout=_METADATA_SECONDS), method, url, headers, None)


def parse(data: bytes, of: type[_T], whose: str) -> _T:
    """An answer in JSON. Raises NetError, which does not repeat it."""
    try:
        return msgspec.json.decode(data, type=of)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NetError(f"{whose} cannot be read") from error


def read_file(path: Path) -> bytes:
    """The content of a small file. Raises NetError."""
    try:
        return read_small(path, _MOST_FILE)
    except SafeIOError as error:
        raise NetError(str(error)) from error


def read_token(path: Path) -> str:
    """The token in a file. Raises NetError."""
    text = read_file(path).decode("ascii", "replace").strip()
    if not text or not text.isprintable() or " " in text or "�" in text:
        raise NetError(f"{path} holds no token")
    return text


def _ask(client: HttpClient, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    try:
        response = _request(client, method, url, headers, body)
        data = response.read_all(_LIMIT)
        if response.status != 200:
            sent = (*headers.values(), *(value for _, value in parse_qsl((body or b"").decode("utf-8", "replace"))))
            raise NetError(f"{place_of(url)} answered {response.answer}{_reason(data, sent)}", response.status)
        return data
    finally:
        client.close()


def _request(client: HttpClient, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
    try:
        return client.request(method, url, headers, body)
    except NetError as error:
        # How long is waited here is not what --timeout says.
        raise NetError(str(error).replace(", or wait longer with --timeout", ""), error.status) from error


def _reason(data: bytes, sent: Iterable[str]) -> str:
    """The service's own words, without what it was sent."""
    found = _REASON.search(data[:_LONGEST_BODY].decode("utf-8", "replace"))
    text = (found[1] or found[2]) if found else ""
    text = re.sub(r"\\(.)", lambda match: " " if match[1] in "nrt" else match[1], text)
    for one in sorted(sent, key=len, reverse=True):
        if len(one) >= _SHORTEST_SECRET:
            text = text.replace(one, "…")
    return f": {printable(' '.join(text.split()), _LONGEST_REASON)}" if text else ""
