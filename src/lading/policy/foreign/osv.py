"""OSV-Scanner's `osv-scanner.toml` (https://google.github.io/osv-scanner/configuration/)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from lading.model.errors import FormatError
from lading.policy.document import IgnoreTable
from lading.policy.foreign.ignores import ForeignIgnores, last_day, left_out, tables_of, text_of

_TYPES: Final[Mapping[str, str]] = {
    "alpine": "apk", "bitnami": "bitnami", "conancenter": "conan", "cran": "cran", "crates.io": "cargo",
    "debian": "deb", "go": "golang", "hackage": "hackage", "hex": "hex", "julia": "julia", "maven": "maven",
    "npm": "npm", "nuget": "nuget", "packagist": "composer", "pub": "pub", "pypi": "pypi", "red hat": "rpm",
    "rocky linux": "rpm", "almalinux": "rpm", "suse": "rpm", "opensuse": "rpm", "rubygems": "gem",
    "swifturl": "swift", "ubuntu": "deb", "wolfi": "apk", "chainguard": "apk",
}  # fmt: skip
_VULNERABILITY_KEYS: Final = frozenset({"id", "ignoreUntil", "reason"})
_PACKAGE_KEYS: Final = frozenset(
    {"name", "version", "ecosystem", "ignore", "vulnerability", "license", "effectiveUntil", "reason"}
)


def parse_osv_scanner(document: dict[str, Any]) -> ForeignIgnores:
    """Ignored vulnerabilities, and packages whose vulnerabilities are ignored. Raises FormatError."""
    entries: list[tuple[IgnoreTable, int]] = []
    notes: list[str] = []
    for one in tables_of(document.get("IgnoredVulns"), "IgnoredVulns"):
        name = text_of(one.get("id"), "IgnoredVulns: id")
        if not name:
            raise FormatError("IgnoredVulns: an entry has no id")
        if further := sorted(one.keys() - _VULNERABILITY_KEYS):
            notes.append(left_out(name, further))
            continue
        table = IgnoreTable(
            vulnerability=name, reason=text_of(one.get("reason"), name), expires=_until(one.get("ignoreUntil"), name)
        )
        entries.append((table, 0))
    for one in tables_of(document.get("PackageOverrides"), "PackageOverrides"):
        table_or_note = _package(one)
        if isinstance(table_or_note, str):
            notes.append(table_or_note)
        elif table_or_note is not None:
            entries.append((table_or_note, 0))
    return ForeignIgnores(tuple(entries), tuple(notes))


def _package(one: dict[str, Any]) -> IgnoreTable | str | None:
    name = text_of(one.get("name"), "PackageOverrides: name")
    nested = one.get("vulnerability")
    ignored = one.get("ignore") is True or (isinstance(nested, dict) and nested.get("ignore") is True)
    if not ignored:
        return None
    ecosystem = text_of(one.get("ecosystem"), name)
    type = _TYPES.get(ecosystem.partition(":")[0].lower(), "")
    further = sorted(one.keys() - _PACKAGE_KEYS)
    further += ["ecosystem"] if ecosystem and not type else []
    further += [] if name else ["no name"]
    if further:
        return left_out(name or "PackageOverrides", further)
    version = text_of(one.get("version"), name)
    return IgnoreTable(
        package=name,
        type=type,
        version=f"= {version}" if version else "",
        reason=text_of(one.get("reason"), name),
        expires=_until(one.get("effectiveUntil"), name),
    )


def _until(value: object, what: str) -> date | None:
    text = value.isoformat() if isinstance(value, date | datetime) else text_of(value, what)
    return last_day(text, what)
