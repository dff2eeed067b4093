"""Statements in CSAF documents, 2.0 and 2.1 (their profiles "VEX" and "security advisory").

Source: https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html, 3.2.3.9 (product status), 3.2.2 (product tree) and
4.5 (profile VEX). A product of a relationship is a component within a platform: the statement then is about the
platform, and the component is what has the vulnerability.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple, get_args

from msgspec import Struct, structs

from lading.formats.decoders.csaf import Branch, Csaf, Helper, Product, Vulnerability, iter_products, parse_csaf
from lading.formats.decoders.vex.reading import MOST_STATEMENTS, digest_of, time_of, unread
from lading.model.errors import FormatError
from lading.model.finding import Justification, Status
from lading.model.vex import VexDocument, VexProduct, VexStatement

_STATUSES: Final[Mapping[str, Status]] = {
    "first_affected": "affected",
    "first_fixed": "fixed",
    "fixed": "fixed",
    "known_affected": "affected",
    "known_not_affected": "not_affected",
    "last_affected": "affected",
    "under_investigation": "under_investigation",
}
"""Others ("recommended", "unknown") state nothing about a vulnerability."""
_JUSTIFICATIONS: Final[Mapping[str, Justification]] = {name: name for name in get_args(Justification)}
_REVOKED: Final[Mapping[str, str]] = {
    "csaf_superseded": "its publisher has superseded it",
    "csaf_withdrawn": "its publisher has withdrawn it",
}
"""Categories of CSAF 2.1 for documents that hold no more."""
_DRAFT: Final = "it is a draft of its publisher"
_PLAIN_VERSION: Final = "product_version"
_RANGE: Final = "product_version_range"
_NAME: Final = "product_name"
_VERSION: Final = re.compile(r"v?\d")
"""Some write the name of the package, with or without its version, where the version belongs."""
_DEEPEST: Final = 8


def parse_csaf_vex(data: bytes, where: str) -> VexDocument:
    """One document; `where` is its name. Raises FormatError."""
    try:
        csaf = parse_csaf(data.removeprefix(b"\xef\xbb\xbf"))
    except FormatError as error:
        raise FormatError(f"{where}: {error}") from error
    document, tracking = csaf.document, csaf.document.tracking
    tree = _Tree(csaf)
    author = document.publisher.name or document.publisher.namespace
    time = time_of(tracking.current_release_date, tracking.initial_release_date)
    statements: list[VexStatement] = []
    for number, vulnerability in enumerate(csaf.vulnerabilities, 1):
        statements += tree.statements(vulnerability, f"vulnerability {number}", author, time)
        if len(statements) > MOST_STATEMENTS:
            tree.problems[f"vulnerability {number + 1} and later ones"] = "more than are read of one document"
            break
    return VexDocument(
        format="csaf",
        id=tracking.id,
        author=author,
        version=tracking.version,
        time=time,
        statements=tuple(statements),
        revoked=_DRAFT if tracking.status == "draft" else _REVOKED.get(document.category, ""),
        diagnostics=unread(tree.problems.items(), where),
    )


class _Words(NamedTuple):
    """What a document says of products besides their status; products with the same words share a statement."""

    justification: Justification = ""
    impact: str = ""
    action: str = ""
    time: str = ""


class _Tree(Struct, dict=True):
    """The products of a document. `problems` collects what cannot be read, by place."""

    csaf: Csaf
    problems: dict[str, str] = {}

    def statements(self, vulnerability: Vulnerability, place: str, author: str, time: str) -> Iterator[VexStatement]:
        """One for each status and what else is said of the products that have it."""
        names = [vulnerability.cve, *(one.text for one in vulnerability.ids)]
        name, *aliases = [*dict.fromkeys(filter(None, names))] or [""]
        if not name:
            self.problems[place] = "it names no vulnerability"
            return
        words = self._words(vulnerability)
        for key, product_ids in vulnerability.product_status.items():
            status = _STATUSES.get(key)
            if status is None:
                continue
            grouped: dict[_Words, list[VexProduct]] = defaultdict(list)
            for product_id in dict.fromkeys(product_ids):
                product = self._product(product_id)
                if product is None:
                    self.problems[f"{place}, {key}, {product_id[:80]}"] = "the product tree has no such product"
                else:
                    grouped[words(product_id, status)].append(product)
            for said, products in grouped.items():
                yield VexStatement(
                    vulnerability=name,
                    aliases=tuple(aliases),
                    status=status,
                    products=tuple(products),
                    place=f"{place}, {key}",
                    justification=said.justification,
                    impact=said.impact,
                    action=said.action,
                    author=author,
                    time=said.time or time,
                )

    def _words(self, vulnerability: Vulnerability) -> "_Sayings":
        sayings = _Sayings()
        for flag in vulnerability.flags:
            if label := _JUSTIFICATIONS.get(flag.label, ""):
                for one in self._members(flag.product_ids, flag.group_ids):
                    sayings.justifications.setdefault(one, label)
                    sayings.times.setdefault(one, time_of(flag.date))
        for threat in vulnerability.threats:
            if threat.category == "impact":
                for one in self._members(threat.product_ids, threat.group_ids):
                    sayings.impacts.setdefault(one, threat.details)
        for remedy in vulnerability.remediations:
            for one in self._members(remedy.product_ids, remedy.group_ids):
                sayings.actions.setdefault(one, remedy.details or remedy.category)
        return sayings

    def _members(self, product_ids: Iterable[str], group_ids: Iterable[str]) -> Iterator[str]:
        """The products by themselves and by their groups; "" stands for all where none is named."""
        named = [*product_ids, *(one for group in group_ids for one in self._groups.get(group, ()))]
        yield from named or ("",)

    @cached_property
    def _groups(self) -> Mapping[str, tuple[str, ...]]:
        return {one.group_id: one.product_ids for one in self.csaf.product_tree.product_groups}

    @cached_property
    def _simple(self) -> Mapping[str, VexProduct]:
        """The products that no relationship makes, by id."""
        tree = self.csaf.product_tree
        found = {one.product_id: _product((), one) for one in tree.full_product_names}
        found.update((one.product_id, _product(path, one)) for path, one in iter_products(tree.branches))
        return found

    def _product(self, product_id: str, depth: int = 0) -> VexProduct | None:
        """A product; one of a relationship is its platform, with the component as the part of it."""
        simple = self._simple.get(product_id)
        if simple is not None:
            return simple
        relationship = self.csaf.relationships.get(product_id)
        if relationship is None or depth == _DEEPEST:
            return None
        component = self._product(relationship.product_reference, depth + 1)
        platform = self._product(relationship.relates_to_product_reference, depth + 1)
        if component is None or platform is None:
            return None
        stated = _product((), relationship.full_product_name)
        if (stated.purls or stated.cpes or stated.digests) and not component.subcomponents:
            component = structs.replace(
                component,
                purls=stated.purls or component.purls,
                cpes=stated.cpes or component.cpes,
                digests=stated.digests or component.digests,
            )
        # A package of a module of a platform is a part of the platform: modules are no products of an image.
        parts = component.subcomponents or (component,)
        return structs.replace(platform, name=relationship.full_product_name.name or product_id, subcomponents=parts)


class _Sayings(Struct):
    """What is said of products, by their ids, "" for all of them."""

    justifications: dict[str, Justification] = {}
    impacts: dict[str, str] = {}
    actions: dict[str, str] = {}
    times: dict[str, str] = {}

    def __call__(self, product_id: str, status: Status) -> _Words:
        if status == "not_affected":
            label = self.justifications.get(product_id) or self.justifications.get("") or ""
            impact = self.impacts.get(product_id) or self.impacts.get("") or ""
            return _Words(label, impact, "", self.times.get(product_id) or self.times.get("") or "")
        return _Words(action=self.actions.get(product_id) or self.actions.get("") or "")


def _product(path: Iterable[Branch], product: Product) -> VexProduct:
    helper = product.product_identification_helper
    purls = tuple(dict.fromkeys(filter(None, (helper.purl, *helper.purls))))
    name, version, versions = product.name or product.product_id, "", ""
    for branch in path:
        if branch.category == _PLAIN_VERSION and _VERSION.match(branch.name):
            version = branch.name
        elif branch.category == _RANGE:
            versions = branch.name
        elif branch.category == _NAME and not (purls or helper.cpe):
            name = branch.name
    return VexProduct(
        name=name,
        purls=purls,
        cpes=(helper.cpe,) if helper.cpe else (),
        digests=tuple(_digests(helper)),
        version=version,
        versions=versions,
    )


def _digests(helper: Helper) -> Iterator[str]:
    for hashes in helper.hashes:
        for one in hashes.file_hashes:
            if digest := digest_of(one.algorithm, one.value):
                yield digest
