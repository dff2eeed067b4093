"""Certificates that a user keeps for single registries.

Sources: Docker, "Verify repository client with certificates"; containers-certs.d(5): in `certs.d/HOST[:PORT]/` each
`*.crt` is an authority that is trusted, each `NAME.cert` with `NAME.key` what is shown to the server.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lading.model.errors import NetError
from lading.net.routes import ServerTls

if TYPE_CHECKING:
    import ssl


def directory_of(place: str, directories: tuple[Path, ...]) -> Path | None:
    """What is kept for a server (HOST[:PORT], as an address has it); None for nothing."""
    return next((path for one in directories if os.path.isdir(path := one / place.lower())), None)  # noqa: PTH112 - False for no rights


def load_certificates(context: "ssl.SSLContext", directory: Path) -> None:
    """Adds what is kept for one server to its connections. Raises NetError for what cannot be used."""
    try:
        files = sorted(directory.iterdir())
    except OSError as error:
        raise NetError(f"{directory}: cannot be read: {error.strerror}") from error
    authorities = tuple(one for one in files if one.suffix == ".crt")
    shown = tuple((one, one.with_suffix(".key")) for one in files if one.suffix == ".cert")
    load_files(context, ServerTls(authorities=authorities, shown=shown))


def load_identity(context: "ssl.SSLContext", certificate: str, key: str) -> None:
    """Shows a certificate that is held as PEM. OpenSSL takes it from a file alone, which is there for a moment. Raises
    NetError."""
    import ssl
    import tempfile

    try:
        with tempfile.NamedTemporaryFile("w", encoding="ascii", prefix="lading-", suffix=".pem") as file:
            file.write(f"{certificate}\n{key}\n")
            file.flush()
            context.load_cert_chain(file.name, password="")  # never asks for one
    except (ssl.SSLError, ValueError) as error:
        raise NetError("the client certificate is no PEM certificate, or its key does not belong to it") from error
    except OSError as error:
        raise NetError(f"the client certificate cannot be used: {error.strerror}") from error


def sole_authority(pem: str) -> "ssl.SSLContext":
    """A context that trusts these authorities and no others. Raises NetError."""
    import ssl

    try:
        return ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        raise NetError("the authority of the server is no PEM certificate") from error


def load_files(context: "ssl.SSLContext", tls: ServerTls) -> None:
    """Adds authorities and certificates to the connections of one server. Raises NetError for what cannot be used."""
    import ssl

    path = Path()
    try:
        for path in tls.authorities:
            context.load_verify_locations(cafile=str(path))
        for path, key in tls.shown:
            context.load_cert_chain(path, key, password="")  # never asks for one
    except (ssl.SSLError, ValueError) as error:
        raise NetError(f"{path}: holds no PEM certificate, or its key does not belong to it") from error
    except OSError as error:
        raise NetError(f"{path}: the certificate or its key cannot be read: {error.strerror}") from error
