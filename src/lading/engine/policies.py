"""The policy of one command: what its settings say, and the files they name."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from lading.engine.settings import SETTINGS, Level, Settings
from lading.engine.settings_files import read_small
from lading.model.errors import FormatError, PolicyError
from lading.model.image import Origin
from lading.model.spelling import meant
from lading.policy.document import PolicyLevel, WrittenPolicy, parse_policy
from lading.policy.fail_on import parse_fail_on
from lading.policy.policy import Policy, with_documents
from lading.policy.tables import TABLES

_LEVELS: Final[Mapping[Level, PolicyLevel]] = {
    "user": "user", "project": "project", "organisation": "organisation"
}  # fmt: skip
"""Whose a policy is that a setting names; what variables and options name is the command line's."""


def policy_of(settings: Settings) -> Policy:
    """What the results of a command are held to. Raises PolicyError, and UsageError for what cannot be read."""
    level = parse_fail_on(settings.fail_on)
    origin: Origin | None = "base" if settings.ignore_base else "application" if settings.only_base else None
    policy = Policy(
        level.lowest,
        settings.fail_on_unmanaged,
        settings.allow_incomplete,
        fail_on_unrated=level.unrated,
        ignore_unfixed=settings.ignore_unfixed,
        ignore_origin=origin,
        failed_status=settings.exit_code,
    )
    policy = with_documents(policy, list(_written(settings)))
    if policy.rules:
        from lading.policy.rules import compile_rules

        compile_rules(policy.rules)  # a bad rule is an error before anything is scanned
    return policy


def read_policy(path: Path, level: PolicyLevel) -> WrittenPolicy:
    """The policy in a file that has nothing else. Raises PolicyError, and UsageError when it cannot be read."""
    from lading.safeio.toml_text import line_of, parse_toml

    data = read_small(path)
    try:
        table: dict[str, Any] = parse_toml(data)
    except FormatError as error:
        raise PolicyError(f"{path}: {error}") from error
    text = data.decode("utf-8-sig")
    for key in table:
        if key not in TABLES:
            line = line_of(text, key)
            why = (
                "is a setting; those stand in lading.toml"
                if key in SETTINGS
                else f"no such table{meant(key, TABLES)}; known: {', '.join(TABLES)}"
            )
            raise PolicyError(f"{path}:{line}: {key[:100]}: {why}")
    return parse_policy(table, level, str(path), lambda *keys: line_of(text, *keys))


def _written(settings: Settings) -> Iterator[WrittenPolicy]:
    for one in settings.policy_tables:
        yield parse_policy(one.tables, _LEVELS[one.level], str(one.file), one.line_of)
    named = _LEVELS.get(settings.origins["policy_file"].level, "flag")
    for source in settings.policy_file:
        yield read_policy(Path(source), named)
