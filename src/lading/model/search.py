"""What a database knows of a vulnerability or a package, and in what two databases differ."""

from typing import Literal

from msgspec import Struct

from lading.model.advisory import Advisory, AdvisoryText, KnownExploited, Severity, VulnerabilityRecord

ChangeKind = Literal["added", "removed", "changed"]
Presence = Literal["both", "old", "new"]


class Mention(Struct, frozen=True):
    """One advisory of a shard. `type` is that of the packages it matches, as package URLs have it; `severity` the one
    to be shown."""

    shard: str
    type: str
    advisory: Advisory
    text: AdvisoryText
    severity: Severity


class KnownVulnerability(Struct, frozen=True):
    """What is known of a vulnerability whatever package has it; None where the shard of such facts has nothing on
    it."""

    id: str
    exploited: KnownExploited | None = None
    epss: VulnerabilityRecord | None = None
    record: VulnerabilityRecord | None = None


class SearchResult(Struct, frozen=True):
    """The answer to a search. `vulnerabilities` are those that the mentions are about, by id; `database` is the digest
    of the set of shards that was asked, `shards` how many they are."""

    query: str
    kind: Literal["vulnerability", "package"]
    database: str
    shards: int
    vulnerabilities: tuple[KnownVulnerability, ...]
    mentions: tuple[Mention, ...]


class Change(Struct, frozen=True):
    """One advisory or entry that differs. `package` is empty for entries of vulnerabilities (KEV) and products
    (endoflife)."""

    change: ChangeKind
    package: str
    id: str
    note: str = ""


class ShardDifference(Struct, frozen=True):
    """In what a shard differs. The counts are of advisories or entries; `changes` lists them, but for rows of facts
    (EPSS, NVD), which are only counted."""

    shard: str
    presence: Presence
    added: int
    removed: int
    changed: int
    changes: tuple[Change, ...] = ()


class DatabaseDifference(Struct, frozen=True):
    """In what two databases differ, each named by the digest of its set of shards and its date. `same` counts the
    shards that do not differ."""

    old: str
    old_date: str
    new: str
    new_date: str
    same: int
    shards: tuple[ShardDifference, ...]
