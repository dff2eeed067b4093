"""Release cycles from both versions of endoflife.date's documents."""

import json
from pathlib import Path

import pytest

from lading.feeds.upstreams.endoflife import FEED, parse_products
from lading.model.advisory import Cycle, LifeCycle, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder, parse

HELD = Path(__file__).resolve().parents[4] / "shared" / "feeds" / "endoflife"
FULL = "endoflife/api/v1/products/full.json"


def old(tmp_path: Path, product: str, *cycles: object) -> Recorder:
    return parse(parse_products, f"endoflife/api/{product}.json", list(cycles), tmp_path)


def test_version_0(tmp_path: Path) -> None:
    recorder = old(
        tmp_path,
        "sles",
        {"cycle": "16.0", "releaseDate": "2099-01-01", "eol": False, "lts": False, "extendedSupport": True},
        {"cycle": "15.5", "eol": "2024-12-31", "extendedSupport": "2027-12-31", "latest": "15.5"},
        {"cycle": 9, "eol": True, "extendedSupport": False, "latestReleaseDate": "2011-04-01"},
    )
    assert recorder.shards["endoflife"].life_cycles == {
        "sles": LifeCycle(
            "sles", (Cycle("16.0"), Cycle("15.5", "2024-12-31", "2027-12-31", "15.5"), Cycle("9", "ended"))
        )
    }
    assert (recorder.dates, recorder.skipped) == (["2011-04-01"], [])


def test_debian_s_long_term_support_is_for_everybody(tmp_path: Path) -> None:
    recorder = old(tmp_path, "debian", {"cycle": "12", "eol": "2026-06-10", "extendedSupport": "2028-06-30"})
    assert recorder.shards["endoflife"].life_cycles["debian"].cycles == (Cycle("12", "2028-06-30"),)


ROCKY = {
    "name": "rocky-linux",
    "label": "Rocky Linux",
    "releases": [
        {"name": "9", "isEol": False, "eolFrom": "2032-05-31", "isEoes": None, "latest": {"name": "9.4", "date": None}},
        {"name": "8", "isEol": True, "eolFrom": None, "isEoes": True, "eoesFrom": None, "latest": None},
        {"isEol": True},
    ],
}
CYCLES = (Cycle("9", "2032-05-31", latest="9.4"), Cycle("8", "ended", "ended"))


@pytest.mark.parametrize(
    ("path", "result"),
    [(FULL, [ROCKY, {"releases": []}]), ("endoflife/api/v1/products/rocky-linux/index.json", ROCKY)],
)
def test_version_1(path: str, result: object, tmp_path: Path) -> None:
    document = {"schema_version": "1.2.0", "last_modified": "2025-01-02T03:04:05+00:00", "result": result}
    recorder = parse(parse_products, path, document, tmp_path)
    assert recorder.shards["endoflife"].life_cycles == {"rocky-linux": LifeCycle("rocky-linux", CYCLES)}
    assert recorder.dates == ["2025-01-02T03:04:05+00:00"]
    assert len(recorder.skipped) == (2 if path == FULL else 1)


def test_version_1_stands_before_version_0(tmp_path: Path) -> None:
    (tmp_path / "0").write_text(json.dumps([{"cycle": "9", "eol": False}]))
    (tmp_path / "1").write_text(json.dumps({"result": [ROCKY]}))
    recorder = Recorder()
    parse_products({FULL: tmp_path / "1", "endoflife/api/rocky-linux.json": tmp_path / "0"}, recorder)  # type: ignore[arg-type]
    assert recorder.shards["endoflife"].life_cycles["rocky-linux"].cycles == CYCLES


def test_broken_cycles_are_counted(tmp_path: Path) -> None:
    recorder = old(tmp_path, "go", 3, {"cycle": "1.1", "eol": []}, {"cycle": "1.2", "eol": "soon"})
    assert recorder.shards["endoflife"].life_cycles["go"].cycles == (Cycle("1.2"),)
    assert recorder.skipped == ["go: 3", 'go: {"cycle": "1.1", "eol": []}']


@pytest.mark.parametrize("document", ["", "<html>", "{}", "[1,"])
def test_other_documents(document: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not a document of endoflife"):
        parse(parse_products, FULL, document, tmp_path)


def test_units() -> None:
    held = ["endoflife/api/all.json", "endoflife/api/debian.json", "endoflife/api/v1/products/full", "kev/x.json"]
    (unit,) = FEED.units(held)
    assert [(one.path, one.url) for one in unit.documents] == [
        ("endoflife/api/debian.json", "https://endoflife.date/api/debian.json"),
        ("endoflife/api/v1/products/full", "https://endoflife.date/api/v1/products/full"),
    ]
    (public,) = FEED.units(None)
    assert [one.url for one in public.documents] == ["https://endoflife.date/api/v1/products/full"]
    assert FEED.unit_for(ShardName("endoflife")) == public and FEED.unit_for(ShardName("debian-12")) is None


def test_the_real_documents() -> None:
    if not HELD.is_dir():
        pytest.skip("the real feeds are not downloaded")
    recorder = Recorder()
    parse_products({f"endoflife/api/{one.name}": one for one in (HELD / "api").iterdir()}, recorder)  # type: ignore[arg-type]
    lives = recorder.shards["endoflife"].life_cycles
    assert (len(lives), sum(len(life.cycles) for life in lives.values()), recorder.skipped) == (35, 622, [])
    assert max(recorder.dates) == "2026-08-20"
