"""Advisories as shards hold them."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NewType

from msgspec import Struct

from lading.model.rebuilders import rebuilt_shard

ShardName = NewType("ShardName", str)
"""Name of an advisory shard: an ecosystem or a distribution release, lower case ("debian-12", "pypi", "kev")."""

KEV: Final = ShardName("kev")
EPSS: Final = ShardName("epss")
NVD: Final = ShardName("nvd")
ALPINE_REJECTIONS: Final = ShardName("alpine-rejections")
NVD_OVERRIDES: Final = ShardName("nvd-overrides")
CVE: Final = ShardName("cve")
KEV_EUVD: Final = ShardName("kev-euvd")
KEV_VULNCHECK: Final = ShardName("kev-vulncheck")
"""The shards of records: what is known of vulnerabilities whatever package has them."""


def fallback_shard(shard: ShardName) -> ShardName | None:
    """The shard to match by when `shard` cannot be had. Debian's tracker leaves a release out some time after its
    support ended; its security advisories up to then are still in OSV's export. A hardened image is matched by what it
    is made of."""
    made_of = rebuilt_shard(shard)
    if made_of:
        return ShardName(made_of)
    return ShardName(f"osv-{shard}") if shard.startswith("debian-") else None


SeverityLabel = Literal["unknown", "negligible", "low", "medium", "high", "critical"]
SEVERITY_ORDER: tuple[SeverityLabel, ...] = ("unknown", "negligible", "low", "medium", "high", "critical")

State = Literal[
    "affected",  # the ranges say which versions; a fix exists when a range has `fixed`
    "minor",  # affected, and the distribution issues no advisory for it (Debian no-dsa)
    "deferred",  # affected, to be fixed later (Debian no-dsa, postponed)
    "wont_fix",  # affected, and it will not be fixed (Debian no-dsa, ignored)
    "end_of_life",  # affected, the release or package is out of support
    "under_investigation",  # upstream has not decided whether it is affected
    "not_affected",  # upstream says that no version is affected, or none of those listed
    "unbounded",  # upstream knows no range and writes "every version" in its place
    "withdrawn",  # upstream has taken the record back
]


Kind = Literal["vulnerability", "malware", "unmaintained", "unsound", "notice"]
"""What an advisory tells of: a vulnerability, a package made to do harm, or what RustSec calls unmaintained, unsound or
of note."""

Names = Literal["source", "binary", "both", "cpe"]
"""Which names a shard's advisories go by: that of the source package (also of everything that knows no sources), that
of the installed package, either of them, or `vendor:product` of a CPE."""


class Range(Struct, frozen=True, omit_defaults=True, array_like=True):
    """Versions from `introduced` (inclusive; empty: from the first) or `after` (exclusive) up to `last_affected`
    (inclusive), `before` (exclusive) or `fixed` (exclusive, and free of the vulnerability); with none of them, every
    later version too. Ordered by the shard's version scheme. OSV's "0" is stored as the empty string."""

    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""
    after: str = ""
    before: str = ""

    @property
    def is_open(self) -> bool:
        """Whether every version is inside."""
        return not (self.introduced or self.after or self.fixed or self.last_affected or self.before)

    @property
    def has_end(self) -> bool:
        """Whether some versions are known to come after it."""
        return bool(self.fixed or self.last_affected or self.before)


class Import(Struct, frozen=True, omit_defaults=True, array_like=True):
    """A Go package with a vulnerability: `path` its import path, `symbols` the functions that have it (none: all of
    them), `goos` and `goarch` the platforms that have it (none: all)."""

    path: str
    symbols: tuple[str, ...] = ()
    goos: tuple[str, ...] = ()
    goarch: tuple[str, ...] = ()


class Condition(Struct, frozen=True, omit_defaults=True, array_like=True):
    """Which builds of a package an advisory speaks of. Every field that is given must hold.

    `arches` are architectures as the package database writes them; "src" stands for the source package alone and
    "binary" for any binary package. `module` is the `name:stream` of the module the package was built in; without it,
    only packages of no module are meant. `cpes` name products, one of which the image must take packages from (Red
    Hat's repository CPEs, `cpe:/o:redhat:enterprise_linux:9::baseos`). `imports` must be linked into a Go program.
    `target` is the CPE's target software ("wordpress", "node.js"): other kinds of packages are not meant. `edition` is
    its software edition ("enterprise"). `slots` are those of a Gentoo package: it must have one of them, and none that
    stands after a "!". `released` leaves out builds of commits before any release (Go's `v0.0.0-…`).
    """

    arches: tuple[str, ...] = ()
    module: str = ""
    cpes: tuple[str, ...] = ()
    imports: tuple[Import, ...] = ()
    target: str = ""
    edition: str = ""
    slots: tuple[str, ...] = ()
    released: bool = False


class Severity(Struct, frozen=True, omit_defaults=True, array_like=True):
    """A severity with its `source` ("debian", "osv", "cvss3"), the words or vector of that source kept in `text`."""

    label: SeverityLabel
    source: str = ""
    score: float = 0.0
    text: str = ""


class Advisory(Struct, frozen=True, omit_defaults=True, array_like=True):
    """What one upstream says of one vulnerability in one package of one shard.

    A version is affected if it stands in `versions` or inside one of `ranges`, and `state` is neither "not_affected"
    nor "withdrawn". With "not_affected" `versions` are those that are meant, none for all.
    `id` is the name the upstream uses; `aliases` the other names of the same vulnerability, sorted (CVE ids first).
    `package` is the name the shard goes by (see `Names`), as lading.model.names writes it. `note` is the upstream's
    advisory where `id` is the vulnerability's own name (`DSA-1234-1` fixes CVE-2024-1); advisories of one vulnerability
    and package may differ in `note` or `condition`. `fix_date` is the day (ISO 8601) on which the fix came out, empty
    when it is not known. `remark` is a line for people on what the fix needs ("in Ubuntu Pro: 1.2-3ubuntu4+esm1").
    """

    id: str
    package: str
    state: State = "affected"
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    note: str = ""
    condition: Condition | None = None
    kind: Kind = "vulnerability"
    fix_date: str = ""
    cwes: tuple[str, ...] = ()
    remark: str = ""


class AdvisoryText(Struct, frozen=True, omit_defaults=True, array_like=True):
    """What is read only to be shown: `summary` is at most a few sentences of plain text. Of several texts of one id
    `packages` are those of the shard that one is about, and `notice` is the upstream's advisory that it belongs to (the
    `note` of an Advisory); none for all. `excerpt` tells that upstream gave no title, so that the summary is a sentence
    of its text."""

    id: str
    summary: str = ""
    url: str = ""
    published: str = ""
    modified: str = ""
    packages: tuple[str, ...] = ()
    notice: str = ""
    excerpt: bool = False


def text_about(package: str, notice: str, texts: Sequence[AdvisoryText]) -> AdvisoryText | None:
    """Of the texts of one vulnerability the one on a package, or of a notice; where there is none, one on no others."""
    if len(texts) < 2:
        return texts[0] if texts else None
    return min(
        texts,
        key=lambda one: (package not in one.packages, one.notice != notice, bool(one.packages), bool(one.notice)),
    )


class Ssvc(Struct, frozen=True, omit_defaults=True, array_like=True):
    """The points of CISA's SSVC that a CVE record states: `exploitation` is "none", "poc" or "active", `automatable`
    "yes" or "no", `technical_impact` "partial" or "total"; empty where it is silent."""

    exploitation: str = ""
    automatable: str = ""
    technical_impact: str = ""


class KnownExploited(Struct, frozen=True, omit_defaults=True):
    """A row of a catalogue of vulnerabilities that are known to be exploited. Dates are ISO 8601 days. `ransomware`
    tells that it is known to be used in ransomware campaigns. `catalogues` are all that list it, where they are not
    CISA's alone."""

    id: str
    added: str
    due: str = ""
    ransomware: bool = False
    cwes: tuple[str, ...] = ()
    catalogues: tuple[str, ...] = ()


class VulnerabilityRecord(Struct, frozen=True, omit_defaults=True, array_like=True):
    """What is known of a vulnerability whatever package has it: a row of NVD (`severities`, `cwes` as "CWE-79",
    `published` and its `summary`; `status` is NVD's `vulnStatus`) or of EPSS (`epss` the probability, `percentile` its
    rank, both 0 to 1, and `scored` the day of the model) or of the CVE list (`ssvc`)."""

    id: str
    severities: tuple[Severity, ...] = ()
    cwes: tuple[str, ...] = ()
    published: str = ""
    summary: str = ""
    status: str = ""
    epss: float = 0.0
    percentile: float = 0.0
    scored: str = ""
    ssvc: Ssvc | None = None


class VulnerabilityRecords(Struct, frozen=True):
    """What the shards of records know of some vulnerabilities, by their names."""

    exploited: "Mapping[str, KnownExploited]" = {}
    epss: Mapping[str, VulnerabilityRecord] = {}
    nvd: Mapping[str, VulnerabilityRecord] = {}
    cve: Mapping[str, VulnerabilityRecord] = {}


class Cycle(Struct, frozen=True, omit_defaults=True):
    """One release cycle of a product. Dates are ISO 8601 days, empty when they are not known; "ended" where only the
    fact is. `end` is the end of free support, `extended` that of support that must be paid or asked for."""

    name: str
    end: str = ""
    extended: str = ""
    latest: str = ""


class LifeCycle(Struct, frozen=True, omit_defaults=True):
    """The release cycles of a product, by the name endoflife.date gives it ("debian", "python")."""

    product: str
    cycles: tuple[Cycle, ...] = ()


class Provenance(Struct, frozen=True, omit_defaults=True):
    """Where a shard came from. Written beside it; the report cites it.

    `shard` its name; `digest` the SHA-256 of the shard file (`sha256:…`); `size` its bytes; `scheme` the version scheme
    that orders its versions ("deb", "apk", "pep440", … empty for shards without versions); `names` which names its
    advisories go by; `feed` the feed module's name; `urls` what was read (of many documents the first
    twenty); `upstream_date` the date upstream puts on the data (ISO 8601), or the newest record's where there is none;
    `records` the number of advisories; `skipped` the number of upstream records that could not be read; `built` when
    the shard was written (ISO 8601, UTC); `validators` the HTTP validators of `urls` in order; `documents` the SHA-256
    that stands for all documents together, empty where they were not fetched; `partial` tells that other shards the
    same documents could fill were not asked for; `interval` is how many days upstream takes at most to put a newer date
    on its data, 0 where it may stay as it is. `schema` is the number of the shard file's format, 0 where whoever wrote
    the file did not say: then the file itself does.
    """

    shard: str
    digest: str
    size: int
    scheme: str
    feed: str
    urls: tuple[str, ...] = ()
    validators: tuple[str, ...] = ()
    upstream_date: str = ""
    records: int = 0
    skipped: int = 0
    built: str = ""
    partial: bool = False
    schema: int = 0
    names: Names = "source"
    documents: str = ""
    interval: int = 0
