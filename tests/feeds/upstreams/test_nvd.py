"""The NVD's feeds, pages and records, and which of several records of one CVE counts."""

import gzip
import json
from hashlib import sha256
from pathlib import Path

import pytest

from lading.feeds.sources import DirectorySource
from lading.feeds.upstreams import nvd
from lading.feeds.upstreams.nvd import FEED, parse_nvd
from lading.model.advisory import Advisory, Range, ShardName
from lading.model.errors import FeedError
from lading.model.ports import NoProgress
from tests.feeds.recorder import Recorder

SHARED = Path(__file__).resolve().parents[4] / "shared" / "feeds"


def record(
    number: int, modified: str = "2024-01-01T00:00:00.000", fixed: str = "2.0", **more: object
) -> dict[str, object]:
    match = {"vulnerable": True, "criteria": "cpe:2.3:a:x:y:*:*:*:*:*:*:*:*", "versionEndExcluding": fixed}
    configurations = [{"nodes": [{"operator": "OR", "negate": False, "cpeMatch": [match]}]}]
    return {"id": f"CVE-2024-100{number}", "lastModified": modified, "configurations": configurations, **more}


def page(*records: dict[str, object], stated: int | None = None) -> str:
    count = len(records) if stated is None else stated
    head = {"resultsPerPage": count, "totalResults": 999, "timestamp": "2026-03-09T03:00:23.4065184"}
    return json.dumps({**head, "vulnerabilities": [{"cve": one} for one in records]})


def parse(tmp_path: Path, **documents: str | bytes) -> Recorder:
    """`year`, `changes` and others by name; `meta` belongs to `year`."""
    names = {
        "year": "nvd/nvdcve-2.0-2024.json.gz",
        "changes": "nvd/nvdcve-2.0-modified.json.gz",
        "meta": "nvd/nvdcve-2.0-2024.meta",
    }
    files = {}
    for name, text in documents.items():
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        files[names.get(name, f"nvd/cve-2.0/{name}.json")] = file
    recorder = Recorder()
    parse_nvd(files, recorder)  # type: ignore[arg-type]
    return recorder


def told(recorder: Recorder) -> list[tuple[str, str]]:
    """CVE and fix."""
    return [(advisory.id, advisory.ranges[0].fixed) for advisory in recorder.shards["nvd"].advisories]


def test_a_page(tmp_path: Path) -> None:
    recorder = parse(tmp_path, year=page(record(1), record(2, vulnStatus="Rejected")))
    shard = recorder.shards["nvd"]
    assert (shard.scheme, shard.names) == ("generic", "cpe")
    assert shard.advisories == [Advisory("CVE-2024-1001", "x:y", ranges=(Range(fixed="2.0"),))]
    assert {name: facts.status for name, facts in shard.facts.items()} == {
        "CVE-2024-1001": "",
        "CVE-2024-1002": "Rejected",
    }
    assert (recorder.skipped, recorder.dates) == ([], ["2026-03-09T03:00:23Z"])


@pytest.mark.parametrize("indent", [None, 2])
def test_all_forms_of_a_document(tmp_path: Path, indent: int | None) -> None:
    whole = json.dumps(json.loads(page(record(1), record(2))), indent=indent)
    wrapped = json.dumps({"cve": record(3)}, indent=indent)
    bare = json.dumps(record(4), indent=indent) + "\n"
    trailing = '{"vulnerabilities": [' + json.dumps({"cve": record(5)}) + '], "resultsPerPage": 1}'
    recorder = parse(
        tmp_path, whole=gzip.compress(whole.encode()), wrapped=wrapped, bare=bare, trailing=trailing, none=page()
    )
    assert sorted(name for name, _ in told(recorder)) == [f"CVE-2024-100{number}" for number in range(1, 6)]


def test_the_record_modified_last_counts(tmp_path: Path) -> None:
    recorder = parse(
        tmp_path,
        year=page(record(1), record(2, "2024-06-01"), record(3, fixed="year")),
        changes=page(record(1, "2024-05-01", "changes"), record(2, "2024-05-01", "changes")),
        single=page(record(1, "2024-07-01", "single")),
    )
    assert sorted(told(recorder)) == [("CVE-2024-1001", "single"), ("CVE-2024-1002", "2.0"), ("CVE-2024-1003", "year")]


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    recorder = parse(tmp_path, year=page(record(1), record(2, lastModified=5), record(3)))
    assert (recorder.skipped, len(told(recorder))) == (["CVE-2024-1002"], 2)


