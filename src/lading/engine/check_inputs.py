"""What the user gives to checks: files of own checks and rules, lists, a key."""

import tomllib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import structs

from lading.engine.documents import read_document
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.model.checks import CheckInputs, Family, NamedFile
from lading.model.errors import UsageError

_RULES: Final = (".yar", ".yara")
_MOST_FILES: Final = 10_000
_MOST_BYTES: Final = 200_000_000
_DEEPEST: Final = 4


def read_inputs(families: Collection[Family], options: ScanOptions, environment: Environment) -> CheckInputs:
    """What these families of checks are given. Raises ImageError where a file cannot be read, UsageError where there
    is none."""
    malware = "malware" in families
    rules = tuple(_iter_rules(options.yara_rules, options)) if malware else ()
    if sum(len(data) for _, data in rules) > _MOST_BYTES:
        raise UsageError(f"--yara-rules: more than {_MOST_BYTES:,} bytes of rules")
    given = environment.given
    return structs.replace(
        given if "secrets" in families else CheckInputs(license_terms=given.license_terms),
        own=_read(options.check_file, options),
        fingerprint_key=(environment.fingerprint_key or b"") if "secrets" in families else b"",
        yara_rules=rules,
        known_bad=_read(options.known_bad, options) if malware else (),
        indicators=malware and _has_yara(),
        secret_rules=read_secret_rules(options.secret_rules, options) if "secrets" in families else (),
    )


def read_secret_rules(names: Iterable[str], options: ScanOptions) -> tuple[NamedFile, ...]:
    """Files of rules for secrets, each behind those that it extends (`extend.path` of gitleaks, from where it lies).
    Raises ImageError where one cannot be read, UsageError for one that extends itself."""
    found: list[NamedFile] = []
    for name in names:
        following: list[NamedFile] = []
        path: Path | None = Path(name)
        while path is not None:
            if len(following) >= _DEEPEST:
                raise UsageError(f"{name}: extends more than {_DEEPEST - 1} files, one after the other")
            data = read_document(path, options)
            following.append((str(path), data))
            further = _extended(data)
            path = path.parent / further if further else None
        found += reversed(following)
    return tuple(found)


def _extended(data: bytes) -> str:
    """The file that a configuration of gitleaks extends; empty where there is none. What is no TOML is told later."""
    try:
        extend = tomllib.loads(data.decode()).get("extend")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return ""
    path = extend.get("path") if isinstance(extend, dict) else None
    return path if isinstance(path, str) else ""


def _read(names: Iterable[str], options: ScanOptions) -> tuple[NamedFile, ...]:
    return tuple((one, read_document(Path(one), options)) for one in names)


def _iter_rules(names: Iterable[str], options: ScanOptions) -> Iterator[NamedFile]:
    """The files of rules, those of a directory in the order of their names."""
    for name in names:
        path = Path(name)
        if not path.is_dir():
            yield name, read_document(path, options)
            continue
        files = sorted(one for one in path.rglob("*") if one.suffix.lower() in _RULES and one.is_file())
        if not files:
            raise UsageError(f"{name}: no file of YARA rules ({', '.join(_RULES)}) is in this directory")
        if len(files) > _MOST_FILES:
            raise UsageError(f"{name}: more than {_MOST_FILES:,} files of YARA rules")
        for one in files:
            yield str(one), read_document(one, options)


def _has_yara() -> bool:
    from importlib.util import find_spec

    return find_spec("yara_x") is not None
