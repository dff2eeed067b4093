"""The starter set: its records are whole, and the store hands them out as the port says."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from lading.database.starter import StarterStore
from lading.model.advisory import Advisory, KnownExploited, Range, ShardName
from lading.model.ports import AdvisoryStore

_STARTER = Path(__file__).parents[2] / "src" / "lading" / "data" / "starter"
_FILES = sorted(_STARTER.iterdir())


@pytest.fixture(scope="module")
def store() -> AdvisoryStore:
    return StarterStore()


def test_the_set_is_large_enough_and_holds_nothing_else() -> None:
    assert len(_FILES) >= 60
    assert {path.suffix for path in _FILES} == {".json"}


def test_the_famous_ones_are_in_it() -> None:
    famous = {
        "CVE-2014-0160": "Heartbleed",
        "CVE-2014-6271": "Shellshock",
        "CVE-2015-0235": "GHOST",
        "CVE-2016-5195": "Dirty COW",
        "CVE-2021-3156": "Baron Samedit",
        "CVE-2021-4034": "PwnKit",
        "CVE-2021-44228": "Log4Shell",
        "CVE-2022-0847": "Dirty Pipe",
        "CVE-2022-22965": "Spring4Shell",
        "CVE-2023-38545": "SOCKS5",
        "CVE-2023-44487": "Rapid Reset",
        "CVE-2023-4911": "Looney Tunables",
        "CVE-2024-3094": "xz",
        "CVE-2024-6387": "regreSSHion",
    }
    for vulnerability, name in famous.items():
        assert name in json.loads((_STARTER / f"{vulnerability}.json").read_bytes())["summary"]


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_record_is_whole(path: Path) -> None:
    record: dict[str, Any] = json.loads(path.read_bytes())
    assert record["id"] == path.stem
    assert 20 < len(record["summary"]) <= 300
    assert record["severity"]
    assert all(reference["url"].startswith("https://") for reference in record["references"])
    assert record["id"] in record["references"][0]["url"]
    assert record["affected"]
    packages = [(one["package"]["ecosystem"], one["package"]["name"]) for one in record["affected"]]
    assert len(packages) == len(set(packages))
    for affected in record["affected"]:
        (span,) = affected["ranges"]
        starts = [event for event in span["events"] if "introduced" in event]
        ends = [event for event in span["events"] if "introduced" not in event]
        assert starts
        assert len(ends) in (len(starts), len(starts) - 1)


def test_a_release_has_its_own_fix(store: AdvisoryStore) -> None:
    found = store.advisories(ShardName("debian-12"), ["openssh", "curl", "no-such-package"])
    assert sorted(found) == ["curl", "openssh"]
    regresshion = next(advisory for advisory in found["openssh"] if advisory.id == "CVE-2024-6387")
    assert regresshion.ranges == (Range(fixed="1:9.2p1-2+deb12u3"),)
    assert [advisory.id for advisory in found["openssh"]] == sorted(advisory.id for advisory in found["openssh"])
    assert all(advisory.id != "CVE-2024-6387" for advisory in _of(store, "debian-11", "openssh"))


def test_a_vulnerability_that_will_not_be_fixed_says_so(store: AdvisoryStore) -> None:
    minizip = next(advisory for advisory in _of(store, "debian-12", "zlib") if advisory.id == "CVE-2023-45853")
    assert (minizip.state, minizip.ranges) == ("wont_fix", (Range(),))


def test_ranges_of_the_other_ecosystems(store: AdvisoryStore) -> None:
    (xz,) = [advisory for advisory in _of(store, "alpine-3.20", "xz") if advisory.id == "CVE-2024-3094"]
    assert xz.ranges == (Range("5.6.0-r0", "5.6.1-r2"),)
    (backdoor,) = _of(store, "debian-13", "xz-utils")
    assert backdoor.ranges == (Range("5.5.1alpha-0.1", "5.6.1+really5.4.5-1"),)
    log4shell = _of(store, "maven", "org.apache.logging.log4j:log4j-core")[0]
    assert (log4shell.id, log4shell.aliases) == ("CVE-2021-44228", ("GHSA-jfh8-c2jp-5v3q",))
    assert Range("2.13.0", "2.15.0") in log4shell.ranges


@pytest.mark.parametrize(
    ("shard", "scheme"), [("debian-7", "deb"), ("alpine-3.21", "apk"), ("pypi", "pep440"), ("kev", "")]
)
def test_provenance(store: AdvisoryStore, shard: str, scheme: str) -> None:
    provenance = store.provenance(ShardName(shard))
    assert provenance is not None
    assert (provenance.shard, provenance.scheme, provenance.feed) == (shard, scheme, "starter")
    assert provenance.digest.startswith("sha256:")
    assert provenance.records > 0


def test_a_shard_that_is_not_held_has_no_provenance(store: AdvisoryStore) -> None:
    assert store.provenance(ShardName("wolfi")) is None
    assert store.advisories(ShardName("wolfi"), ["bash"]) == {}


def test_texts_and_exploited(store: AdvisoryStore) -> None:
    (text,) = store.texts(ShardName("debian-12"), ["CVE-2023-4911", "CVE-0000-0"])["CVE-2023-4911"]
    assert text.summary.startswith("Looney Tunables: ")
    assert text.url == "https://nvd.nist.gov/vuln/detail/CVE-2023-4911"
    assert store.records(["CVE-2023-4911", "CVE-2023-38545"]).exploited == {
        "CVE-2023-4911": KnownExploited("CVE-2023-4911", "2023-11-21", "2023-12-12")
    }
    log4shell = store.records(["CVE-2021-44228"]).exploited["CVE-2021-44228"]
    assert log4shell.ransomware


def test_loading_is_quick() -> None:
    best = min(_seconds(StarterStore) for _ in range(5))
    assert best < 0.2  # 30 ms on the machines it is made for; a bound that a busy one keeps too


def _of(store: AdvisoryStore, shard: str, package: str) -> tuple[Advisory, ...]:
    return store.advisories(ShardName(shard), [package])[package]


def _seconds(action: type[StarterStore]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start
