"""Policies as people write them: the tables `policy`, `ignore`, `accept`, `rule`, `exception` and `licenses` of a TOML
file (docs/policy.md, docs/schema/policy-1.json)."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from lading.model.advisory import SeverityLabel
from lading.model.errors import PolicyError
from lading.model.finding import FixState, Justification, Status
from lading.model.image import Origin
from lading.model.secret_rules import SecretTable
from lading.model.spelling import meant

PolicyLevel = Literal["user", "project", "flag", "organisation"]
"""Who wrote a policy: the user, a project, whoever gave it on the command line, the organisation."""

Required = Literal["reason", "owner", "expires"]
Texts = str | tuple[str, ...]
"""One text, or several of which one is meant."""
LineOf = Callable[..., int]
"""The line of a key by the tables it is in and its place in their lists (`"ignore", 2, "expires"`); 0 when that cannot
be told."""

_LONGEST: Final = 100


class Selector(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which findings are meant: those to which every key applies that is given.

    `vulnerability` is any name of it; `package` the name of the package or of its source, `*` standing for anything;
    `type` the type of its package URL; `purl` a package URL, which need not have a version or qualifiers; `version` a
    range in the ecosystem's own dialect (`>=1.2, <2`); `path` every place where the package is; `layer` the number of
    the layer that introduced it, or its digest; `origin` whose that layer is; `fix_state` what can be done; `in_use`
    whether it is known to be in use, or known not to be; `image` the name or digest of the image. `check` is the ID of
    a check (`*` stands for anything), `fingerprint` that of a finding or an issue, `value` a regular expression that a
    secret matches, which is held to it when it is found: what checks find is only meant by an entry that has one of
    these.
    """

    vulnerability: Texts = ()
    package: Texts = ()
    type: Texts = ()
    purl: Texts = ()
    version: str = ""
    path: Texts = ()
    layer: int | str = 0
    origin: Origin | None = None
    fix_state: FixState | tuple[FixState, ...] = ()
    in_use: bool | None = None
    image: Texts = ()
    check: Texts = ()
    fingerprint: Texts = ()
    value: Texts = ()


