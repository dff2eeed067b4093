"""Rules of gitleaks (https://github.com/gitleaks/gitleaks, "Configuration" of its README), version 8."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, field

from lading.checks.secrets.own import Allow, AllowTable, OwnRule, Stated
from lading.model.errors import UsageError
from lading.model.secret_rules import SecretTable

_ANY: Final = r"[\s\S]"


class _Allowlist(Struct, frozen=True):
    """`regexTarget` says what the regexes are put to: the secret, the whole match or its line."""

    description: str = ""
    condition: Literal["OR", "AND", "or", "and", "||", "&&"] = "OR"
    paths: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()
    target: Literal["", "secret", "match", "line"] = field(name="regexTarget", default="")
    stopwords: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()
    rules: tuple[str, ...] = field(name="targetRules", default=())


class _Rule(Struct, frozen=True):
    id: str
    description: str = ""
    regex: str = ""
    path: str = ""
    group: int = field(name="secretGroup", default=0)
    entropy: float = 0
    keywords: tuple[str, ...] = ()
    allowlist: _Allowlist | None = None
    allowlists: tuple[_Allowlist, ...] = ()


class _Extend(Struct, frozen=True):
    path: str = ""
    disabled: tuple[str, ...] = field(name="disabledRules", default=())
    url: str = ""


class _Document(Struct, frozen=True):
    rules: tuple[_Rule, ...] = ()
    allowlist: _Allowlist | None = None
    allowlists: tuple[_Allowlist, ...] = ()
    extend: _Extend = _Extend()


def parse_gitleaks(table: Mapping[str, Any], name: str) -> Stated:
    """What a configuration of gitleaks states. `extend.path` is for whoever reads files; `extend.useDefault` asks for
    rules of which Lading has its own. Raises UsageError for what is none, naming the rule."""
    try:
        document = msgspec.convert(dict(table), _Document)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UsageError(f"{name}: {' '.join(str(error).split())[:300]}") from error
    if document.extend.url:
        raise UsageError(f"{name}: extend.url: rules are not fetched: name a file (extend.path)")
    listed = (*filter(None, (document.allowlist,)), *document.allowlists)
    return Stated(
        tuple(_own(one, name) for one in document.rules),
        tuple(_allows(listed, name)),
        frozenset(document.extend.disabled),
    )


def _own(rule: _Rule, name: str) -> OwnRule:
    where = f"{name}: secret {rule.id[:80]}"
    if not rule.regex and not rule.path:
        raise UsageError(f"{where}: has neither a regex nor a path")
    table = SecretTable(
        id=rule.id,
        pattern=rule.regex or _ANY,
        title=rule.description or rule.id,
        group=rule.group,
        entropy=rule.entropy,
        keywords=rule.keywords,
        path=rule.path,
    )
    listed = (*filter(None, (rule.allowlist,)), *rule.allowlists)
    return OwnRule(table, name, not rule.regex, tuple(_allows(listed, where)))


def _allows(listed: Iterable[_Allowlist], where: str) -> Iterator[Allow]:
    for one in listed:
        by_target: dict[str, tuple[str, ...]] = {"values": (), "matches": (), "lines": ()}
        by_target[_TARGETS[one.target]] = one.regexes
        table = AllowTable(
            paths=one.paths,
            values=by_target["values"],
            matches=by_target["matches"],
            lines=by_target["lines"],
            words=one.stopwords,
            all=one.condition in ("AND", "and", "&&") and not one.commits,
            rules=one.rules,
            reason=one.description,
        )
        if one.paths or one.regexes or one.stopwords:  # else it is about commits alone
            yield Allow(table, f"{where}: allowlist").checked()


_TARGETS: Final = {"": "values", "secret": "values", "match": "matches", "line": "lines"}