def test_text_that_looks_like_a_record_is_text(tmp_path: Path) -> None:
    text = {"lang": "en", "value": 'he wrote {"cve": {"id": "CVE-1"}}]}'}
    recorder = parse(tmp_path, year=page(record(1, descriptions=[text]), record(2, descriptions=[text])))
    assert recorder.shards["nvd"].facts["CVE-2024-1002"].summary == 'he wrote {"cve": {"id": "CVE-1"}}]}'
    assert (recorder.skipped, len(told(recorder))) == ([], 2)


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_chunks_may_cut_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(nvd, "_CHUNK", chunk)
    recorder = parse(tmp_path, year=page(record(1), record(2), record(3)))
    assert told(recorder) == [("CVE-2024-1001", "2.0"), ("CVE-2024-1002", "2.0"), ("CVE-2024-1003", "2.0")]


def test_the_digest_of_the_meta_is_held(tmp_path: Path) -> None:
    document = page(record(1))
    digest = sha256(document.encode()).hexdigest().upper()
    meta = f"lastModifiedDate:2026-03-09T03:00:23-04:00\r\nsize:1\r\nsha256:{digest}\r\n"
    packed = gzip.compress(document.encode())
    assert told(parse(tmp_path, year=packed, meta=meta)) == [("CVE-2024-1001", "2.0")]
    with pytest.raises(FeedError, match=r"its digest is not the one in its \.meta; download both again"):
        parse(tmp_path, year=gzip.compress(page(record(2)).encode()), meta=meta)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (page(record(1), record(2))[:-40], "ends in the middle"),
        (page(record(1), stated=3), "states 3 records but holds 1; a partial download"),
        ("<html>", "ends in the middle or is broken"),
        ("", "ends in the middle or is broken"),
        (gzip.compress(page(record(1)).encode())[:-20], "cannot be read"),
    ],
)
def test_broken_documents_are_refused(tmp_path: Path, document: str | bytes, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        parse(tmp_path, year=document)


def test_a_record_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvd, "_MOST_RECORD", 1000)
    with pytest.raises(FeedError, match="a record of more than 1,000 bytes; refused"):
        parse(tmp_path, year=page(record(1, descriptions=[{"lang": "en", "value": "x" * 2000}])))


def test_units() -> None:
    (public,) = FEED.units(None)
    assert public.documents[0].url == "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-2002.json.gz"
    assert [document.optional for document in public.documents[-2:]] == [False, True]
    (held,) = FEED.units(
        ["nvd/feeds/json/cve/2.0/nvdcve-2.0-2020.json.gz", "nvd/nvdcve-2.0-2020.meta", "nvd/x.txt", "kev/x.json"]
    )
    assert [document.path for document in held.documents] == [
        "nvd/feeds/json/cve/2.0/nvdcve-2.0-2020.json.gz",
        "nvd/nvdcve-2.0-2020.meta",
    ]
    assert FEED.units(["kev/x.json"]) == ()
    assert FEED.unit_for(ShardName("nvd")) is not None
    assert FEED.unit_for(ShardName("epss")) is None


@pytest.mark.skipif(not (SHARED / "samples" / "nvd").is_dir(), reason="needs ../shared/feeds/samples/nvd")
def test_every_sample_is_read() -> None:
    source = DirectorySource(SHARED)
    (unit,) = FEED.units(source.held())
    recorder = Recorder()
    with source.fetch(unit, NoProgress()) as fetched:
        assert fetched is not None
        unit.parse(fetched.files, recorder)  # type: ignore[arg-type]
    shard = recorder.shards["nvd"]
    assert (recorder.skipped, len(shard.facts)) == ([], 85)
    xz = [advisory for advisory in shard.advisories if advisory.package == "tukaani:xz"]
    assert xz == [Advisory("CVE-2024-3094", "tukaani:xz", versions=("5.6.0", "5.6.1"))]