class IgnoreTable(Selector, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Findings that count no more: why, who answers for it, and the last day on which that holds (UTC). `unmanaged` are
    paths of programs that belong to no package, in place of findings. `exception` names what the organisation leaves to
    projects where it lets nobody ignore. `status` and `justification` state in the words of VEX what is known of it;
    one that states nothing only accepts it."""

    reason: str = ""
    owner: str = ""
    expires: date | None = None
    unmanaged: Texts = ()
    exception: str = ""
    status: Status | None = None
    justification: Justification = ""

    @property
    def states(self) -> Status | Literal[""]:
        """What is stated: a justification says that it is not affected."""
        return self.status or ("not_affected" if self.justification else "")


class AcceptTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A gap of the coverage that is known and accepted: diagnostics of a `code`, where `where` is given only at such
    places (`*` stands for anything), in such images. The rest is as ignores have it."""

    code: str
    where: Texts = ()
    image: Texts = ()
    reason: str = ""
    owner: str = ""
    expires: date | None = None


class RuleTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A rule. One of `fail` and `warn` is an expression (docs/policy.md) that holds for what the rule is against.
    `message` tells people what to do. `grace` are days by severity, counted from the day of the fix. `ignorable` is
    false where only the organisation can ignore what fails."""

    name: Annotated[str, Meta(min_length=1, max_length=_LONGEST)]
    fail: str = ""
    warn: str = ""
    message: str = ""
    grace: "GraceTable | None" = None
    ignorable: bool = True


class GraceTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Days by severity: within so many days after the fix came out, a finding fails nothing."""

    critical: Annotated[int, Meta(ge=0)] | None = None
    high: Annotated[int, Meta(ge=0)] | None = None
    medium: Annotated[int, Meta(ge=0)] | None = None
    low: Annotated[int, Meta(ge=0)] | None = None
    negligible: Annotated[int, Meta(ge=0)] | None = None


class ExceptionTable(Selector, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an organisation leaves to projects: ignores that name it hold everywhere. `expires` is their last day."""

    name: Annotated[str, Meta(min_length=1, max_length=_LONGEST)]
    reason: str = ""
    expires: date | None = None


SeverityOrNone = SeverityLabel | Literal["none"]


class CategorySeverities(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How severe the licenses of a category are; "none" where they are no issue."""

    forbidden: SeverityOrNone | None = None
    restricted: SeverityOrNone | None = None
    reciprocal: SeverityOrNone | None = None
    notice: SeverityOrNone | None = None
    permissive: SeverityOrNone | None = None
    unencumbered: SeverityOrNone | None = None
    unknown: SeverityOrNone | None = None


class LicensesTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Licenses by category, in place of where they are otherwise: SPDX's names or expressions, `UNKNOWN`,
    `NOASSERTION`, or words that packages state and nobody else knows; `*` stands for anything."""

    forbidden: Texts = ()
    restricted: Texts = ()
    reciprocal: Texts = ()
    notice: Texts = ()
    permissive: Texts = ()
    unencumbered: Texts = ()
    unknown: Texts = ()
    severity: CategorySeverities = CategorySeverities()


class OptionsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What holds for the others. `require` is what every ignore must have, `longest` the most days from today on that
    it may hold; `grace` is that of rules that have none of their own. `locked` is the organisation's word that no other
    policy ignores or accepts anything but by its exceptions."""

    require: tuple[Required, ...] = ()
    longest: Annotated[int, Meta(ge=1)] | None = None
    grace: GraceTable = GraceTable()
    locked: bool = False


class PolicyDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One policy file."""

    policy: OptionsTable = OptionsTable()
    ignore: tuple[IgnoreTable, ...] = ()
    accept: tuple[AcceptTable, ...] = ()
    rule: tuple[RuleTable, ...] = ()
    exception: tuple[ExceptionTable, ...] = ()
    licenses: LicensesTable = LicensesTable()
    secret: tuple[SecretTable, ...] = ()


class WrittenPolicy(Struct, frozen=True):
    """A policy, whose it is and where it stands. `places` are `FILE:LINE` of its tables by name and number."""

    document: PolicyDocument
    level: PolicyLevel
    file: str
    line_of: LineOf

    def place(self, table: str, number: int) -> str:
        """Where the table of a number, from 0, stands."""
        line = self.line_of(table, number)
        return f"{self.file}:{line}" if line else self.file


def parse_policy(table: Mapping[str, Any], level: PolicyLevel, file: str, line_of: LineOf) -> WrittenPolicy:
    """The tables of a file (as TABLES names them). Raises PolicyError for what is not known or cannot be."""
    try:
        document = msgspec.convert(dict(table), PolicyDocument)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _refused(str(error), file, line_of) from error
    written = WrittenPolicy(document, level, file, line_of)
    _check(written)
    return written


def texts(value: Texts) -> tuple[str, ...]:
    """One text or several as several."""
    if isinstance(value, str):
        return (value,) if value else ()
    return value


def _refused(message: str, file: str, line_of: LineOf) -> PolicyError:
    what, _, at = message.partition(" - at `$")
    path = _path(at)
    unknown = _UNKNOWN.fullmatch(what)
    if unknown is not None:
        key = unknown[1]
        known = _keys_of(path)
        what = f"{key[:_LONGEST]}: no such key{meant(key, known)}; known: {', '.join(known)}"
        path = (*path, key)
    else:
        name = ".".join(part for part in path if isinstance(part, str)) or "policy"
        what = f"{name[:_LONGEST]}: {_plain(what)}{_choices(what, path)}"
        if what.endswith("expected a list, got a table") and len(path) == 1:
            what += f"; write [[{name}]]"
    line = line_of(*path)
    return PolicyError(f"{file}:{line}: {what}" if line else f"{file}: {what}")


_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)


def _plain(what: str) -> str:
    """The library's words in TOML's."""
    what = what.replace("Expected", "expected").replace("Object missing required field", "is missing").replace("`", "")
    for theirs, ours in (("object", "a table"), ("array", "a list"), ("str", "a text"), ("int", "a whole number")):
        what = re.sub(rf"(?<![^ ]){theirs}(?![^ ,])", ours, what) if what.startswith("expected") else what
    return what


def _path(at: str) -> tuple[str | int, ...]:
    return tuple(int(number) if number else name for name, number in re.findall(r"\.(\w+)|\[(\d+)\]", at))


def _keys_of(path: tuple[str | int, ...]) -> tuple[str, ...]:
    names = tuple(part for part in path if isinstance(part, str))
    table: type[Struct] = PolicyDocument
    for name in names:
        table = _NESTED.get(name) or _OF[name]
    return tuple(sorted(table.__struct_fields__))


def _choices(what: str, path: tuple[str | int, ...]) -> str:
    """The words that a key may be, where it is none of them."""
    wrong = _WRONG.match(what)
    names = [part for part in path if isinstance(part, str)]
    if wrong is None or len(names) != 2:
        return ""
    known = tuple(_words(get_type_hints(_OF[names[0]])[names[1]]))
    return f"{meant(wrong[1], known)}; known: {', '.join(known)}"


_WRONG: Final = re.compile(r"Invalid enum value '(.*?)'", re.DOTALL)


def _words(hint: Any) -> Iterator[str]:
    for part in get_args(hint):
        if isinstance(part, str) and part:
            yield part
        elif not isinstance(part, str):
            yield from _words(part)


_NESTED: Final[Mapping[str, type[Struct]]] = {"grace": GraceTable, "severity": CategorySeverities}
_OF: Final[Mapping[str, type[Struct]]] = {
    "policy": OptionsTable,
    "ignore": IgnoreTable,
    "accept": AcceptTable,
    "rule": RuleTable,
    "exception": ExceptionTable,
    "licenses": LicensesTable,
    "secret": SecretTable,
}


def _check(written: WrittenPolicy) -> None:
    """What types do not say."""
    document = written.document
    for number, ignore in enumerate(document.ignore):
        if not (selects(ignore) or ignore.unmanaged or ignore.exception):
            _refuse(written, "ignore", number, f"would ignore everything: give at least one of {', '.join(_NARROWING)}")
        for text in texts(ignore.purl):
            if _parse_purl(text) is None:
                what = f"purl: {text[:_LONGEST]!r} is not a package URL (pkg:deb/debian/curl, pkg:npm/lodash@4.17.20)"
                _refuse(written, "ignore", number, what)
        if ignore.justification and ignore.states != "not_affected":
            what = f"justification: is why something is not affected, and status says {ignore.status}"
            _refuse(written, "ignore", number, what)
        if ignore.unmanaged and selects(ignore):
            _refuse(written, "ignore", number, "unmanaged programs are no findings: give them an entry of their own")
    for number, rule in enumerate(document.rule):
        if bool(rule.fail) == bool(rule.warn):
            _refuse(written, "rule", number, f"{rule.name}: give it one of fail and warn")
        if rule.name in (one.name for one in document.rule[:number]):
            _refuse(written, "rule", number, f"{rule.name}: there are two rules of this name")
    if written.level == "organisation":
        return
    for number, exception in enumerate(document.exception):
        _refuse(written, "exception", number, f"{exception.name}: only an organisation's policy leaves exceptions")
    if document.policy.locked:
        raise PolicyError(f"{written.file}: policy.locked: only an organisation's policy can lock")
    for number, rule in enumerate(document.rule):
        if not rule.ignorable:
            _refuse(written, "rule", number, f"{rule.name}: only an organisation's rule can be not ignorable")


def _parse_purl(text: str) -> object:
    from lading.formats.sbom.purls import parse_purl

    return parse_purl(text)


def selects(selector: Selector) -> bool:
    """Whether a selector means less than everything in an image."""
    return selector.in_use is not None or any(getattr(selector, name) for name in _NARROWING)


_NARROWING: Final = (
    "vulnerability", "package", "type", "purl", "path", "layer", "origin", "fix_state", "check", "fingerprint",
    "value",
)  # fmt: skip


def _refuse(written: WrittenPolicy, table: str, number: int, why: str) -> None:
    raise PolicyError(f"{written.place(table, number)}: {table}: {why}")
