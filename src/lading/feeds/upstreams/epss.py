"""The Exploit Prediction Scoring System: for every CVE the probability that it is exploited within thirty days.

Source: https://www.first.org/epss/data_stats. A list is for one day. Since 2022 it begins with a comment that names the
model and the day; until the middle of 2021 it had no percentiles.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lading.feeds.feed import Build, Document, Feed, Unit, open_document
from lading.model.advisory import ShardName, VulnerabilityRecord
from lading.model.errors import FeedError, SafeIOError

_SHARD = ShardName("epss")
_CURRENT = "epss_scores-current.csv.gz"
_BASE = "https://epss.empiricalsecurity.com/"
_DOCUMENT = re.compile(r"epss/(?:.*/)?epss_scores-(?:current|(?P<day>\d{4}-\d\d-\d\d))\.csv(?:\.gz)?", re.ASCII)
_DAY = re.compile(r"score_date:(\d{4}-\d\d-\d\d)", re.ASCII)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_CHUNK = 1024 * 1024
_LONGEST_LINE = 1000
_WHOLE = 100_000
"""A list with so many rows knows every CVE: older ones need not be read."""


def parse_scores(files: Mapping[str, Path], build: Build) -> None:
    """The shard "epss": each CVE's newest score. Raises FeedError when a list is broken or not one of scores."""
    writer = build.shard(_SHARD, "")
    if writer is None:
        return
    known: set[str] = set()
    for path in sorted(files, key=_age, reverse=True):
        rows = 0
        for facts in _iter_scores(path, files[path], build):
            rows += 1
            if facts.id not in known:
                known.add(facts.id)
                writer.add_facts(facts)
        if rows >= _WHOLE:
            break


def _age(path: str) -> tuple[bool, str]:
    return _day_of(path) == "", _day_of(path)


def _day_of(path: str) -> str:
    """The day in a list's name; "" for today's."""
    match = _DOCUMENT.fullmatch(path)
    return (match["day"] or "") if match else ""


def _iter_scores(path: str, file: Path, build: Build) -> Iterator[VulnerabilityRecord]:
    lines = _iter_lines(file)
    head = next(lines, "")
    day = _day_of(path)
    if head.startswith("#"):
        stated = _DAY.search(head)
        day = stated[1] if stated else day
        head = next(lines, "")
    columns = [column.strip().lower() for column in head.split(",")]
    if columns[:2] != ["cve", "epss"]:
        raise FeedError(f"{file}: not a list of EPSS scores: it begins with {head[:60]!r}")
    if day:
        build.date(day)
    for line in lines:
        facts = _facts(line, day)
        if facts is not None:
            yield facts
        elif line.strip():
            build.skip(line.strip())


def _facts(line: str, day: str) -> VulnerabilityRecord | None:
    cve, _, numbers = line.strip().partition(",")
    try:
        epss, *others = (float(number) for number in numbers.split(","))
    except ValueError:
        return None
    percentile = others[0] if others else 0.0
    if not _CVE.fullmatch(cve) or not 0 <= epss <= 1 or not 0 <= percentile <= 1:
        return None
    return VulnerabilityRecord(cve, epss=epss, percentile=percentile, scored=day)


def _iter_lines(file: Path) -> Iterator[str]:
    """Lines of a list; what is longer than any of them is cut, and so will not be one."""
    held = b""
    stream = open_document(file)
    try:
        while chunk := stream.read(_CHUNK):
            *lines, held = (held + chunk).split(b"\n")
            for line in lines:
                yield line[:_LONGEST_LINE].decode("utf-8", "replace")
            held = held[:_LONGEST_LINE]
    except SafeIOError as error:
        raise FeedError(f"{file}: cannot be read: {error}") from error
    finally:
        stream.close()
    if held:
        yield held.decode("utf-8", "replace")


_TODAY = Unit("epss", (Document(f"epss/{_CURRENT}", _BASE + _CURRENT),), parse_scores)


def _units(held: Sequence[str] | None) -> tuple[Unit, ...]:
    if held is None:
        return (_TODAY,)
    paths = sorted(path for path in held if _DOCUMENT.fullmatch(path))
    documents = tuple(Document(path, _BASE + path.removeprefix("epss/")) for path in paths)
    return (Unit("epss", documents, parse_scores),) if documents else ()


def _unit_for(shard: ShardName) -> Unit | None:
    return _TODAY if shard == _SHARD else None


FEED = Feed("epss", "Exploit Prediction Scoring System", _units, _unit_for, interval=1)
