"""Signatures by a certificate that lives for minutes (keyless), in bundles of sigstore: checked by the library
`sigstore`, which is an extra, against a trust root that the user gives. Nothing is fetched.

Source: https://docs.sigstore.dev/about/bundle/ and https://github.com/sigstore/sigstore-python.
"""

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from lading.engine.settings import Settings
from lading.model.errors import SafeIOError, UsageError
from lading.safeio.dsse import IN_TOTO
from lading.safeio.small_files import read_small
from lading.safeio.trust import Keyless
from lading.safeio.trusted_keys import Checked

if TYPE_CHECKING:
    from sigstore.verify import Verifier

_MOST_ROOT: Final = 4_000_000
_MOST_IDENTITIES: Final = 50
_LONGEST: Final = 300


class Certified(Struct, frozen=True):
    """What a certificate vouches for: the content of the envelope, empty where it does not, and then why not."""

    checked: Checked
    payload: bytes = b""


def keyless_of(settings: Settings) -> Keyless:
    """Whose certificates count by the settings. Raises UsageError."""
    if not settings.image_identity:
        return Keyless()
    label = settings.origins["image_identity"].label("image_identity")
    if settings.trusted_root is None:
        raise UsageError(
            f"{label}: certificates are checked by a trust root, which is not fetched: name its file with "
            "--trusted-root (trusted_root.json of sigstore, or of cosign trusted-root create)"
        )
    if find_spec("sigstore") is None:
        raise UsageError(f"{label}: needs the extra keyless: pip install 'lading[keyless]'")
    identities = tuple(_identity(text, label) for text in settings.image_identity[:_MOST_IDENTITIES])
    keyless = Keyless(identities, _read(settings.trusted_root))
    _open(keyless, str(settings.trusted_root))
    return keyless


class Certificates:
    """What checks certificates for one scan; the library is loaded for the first."""

    def __init__(self, keyless: Keyless) -> None:
        self._keyless = keyless
        self._verifier: Verifier | None = None

    def check(self, bundle: bytes) -> Certified:
        """Who has signed the envelope in a bundle, of those who may."""
        from sigstore.errors import Error
        from sigstore.models import Bundle
        from sigstore.verify.policy import AllOf, AnyOf, Identity, OIDCIssuer, OIDCIssuerV2

        if self._verifier is None:
            self._verifier = _open(self._keyless, "the trust root")
        why = ""
        for issuer, name in self._keyless.identities:
            # The issuer stands in the certificate as it is, as a DER value, or as both.
            whose = AllOf([Identity(identity=name), AnyOf([OIDCIssuerV2(issuer), OIDCIssuer(issuer)])])
            try:
                kind, payload = self._verifier.verify_dsse(Bundle.from_json(bundle), whose)
            except (Error, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
                why = why or _said(error)
                continue
            if kind != IN_TOTO:
                return Certified(Checked(why="signed by a certificate, and no in-toto statement"))
            return Certified(Checked(f"{name} ({issuer})"), payload)
        return Certified(Checked(why=f"signed by a certificate that does not count: {why}"))


def _identity(text: str, label: str) -> tuple[str, str]:
    issuer, equals, name = text.partition("=")
    if not (equals and issuer and name):
        raise UsageError(
            f"{label}: {text[:_LONGEST]!r}: give ISSUER=IDENTITY, as https://accounts.example=me@example.org"
        )
    return issuer, name


def _read(path: Path) -> bytes:
    try:
        return read_small(path, _MOST_ROOT, "trust root")
    except SafeIOError as error:
        raise UsageError(f"--trusted-root {error}") from error


def _open(keyless: Keyless, where: str) -> "Verifier":
    """What verifies by a trust root. Raises UsageError for what is none."""
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier

    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(keyless.root)
        file.flush()
        try:
            return Verifier(trusted_root=TrustedRoot.from_file(file.name))
        except Exception as error:  # the library lets errors of its parsers through
            raise UsageError(f"--trusted-root {where}: is no trust root of sigstore: {_said(error)}") from error


def _said(error: Any) -> str:
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__
