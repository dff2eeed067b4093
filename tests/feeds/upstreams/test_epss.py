"""EPSS lists in their three forms."""

import gzip
from pathlib import Path

import pytest

from lading.feeds.sources import DirectorySource
from lading.feeds.upstreams import epss
from lading.feeds.upstreams.epss import FEED, parse_scores
from lading.model.advisory import ShardName, VulnerabilityRecord
from lading.model.errors import FeedError
from lading.model.ports import NoProgress
from tests.feeds.recorder import Recorder

SHARED = Path(__file__).resolve().parents[4] / "shared" / "feeds"
TODAY = "#model_version:v2025.03.14,score_date:2025-08-20T12:55:00Z\ncve,epss,percentile\n"


def parse(tmp_path: Path, **lists: str | bytes) -> Recorder:
    """Lists by day ("d2025_02_20") or as `current`."""
    files = {}
    for name, text in lists.items():
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        files[f"epss/epss_scores-{name.removeprefix('d').replace('_', '-')}.csv.gz"] = file
    recorder = Recorder()
    parse_scores(files, recorder)  # type: ignore[arg-type]
    return recorder


def test_today(tmp_path: Path) -> None:
    text = TODAY + "CVE-2024-1001,0.91963,0.99030\r\nCVE-2024-12345,1e-05,0.0\n"
    recorder = parse(tmp_path, current=gzip.compress(text.encode()))
    assert recorder.shards["epss"].facts == {
        "CVE-2024-1001": VulnerabilityRecord("CVE-2024-1001", epss=0.91963, percentile=0.9903, scored="2025-08-20"),
        "CVE-2024-12345": VulnerabilityRecord("CVE-2024-12345", epss=1e-05, percentile=0.0, scored="2025-08-20"),
    }
    assert (recorder.dates, recorder.skipped) == (["2025-08-20"], [])


def test_without_comment_and_without_percentile(tmp_path: Path) -> None:
    recorder = parse(tmp_path, d2021_04_14="cve,epss\nCVE-2020-5902,0.65117")
    assert list(recorder.shards["epss"].facts.values()) == [
        VulnerabilityRecord("CVE-2020-5902", epss=0.65117, scored="2021-04-14")
    ]
    recorder = parse(tmp_path, d2021_09_01="cve,epss,percentile\nCVE-2020-5902,0.65117,0.9981063485700858\n")
    assert list(recorder.shards["epss"].facts.values()) == [
        VulnerabilityRecord("CVE-2020-5902", epss=0.65117, percentile=0.9981063485700858, scored="2021-09-01")
    ]


def test_the_newest_score_counts(tmp_path: Path) -> None:
    recorder = parse(
        tmp_path,
        d2021_04_14="cve,epss\nCVE-2020-1001,0.1\nCVE-2020-1002,0.2\nCVE-2020-1003,0.3",
        d2021_04_15="cve,epss\nCVE-2020-1001,0.4\nCVE-2020-1002,0.5",
        current=TODAY + "CVE-2020-1001,0.6,0.7",
    )
    scores = {name: (facts.epss, facts.scored) for name, facts in recorder.shards["epss"].facts.items()}
    assert scores == {
        "CVE-2020-1001": (0.6, "2025-08-20"),
        "CVE-2020-1002": (0.5, "2021-04-15"),
        "CVE-2020-1003": (0.3, "2021-04-14"),
    }


def test_a_whole_list_makes_older_ones_needless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epss, "_WHOLE", 1)
    recorder = parse(tmp_path, d2021_04_14="broken", current=TODAY + "CVE-2020-1001,0.6,0.7")
    assert list(recorder.shards["epss"].facts) == ["CVE-2020-1001"]


def test_broken_rows_are_named(tmp_path: Path) -> None:
    bad = [
        "CVE-2024-1001",
        "CVE-2024-1001,x,0.1",
        "CVE-2024-1001,1.5,0.1",
        "CVE-2024-1001,nan,0.1",
        "CVE-2024-1001,0.1,-1",
        "GHSA-1,0.1,0.1",
        "x" * 5000,
    ]
    recorder = parse(tmp_path, current=TODAY + "\n".join([*bad, "", "CVE-2024-1002,0.1,0.2"]))
    assert recorder.skipped == [*bad[:6], "x" * 1000]
    assert list(recorder.shards["epss"].facts) == ["CVE-2024-1002"]


@pytest.mark.parametrize("text", ["", "<html>", "cve,percentile\n", b"\x1f\x8b\x08\x00broken"])
def test_what_is_no_list_is_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(FeedError, match=r"not a list of EPSS scores|cannot be read"):
        parse(tmp_path, current=text)


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_chunks_may_cut_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(epss, "_CHUNK", chunk)
    recorder = parse(tmp_path, current=TODAY + "CVE-2024-1001,0.1,0.2\nCVE-2024-1002,0.1,0.2\n")
    assert list(recorder.shards["epss"].facts) == ["CVE-2024-1001", "CVE-2024-1002"]


def test_units() -> None:
    (public,) = FEED.units(None)
    assert [document.url for document in public.documents] == [
        "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
    ]
    (held,) = FEED.units(["epss/epss_scores-2025-02-20.csv", "epss/epss_scores-x.csv", "kev/x.json"])
    assert [document.path for document in held.documents] == ["epss/epss_scores-2025-02-20.csv"]
    assert FEED.units(["kev/x.json"]) == ()
    assert FEED.unit_for(ShardName("epss")) == public
    assert FEED.unit_for(ShardName("nvd")) is None


@pytest.mark.skipif(not (SHARED / "samples" / "epss").is_dir(), reason="needs ../shared/feeds/samples/epss")
def test_every_sample_is_read() -> None:
    source = DirectorySource(SHARED)
    (unit,) = FEED.units(source.held())
    recorder = Recorder()
    with source.fetch(unit, NoProgress()) as fetched:
        assert fetched is not None
        unit.parse(fetched.files, recorder)  # type: ignore[arg-type]
    facts = recorder.shards["epss"].facts
    assert (recorder.skipped, len(facts)) == ([], 35)
    assert facts["CVE-2020-5902"] == VulnerabilityRecord(
        "CVE-2020-5902", epss=0.97567, percentile=0.99995, scored="2023-03-07"
    )
