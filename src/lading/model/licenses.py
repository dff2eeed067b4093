"""Categories of licences, by what they ask of those who use and pass on what is under them."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from msgspec import Struct

from lading.model.advisory import SeverityLabel

LicenseCategory = Literal[
    "forbidden", "restricted", "reciprocal", "notice", "permissive", "unencumbered", "unknown"
]  # fmt: skip
"""From what nobody should use unseen (no rights beyond one's own use, none at all, or duties towards whoever reaches it
over a network) to what is free of all claims: `restricted` asks for the source of what it is combined with,
`reciprocal` for that of its own changed files, `notice` for a notice to be kept, `permissive` for nothing; `unknown` is
what nobody stated, or in words that are not known."""
CATEGORIES: Final[tuple[LicenseCategory, ...]] = get_args(LicenseCategory)

SEVERITIES: Final[Mapping[LicenseCategory, SeverityLabel]] = {
    "forbidden": "critical",
    "restricted": "high",
    "reciprocal": "medium",
    "unknown": "unknown",
}
"""How severe a licence of a category is, unless a policy says otherwise; those of the others are no issue."""

UNKNOWN: Final = "UNKNOWN"
"""In place of a licence that is stated in words that are not known."""
UNSTATED: Final = "NOASSERTION"
"""In place of a licence where none is stated, as SPDX calls that."""


class LicenseTerms(Struct, frozen=True):
    """What a policy says of licences: the category of `names` (`*` stands for anything), the first that fits counting,
    and the severity of categories, None for what is no issue."""

    names: tuple[tuple[str, LicenseCategory], ...] = ()
    severities: tuple[tuple[LicenseCategory, SeverityLabel | None], ...] = ()


NO_TERMS: Final = LicenseTerms()
"""Where no policy says anything of licences."""


LicenseBasis = Literal["stated", "source", "text", "none"]
"""What a package's licences rest on: what it states; the copyright file of all its source package; the text that lies
beside it; nothing."""


class LicenseOfPackage(Struct, frozen=True):
    """One of the licences of a package that hold together: an expression of SPDX, UNKNOWN or NOASSERTION; its category;
    what is `stated`; and whether that says for certain which license is meant."""

    license: str
    category: LicenseCategory
    stated: str = ""
    exact: bool = True


class LicensedPackage(Struct, frozen=True):
    """A package and its licences."""

    name: str
    version: str
    type: str
    purl: str
    basis: LicenseBasis
    licenses: tuple[LicenseOfPackage, ...]


class LicenseText(Struct, frozen=True):
    """A text that lies in an image: where, and which licences it holds as far as they are known."""

    paths: tuple[str, ...]
    licenses: tuple[str, ...]
    text: str


class LicenseList(Struct, frozen=True):
    """What the packages of an image are under; `texts` are there where they were asked for."""

    tool: str
    image: str
    packages: tuple[LicensedPackage, ...]
    texts: tuple[LicenseText, ...] = ()
