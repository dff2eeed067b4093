"""Who answers: one address each of where data and images come from."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import structs

from lading.cli.checkup.asking import ask
from lading.cli.checkup.checks import Check
from lading.engine.settings import Settings
from lading.net.address import split_address
from lading.net.proxies import shown_proxy

if TYPE_CHECKING:
    from lading.net.client import HttpClient

_PATIENCE: Final = 10.0
_SKEW: Final = timedelta(minutes=5)
_HUB: Final = "https://registry-1.docker.io/v2/"
_UPSTREAM: Final = "https://storage.googleapis.com/osv-vulnerabilities/ecosystems.txt"
_MIRRORS: Final = ("http://", "https://")


def answers_of(settings: Settings) -> Iterator[Check]:
    """What the source of data and Docker Hub answer, through which proxy, with their clock beside this one; nobody is
    asked with `offline`."""
    if settings.offline:
        yield Check("note", "network", "not asked: --offline")
        return
    proxies = settings.network.proxies
    source = settings.db_source or _UPSTREAM
    if not source.startswith(_MIRRORS):
        host = source.removeprefix("oci:").split("/")[0]
        source = f"{'http' if settings.plain_http else 'https'}://{host}/v2/"
    for name, url in (("data", source), ("registry", _HUB)):
        parts = split_address(url)
        standard = 443 if parts.scheme == "https" else 80
        proxy = proxies.proxy_for(parts.scheme, parts.hostname or "", parts.port or standard)
        by = f" through {shown_proxy(proxy)}" if proxy else ""
        said, moment = ask(_client(settings), url, _PATIENCE)
        if isinstance(said, int):
            yield Check("ok", name, f"{url} answers {said}{by}")
        else:
            remedy = "lading scan --offline uses what is downloaded" if name == "data" else ""
            yield Check("failed" if name == "data" else "warning", name, f"{said}{by and f' ({by.strip()})'}", remedy)
        if moment is not None and abs(moment - (now := datetime.now(UTC))) > _SKEW:
            yield Check(
                "failed",
                "clock",
                f"this one says {now:%Y-%m-%d %H:%M} UTC, {url.split('/')[2]} says {moment:%Y-%m-%d %H:%M}",
                "set the clock: certificates and the age of data depend on it",
            )


def _client(settings: Settings) -> "HttpClient":
    """One whose further attempts nobody waits for, or is told of."""
    from lading.net.client import HttpClient

    return HttpClient(
        str(settings.ca_cert or ""),
        settings.insecure,
        network=structs.replace(settings.network, tell=None),
        sleep=lambda seconds: None,
    )
