"""`lading attach`."""

from pathlib import Path

import click

from lading.cli.accounts import bind
from lading.cli.options import REGISTRY, sign_option, with_settings
from lading.engine.settings import Settings
from lading.model.errors import SafeIOError, UsageError
from lading.safeio.small_files import read_small

_MOST = 64_000_000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("image")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=_FILE)
@sign_option
@with_settings("platform", *REGISTRY)
def attach(image: str, files: tuple[Path, ...], sign: Path | None, settings: Settings) -> None:
    """Attach documents to IMAGE in its registry, for whoever scans or runs it to find.

    A FILE is an SBOM (CycloneDX, SPDX), a VEX document (OpenVEX, CSAF, CycloneDX), a report of lading scan -o json, or
    an in-toto statement, in JSON. With --sign each is a signed statement on the image, which cosign checks too
    (cosign verify-attestation --key); with --sign and no FILE the image itself is signed (cosign verify --key).

    \b
    lading scan REF --platform linux/amd64 -o json=report.json -o cyclonedx=sbom.json
    lading attach REF --platform linux/amd64 report.json sbom.json --sign key.pem
    lading attach REF --sign key.pem
    """
    from lading.engine.attached.documents import parse_attachable
    from lading.engine.attached.push import attach as attach_to

    documents = [parse_attachable(_read(path), str(path)) for path in files]
    for one in attach_to(image, documents, bind(settings, image), sign):
        signed = f", signed by {one.signer}" if one.signer else ""
        click.echo(f"{one.kind}  {one.digest} on {one.subject}{signed}")


def _read(path: Path) -> bytes:
    try:
        return read_small(path, _MOST, "document that is attached")
    except SafeIOError as error:
        raise UsageError(str(error)) from error
