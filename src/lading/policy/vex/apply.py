"""VEX statements held against the findings of an image.

Statements of documents that the user named, or that a key the user trusts has signed, decide; others are shown. Of
those that decide one finding the newest counts, whoever wrote it, and of two of one time the more careful one. Of
several editions of a document only the newest speaks. "fixed" decides only where the version that it names is there, or
a later one of the same distribution. What was stated of a finding before, when its report was made, counts as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import chain
from typing import Final

from msgspec import Struct, structs

from lading.model.diagnostic import Diagnostic
from lading.model.finding import Finding, Status, Suppression, VexOutcome, VexWord
from lading.model.image import Image
from lading.model.package import Distribution, Package
from lading.model.vex import HeldVex, VexProduct, VexResult, VexStatement
from lading.policy.vex.editions import with_editions
from lading.policy.vex.reach import Cover, Near, Place, Reached
from lading.policy.vex.remarks import remarks_on

_CAUTION: Final[tuple[Status, ...]] = ("not_affected", "fixed", "under_investigation", "affected")
"""The careful last: it counts where two statements are of one time."""
SOURCE: Final = "vex"
"""The source of suppressions by statements."""
SILENCING: Final[tuple[Status, ...]] = ("not_affected", "fixed")
"""The statuses that take a finding out of the count."""
_MOST_PRODUCTS: Final = 20
_MOST_RESULTS: Final = 10_000


class VexCase(Struct, frozen=True):
    """What statements are held against: an image, its packages, and what was found."""

    image: Image
    distribution: Distribution | None
    packages: Sequence[Package]
    findings: Sequence[Finding]


class VexApplied(Struct, frozen=True):
    """The findings, in their order, with what is said of each; what came of every statement; what has to be told."""

    findings: tuple[Finding, ...]
    results: tuple[VexResult, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def apply_vex(case: VexCase, documents: Sequence[HeldVex]) -> VexApplied:
    """What documents come to for an image."""
    applying = _Applying(case)
    for held, superseded in with_editions(documents):
        for statement in held.document.statements:
            applying.weigh(held, statement, superseded)
    findings = tuple(applying.decided(finding) for finding in case.findings)
    results = applying.results()
    return VexApplied(findings, results[:_MOST_RESULTS], remarks_on(documents, results, _MOST_RESULTS))


class _Claim(Struct):
    """A statement that holds for a finding. `outcome` is what comes of it unless another one counts."""

    held: HeldVex
    statement: VexStatement
    number: int
    cover: Cover
    outcome: VexOutcome
    note: str = ""

    @property
    def rank(self) -> tuple[str, int]:
        return _rank(self.statement)

    def word(self) -> VexWord:
        statement = self.statement
        text = "; ".join(filter(None, (statement.impact, statement.action, statement.notes)))
        return VexWord(
            statement.status,
            self.outcome,
            _where(self.held, statement),
            author=statement.author,
            time=statement.time,
            trust=self.held.trust,
            product=self.cover.what,
            justification=statement.justification,
            text=text,
            note=self.note,
        )


class _Weighed(Struct):
    """A statement, and what it comes near to."""

    held: HeldVex
    statement: VexStatement
    superseded: str
    near: list[Near]
    reaches: bool
    is_known: bool


class _Applying:
    def __init__(self, case: VexCase) -> None:
        self._place = Place(case.image, case.distribution, case.packages)
        self._by_name: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in case.findings:
            for name in {finding.id.upper(), *(alias.upper() for alias in finding.aliases)}:
                self._by_name[name].append(finding)
        self._weighed: list[_Weighed] = []
        self._claims: defaultdict[str, list[_Claim]] = defaultdict(list)
        self._reached: dict[tuple[VexProduct, bool], Reached] = {}

    def weigh(self, held: HeldVex, statement: VexStatement, superseded: str) -> None:
        """Takes down what a statement says of the findings of its vulnerability."""
        number = len(self._weighed)
        named = {
            finding.occurrence: finding
            for name in (statement.vulnerability, *statement.aliases)
            for finding in self._by_name.get(name.upper(), ())
        }
        near: list[Near] = []
        reaches = False
        for product in statement.products:
            reached = self._reach(product, fixed=statement.status == "fixed")
            near += reached.near
            reaches = reaches or bool(reached.covers)
            for finding in named.values():
                if (cover := reached.covers.get(finding.package.id)) is not None:
                    claim = _claim(held, statement, number, cover, superseded)
                    self._claims[finding.occurrence].append(claim)
        if not reaches and named:
            near += self._alike(statement, named.values())
        self._weighed.append(_Weighed(held, statement, superseded, near, reaches, bool(named)))

    def decided(self, finding: Finding) -> Finding:
        """A finding with what is said of it."""
        known = {_identity(word) for word in finding.vex}
        claims = [one for one in self._claims.get(finding.occurrence, ()) if _identity(one.word()) not in known]
        if not claims:
            return finding
        self._settle_paths(finding, claims)
        deciding = [one for one in claims if one.outcome == "applied"]
        winner = max(deciding, key=lambda one: one.rank) if deciding else None
        before = max((one for one in finding.vex if one.outcome == "applied"), key=_rank, default=None)
        if winner is not None and before is not None:
            finding, winner = _against_before(finding, deciding, winner, before)
        for one in deciding:
            if one is not winner and winner is not None and one.statement.status != winner.statement.status:
                one.outcome, one.note = "overridden", _overridden_by(winner.word(), one.word())
        claims.sort(key=lambda one: (one is not winner, one.outcome != "applied"))
        words = tuple(one.word() for one in claims)
        words = (*words, *finding.vex) if winner is not None else (*finding.vex, *words)
        finding = structs.replace(finding, vex=words)
        return finding if winner is None else _with_status(finding, winner)

    def results(self) -> tuple[VexResult, ...]:
        """What came of every statement, in the order of documents."""
        claims: defaultdict[int, list[tuple[str, _Claim]]] = defaultdict(list)
        for occurrence, listed in self._claims.items():
            for one in listed:
                claims[one.number].append((occurrence, one))
        return tuple(_result(one, claims.get(number, [])) for number, one in enumerate(self._weighed))

    def _reach(self, product: VexProduct, *, fixed: bool) -> Reached:
        found = self._reached.get((product, fixed))
        if found is None:
            found = self._reached[product, fixed] = self._place.reach(product, fixed=fixed)
        return found

    def _alike(self, statement: VexStatement, findings: Iterable[Finding]) -> Iterator[Near]:
        """What comes near by its name alone: of the packages that have the vulnerability."""
        packages = {one.package.id: one.package for one in findings}
        parts = [part for one in statement.products for part in (one, *one.subcomponents)]
        for one in chain.from_iterable(map(self._place.packages.named_alike, parts)):
            if one.id in packages:
                yield Near(f"{one.name} {one.version} ({one.type})", "of another type or namespace")
        by_name = {one.name: one for one in packages.values()}
        wanted = [purl.partition("@")[0].rpartition("/")[2] for part in parts for purl in part.purls]
        close = [
            name for text in (wanted or [part.name for part in parts]) for name in get_close_matches(text, by_name)
        ]
        for name in (*close, *sorted(by_name)):
            yield Near(f"{name} {by_name[name].version}", "has the vulnerability, and is not named")

    def _settle_paths(self, finding: Finding, claims: list[_Claim]) -> None:
        """Statements on the way from an application to one of its dependencies: they decide together, and only where
        they close every way to it."""
        ways = [one for one in claims if one.cover.via is not None and one.outcome == "applied"]
        if not ways:
            return
        newest: dict[str, _Claim] = {}
        for one in sorted(ways, key=lambda one: one.rank):
            assert one.cover.via is not None
            newest[one.cover.via.id] = one
        closed = [key for key, one in newest.items() if one.statement.status in SILENCING]
        top = self._place.open_path(finding.package, closed)
        for one in ways:
            if one.statement.status in SILENCING and top is not None:
                used = finding.package.id == top.id
                way = "nothing tells that it is used there alone" if used else f"{top.name} leads to it too"
                one.outcome, one.note = "unfit", way


def _claim(held: HeldVex, statement: VexStatement, number: int, cover: Cover, superseded: str) -> _Claim:
    claim = _Claim(held, statement, number, cover, "applied")
    if superseded:
        claim.outcome, claim.note = "overridden", superseded
    elif not held.is_trusted:
        claim.outcome, claim.note = "shown", held.document.revoked or held.why
    elif statement.status == "fixed" and not cover.pinned:
        claim.outcome, claim.note = "unfit", "it does not name the installed version as fixed"
    return claim


def _against_before(
    finding: Finding, deciding: Iterable[_Claim], winner: _Claim, before: VexWord
) -> tuple[Finding, _Claim | None]:
    """What holds where a statement decided a finding already: of that one and the new ones the newest."""
    if winner.rank <= _rank(before):
        for one in deciding:
            if one.statement.status != before.status:
                one.outcome, one.note = "overridden", _overridden_by(before, one.word())
        return finding, None
    words = (
        structs.replace(one, outcome="overridden", note=_overridden_by(winner.word(), one))
        if one.outcome == "applied" and one.status != winner.statement.status
        else one
        for one in finding.vex
    )
    others = tuple(one for one in finding.suppressions if one.source != SOURCE)
    return structs.replace(finding, vex=tuple(words), suppressions=others), winner


def _rank(one: VexStatement | VexWord) -> tuple[str, int]:
    return one.time.removesuffix("Z"), _CAUTION.index(one.status)


def _identity(word: VexWord) -> tuple[str, ...]:
    return word.where, word.status, word.time, word.product


def _overridden_by(winner: VexWord, one: VexWord) -> str:
    newer = _rank(winner)[0] != _rank(one)[0]
    whose = f"{winner.author or 'another author'}, {winner.time or 'without a date'}"
    why = "is newer" if newer else "is of the same time, and more careful"
    return f"{winner.where} ({whose}) {why}"


def _with_status(finding: Finding, winner: _Claim) -> Finding:
    statement = winner.statement
    if statement.status in SILENCING:
        suppression = Suppression(
            source=SOURCE,
            where=_where(winner.held, statement),
            reason=_reason(statement),
            author=statement.author,
            approved=winner.held.approved,
        )
        return structs.replace(finding, suppressions=(*finding.suppressions, suppression))
    if statement.status == "affected" and finding.status != "affected":
        return structs.replace(finding, status="affected", unresolved="", reason=_stated(winner), hidden_reason="")
    if statement.status == "under_investigation" and not finding.is_open:
        return structs.replace(finding, status="under_investigation", reason=_stated(winner), hidden_reason="")
    return finding


def _stated(winner: _Claim) -> str:
    statement = winner.statement
    return f"{statement.author or 'a VEX document'} states so: {_where(winner.held, statement)}"


def _reason(statement: VexStatement) -> str:
    words = statement.justification.replace("_", " ")
    said = ": ".join(filter(None, (words, statement.impact)))
    return said or statement.notes or statement.status.replace("_", " ")


def _result(weighed: _Weighed, claims: Sequence[tuple[str, _Claim]]) -> VexResult:
    statement, held = weighed.statement, weighed.held
    outcomes = {one.outcome for _, one in claims}
    order: tuple[VexOutcome, ...] = ("applied", "overridden", "shown", "unfit")
    outcome: VexOutcome = next((one for one in order if one in outcomes), "unmatched")
    if not claims and weighed.reaches:
        outcome = "no_finding"
    note = next((one.note for _, one in claims if one.outcome == outcome), "")
    if not claims and weighed.superseded:
        outcome, note = "overridden", weighed.superseded
    elif not weighed.is_known:
        note = "the vulnerability was not found in the image"
    nearest = str(weighed.near[0]) if weighed.near and outcome == "unmatched" else ""
    return VexResult(
        vulnerability=statement.vulnerability,
        status=statement.status,
        outcome=outcome,
        where=_where(held, statement),
        products=tuple(_named(one) for one in statement.products[:_MOST_PRODUCTS]),
        author=statement.author,
        time=statement.time,
        trust=held.trust,
        findings=tuple(sorted({occurrence for occurrence, one in claims if one.outcome == outcome})),
        nearest=nearest,
        note=note,
    )


def _named(product: VexProduct) -> str:
    name = product.purls[0] if product.purls else product.name
    parts = ", ".join(part.purls[0] if part.purls else part.name for part in product.subcomponents[:_MOST_PRODUCTS])
    return f"{name} ({parts})" if parts else name


def _where(held: HeldVex, statement: VexStatement) -> str:
    return f"{held.where}: {statement.place}"
