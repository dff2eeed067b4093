"""What is known to be wrong with one package of an image."""

from hashlib import sha256
from typing import Literal

from msgspec import Struct

from lading.model.advisory import Kind, KnownExploited, Range, Severity
from lading.model.package import Package
from lading.model.properties import bundled_in

Status = Literal["affected", "fixed", "not_affected", "under_investigation"]
"""In the words of VEX (https://www.cisa.gov/sites/default/files/2023-04/minimum-requirements-for-vex-508c.pdf)."""

FixState = Literal["fixed", "not_fixed", "wont_fix", "deferred", "minor", "end_of_life", "unknown"]
"""What can be done: a fixed version is there; none yet; the upstream will not fix it, will later, calls it minor, or no
longer supports the release; or it does not say."""

Unresolved = Literal["", "upstream", "version", "range"]
"""Why a status is "under_investigation": the upstream has not decided, the installed version cannot be compared, or no
source says which versions are affected."""

HiddenReason = Literal[
    "",
    "minor",
    "deferred",
    "wont_fix",
    "negligible",
    "kernel_headers",
    "no_code",
    "bundled",
    "informational",
    "under_investigation",
]
"""Why people see a finding as a counted line by default; empty for those that are shown."""


class MatchBasis(Struct, frozen=True, omit_defaults=True):
    """What decided a status, and who gave it: an `advisory` of a `shard`, looked up by the `name` it knows the package
    by, and its `version` compared by a `scheme` with `range`; `listed` where the version stands among those that the
    advisory lists one by one."""

    shard: str
    advisory: str
    name: str = ""
    version: str = ""
    scheme: str = ""
    range: Range | None = None
    listed: bool = False


Justification = Literal[
    "",
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
]
"""Why a product is not affected; empty where it is not said in one of these words."""


class Suppression(Struct, frozen=True, omit_defaults=True):
    """Why a finding counts no more: `source` says which statement does that ("ignore", "vex", "baseline") and where it
    stands, `reason` and `author` what it states and who. `expires` is an ISO 8601 day, empty without one. `approved`
    tells that the organisation's policy has it, or leaves it to projects: it holds against every rule. `status` and
    `justification` are what an ignore states in the words of VEX, empty where it only accepts."""

    source: str
    where: str = ""
    reason: str = ""
    author: str = ""
    expires: str = ""
    approved: bool = False
    status: Status | Literal[""] = ""
    justification: Justification = ""


VexTrust = Literal["named", "signed", "found"]
"""Why a document counts: the user names it; a key that the user trusts has signed it; or not at all, as it was merely
found."""

VexOutcome = Literal["applied", "overridden", "shown", "no_finding", "unfit", "unmatched"]
"""What came of a statement for an image: it decides findings; a newer one does; it would, but is not trusted; the
product is there, and nothing was found that it speaks of; it holds for findings and cannot decide them ("fixed" for
other or unknown versions, a dependency that is reached in other ways); or its product is not there, though the
vulnerability is."""


class VexWord(Struct, frozen=True, omit_defaults=True):
    """What one statement says of one finding. `outcome` and `note` tell what came of that and why; `where` is the
    statement's document and place in it, `product` what of it matched."""

    status: Status
    outcome: VexOutcome
    where: str
    author: str = ""
    time: str = ""
    trust: VexTrust = "named"
    product: str = ""
    justification: Justification = ""
    text: str = ""
    note: str = ""


SsvcWord = Literal["", "track", "track*", "attend", "act"]


class SsvcDecision(Struct, frozen=True, omit_defaults=True):
    """CISA's decision by the points that a CVE record states (see Ssvc); empty where one of them is missing."""

    decision: SsvcWord = ""
    exploitation: str = ""
    automatable: str = ""
    technical_impact: str = ""


class Finding(Struct, frozen=True, omit_defaults=True):
    """One vulnerability in one installed package.

    `id` is the name of the vulnerability (the CVE where there is one), `aliases` its other names; `kind` tells malware
    and unmaintained packages apart. `basis` is what decided `status`; `reason` says so in words where versions alone do
    not. `fixed_version` is the first version without the vulnerability, empty when there is none; `fix_date` the day it
    came out, `note` what else the fix needs. `severity` is the one chosen for display and gates (its source inside),
    `severities` all that are known. `notices` are the advisories that upstreams wrote about it (DSA, RHSA, ALAS …),
    `cwes` its weaknesses. `epss` is the probability that it will be exploited within 30 days and `percentile` its rank,
    both 0 to 1 and None when not known. `ssvc` is CISA's decision. `risk` is the score by which findings are ordered, 0
    to 100 (docs/risk.md). `vex` is what others state about it, the words that count first.
    """

    id: str
    package: Package
    status: Status
    basis: MatchBasis
    severity: Severity = Severity("unknown")
    fix_state: FixState = "unknown"
    fixed_version: str = ""
    fix_date: str = ""
    note: str = ""
    kind: Kind = "vulnerability"
    aliases: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    cwes: tuple[str, ...] = ()
    known_exploited: KnownExploited | None = None
    epss: float | None = None
    percentile: float | None = None
    ssvc: SsvcDecision | None = None
    risk: float = 0.0
    unresolved: Unresolved = ""
    reason: str = ""
    summary: str = ""
    url: str = ""
    hidden_reason: HiddenReason = ""
    suppressions: tuple[Suppression, ...] = ()
    vex: tuple[VexWord, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether something may be wrong: it is affected, or nobody knows that it is not."""
        return self.status in ("affected", "under_investigation")

    @property
    def row(self) -> tuple[str, str, str, str]:
        """What people count as one vulnerability: the same one in all binaries of one source package is one row."""
        package = self.package
        return package.type, package.source or package.name, package.source_version or package.version, self.id

    @property
    def occurrence(self) -> str:
        """Names this finding in this very content: another version, place or layer is another occurrence."""
        package = self.package
        places = [f"{location.layer}:{location.path}" for location in package.locations]
        return _digest(self.kind, self.id, package.id, *places)

    @property
    def subject(self) -> tuple[str, str, str, str, str]:
        """What it is about, whatever the version and place: its kind, and the package, by its type and source, what it
        is a copy in, and the system package that installed it."""
        package = self.package
        owner = package.owner_name
        return self.kind, package.type, package.source or package.name, bundled_in(package), owner

    @property
    def fingerprint(self) -> str:
        """The same whatever the image is tagged, when it is built again, and when the package is upgraded to a version
        that is affected too. All binaries of one source package share it."""
        kind, *package = self.subject
        return _digest(kind, self.id, *package)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
