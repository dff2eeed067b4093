"""What is said of container images, as advisories of the shard `rhel-containers`.

A package is an image by its repository (`rhel8/httpd-24`), its version the image's tag. Two kinds of tags have an
order: `VERSION-RELEASE` (7.6-22, v4.12.0-202603041314.p0), and of the builds of late the release alone, which is the
second it was built in (1770632724): such fixes stand under the name `REPOSITORY@release`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from lading.feeds.upstreams.redhat.statements import Statement, VulnerabilityInfo
from lading.model.advisory import Advisory, Range
from lading.versions.extremes import newest

RELEASE = "@release"
_STREAM = re.compile(r"(v?)(\d{1,9})\.(\d{1,9})(?=\D|$)", re.ASCII)
_SECONDS = re.compile(r"\d{9,12}", re.ASCII)


def image_advisories(vulnerability: VulnerabilityInfo, statements: Iterable[Statement]) -> Iterator[Advisory]:
    """The advisories of everything that `statements` say of images."""
    fixes: dict[str, list[Statement]] = defaultdict(list)
    standing: dict[str, Statement] = {}
    for statement in statements:
        component = statement.component
        if component.kind != "image":
            continue
        if statement.fixed:
            name = component.name + (RELEASE if _SECONDS.fullmatch(component.version) else "")
            fixes[name].append(statement)
        else:
            standing.setdefault(component.name, statement)
    for name, fixed in fixes.items():
        yield from (
            _builds(vulnerability, name, fixed) if name.endswith(RELEASE) else _streams(vulnerability, name, fixed)
        )
    for name, statement in standing.items():
        free = statement.state == "not_affected"
        if free and (name in fixes or name + RELEASE in fixes):
            continue
        yield Advisory(
            id=vulnerability.id,
            package=name,
            state=statement.state,
            ranges=() if statement.state in ("not_affected", "under_investigation") else (Range(),),
            severities=() if free else vulnerability.severities(statement.word),
            cwes=() if free else vulnerability.cwes,
        )


def _builds(vulnerability: VulnerabilityInfo, name: str, fixed: Iterable[Statement]) -> Iterator[Advisory]:
    tags: dict[str, Statement] = {}
    for one in fixed:
        before = tags.get(one.notice.id)
        if before is None or one.component.version > before.component.version:
            tags[one.notice.id] = one
    for one in tags.values():
        yield _fix(vulnerability, name, one, (Range(fixed=one.component.version),))


def _streams(vulnerability: VulnerabilityInfo, name: str, fixed: Iterable[Statement]) -> Iterator[Advisory]:
    """Each `X.Y` has a fix of its own: an image of 4.13 is not repaired by what repairs 4.12."""
    tags: dict[tuple[int, int], Statement] = {}
    for one in fixed:
        stream = _stream(one.component.version)
        before = tags.get(stream)
        if (
            before is None
            or newest("rpm", (before.component.version, one.component.version)) != before.component.version
        ):
            tags[stream] = one
    ranges: dict[str, list[Range]] = defaultdict(list)
    start = ""
    for stream, one in sorted(tags.items(), key=lambda item: item[0]):
        ranges[one.notice.id].append(Range(start, one.component.version))
        mark = "v" if one.component.version.startswith("v") else ""
        start = f"{mark}{stream[0]}.{stream[1] + 1}"
    for one in {one.notice.id: one for one in tags.values()}.values():
        yield _fix(vulnerability, name, one, tuple(ranges[one.notice.id]))


def _stream(tag: str) -> tuple[int, int]:
    match = _STREAM.match(tag)
    return (int(match[2]), int(match[3])) if match else (0, 0)


def _fix(vulnerability: VulnerabilityInfo, name: str, statement: Statement, ranges: tuple[Range, ...]) -> Advisory:
    return Advisory(
        id=vulnerability.id,
        package=name,
        ranges=ranges,
        severities=vulnerability.severities(statement.word),
        note=statement.notice.id,
        fix_date=statement.notice.date,
        cwes=vulnerability.cwes,
    )
