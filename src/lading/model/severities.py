"""Severities from what upstreams write: CVSS vectors and words."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from lading.model.advisory import Severity, SeverityLabel

_WORDS: Final[Mapping[str, SeverityLabel]] = {
    "negligible": "negligible", "none": "negligible", "low": "low", "minor": "low", "moderate": "medium",
    "medium": "medium", "important": "high", "high": "high", "critical": "critical",
}  # fmt: skip


def word_severity(word: object, source: str) -> Severity | None:
    """The severity that a word of `source` stands for ("Important" of "redhat"); None for what is no such word."""
    label = _WORDS.get(word.strip().lower()) if isinstance(word, str) else None
    return Severity(label, source, text=str(word).strip()) if label else None


@lru_cache(maxsize=32768)
def cvss_severity(vector: str) -> Severity | None:
    """The base score and rating of a CVSS vector, source "cvss2", "cvss3" or "cvss4"; None for what is no vector.

    `CVSS:3.1/AV:N/…` and `CVSS:4.0/…` say their version; a vector without it is of version 2, with or without
    brackets.
    """
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    text = vector.strip()
    try:
        if text.startswith("CVSS:4"):
            vector4 = CVSS4(text)
            source, score, rating = "cvss4", float(vector4.base_score), str(vector4.severity)
        elif text.startswith("CVSS:3"):
            vector3 = CVSS3(text)
            source, score, rating = "cvss3", float(vector3.scores()[0]), str(vector3.severities()[0])
        else:
            text = text.removeprefix("CVSS:2.0/").strip("()")
            vector2 = CVSS2(text)
            source, score, rating = "cvss2", float(vector2.scores()[0]), str(vector2.severities()[0])
    except CVSSError:
        return None
    return Severity(_WORDS.get(rating.lower(), "unknown"), source, score, text)


def score_severity(score: str, source: str) -> Severity | None:
    """The rating of a CVSS base score that is stated without its vector, `source` as above; None for what is no score.

    Source: https://nvd.nist.gov/vuln-metrics/cvss (versions 2, 3 and 4 differ in names for the ends of the scale).
    """
    try:
        value = float(score)
    except ValueError:
        return None
    if not 0 <= value <= 10:
        return None
    bounds = _RATINGS_2 if source == "cvss2" else _RATINGS
    return Severity(next(label for least, label in bounds if value >= least), source, value)


_RATINGS: Final[tuple[tuple[float, SeverityLabel], ...]] = (
    (9, "critical"), (7, "high"), (4, "medium"), (0.1, "low"), (0, "negligible"),
)  # fmt: skip
_RATINGS_2: Final[tuple[tuple[float, SeverityLabel], ...]] = ((7, "high"), (4, "medium"), (0, "low"))
