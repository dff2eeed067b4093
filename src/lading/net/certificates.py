"""Certificates that a user keeps for single registries.

Sources: Docker, "Verify repository client with certificates"; containers-certs.d(5): in `certs.d/HOST[:PORT]/` each
`*.crt` is an authority that is trusted, each `NAME.cert` with `NAME.key` what is shown to the server.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lading.model.errors import NetError

if TYPE_CHECKING:
    import ssl


def directory_of(place: str, directories: tuple[Path, ...]) -> Path | None:
    """What is kept for a server (HOST[:PORT], as an address has it); None for nothing."""
    return next((path for one in directories if os.path.isdir(path := one / place.lower())), None)  # noqa: PTH112 - False for no rights


def load_certificates(context: "ssl.SSLContext", directory: Path) -> None:
    """Adds what is kept for one server to its connections. Raises NetError for what cannot be used."""
    import ssl

    path = directory
    try:
        for path in sorted(directory.iterdir()):
            if path.suffix == ".crt":
                context.load_verify_locations(cafile=str(path))
            elif path.suffix == ".cert":
                context.load_cert_chain(path, path.with_suffix(".key"), password="")  # never asks for one
    except (ssl.SSLError, ValueError) as error:
        raise NetError(f"{path}: holds no PEM certificate, or its key does not belong to it") from error
    except OSError as error:
        raise NetError(f"{path}: the certificate or its key cannot be read: {error.strerror}") from error
