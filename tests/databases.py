"""Small databases for tests."""

from pathlib import Path

from lading.advisories.writer import ShardWriter
from lading.model.advisory import Advisory, AdvisoryText, Provenance, Range

FIRST, SECOND, THIRD = (f"2026-01-0{day}T12:00:00Z" for day in (1, 2, 3))


def advisory(id: str, package: str, fixed: str, **more: object) -> Advisory:
    """One vulnerability in one package, fixed in a version."""
    return Advisory(id, package, ranges=(Range(fixed=fixed),), **more)  # type: ignore[arg-type]


def publish(
    database: Path,
    name: str,
    *advisories: Advisory,
    built: str = FIRST,
    scheme: str = "pep440",
    texts: tuple[AdvisoryText, ...] = (),
    feed: str = "test",
) -> Provenance:
    """Puts a shard in place."""
    with ShardWriter(database, name) as writer:
        for one in advisories:
            writer.add(one)
        for text in texts:
            writer.add_text(text)
        return writer.publish(Provenance(name, "", 0, scheme, feed, upstream_date=built[:10], built=built))
