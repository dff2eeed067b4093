"""Why a vulnerability is reported in an image, or why it is not."""

from typing import Literal

from msgspec import Struct

from lading.model.advisory import Advisory, Provenance
from lading.model.checks import CheckText, Issue
from lading.model.finding import Finding
from lading.model.image import Image
from lading.model.package import Distribution, Package
from lading.model.vex import VexResult

Outcome = Literal["affected", "under_investigation", "not_affected", "other-build", "overridden", "excluded", "owned"]
"""What an advisory comes to for a package: "other-build" when it speaks of other builds (another architecture, module
or product), "overridden" when a better source decides otherwise, "excluded" when it is known to be wrong there, "owned"
when the package is matched with the one it came in."""

UnmatchedReason = Literal[
    "", "not-installed", "unknown-here", "no-data", "no-such-package", "other-packages", "other-data"
]
"""Why nothing is known of a vulnerability in an image: the packages with it are not installed; no shard that is here
knows it; it may concern packages whose advisories are not here; or only data that the image is not matched against
knows it. Where one package was asked for: it is not installed; or the vulnerability is in other ones."""


class Reasoning(Struct, frozen=True, omit_defaults=True):
    """One advisory held against one installed package. `compared` says which comparison was made, for people."""

    package: Package
    outcome: Outcome
    advisory: Advisory
    shard: str
    compared: str
    summary: str = ""
    url: str = ""


class Explanation(Struct, frozen=True, omit_defaults=True):
    """Everything an image's scan has to say of one vulnerability, or of one check.

    `findings` are what is reported of it, `reasons` every advisory that was weighed, those that speak for a finding
    first. `asked` names the shards that match the image, `shards` are the provenances of those that know it, by name.
    `elsewhere` names packages, by shard, that have the vulnerability and are not installed, or not the one that was
    asked for: `wanted`, empty for all. `unmatched` says in a line each what could not be matched at all. `database`
    is the digest of the set of shards at hand, `packages` counts those of the image, `tool` the name and version of
    the program. `vex` is what came of the statements about it that were read. Where `id` is a check's, `check` is
    what that looks for, and `issues` are what it finds.
    """

    image: Image
    distribution: Distribution | None
    id: str
    findings: tuple[Finding, ...] = ()
    reasons: tuple[Reasoning, ...] = ()
    shards: dict[str, Provenance] = {}
    unmatched_reason: UnmatchedReason = ""
    elsewhere: dict[str, tuple[str, ...]] = {}
    unmatched: tuple[str, ...] = ()
    database: str = ""
    wanted: str = ""
    packages: int = 0
    tool: str = ""
    vex: tuple[VexResult, ...] = ()
    check: CheckText | None = None
    issues: tuple[Issue, ...] = ()
    asked: tuple[str, ...] = ()
