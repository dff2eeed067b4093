"""The licences of packages, in SPDX's words, and what of them is an issue."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct, structs

from lading.formats.licenses.categories import Categories
from lading.formats.licenses.expressions import conjuncts, is_any_of, joined, meaning_of
from lading.formats.licenses.names import Meaning
from lading.formats.licenses.texts import licenses_in
from lading.model.advisory import SeverityLabel
from lading.model.checks import Issue
from lading.model.licenses import UNKNOWN, UNSTATED, LicenseCategory
from lading.model.package import Package
from lading.model.properties import licenses_are_of_source, licenses_are_of_text

_LONGEST: Final = 300
_ALL_OF: Final = re.compile(r"(?i)\s+and\s+|\s*[,;&]\s*")
_DOCS: Final = "https://spdx.org/licenses/"


class PackageLicense(Struct, frozen=True):
    """One of the licences of a package that hold together: an expression of SPDX without AND, empty where what is
    stated is not known; how it is `stated`; and whether that says so for certain."""

    expression: str
    stated: str
    exact: bool = True

    @property
    def id(self) -> str:
        """The expression, or what stands in its place."""
        return self.expression or UNKNOWN


def licenses_of(package: Package) -> tuple[PackageLicense, ...]:
    """The licences of a package; none where it states none."""
    if len(package.licenses) > 1 and is_any_of(package.type):
        chosen = tuple(_choice(package.licenses))
        if chosen:
            return chosen
    found = [one for text in package.licenses for one in _stated(text)]
    return tuple({(one.id, one.stated * (not one.expression)): one for one in found}.values())


def license_issues(packages: Iterable[Package], categories: Categories) -> tuple[Issue, ...]:
    """What is an issue of the licences of packages: a licence of a category that is one, a licence that is not known,
    none at all."""
    return tuple(dict.fromkeys(issue for package in packages for issue in _issues(package, categories)))


def file_issues(found: Iterable[Issue], categories: Categories) -> Iterator[Issue]:
    """What is an issue of the licences in files."""
    for one in found:
        category = categories.of(one.id)
        severity = categories.severity(category)
        if severity is not None and category != "unknown":
            yield structs.replace(
                one, title=title_of(one.id, category), severity=severity, category=category, fix=FIXES[category]
            )


def title_of(id: str, category: LicenseCategory) -> str:
    """What is wrong, by the ID of an issue and its category."""
    if id == UNSTATED:
        return "No license stated"
    return "License that is not known" if id == UNKNOWN else f"{category.capitalize()} license"


FIXES: Final[dict[LicenseCategory, str]] = {
    "forbidden": "Have it looked at before it is used or passed on: take another package, or get a license of your "
    "own.",
    "restricted": "Offer the source of it, and of what is linked with it, along with the image, or take another "
    "package.",
    "reciprocal": "Offer the source of it, and of your changes to its files, along with the image.",
    "notice": "Keep its notice, and pass it on along with the image.",
    "permissive": "Nothing: it asks for nothing.",
    "unencumbered": "Nothing: nobody claims anything.",
    "unknown": "Find out what it is under, and say so in the policy: [licenses] has names for what is in no list.",
}
"""What to do about licences of a category."""


def _choice(stated: tuple[str, ...]) -> Iterator[PackageLicense]:
    """Several of which any one may be chosen, as one; those that are not known are left."""
    found = [(text, one) for text in stated if (one := _meaning(text)) is not None]
    if found:
        names = tuple(dict.fromkeys(one.expression for _, one in found))
        every = _meaning(joined(names, any_of=True))
        if every is not None:
            is_exact = all(one.exact for _, one in found)
            yield PackageLicense(every.expression, " or ".join(text for text, _ in found)[:_LONGEST], is_exact)


@lru_cache(maxsize=4096)
def _stated(text: str) -> tuple[PackageLicense, ...]:
    return tuple(_iter_stated(text))


def _iter_stated(text: str) -> Iterator[PackageLicense]:
    found = _meaning(text)
    if found is not None:
        for one in conjuncts(found.expression):
            yield PackageLicense(one, text[:_LONGEST], found.exact)
        return
    pieces = [piece for piece in _ALL_OF.split(text) if piece] if text.count("(") == 0 else []
    if len(pieces) > 1 and any(_meaning(piece) for piece in pieces):
        for piece in pieces:
            yield from _stated(piece)
    elif text.strip():
        yield PackageLicense("", " ".join(text.split())[:_LONGEST])


def _meaning(text: str) -> Meaning | None:
    """What is stated by name, or in the licence's own words."""
    found = meaning_of(text)
    if found is None and len(text) > _LONGEST and (known := licenses_in(text)):
        return meaning_of(joined(known))
    return found


def _issues(package: Package, categories: Categories) -> Iterator[Issue]:
    licenses = licenses_of(package)
    without = categories.of_license(UNSTATED, "")
    if not licenses and (severity := categories.severity(without)) is not None:
        yield _issue(package, UNSTATED, without, severity, "", "")
    for one in licenses:
        category = categories.of_license(one.expression, one.stated)
        severity = categories.severity(category)
        if severity is not None:
            yield _issue(package, one.id, category, severity, _remark(package, one), one.stated)


def _remark(package: Package, one: PackageLicense) -> str:
    of_source = "stated for all of its source package" if licenses_are_of_source(package) else ""
    of_source = "by the text that lies beside it" if licenses_are_of_text(package) else of_source
    return ", ".join(filter(None, (of_source, "" if one.exact else "the stated name does not say which")))


def _issue(
    package: Package, id: str, category: LicenseCategory, severity: SeverityLabel, message: str, stated: str
) -> Issue:
    place = package.locations[0] if package.locations else None
    return Issue(
        id=id,
        kind="license",
        title=title_of(id, category),
        severity=severity,
        message=message,
        place="package",
        path=place.path if place is not None else "",
        layer=package.layer,
        removed=package.removed,
        instruction=package.purl.partition("?")[0] or f"{package.name} {package.version}",
        evidence=stated if stated != id else "",
        subject=f"{package.type}/{package.name}{f': {stated}' if id == UNKNOWN else ''}",
        package=package.id,
        category=category,
        fix=FIXES[category],
        url=f"{_DOCS}{id}.html" if " " not in id and id not in (UNKNOWN, UNSTATED) and "LicenseRef-" not in id else "",
    )
