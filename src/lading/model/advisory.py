"""Advisories as shards hold them."""

from typing import Literal, NewType

from msgspec import Struct

ShardName = NewType("ShardName", str)
"""Name of an advisory shard: an ecosystem or a distribution release, lower case ("debian-12", "pypi", "kev")."""


def fallback_shard(shard: ShardName) -> ShardName | None:
    """The shard to judge by when `shard` cannot be had. Debian's tracker leaves a release out some time after its
    support ended; its security advisories up to then are still in OSV's export."""
    return ShardName(f"osv-{shard}") if shard.startswith("debian-") else None


SeverityLabel = Literal["unknown", "negligible", "low", "medium", "high", "critical"]
SEVERITY_ORDER: tuple[SeverityLabel, ...] = ("unknown", "negligible", "low", "medium", "high", "critical")

State = Literal[
    "affected",  # the ranges say which versions; a fix exists when a range has `fixed`
    "minor",  # affected, and the distribution issues no advisory for it (Debian no-dsa)
    "postponed",  # affected, to be fixed later (Debian no-dsa, postponed)
    "wont-fix",  # affected, and it will not be fixed (Debian no-dsa, ignored)
    "end-of-life",  # affected, the release or package is out of support
    "undetermined",  # upstream has not decided whether it is affected
    "not-affected",  # upstream says that no version is affected
]


class Range(Struct, frozen=True, omit_defaults=True, array_like=True):
    """Versions from `introduced` (inclusive; empty: from the first) up to `fixed` (exclusive) or `last_affected`
    (inclusive); with neither, every later version too. Ordered by the shard's version scheme. OSV's "0" is stored
    as the empty string."""

    introduced: str = ""
    fixed: str = ""
    last_affected: str = ""


class Severity(Struct, frozen=True, omit_defaults=True, array_like=True):
    """A severity with its `source` ("debian", "osv", "cvss3"), the words or vector of that source kept in `text`."""

    label: SeverityLabel
    source: str = ""
    score: float = 0.0
    text: str = ""


class Advisory(Struct, frozen=True, omit_defaults=True, array_like=True):
    """What one upstream says of one flaw in one package of one shard.

    A version is affected if it stands in `versions` or inside one of `ranges`, and `state` is not "not-affected".
    `id` is the name the upstream uses; `aliases` the other names of the same flaw, sorted (CVE ids first).
    `package` is the source package for the distributions that judge by source (Debian, Alpine, Wolfi). `note` is the
    upstream's advisory where `id` is the flaw's own name (`DSA-1234-1` fixes CVE-2024-1).
    """

    id: str
    package: str
    state: State = "affected"
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    note: str = ""


class AdvisoryText(Struct, frozen=True, omit_defaults=True, array_like=True):
    """What is read only to be shown: `summary` is at most a few sentences of plain text."""

    id: str
    summary: str = ""
    url: str = ""
    published: str = ""
    modified: str = ""


class KnownExploited(Struct, frozen=True, omit_defaults=True):
    """A row of CISA's Known Exploited Vulnerabilities catalogue. Dates are ISO 8601 days."""

    id: str
    added: str
    due: str = ""
    ransomware: bool = False


class Provenance(Struct, frozen=True, omit_defaults=True):
    """Where a shard came from. Written beside it; the report cites it.

    `shard` its name; `digest` the SHA-256 of the shard file (`sha256:…`); `size` its bytes; `scheme` the version scheme
    that orders its versions ("deb", "apk", "pep440", … empty for shards without versions); `feed` the feed module's
    name; `urls` what was read; `upstream_date` the date upstream puts on the data (ISO 8601), or the newest record's
    where there is none; `records` the number of advisories; `skipped` the number of upstream records that could not be
    read; `built` when the shard was written (ISO 8601, UTC); `validators` the HTTP validators of `urls` in order;
    `partial` tells that other shards the same documents could fill were not asked for.
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
    schema: int = 1
