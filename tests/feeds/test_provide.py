"""What a scan has fetched for it."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lading.advisories.writer import ShardWriter
from lading.feeds import provide
from lading.feeds.update import UpdateResult
from lading.model.advisory import Provenance, ShardName
from lading.model.ports import NoProgress

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def publish(database: Path, shard: str) -> None:
    with ShardWriter(database, shard) as writer:
        writer.publish(Provenance(shard, "", 0, "deb", "debian", built=NOW.isoformat()))


def fetched(database: Path, monkeypatch: pytest.MonkeyPatch, shards: Sequence[str], *upstream: str) -> list[list[str]]:
    """The updates that are made for shards, where upstream has some of them."""
    made: list[list[str]] = []

    def update(names: Sequence[str], *_: Any) -> UpdateResult:
        made.append(list(names))
        for name in set(names) & set(upstream):
            publish(database, name)
        return UpdateResult((), (), (), ())

    monkeypatch.setattr(provide, "update", update)
    opened = lambda: nullcontext(None)  # noqa: E731
    assert provide.fetch_stale([*map(ShardName, shards)], opened, database, NoProgress(), NOW) == ()  # type: ignore[arg-type]
    return made


def test_where_upstream_has_dropped_a_release_what_is_left_of_it_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = fetched(tmp_path, monkeypatch, ["debian-9", "debian-12", "pypi"], "debian-12", "pypi", "osv-debian-9")
    assert asked == [["debian-9", "debian-12", "pypi"], ["osv-debian-9"]]


def test_what_upstream_has_needs_nothing_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetched(tmp_path, monkeypatch, ["debian-12"], "debian-12") == [["debian-12"]]


def test_nothing_is_opened_for_what_is_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(tmp_path, "debian-12")
    assert fetched(tmp_path, monkeypatch, ["debian-12"]) == []
