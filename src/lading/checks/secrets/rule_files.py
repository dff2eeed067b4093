"""Files of rules for secrets: ours, and those of gitleaks (docs/secrets.md)."""

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from lading.checks.secrets.gitleaks import parse_gitleaks
from lading.checks.secrets.own import Allow, AllowTable, OwnRule, Stated
from lading.model.checks import NamedFile
from lading.model.errors import UsageError
from lading.model.secret_rules import SecretTable

_MOST_RULES: Final = 5_000


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    secret: tuple[SecretTable, ...] = ()
    allow: tuple[AllowTable, ...] = ()
    disable: tuple[str, ...] = ()


def parse_rules(files: Iterable[NamedFile], tables: Iterable[tuple[str, SecretTable]] = ()) -> Stated:
    """What files of rules state, ours and those of gitleaks, and rules that stand elsewhere, each with its
    place. Raises UsageError for one that is neither, or that has what cannot be used."""
    rules: list[OwnRule] = []
    allows: list[Allow] = []
    disabled: set[str] = set()
    for name, data in files:
        try:
            table = tomllib.loads(data.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UsageError(f"{name}: {' '.join(str(error).split())[:300]}") from error
        stated = _parse(table, name)
        rules += stated.rules
        allows += stated.allows
        disabled |= stated.disabled
    rules += [OwnRule(table, where) for where, table in tables]
    known = {one.table.id: one for one in rules}  # a later one of an ID holds
    if len(known) > _MOST_RULES:
        raise UsageError(f"more than {_MOST_RULES:,} rules for secrets")
    kept = tuple(one.checked() for one in known.values() if one.table.id not in disabled)
    return Stated(kept, tuple(one.checked() for one in allows), frozenset(disabled))


def is_of_secrets(data: bytes) -> bool:
    """Whether a file is one of rules for secrets, as far as its tables tell."""
    try:
        table = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return False
    return bool(table.keys() & (_OF_GITLEAKS | set(_Document.__struct_fields__)))


def _parse(table: Mapping[str, Any], name: str) -> Stated:
    if table.keys() & _OF_GITLEAKS:
        return parse_gitleaks(table, name)
    try:
        document = msgspec.convert(dict(table), _Document)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UsageError(f"{name}: {' '.join(str(error).split())[:300]}") from error
    return Stated(
        tuple(OwnRule(one, name) for one in document.secret),
        tuple(Allow(one, name) for one in document.allow),
        frozenset(document.disable),
    )


_OF_GITLEAKS: Final = frozenset({"rules", "allowlist", "allowlists", "extend"})
