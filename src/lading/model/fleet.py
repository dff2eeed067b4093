"""Many images as one result: how each fares, and what the whole came to."""

from typing import Literal

from msgspec import Struct

from lading.model.advisory import SeverityLabel
from lading.model.decision import FAILED, INCOMPLETE, PASSED, ExitStatus

BROKEN: ExitStatus = 2
"""What a run exits with when an image could not be scanned."""

ImageState = Literal["done", "failed"]


class SeverityCounts(Struct, frozen=True, omit_defaults=True, order=True):
    """How many vulnerabilities there are of each severity. The order is that of badness, the least bad first."""

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    unknown: int = 0
    negligible: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.critical + self.high + self.medium + self.low + self.unknown + self.negligible

    def of(self, label: SeverityLabel) -> int:
        """Those of one severity."""
        count: int = getattr(self, label)
        return count


class ImageSummary(Struct, frozen=True, omit_defaults=True):
    """How one image of one platform fares. `name` is what it was asked for by. `counts` are rows as people count them
    (lading.model.rows), without what is `hidden` by default and what is `suppressed`; `fixable` of them have a fixed
    version, `exploited` are in CISA's or another catalogue of those that are exploited; `risk` is the highest. `issues`
    counts what checks found (lading.model.checks), where they were asked for.
    `base` is the name of the image it was built on, where that is known. `exit_status` is that of the image alone.
    An image that `failed` has an `error` and nothing else. `container` names the one that runs it (ENGINE/NAME), empty
    for an image alone; `concerns` are the ways in which that is bound less than others, `drift` tells what of it is not
    as its image has it; `in_use` counts the rows of packages that are in use.
    `unmatched` counts the packages and `programs` the programs and archives of which nothing is known, `stale` tells
    that the data is old."""

    name: str
    state: ImageState = "done"
    digest: str = ""
    platform: str = ""
    distribution: str = ""
    base: str = ""
    packages: int = 0
    counts: SeverityCounts = SeverityCounts()
    fixable: int = 0
    exploited: int = 0
    hidden: int = 0
    suppressed: int = 0
    issues: int = 0
    risk: float = 0.0
    incomplete: bool = False
    exit_status: ExitStatus = PASSED
    error: str = ""
    container: str = ""
    concerns: tuple[str, ...] = ()
    in_use: int = 0
    drift: tuple[str, ...] = ()
    unmatched: int = 0
    programs: int = 0
    stale: bool = False


class LayerCounts(Struct, frozen=True):
    """The layers of all images: how many there are, and how many different ones."""

    total: int = 0
    unique: int = 0


class FleetSummary(Struct, frozen=True):
    """Many images, the worst first, those that failed at the end. `database` is the digest of the set of shards that
    was matched against, empty where there was none or several; `store` the file that the results are kept in, empty
    where none is, and `unkept` the names of those that could not be kept, of which `trouble` says why.
    `vulnerabilities` counts different ones in all images together."""

    tool: str
    images: tuple[ImageSummary, ...]
    database: str = ""
    layers: LayerCounts = LayerCounts()
    vulnerabilities: int = 0
    store: str = ""
    unkept: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def failed(self) -> tuple[ImageSummary, ...]:
        """The images that could not be scanned."""
        return tuple(one for one in self.images if one.state == "failed")

    @property
    def exit_status(self) -> ExitStatus:
        """2 when an image could not be scanned or a result not be kept; else that of a rule that failed for an image;
        else 3 when something of an image was not looked at; else 0."""
        statuses = {one.exit_status for one in self.images if one.state == "done"}
        if self.failed or self.unkept:
            return BROKEN
        failed = sorted(statuses - {PASSED, INCOMPLETE})
        if failed:
            return failed[0] if FAILED not in failed else FAILED
        return INCOMPLETE if INCOMPLETE in statuses else PASSED


def badness(image: ImageSummary) -> tuple[object, ...]:
    """Sort key: the worst image first, by the highest severity that it has more of; those that failed at the end."""
    counts = image.counts
    by_severity = tuple(-one for one in (counts.critical, counts.high, counts.medium, counts.low, counts.unknown))
    return image.state == "failed", *by_severity, -image.exploited, -image.risk, image.name, image.platform
