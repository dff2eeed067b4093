"""Statuses, and the report that carries them."""

from typing import Literal

from msgspec import Struct

from lading.model.advisory import Kind, KnownExploited, Severity, State
from lading.model.diagnostic import Diagnostic
from lading.model.image import Image
from lading.model.package import Distribution, Package, UnmanagedFile

Status = Literal["affected", "under_investigation"]


class Finding(Struct, frozen=True, omit_defaults=True):
    """One vulnerability in one installed package: what is shown as one row.

    `id` is the name of the vulnerability (the CVE where there is one), `aliases` its other names. `status` is
    "under_investigation" when the versions cannot be compared or upstream has not decided; `reason` then says why.
    `fixed_version` is the first version without the vulnerability, empty when there is none. `severity` is the one
    chosen for display and gates (its source inside), `severities` all that are known. `advisory` is the upstream's own
    name, `shard` the shard it came from. `state` is upstream's word on what will be done. `hidden_reason` names why
    people see the row hidden into a counted line by default, empty for rows shown: "minor", "deferred", "wont_fix",
    "negligible", "kernel_headers", "no_code", "bundled", "informational", "under_investigation". `kind` tells malware
    and unmaintained packages from vulnerabilities. `notices` are the advisories that upstreams wrote about it (DSA,
    RHSA, ALAS …), `cwes` its weaknesses, `fix_date` the day the fix came out. `epss` is the probability that it will be
    exploited within 30 days and `percentile` its rank, both 0 to 1 and 0 when not known. `risk` is the score by which
    findings are ordered, 0 to 100 (docs/risk.md). `remark` says what the fix needs.
    """

    id: str
    package: Package
    status: Status
    state: State
    severity: Severity
    advisory: str
    shard: str
    fixed_version: str = ""
    aliases: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    known_exploited: KnownExploited | None = None
    reason: str = ""
    summary: str = ""
    url: str = ""
    hidden_reason: str = ""
    kind: Kind = "vulnerability"
    notices: tuple[str, ...] = ()
    cwes: tuple[str, ...] = ()
    fix_date: str = ""
    epss: float = 0.0
    percentile: float = 0.0
    risk: float = 0.0
    remark: str = ""

    @property
    def row(self) -> tuple[str, str, str, str]:
        """What people count as one vulnerability: the same vulnerability in all binaries of one source package is one
        row."""
        package = self.package
        return package.type, package.source or package.name, package.source_version or package.version, self.id


class Coverage(Struct, frozen=True, omit_defaults=True):
    """What one kind of package was matched against.

    `ecosystem` is the package URL type with the distribution where there is one ("deb debian 12"); `status` is
    "matched" (a shard matched every package), "stale" (matched, by data that says nothing new any more: end of life),
    "no-data" (no shard), "recovered" (matched, but the package list was read from a layer below the one that
    deleted it) or "owned" (parts of distribution packages, matched with them). `date` and `digest` are those
    of the shard.
    """

    ecosystem: str
    packages: int
    status: Literal["matched", "stale", "no-data", "recovered", "owned"]
    shard: str = ""
    date: str = ""
    digest: str = ""
    note: str = ""


class Gate(Struct, frozen=True, omit_defaults=True):
    """The answer to `--fail-on` and `--fail-on-unmanaged`. `fail_on` is what was asked: a severity, "any", or "" when
    only `unmanaged` counts: the programs and archives that no package accounts for, 0 when they were not asked about.

    `failing` counts the rows that fail the gate, `hidden` those of them that people see hidden by default;
    `unrated` counts the rows that carry no severity and so could not be matched.
    """

    fail_on: str
    failing: int = 0
    hidden: int = 0
    unrated: int = 0
    unmanaged: int = 0

    @property
    def failed(self) -> bool:
        """Whether anything that was asked about is there."""
        return bool(self.failing or self.unmanaged)


class Report(Struct, frozen=True, omit_defaults=True):
    """The result of one scan: the input of every renderer. Holds no clock and no random value. `database` is the digest
    of the set of shards that was at hand, by which the scan can be made again; empty without one."""

    schema: str
    tool: str
    image: Image
    distribution: Distribution | None = None
    packages: int = 0
    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    starter: bool = False
    gate: Gate | None = None
    unmanaged: tuple[UnmanagedFile, ...] = ()
    database: str = ""

    @property
    def incomplete(self) -> bool:
        """Whether something was not looked at or not matched."""
        return any(diagnostic.level == "incomplete" for diagnostic in self.diagnostics)
