"""Whether the engines on this machine, or those that variables name, answer."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lading.cli.checkup.asking import ask
from lading.cli.checkup.checks import Check
from lading.engine.settings import Settings
from lading.model.errors import LadingError
from lading.net.engines import EngineAddress, docker_address, podman_address

_PATIENCE: Final = 3.0
_LOOP: Final = ("127.", "localhost", "[::1]")


def engines_of(settings: Settings) -> Iterator[Check]:
    """What Docker and Podman answer; with `offline` only those are asked that are on this machine."""
    for name, find in (("docker", docker_address), ("podman", podman_address)):
        try:
            address = find(settings.network.engines)
        except LadingError as error:
            yield Check("warning", name, str(error))
            continue
        if address is None:
            yield Check("note", name, "not here: its images cannot be scanned by name")
        elif address.unix and not Path(address.unix).exists():
            yield Check("warning", name, f"{address.shown} is not there", f"start {name}, or unset what names it")
        elif address.unix and not os.access(address.unix, os.R_OK | os.W_OK):
            yield Check("warning", name, f"{address.shown} may not be used by this user", f"join the group of {name}")
        elif not address.url.startswith("http"):
            yield Check("note", name, f"{address.shown}: not asked")
        elif settings.offline and not _is_here(address):
            yield Check("note", name, f"{address.shown}: not asked (--offline)")
        else:
            yield _asked(name, address)


def _is_here(address: EngineAddress) -> bool:
    return bool(address.unix) or address.url.partition("://")[2].startswith(_LOOP)


def _asked(name: str, address: EngineAddress) -> Check:
    from lading.net.client import HttpClient

    client = HttpClient(unix=address.unix, sleep=lambda seconds: None)
    if address.tls is not None:
        client.trust(address.url.removeprefix("https://"), address.tls)
    said, _ = ask(client, f"{address.url}/_ping", _PATIENCE)
    if said == 200:
        return Check("ok", name, address.shown)
    why = f"answers {said}" if isinstance(said, int) else said.partition(": ")[2] or said
    return Check("warning", name, f"{address.shown}: {why}", f"start {name}, or unset what names it")
