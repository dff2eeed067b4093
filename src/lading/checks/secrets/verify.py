"""The one table of closer looks at candidates, by the names that rules call them."""

from collections.abc import Callable, Mapping
from typing import Final

from lading.checks.secrets import checksums, documents, private_keys, tokens, values
from lading.checks.secrets.candidate import Candidate, Confirmed

_AROUND: Final = 400
"""How far from a secret the words that it needs may stand, in bytes."""

CHECKS: Final[Mapping[str, Callable[[Candidate], Confirmed | None]]] = {
    "": values.check_form,
    "assigned": values.check_assigned,
    "base62-checksum": checksums.check_base62,
    "basic": values.check_basic,
    "bech32": checksums.check_bech32,
    "discord": tokens.check_discord,
    "django": values.check_django,
    "google-account": documents.check_google_account,
    "google-user": documents.check_google_user,
    "grafana-checksum": checksums.check_grafana,
    "jwk": documents.check_json_web_key,
    "jwt": tokens.check_json_web_token,
    "pem": private_keys.check_pem,
    "pem-base64": private_keys.check_encoded_pem,
    "pgp": private_keys.check_pgp,
    "putty": private_keys.check_putty,
    "pypi-macaroon": tokens.check_macaroon,
    "random": values.check_random,
    "tink": documents.check_tink,
    "url": values.check_url,
    "variable": values.check_variable,
}


def confirm(candidate: Candidate) -> Confirmed | None:
    """What the candidate is, None for no secret."""
    if candidate.rule.words and not _stands_by(candidate):
        return None
    return CHECKS[candidate.rule.check](candidate)


def _stands_by(candidate: Candidate) -> bool:
    around = candidate.data[max(0, candidate.start - _AROUND) : candidate.end + _AROUND].lower()
    path = candidate.path.lower()
    return any(word.encode() in around or word in path for word in candidate.rule.words)
