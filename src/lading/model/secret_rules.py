"""Rules for secrets as users write them, in policies and in files of their own."""

from msgspec import Struct

from lading.model.advisory import SeverityLabel


class SecretTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A rule. `pattern` is a regular expression of RE2; the secret is its group `value`, else the group of the number
    `group`, else its first, else all of it. `keywords` are texts of which the file has one, in any case; `entropy` the
    bits for each character above which the secret must have. `path` is a regular expression that a part of the file's
    path matches. `finds` and `leaves` are examples, which `lading checks test` tries."""

    id: str
    pattern: str
    title: str = ""
    severity: SeverityLabel = "high"
    group: int = 0
    entropy: float = 0
    keywords: tuple[str, ...] = ()
    path: str = ""
    finds: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
