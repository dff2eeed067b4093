"""Help for names that are misspelt."""

import re
from collections.abc import Iterable

_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.IGNORECASE)
_ALMOST_CVE = re.compile(r"CVE[\W_]*(\d{4})[\W_]*(\d{4,19})|(\d{4})-(\d{4,19})", re.IGNORECASE)
_ADVISORY = re.compile(r"[A-Za-z]\w*[-:].*\d.*|GHSA(?:-[0-9a-z]{4}){3}", re.IGNORECASE | re.DOTALL)


def meant(name: str, known: Iterable[str]) -> str:
    """` (did you mean ubuntu?)`; nothing where no known name is like it."""
    close = closest(name, known)
    return f" (did you mean {close}?)" if close else ""


def closest(name: str, known: Iterable[str]) -> str:
    """The known name (in lower case) that is most like `name`, empty where none is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.lower()[:100], list(known), n=1, cutoff=0.7)), "")


def doubt(id: str) -> str:
    """What is wrong with the form of a vulnerability's name, for people; empty where nothing is.

    Names of advisories have many forms (GHSA-…, DSA-5523-1, RHSA-2023:5763, GO-2024-2611): letters, then a hyphen or
    colon, then a number somewhere. CVE numbers have a form of their own (https://www.cve.org/About/Process).
    """
    if _CVE.fullmatch(id):
        return ""
    if (almost := _ALMOST_CVE.fullmatch(id)) is not None:
        return f"did you mean CVE-{almost[1] or almost[3]}-{almost[2] or almost[4]}?"
    if id.upper().startswith("CVE") or not _ADVISORY.fullmatch(id):
        return "not the name of a vulnerability or advisory: CVE-2023-38545, GHSA-…, DSA-5523-1, RHSA-2023:5763"
    return ""
