"""The rules below `ignore` in Grype's configuration.

Source: https://github.com/anchore/grype, "Specifying matches to ignore".
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from lading.model.finding import FixState
from lading.policy.document import IgnoreTable
from lading.policy.foreign.ignores import ForeignIgnores, left_out, tables_of, text_of

_TYPES: Final[Mapping[str, str]] = {
    "alpm": "alpm", "apk": "apk", "binary": "generic", "bitnami": "bitnami", "conan": "conan", "conda": "conda",
    "dart-pub": "pub", "deb": "deb", "dotnet": "nuget", "gem": "gem", "go-module": "golang", "hackage": "hackage",
    "hex": "hex", "java-archive": "maven", "jenkins-plugin": "maven", "npm": "npm", "php-composer": "composer",
    "pod": "cocoapods", "portage": "portage", "python": "pypi", "rpm": "rpm", "rust-crate": "cargo", "swift": "swift",
}  # fmt: skip
_STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "fixed": ("fixed",),
    "not-fixed": ("not_fixed", "deferred", "end_of_life"),
    "wont-fix": ("wont_fix", "minor"),
    "unknown": ("unknown",),
}
_KEYS: Final = frozenset({"vulnerability", "include-aliases", "reason", "fix-state", "package"})
_PACKAGE_KEYS: Final = frozenset({"name", "version", "type", "location", "upstream-name"})
_REGULAR: Final = re.compile(r"[\^$+?()\[\]{}|\\]")


def parse_grype(document: dict[str, Any]) -> ForeignIgnores:
    """Rules that ask for what a policy can say too. Raises FormatError."""
    entries: list[tuple[IgnoreTable, int]] = []
    notes: list[str] = []
    for number, rule in enumerate(tables_of(document.get("ignore"), "ignore"), 1):
        what = f"rule {number}"
        package = rule.get("package") or {}
        package = package if isinstance(package, dict) else {"package": ""}
        cannot = _cannot(rule, package)
        if cannot:
            notes.append(left_out(what, cannot))
            continue
        version = text_of(package.get("version"), what)
        state = text_of(rule.get("fix-state"), what)
        table = IgnoreTable(
            vulnerability=text_of(rule.get("vulnerability"), what),
            package=_plain(text_of(package.get("name") or package.get("upstream-name"), what)),
            type=_TYPES.get(text_of(package.get("type"), what), ""),
            version=f"= {version}" if version else "",
            path=text_of(package.get("location"), what),
            fix_state=cast(tuple[FixState, ...], _STATES.get(state, ())),
            reason=text_of(rule.get("reason"), what),
        )
        entries.append((table, 0))
    return ForeignIgnores(tuple(entries), tuple(notes))


def _cannot(rule: dict[str, Any], package: dict[str, Any]) -> list[str]:
    """What of a rule a policy cannot say."""
    cannot = sorted((rule.keys() - _KEYS) | {f"package.{key}" for key in package.keys() - _PACKAGE_KEYS})
    names = [package.get(key) for key in ("name", "upstream-name") if package.get(key)]
    if len(names) > 1 or any(_REGULAR.search(str(name).replace("\\.", ".").strip("^$")) for name in names):
        cannot.append("package.name")
    if package.get("type") and package.get("type") not in _TYPES:
        cannot.append("package.type")
    if rule.get("fix-state") and rule.get("fix-state") not in _STATES:
        cannot.append("fix-state")
    if not rule.keys() & {"vulnerability", "fix-state"} and not package:
        cannot.append("everything")
    return cannot


def _plain(expression: str) -> str:
    """A regular expression that has no more than stars, as a pattern."""
    return expression.strip("^$").replace("\\.", ".").replace(".*", "*")
