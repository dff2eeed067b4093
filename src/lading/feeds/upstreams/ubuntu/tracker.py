"""The Ubuntu CVE tracker: a file for each vulnerability, in the words of those who keep it.

Source: README of https://git.launchpad.net/ubuntu-cve-tracker, "CVE file format" and "states". It is the only source
that still knows releases past their end of life.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from posixpath import basename

from lading.feeds.upstreams.ubuntu.pockets import pocket_of
from lading.feeds.upstreams.ubuntu.statements import Claim, Statement
from lading.feeds.upstreams.ubuntu.words import day_of, summary_of, unfixed_state
from lading.model.advisory import State
from lading.model.errors import FormatError
from lading.model.severities import cvss_severity, word_severity

FILE_NAME = re.compile(r"CVE-\d{4}-\d+")
_STATUS = re.compile(r"([a-z][a-z0-9./-]*)_([A-Za-z0-9][A-Za-z0-9+.-]*):[ \t]*([A-Za-z-]+)(?:[ \t]+\((.*)\))?")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_./+-]*):[ \t]*(.*)")
_VECTOR = re.compile(r"CVSS:\S+|\bAV:[LAN]/AC:[LMH]/Au:\S+")
_NOTICE = re.compile(r"\bUSN-\d+-\d+")
_VERSION = re.compile(r"\d[^\s,;]*")


def read_cve_file(path: str, data: bytes) -> Statement:
    """What a file says of its vulnerability, whose name is the file's. Raises FormatError for what is no such file."""
    text = data.decode("utf-8", "replace")
    fields = _fields(text)
    if "Candidate" not in fields and "PublicDate" not in fields:
        raise FormatError(f"{path}: not a file of the Ubuntu CVE tracker")
    name = basename(path)
    word = word_severity(_first_word(fields, "Priority"), "ubuntu")
    vectors = (cvss_severity(vector) for vector in _VECTOR.findall(fields.get("CVSS", "")))
    description = fields.get("Ubuntu-Description", "").strip() or fields.get("Description", "")
    return Statement(
        vulnerability=name,
        kind="record",
        claims=tuple(_claims(text, fields)),
        severities=tuple(dict.fromkeys(one for one in (*vectors, word) if one is not None)),
        summary=summary_of(description),
        url=f"https://ubuntu.com/security/{name}",
        published=day_of(fields.get("PublicDate", "")),
        notices=tuple(sorted(set(_NOTICE.findall(fields.get("References", ""))))),
    )


def _fields(text: str) -> dict[str, str]:
    """The fields; lines that begin with a space belong to the field above them."""
    fields: defaultdict[str, list[str]] = defaultdict(list)
    name = ""
    for line in text.splitlines():
        match = _FIELD.match(line)
        if match:
            name = match[1]
            fields[name].append(match[2])
        elif line[:1] in (" ", "\t") and name:
            fields[name].append(line.strip())
        else:
            name = ""
    return {name: "\n".join(lines) for name, lines in fields.items()}


def _claims(text: str, fields: Mapping[str, str]) -> Iterator[Claim]:
    for match in map(_STATUS.match, text.splitlines()):
        pocket = pocket_of(match[1]) if match else None
        if match is None or pocket is None:
            continue
        release, package, word, detail = match[1], match[2], match[3].lower(), (match[4] or "").strip()
        state = _STATES.get(word)
        if state is None:  # DNE: the release does not have the package
            continue
        version = _VERSION.fullmatch(detail)
        if word == "ignored":
            ended = unfixed_state(detail) == "end_of_life"
            state = "end_of_life" if ended else "wont_fix"
        yield Claim(
            shard=pocket.shard,
            package=package,
            # A fix of which no version is given may still be in a notice.
            state="affected" if word == "released" and version else state,
            fixed=detail if word == "released" and version else "",
            service=pocket.service if pocket.is_pro else "",
            remark=f"pending: {detail}" if word == "pending" and detail else _remark(word, detail),
            priority=_first_word(fields, f"Priority_{package}_{release}", f"Priority_{package}"),
        )


_STATES: Mapping[str, State] = {
    "active": "affected",
    "deferred": "deferred",
    "ignored": "wont_fix",
    "in-progress": "affected",
    "needed": "affected",
    "needs-triage": "under_investigation",
    "not-affected": "not_affected",
    "pending": "affected",
    "released": "under_investigation",
}


def _remark(word: str, detail: str) -> str:
    return detail if word in ("ignored", "not-affected") else ""


def _first_word(fields: Mapping[str, str], *names: str) -> str:
    """Of the first of those fields that is there; the reason for a priority may follow it."""
    words = next((fields[name] for name in names if name in fields), "").split()
    return words[0] if words else ""
