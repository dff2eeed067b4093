"""What Red Hat's CSAF documents say of a vulnerability, product by product. VEX documents are about one vulnerability
each, advisories (RHSA) about one update.

Source: "CSAF and VEX" of https://docs.redhat.com/en/documentation/red_hat_security_data; CSAF 2.0, chapter 3.2.3.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename
from sys import intern

from msgspec import Struct, structs

from lading.feeds.upstreams.redhat.products import Component, component_of, shards_of
from lading.formats.decoders.csaf import Csaf, Relationship, Vulnerability
from lading.formats.summaries import short
from lading.model.advisory import AdvisoryText, Severity, State
from lading.model.severities import cvss_severity, word_severity

UNFIXED: Mapping[str, State] = {
    "affected": "affected",
    "fix deferred": "deferred",
    "will not fix": "wont_fix",
    "out of support scope": "end_of_life",
    "under investigation": "under_investigation",
}
"""Red Hat's words for why there is no fix."""
# The most severe first: it stands where a product is listed in several.
_STATUSES: Mapping[str, State] = {
    "fixed": "affected",
    "known_affected": "affected",
    "under_investigation": "under_investigation",
    "known_not_affected": "not_affected",
}
_MOST_SUMMARY = 300


class Notice(Struct, frozen=True):
    """An advisory (RHSA) and the day it came out."""

    id: str = ""
    date: str = ""


class Statement(Struct, frozen=True):
    """`component` is or is not affected in the product `cpe`, which `shards` match. `fixed` tells that the component's
    own version is the one that is free of the vulnerability, by `notice`; `word` is Red Hat's for the severity in this
    product."""

    component: Component
    cpe: str
    shards: tuple[str, ...]
    fixed: bool
    state: State
    notice: Notice
    word: str


class VulnerabilityInfo(Struct, frozen=True):
    """What advisories on one vulnerability share. `scored` are the severities by its vectors."""

    id: str
    cwes: tuple[str, ...]
    scored: tuple[Severity, ...]

    def severities(self, word: str) -> tuple[Severity, ...]:
        """Red Hat's word, and the vectors."""
        own = word_severity(word, "redhat")
        return self.scored if own is None else (own, *self.scored)


_NONE = Notice()
_NO_PACKAGE = Component("other", "")


def iter_statements(csaf: Csaf, vulnerability: Vulnerability, dates: Mapping[str, str]) -> Iterator[Statement]:
    """Everything a document says of one vulnerability in packages and images. `dates` has the days of advisories, for
    documents that leave them out."""
    notices = _notices(vulnerability, dates)
    states = _states(vulnerability)
    words = _words(vulnerability)
    general = words.get("", "")
    places = _Places(csaf)
    for status, state in _STATUSES.items():
        for product in vulnerability.product_status.get(status, ()):
            made = csaf.relationships.get(product)
            place = places.place(made) if made is not None else None
            if place is None:
                continue  # a product as a whole has no place in a list of packages
            component, cpe, shards = place
            fixed = status == "fixed" and bool(component.version)
            stands = states.get(product, state) if status == "known_affected" else state
            notice = notices.get(product, _NONE) if fixed else _NONE
            yield Statement(component, cpe, shards, fixed, stands, notice, words.get(product, general))


def left_open(statements: Sequence[Statement]) -> Iterator[Statement]:
    """That a release itself is affected, without a fix, where a document on a vulnerability names fixes in products
    that extend its support alone, and says nothing of the release."""
    spoken = {match[1] for one in statements if (match := _RELEASE.match(one.cpe))}
    for one in statements:
        extension = _EXTENSION.match(one.cpe)
        if one.fixed and extension is not None and extension[1] not in spoken:
            component = structs.replace(one.component, version="")
            release, shards = f"cpe:/o:redhat:enterprise_linux:{extension[1]}", (f"rhel-{extension[1]}",)
            yield structs.replace(
                one, component=component, cpe=release, shards=shards, fixed=False, state="affected", notice=_NONE
            )


_RELEASE = re.compile(r"cpe:/[ao]:redhat:enterprise_linux:(\d{1,2})(?!\d)")
_EXTENSION = re.compile(
    r"cpe:/[ao]:redhat:(?:rhel_(?:aus|e4s|els|eus(?:_long_life)?|lus|tus|mission_critical)|enterprise_linux_eus):"
    r"(\d{1,2})(?!\d)"
)
"""Support beyond that of the release: for a minor one, or after its end."""


