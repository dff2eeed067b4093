"""The policy of one command: what its settings say, and the files they name."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import structs

from lading.engine.settings import SETTINGS, Level, PolicyTables, Settings
from lading.engine.settings_files import read_written
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.errors import FormatError, PolicyError
from lading.model.image import Origin
from lading.model.spelling import meant
from lading.policy.coverage import EVERY
from lading.policy.document import PolicyDocument, PolicyLevel, WrittenPolicy, parse_policy
from lading.policy.fail_on import parse_fail_on
from lading.policy.policy import Policy, with_documents
from lading.policy.tables import TABLES

_LEVELS: Final[Mapping[Level, PolicyLevel]] = {
    "user": "user", "project": "project", "organisation": "organisation"
}  # fmt: skip
"""Whose a policy is that a setting names; what variables and options name is the command line's."""
_REGISTRY: Final = "oci:"


def policy_of(settings: Settings) -> Policy:
    """What the results of a command are held to. Raises PolicyError, and UsageError for what cannot be read."""
    foreign = list(_foreign(settings))
    policy = _together(settings, [*_written(settings), *(one for one, _ in foreign)])
    remarks = [diagnostic("ignore-refused", note, one.file) for one, notes in foreign for note in notes]
    policy = structs.replace(policy, notes=(*policy.notes, *remarks, *_lying(settings)))
    return _checked(policy)


def _checked(policy: Policy) -> Policy:
    """A policy whose rules can be: a bad one is an error before anything is scanned."""
    if policy.rules:
        from lading.policy.rules import compile_rules

        compile_rules(policy.rules)
    return policy


def _short_forms(settings: Settings) -> Policy:
    level = parse_fail_on(settings.fail_on)
    origin: Origin | None = "base" if settings.ignore_base else "application" if settings.only_base else None
    return Policy(
        level.lowest,
        settings.fail_on_unmanaged,
        EVERY in settings.allow_incomplete,
        fail_on_unrated=level.unrated,
        ignore_unfixed=settings.ignore_unfixed,
        ignore_origin=origin,
        only_in_use=settings.in_use,
        failed_status=settings.exit_code,
        allow_kinds=settings.allow_incomplete,
        max_db_age=settings.max_db_age,
    )


def policy_in(path: Path, settings: Settings) -> Policy:
    """The policy in a file, which may be a settings file that holds here, with the organisation's over it and the short
    forms of settings beside it. Raises as `policy_of`."""
    standing = {one.file.resolve(): one for one in settings.policy_tables}
    own = standing.pop(path.resolve(), None)
    written = [_of_settings(one) for one in standing.values() if one.level == "organisation"]
    written.append(_of_settings(own) if own is not None else _read_written(path, "flag"))
    return _checked(_together(settings, written))


def _together(settings: Settings, written: Sequence[WrittenPolicy]) -> Policy:
    """Policies with the short forms of settings, as far as the organisation lets those hold."""
    policy = _short_forms(settings)
    if not written:
        return policy
    policy = with_documents(policy, written)
    forms = [one for one in _IGNORING if getattr(settings, one) and settings.origins[one].level != "organisation"]
    if not policy.locked or not forms:
        return policy
    why = f"{policy.locked} lets nobody ignore or accept but by its exceptions"
    notes = (
        diagnostic("ignore-refused", f"{SETTINGS[one].flag} does not hold: {why}", settings.origins[one].place)
        for one in forms
    )
    defaults = _short_forms(structs.replace(settings, **{one: SETTINGS[one].default for one in forms}))
    short = {
        one: getattr(defaults, one)
        for one in ("ignore_unfixed", "ignore_origin", "only_in_use", "allow_incomplete", "allow_kinds")
    }
    return structs.replace(policy, notes=(*policy.notes, *notes), **short)


_IGNORING: Final = ("ignore_unfixed", "ignore_base", "only_base", "in_use", "allow_incomplete")
"""The settings that ignore or accept something."""


def read_policy(path: Path, policy: Policy | None = None) -> Policy:
    """The policy in a file that has nothing else, beside the short forms of `policy`. Raises PolicyError, and
    UsageError when it cannot be read."""
    return _checked(with_documents(policy or Policy(), [_read_written(path, "flag")]))


def _read_written(path: Path, level: PolicyLevel) -> WrittenPolicy:
    return parse_policy_file(read_written(path), str(path), level)


def parse_policy_file(data: bytes, name: str, level: PolicyLevel) -> WrittenPolicy:
    """The policy in the bytes of a file that has nothing else. Raises PolicyError."""
    from lading.safeio.toml_text import line_of, parse_toml

    try:
        table: dict[str, Any] = parse_toml(data)
    except FormatError as error:
        raise PolicyError(f"{name}: {error}") from error
    text = data.decode("utf-8-sig")
    for key in table:
        if key not in TABLES:
            line = line_of(text, key)
            why = (
                "is a setting; those stand in lading.toml, or a file that --config names, with the policy"
                if key in SETTINGS
                else f"no such table{meant(key, TABLES)}; known: {', '.join(TABLES)}"
            )
            raise PolicyError(f"{name}:{line}: {key[:100]}: {why}")
    return parse_policy(table, level, name, lambda *keys: line_of(text, *keys))


def read_foreign(path: Path, level: PolicyLevel) -> tuple[WrittenPolicy, tuple[str, ...]]:
    """Another scanner's ignores in a file as a policy, and a sentence for each that cannot be one. Raises PolicyError,
    and UsageError when it cannot be read."""
    from lading.policy.foreign import parse_foreign

    found = parse_foreign(read_written(path), str(path))
    lines = [line for _, line in found.entries]
    document = PolicyDocument(ignore=tuple(table for table, _ in found.entries))

    def line_of(*keys: str | int) -> int:
        return lines[keys[1]] if len(keys) > 1 and isinstance(keys[1], int) else 0

    return WrittenPolicy(document, level, str(path), line_of), found.notes


def named_policies(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """The policies that are named by their files or in registries: what each is called, and its text. Raises
    LadingError for one that cannot be had."""
    for source in settings.policy_file:
        if source.startswith(_REGISTRY):
            from lading.engine.policy_artifacts import pull_policy

            pulled = pull_policy(source.removeprefix(_REGISTRY), settings)
            yield f"{_REGISTRY}{pulled.name}", pulled.data
        else:
            yield source, read_written(Path(source))


def _foreign(settings: Settings) -> Iterator[tuple[WrittenPolicy, tuple[str, ...]]]:
    level = _LEVELS.get(settings.origins["ignore_file"].level, "flag")
    for source in settings.ignore_file:
        yield read_foreign(Path(source), level)


def _lying(settings: Settings) -> Iterator[Diagnostic]:
    """Other scanners' ignores that lie in the working directory and are not named."""
    from lading.policy.foreign import FOREIGN_FILES

    named = {Path(source).name for source in settings.ignore_file}
    for name in FOREIGN_FILES:
        if name not in named and Path(name).is_file():
            message = f"{name} lies here and is not used: --ignore-file {name} does, lading policy import converts it"
            yield diagnostic("ignore-file-not-used", message)


def _of_settings(tables: PolicyTables) -> WrittenPolicy:
    return parse_policy(tables.tables, _LEVELS[tables.level], str(tables.file), tables.line_of)


def _written(settings: Settings) -> Iterator[WrittenPolicy]:
    for one in settings.policy_tables:
        yield _of_settings(one)
    named = _LEVELS.get(settings.origins["policy_file"].level, "flag")
    for name, data in named_policies(settings):
        yield parse_policy_file(data, name, named)
