"""CISA's decision on a vulnerability by its SSVC points.

Source: CISA, Stakeholder-Specific Vulnerability Categorization Guide (November 2022), the table of decisions. What a
loss would mean for the mission and for people's well-being is not known here, and taken for medium.
"""

from typing import Final

from lading.model.advisory import Ssvc
from lading.model.finding import SsvcDecision, SsvcWord

_DECISIONS: Final[dict[tuple[str, str, str], SsvcWord]] = {
    ("active", "no", "partial"): "track",
    ("active", "no", "total"): "attend",
    ("active", "yes", "partial"): "attend",
    ("active", "yes", "total"): "act",
    ("poc", "no", "total"): "track*",
    ("poc", "yes", "total"): "track*",
}
"""By exploitation, automatable and technical impact; "track" where nothing is said."""


def decide(points: Ssvc) -> SsvcDecision:
    """The decision; empty where a point is missing."""
    key = (points.exploitation, points.automatable, points.technical_impact)
    return SsvcDecision(_DECISIONS.get(key, "track") if all(key) else "", *key)
