"""What a report is held to, all policies together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from msgspec import Struct, structs

from lading.model.advisory import SeverityLabel
from lading.model.decision import FAILED, ExitStatus
from lading.model.diagnostic import Diagnostic
from lading.model.diagnostics import diagnostic
from lading.model.image import Origin
from lading.model.secret_rules import SecretTable
from lading.model.spelling import meant
from lading.policy.age import DEFAULT_DAYS
from lading.policy.document import (
    AcceptTable,
    ExceptionTable,
    GraceTable,
    IgnoreTable,
    LicensesTable,
    OptionsTable,
    PolicyLevel,
    RuleTable,
    Selector,
    WrittenPolicy,
    texts,
)
from lading.policy.fail_on import FailOn

_STRENGTH: Final[tuple[PolicyLevel, ...]] = ("user", "project", "flag", "organisation")
"""Whose rule of a name holds, the strongest last."""

Grace = Mapping[SeverityLabel, int]
"""Days by severity."""


class Ignore(Struct, frozen=True):
    """An entry that takes findings out of the count. `where` is its place, `ground` the exception of the organisation
    that it stands on, `approved` whether the organisation has it, or leaves it; `refused` says why it does not hold."""

    table: IgnoreTable
    where: str
    ground: ExceptionTable | None = None
    approved: bool = False
    refused: str = ""

    @property
    def label(self) -> str:
        """What it ignores, for people: `CVE-2023-1 in curl`."""
        return label(self.table) or ", ".join(texts(self.table.unmanaged))

    @property
    def expires(self) -> date | None:
        """The last day on which it holds; its ground's, where that ends before."""
        ends = [self.table.expires, self.ground.expires if self.ground is not None else None]
        return min((one for one in ends if one is not None), default=None)


class Accept(Struct, frozen=True):
    """A gap of the coverage that is accepted, and where that is said."""

    table: AcceptTable
    where: str
    refused: str = ""

    @property
    def label(self) -> str:
        """What it accepts, for people."""
        place = f" at {', '.join(texts(self.table.where))}" if self.table.where else ""
        return f"{self.table.code}{place}"


class Rule(Struct, frozen=True):
    """A rule, where it stands, and the days that it gives."""

    table: RuleTable
    where: str
    grace: Grace = {}