def info_of(vulnerability: Vulnerability) -> VulnerabilityInfo:
    """What a document says of a vulnerability whatever product has it."""
    vectors = {
        cvss.vector: None
        for score in vulnerability.scores
        for cvss in (score.cvss_v4, score.cvss_v3, score.cvss_v2)
        if cvss is not None and cvss.vector
    }
    scored = tuple(one for one in map(cvss_severity, vectors) if one is not None)
    return VulnerabilityInfo(
        vulnerability.cve, (vulnerability.cwe.id,) if vulnerability.cwe is not None else (), scored
    )


def text_of(csaf: Csaf, vulnerability: Vulnerability) -> AdvisoryText:
    """What is shown of a vulnerability."""
    return AdvisoryText(
        id=vulnerability.cve,
        summary=short(vulnerability.title or csaf.document.title, _MOST_SUMMARY),
        url=f"https://access.redhat.com/security/cve/{vulnerability.cve}",
        published=vulnerability.release_date or csaf.document.tracking.initial_release_date,
        modified=csaf.document.tracking.current_release_date,
    )


class _Places:
    """Where the products of a document belong. Each part of a product is looked at once: a document joins a thousand
    packages with ten platforms."""

    def __init__(self, csaf: Csaf) -> None:
        self._csaf = csaf
        self._components: dict[str, Component] = {}
        self._cpes: dict[str, str] = {}

    def place(self, made: Relationship) -> tuple[Component, str, tuple[str, ...]] | None:
        """The component, the product it is part of, and the shards that match it; None where there are none."""
        cpe = self._cpes.get(made.relates_to_product_reference)
        if cpe is None:
            cpe = self._cpe(made.relates_to_product_reference)
        component = self._components.get(made.product_reference)
        if component is None:
            chain = self._csaf.chain(made.product_reference)
            component = component_of(chain[0]) if chain else _NO_PACKAGE
            self._components[made.product_reference] = component
        if not component.module and made.relates_to_product_reference not in self._csaf.products:
            component = self._in_module(component, made.relates_to_product_reference)
        shards = shards_of(cpe, component.kind) if cpe else ()
        return (component, cpe, shards) if shards and component.kind != "other" else None

    def _cpe(self, platform: str) -> str:
        chain = self._csaf.chain(platform)
        cpe = intern(chain[-1].cpe) if chain else ""
        self._cpes[platform] = cpe
        return cpe

    def _in_module(self, component: Component, platform: str) -> Component:
        """Older documents make a module part of the platform, and packages part of the module."""
        first = next(iter(self._csaf.chain(platform)), None)
        if first is None or ":" not in first.product_id or first.cpe:
            return component
        return structs.replace(component, module=":".join(first.product_id.split(":")[:2]))


def _notices(vulnerability: Vulnerability, dates: Mapping[str, str]) -> dict[str, Notice]:
    """By product; of several the first that came out."""
    found: dict[str, Notice] = {}
    for one in sorted(vulnerability.remediations, key=lambda one: one.date):
        if one.category == "vendor_fix":
            name = intern(basename(one.url.rstrip("/")))
            notice = Notice(name, (one.date or dates.get(name, ""))[:10])
            for product in one.product_ids:
                found.setdefault(product, notice)
    return found


def _states(vulnerability: Vulnerability) -> dict[str, State]:
    """The states in which products stay, by product."""
    found: dict[str, State] = {}
    for one in vulnerability.remediations:
        if one.category in ("none_available", "no_fix_planned"):
            default: State = "wont_fix" if one.category == "no_fix_planned" else "affected"
            state = UNFIXED.get(one.details.strip().lower(), default)
            found.update(dict.fromkeys(one.product_ids, state))
    return found


def _words(vulnerability: Vulnerability) -> dict[str, str]:
    """Severities by product; the most common, or that of all products, by the empty string."""
    impacts = [one for one in vulnerability.threats if one.category == "impact"]
    if not impacts:
        return {}
    widest = max(impacts, key=lambda one: (not one.product_ids, len(one.product_ids)))
    words = {product: one.details for one in impacts if one is not widest for product in one.product_ids}
    return {**words, "": widest.details}
