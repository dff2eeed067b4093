"""The scripted server behind TLS, with a certificate made for the test."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.net.scripted import Script, Server, serve


def make_certificate(directory: Path, names: str = "IP:127.0.0.1", *options: str) -> Path:
    """A self-signed certificate for 127.0.0.1, or other names, with its key in the same PEM file."""
    key, certificate, both = directory / "key.pem", directory / "certificate.pem", directory / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=127.0.0.1", *(options or ("-days", "2"))]
    subprocess.run([*command, "-addext", f"subjectAltName={names}"], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


@contextmanager
def serve_tls(certificate: Path, script: Script) -> Iterator[Server]:
    """Like `serve`, behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serve(script, context) as server:
        yield server