class Policy(Struct, frozen=True):
    """What a report is held to.

    The short forms: rows of a severity or a higher one fail (`fail_on`; "any": whatever their severity, None: none),
    those without a severity too (`fail_on_unrated`), and programs that belong to no package. `allow_incomplete` accepts
    a report that does not rest on everything, `allow_kinds` one where nothing but packages of these kinds was not
    matched (lading.policy.coverage); `max_db_age` is how many days old data may be (lading.policy.age).
    `ignore_unfixed` leaves out vulnerabilities without a fix, `ignore_origin` those in packages of the base image or
    the application, `only_in_use` those in packages that are known not to be in use. `failed_status` is what a failed
    rule exits with, `licenses` are the categories of licenses, the strongest first, `secrets` rules for secrets, each
    with its place. The rest is what policy files say; `notes` are about what of them does not hold.
    """

    fail_on: FailOn | None = None
    fail_on_unmanaged: bool = False
    allow_incomplete: bool = False
    fail_on_unrated: bool = False
    ignore_unfixed: bool = False
    ignore_origin: Origin | None = None
    only_in_use: bool = False
    ignores: tuple[Ignore, ...] = ()
    accepts: tuple[Accept, ...] = ()
    rules: tuple[Rule, ...] = ()
    grace: Grace = {}
    required: tuple[str, ...] = ()
    longest: int | None = None
    locked: str = ""
    exceptions: tuple[str, ...] = ()
    notes: tuple[Diagnostic, ...] = ()
    failed_status: ExitStatus = FAILED
    allow_kinds: tuple[str, ...] = ()
    secrets: tuple[tuple[str, SecretTable], ...] = ()
    max_db_age: int = DEFAULT_DAYS
    licenses: tuple[LicensesTable, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The regular expressions that ignores have for values of secrets."""
        return tuple(dict.fromkeys(text for one in self.ignores for text in texts(one.table.value)))

    @property
    def is_gate(self) -> bool:
        """Whether anything is asked of a report, so that what it does not know matters."""
        return self.fail_on is not None or self.fail_on_unrated or self.fail_on_unmanaged or bool(self.rules)

    @property
    def is_dated(self) -> bool:
        """Whether a decision by it, or an entry that it asks for, may be another one on another day."""
        return bool(self.ignores or self.accepts or self.rules or self.grace or self.required or self.longest)


def with_documents(policy: Policy, written: Sequence[WrittenPolicy]) -> Policy:
    """A policy and what these files say. The organisation's stand over all others: its rules and grace hold where
    others have theirs of the same name, what it requires is required of all, and where it locks, others ignore and
    accept only what it leaves to them."""
    ordered = sorted(written, key=lambda one: _STRENGTH.index(one.level))
    options = [one.document.policy for one in ordered]
    required = frozenset(name for one in options for name in one.require)
    locks = [one.file for one in ordered if one.document.policy.locked]
    exceptions = {one.name: one for file in ordered for one in file.document.exception}
    rules, notes = _rules(ordered, _grace(options))
    licenses, refused = _licenses(ordered, next(iter(locks), ""))
    return structs.replace(
        policy,
        ignores=policy.ignores + tuple(_ignores(ordered, required, exceptions, next(iter(locks), ""))),
        accepts=policy.accepts + tuple(_accepts(ordered, required, next(iter(locks), ""))),
        rules=policy.rules + rules,
        grace=_grace(options),
        required=tuple(sorted(required)),
        longest=min((one.longest for one in options if one.longest is not None), default=None),
        locked=next(iter(locks), ""),
        exceptions=tuple(sorted(exceptions)),
        notes=(*policy.notes, *notes, *refused),
        licenses=(*licenses, *policy.licenses),
        secrets=policy.secrets
        + tuple((one.place("secret", at), table) for one in ordered for at, table in enumerate(one.document.secret)),
    )


def label(selector: Selector) -> str:
    """What a selector means, for people: `CVE-2023-1 in curl <8 of shop:*`."""
    given = (selector.vulnerability, selector.check, selector.fingerprint, selector.value)
    named = [text for one in given for text in texts(one)]
    what = ", ".join(named) or "everything"
    inside = " ".join(filter(None, (", ".join((*texts(selector.package), *texts(selector.purl))), selector.version)))
    places = [f"in {inside}" if inside else "", f"of type {', '.join(texts(selector.type))}" if selector.type else ""]
    places += [f"at {', '.join(texts(selector.path))}" if selector.path else ""]
    places += [f"in layer {selector.layer}" if selector.layer else ""]
    places += [f"of the {_ORIGINS[selector.origin]}" if selector.origin else ""]
    places += [f"that is {', '.join(texts(selector.fix_state))}" if selector.fix_state else ""]
    places += [f"that is {'' if selector.in_use else 'not '}in use" if selector.in_use is not None else ""]
    places += [f"of {', '.join(texts(selector.image))}" if selector.image else ""]
    said = list(filter(None, places))
    return " ".join((what, *said)) if said or named else ""


_ORIGINS: Final[Mapping[Origin, str]] = {
    "base": "base image", "application": "application", "unknown": "layers of unknown origin"
}  # fmt: skip


def grace_of(table: GraceTable) -> Grace:
    """Days by severity as a table has them."""
    days = {name: getattr(table, name) for name in GraceTable.__struct_fields__}
    return {name: value for name, value in days.items() if value is not None}  # type: ignore[misc]


def _grace(options: Iterable[OptionsTable]) -> Grace:
    together: dict[SeverityLabel, int] = {}
    for one in options:
        together |= grace_of(one.grace)
    return together


def _rules(ordered: Sequence[WrittenPolicy], grace: Grace) -> tuple[tuple[Rule, ...], tuple[Diagnostic, ...]]:
    """The rules in the order of the files, the strongest of a name; and what has no effect."""
    holding: dict[str, Rule] = {}
    notes: list[Diagnostic] = []
    for one in reversed(ordered):
        for number, table in enumerate(one.document.rule):
            place = one.place("rule", number)
            stronger = holding.get(table.name)
            if stronger is not None:
                message = f"the rule {table.name} has no effect: {stronger.where} has one of this name, which holds"
                notes.append(diagnostic("policy-overridden", message, place))
                continue
            own = grace if table.grace is None else grace_of(table.grace)
            holding[table.name] = Rule(table, place, own)
    return tuple(holding.values()), tuple(notes)


def _licenses(ordered: Sequence[WrittenPolicy], lock: str) -> tuple[tuple[LicensesTable, ...], tuple[Diagnostic, ...]]:
    """The categories of licenses of each file, the strongest first, and what does not hold of them."""
    own = [one for one in reversed(ordered) if one.document.licenses != LicensesTable()]
    holding = [one for one in own if not lock or one.level == "organisation"]
    message = f"the categories of licenses have no effect: {lock} lets nobody else say what is an issue"
    refused = (diagnostic("policy-overridden", message, one.file) for one in own if one not in holding)
    return tuple(one.document.licenses for one in holding), tuple(refused)


def _ignores(
    ordered: Iterable[WrittenPolicy],
    required: frozenset[str],
    exceptions: Mapping[str, ExceptionTable],
    lock: str,
) -> Iterable[Ignore]:
    for one in ordered:
        for number, table in enumerate(one.document.ignore):
            ground = exceptions.get(table.exception)
            approved = one.level == "organisation" or ground is not None
            refused = _missing(table, required)
            if table.exception and ground is None:
                known = f"; it leaves {', '.join(exceptions)}" if exceptions else ""
                guess = meant(table.exception, exceptions)
                refused = f"the organisation leaves no exception {table.exception[:100]!r}{guess}{known}"
            elif lock and not approved:
                refused = f"{lock} lets nobody ignore but by its exceptions{_listed(exceptions)}"
            yield Ignore(table, one.place("ignore", number), ground, approved, refused)


def _accepts(ordered: Iterable[WrittenPolicy], required: frozenset[str], lock: str) -> Iterable[Accept]:
    for one in ordered:
        for number, table in enumerate(one.document.accept):
            refused = _missing(table, required)
            if lock and one.level != "organisation":
                refused = f"{lock} lets nobody else accept gaps"
            yield Accept(table, one.place("accept", number), refused)


def _missing(table: IgnoreTable | AcceptTable, required: frozenset[str]) -> str:
    absent = sorted(name for name in required if not getattr(table, name))
    return f"the policy requires {' and '.join(absent)}" if absent else ""


def _listed(names: Iterable[str]) -> str:
    known = ", ".join(names)
    return f" ({known})" if known else ""
