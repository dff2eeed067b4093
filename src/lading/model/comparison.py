"""In what our findings and another scanner's report differ, and why."""

from typing import Literal

from msgspec import Struct

from lading.model.advisory import SeverityLabel
from lading.model.foreign import ForeignPackage
from lading.model.image import Image
from lading.model.package import Distribution

Side = Literal["report", "lading"]
"""Which of the two has a row that the other one has not."""

Cause = Literal[
    "package-not-found",  # we see no such package in the image
    "package-not-listed",  # the report lists its packages, and has no such one
    "version-differs",  # the other one has the package at another version
    "version-unknown",  # the package has no version that advisories could be compared with
    "range",  # the version is outside of the versions that are affected
    "distribution",  # the distribution says that it is fixed or not affected, or that nothing will be done
    "function",  # the functions with the vulnerability are not in the program
    "other-build",  # the advisory is about another architecture, module, platform or product
    "excluded",  # it is known to be wrong about this package
    "overridden",  # a better source says otherwise
    "hidden",  # we have it, and hide it by default
    "kernel-headers",  # likewise: a package of the kernel's source without a kernel
    "suppressed",  # we have it, and a policy or statement takes it out
    "left-out",  # the report has it among what it leaves out
    "undecided",  # we have it as an open question
    "not-covered",  # nobody publishes advisories on such packages
    "no-data",  # the advisories on such packages are not downloaded
    "other-package",  # the other one knows the vulnerability in other packages alone
    "not-in-data",  # our data do not know it
    "withdrawn",  # its advisory is withdrawn or rejected
    "no-fix",  # the report was made of what has a fix alone
    "kind",  # it is no vulnerability but a remark on the package
    "other-source",  # we have it by a source that no row of the report needs
    "newer",  # the advisory came out after the report was made
    "not-in-report",  # the report has the package, and says nothing of it
]
"""Why only one of the two has a row."""


class Difference(Struct, frozen=True, order=True, omit_defaults=True):
    """A row that only one of the two has. `id` is the name that one shows; `why` says in a sentence how it came about;
    `shard` and `advisory` name what decided it, empty where nothing of ours did. `source` is whose data the report has
    it from."""

    side: Side
    cause: Cause
    package: ForeignPackage
    id: str
    why: str
    aliases: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    severity: SeverityLabel = "unknown"
    fixed_version: str = ""
    source: str = ""
    shard: str = ""
    advisory: str = ""


class Comparison(Struct, frozen=True, omit_defaults=True):
    """Our findings in an image beside another scanner's report, `report` by its path or name.

    A row is one vulnerability of one package at one version, wherever it lies: `report_rows` and `our_rows` count those
    of each side, `same` those of the report that we have too. `differences` has the others of both sides, sorted, those
    of the report first. `same_image` is None where the report does not tell what the image is. `entries` counts what
    the report lists one by one, `skipped` what of it is about no vulnerability of a package.
    """

    image: Image
    distribution: Distribution | None
    report: str
    scanner: str
    entries: int
    report_rows: int
    our_rows: int
    same: int
    differences: tuple[Difference, ...]
    report_target: str = ""
    report_created: str = ""
    same_image: bool | None = None
    skipped: int = 0
    packages: int = 0
    database: str = ""
    tool: str = ""
