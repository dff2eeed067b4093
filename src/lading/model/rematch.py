"""What matching kept inventories again against newer data came to."""

from msgspec import Struct

from lading.model.advisory import SeverityLabel
from lading.model.decision import PASSED, ExitStatus
from lading.model.finding import Status


class NewFinding(Struct, frozen=True, omit_defaults=True):
    """A vulnerability in a package that no earlier result of these `images` had."""

    vulnerability: str
    type: str
    package: str
    versions: tuple[str, ...]
    images: tuple[str, ...]
    status: Status = "affected"
    severity: SeverityLabel = "unknown"
    fixed_version: str = ""
    exploited: bool = False
    hidden: bool = False
    risk: float = 0.0


class Rematch(Struct, frozen=True):
    """`results` are kept, of which `matched` were matched again, for a row that they rest on has changed, and `changed`
    say something else now. `rows` counts these rows. `new` is what is new in an image, the most pressing first; `gone`
    counts findings that an image has no more. `failed` are the images whose results could not be matched again, with
    the reason. `held` results stay as they are, for the `missing` shards, which they rest on, are not at hand."""

    tool: str
    database: str
    results: int
    matched: int
    changed: int
    rows: int
    new: tuple[NewFinding, ...] = ()
    gone: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    held: int = 0
    missing: tuple[str, ...] = ()
    exit_status: ExitStatus = PASSED
