"""Categories of licences, by what they ask of those who use and pass on what is under them."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

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
