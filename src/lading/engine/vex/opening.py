"""What fetches VEX documents for a scan."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lading.engine.options import ScanOptions
from lading.engine.vex.web import VexWeb

if TYPE_CHECKING:
    from lading.net.network import Network


def open_vex_web(
    options: ScanOptions,
    network: "Network",
    clock: Callable[[], datetime],
    cache: Path | None = None,
    *,
    offline: bool = False,
) -> VexWeb:
    """By the options on certificates and time, and the proxies of `network`. Archives of repositories are kept in the
    directory `cache`; `offline` fetches none."""
    from lading.net.client import HttpClient

    client = HttpClient(str(options.ca_cert or ""), options.insecure, timeout=options.timeout, network=network)
    return VexWeb(client, cache, clock, offline=offline)
