"""The CVE tracker and the database of notices against exact advisories."""

import json
from pathlib import Path

import pytest

from lading.feeds.upstreams.ubuntu import parse_tracker
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder
from tests.feeds.upstreams.ubuntu.running import run, run_shared

FILE = """\
Candidate: CVE-2024-1
PublicDate: 2024-05-01 10:00:00 UTC
References:
 https://ubuntu.com/security/notices/USN-5-1
Description:
 Words of upstream.
Ubuntu-Description:
 Words of
 Ubuntu.
Notes:
 somebody> jammy_curl: released (9)
# jammy_wget: needed
Priority: medium
 It is hard to reach.
CVSS:
 nvd: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H [9.8 CRITICAL]

Patches_curl:
 upstream: https://example.org/1
upstream_curl: released (8.0)
jammy_curl: released (7.81.0-1ubuntu1.2)
noble_curl: not-affected (8.5.0-2ubuntu1)
devel_curl: needed
Priority_glibc: low
Priority_glibc_noble: critical
Tags_glibc: pie
dapper_glibc: ignored (reached end-of-life)
bionic_glibc: ignored (end of ESM support, was needed)
focal_glibc: ignored (too intrusive)
jammy_glibc: pending (2.35-0ubuntu3.9)
noble_glibc: deferred (2024-06-01)
oracular_glibc: needs-triage
plucky_glibc: DNE
trusty/esm_linux: needed
esm-infra/xenial_linux: released (4.4.0-1.2+esm1)
xenial_linux: ignored (end of standard support)
fips-updates/jammy_openssl: released (3.0.2-0ubuntu1+Fips1)
jammy_released: released
"""


def read(tmp_path: Path, files: dict[str, str | bytes]) -> Recorder:
    return run(parse_tracker, tmp_path, files)


def test_states_of_the_tracker(tmp_path: Path) -> None:
    found = read(tmp_path, {"ubuntu-tracker/active/CVE-2024-1": FILE})
    assert not found.skipped
    told = {
        (shard.removeprefix("tracker-ubuntu-"), one.package): (one.state, one.ranges, one.note, one.remark)
        for shard, writer in found.shards.items()
        for one in writer.advisories
    }
    assert told == {
        ("22.04", "curl"): ("affected", (Range(fixed="7.81.0-1ubuntu1.2"),), "USN-5-1", ""),
        ("24.04", "curl"): ("not_affected", (), "", "8.5.0-2ubuntu1"),
        ("6.06", "glibc"): ("end_of_life", (Range(),), "", "reached end-of-life"),
        ("18.04", "glibc"): ("end_of_life", (Range(),), "", "end of ESM support, was needed"),
        ("20.04", "glibc"): ("wont_fix", (Range(),), "", "too intrusive"),
        ("22.04", "glibc"): ("affected", (Range(),), "", "pending: 2.35-0ubuntu3.9"),
        ("24.04", "glibc"): ("deferred", (Range(),), "", ""),
        ("24.10", "glibc"): ("under_investigation", (Range(),), "", ""),
        ("pro-14.04", "linux"): ("affected", (Range(),), "", ""),
        ("14.04", "linux"): ("affected", (Range(),), "", ""),
        ("pro-16.04", "linux"): ("affected", (Range(fixed="4.4.0-1.2+esm1"),), "USN-5-1", "from esm-infra"),
        ("16.04", "linux"): ("end_of_life", (Range(),), "", "in Ubuntu Pro: 4.4.0-1.2+esm1"),
        ("pro-fips-updates-22.04", "openssl"): (
            "affected", (Range(fixed="3.0.2-0ubuntu1+Fips1"),), "USN-5-1", "",
        ),
        ("22.04", "released"): ("under_investigation", (Range(),), "", ""),
    }  # fmt: skip


def test_severities_and_text(tmp_path: Path) -> None:
    found = read(tmp_path, {"ubuntu-tracker/retired/CVE-2024-1": FILE})
    vector = Severity("critical", "cvss3", 9.8, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
    words = {
        (shard, one.package): one.severities[-1].text
        for shard, writer in found.shards.items()
        for one in writer.advisories
        if one.severities[0] == vector
    }
    assert words["tracker-ubuntu-22.04", "curl"] == "medium"
    assert words["tracker-ubuntu-22.04", "glibc"] == "low"
    assert words["tracker-ubuntu-24.04", "glibc"] == "critical"
    assert found.shards["tracker-ubuntu-22.04"].texts["CVE-2024-1"] == AdvisoryText(
        "CVE-2024-1", "Words of Ubuntu.", "https://ubuntu.com/security/CVE-2024-1", "2024-05-01"
    )


def test_what_is_no_file_of_a_vulnerability(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {
            "ubuntu-tracker/active/CVE-2024-1": b"\0\xff\n: :\n_: (",
            "ubuntu-tracker/active/CVE-2024-2": "",
            "ubuntu-tracker/active/00boilerplate.linux": FILE,
            "ubuntu-tracker/scripts/CVE-2024-3": FILE,
        },
    )
    assert found.shards == {}
    assert sorted(found.skipped) == ["ubuntu-tracker/active/CVE-2024-1", "ubuntu-tracker/active/CVE-2024-2"]


def notice(**more: object) -> dict[str, object]:
    one: dict[str, object] = {
        "cves": ["CVE-2024-1"],
        "timestamp": 1714557600.5,
        "isummary": "curl could be made to crash.\n",
        "releases": {"jammy": {"sources": {"curl": {"version": "7.81.0-1ubuntu1.2", "description": "words"}}}},
    }
    return one | more


def test_the_database_of_notices(tmp_path: Path) -> None:
    releases = {
        "bionic": {
            "sources": {"linux": {"version": "4.15.0-2.3"}, "linux-aws": {"version": "4.15.0-9"}},
            "allbinaries": {
                "linux-image-1": {"pocket": "esm-infra", "source": "linux", "version": "4.15.0-2.3"},
                "linux-image-2": {"pocket": "security", "version": "1"},
            },
        },
        "cosmic": {"sources": {"curl": {"version": "2"}, "wget": {"version": "1+esm1"}, "none": {}}},
        "xenial": {"sources": {"openssl": {"version": "1"}}, "allbinaries": {"x": {"pocket": "fips-updates"}}},
        "unheard": {"sources": {"curl": {"version": "2"}}},
    }
    document = {
        "5-1": notice(),
        "6-1": notice(cves=["https://launchpad.net/bugs/1"], releases=releases),
        "7-1": {"cves": "none"},
        "8-1": notice(timestamp=1e300),
    }
    found = read(tmp_path, {"ubuntu-tracker/usn-db/database-all.json.bz2": json.dumps(document)})
    assert found.skipped == ["USN-7-1"]
    assert found.shards["tracker-ubuntu-22.04"].advisories == [
        Advisory(
            "CVE-2024-1",
            "curl",
            ranges=(Range(fixed="7.81.0-1ubuntu1.2"),),
            note="USN-5-1",
            fix_date="2024-05-01",
        )
    ]
    assert {
        (shard.removeprefix("tracker-ubuntu-"), one.package, one.ranges[0].fixed)
        for shard, writer in found.shards.items()
        for one in writer.advisories
        if one.id == "USN-6-1"
    } == {
        ("pro-18.04", "linux", "4.15.0-2.3"), ("18.04", "linux", ""), ("18.04", "linux-aws", "4.15.0-9"),
        ("18.10", "curl", "2"), ("pro-18.10", "wget", "1+esm1"), ("18.10", "wget", ""),
        ("pro-fips-updates-16.04", "openssl", "1"),
    }  # fmt: skip


def test_a_fix_without_a_version_is_in_its_notice(tmp_path: Path) -> None:
    text = "Candidate: CVE-2024-1\nPriority: high\njammy_curl: released\n"
    database = json.dumps({"5-1": notice()})
    found = read(tmp_path, {"ubuntu-tracker/active/CVE-2024-1": text, "ubuntu/usn-db/database.json": database})
    (advisory,) = found.shards["tracker-ubuntu-22.04"].advisories
    assert (advisory.ranges, advisory.note, advisory.severities[0].text) == (
        (Range(fixed="7.81.0-1ubuntu1.2"),),
        "USN-5-1",
        "high",
    )


def test_a_broken_database_ends_it(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="ends too early"):
        read(tmp_path, {"ubuntu/usn-db/database-all.json.bz2": '{"5-1": {'})


def test_shared_samples(tmp_path: Path) -> None:
    found = run_shared("ubuntu tracker", tmp_path)
    assert not found.skipped
    jinja = [one for one in found.shards["tracker-ubuntu-19.04"].advisories if one.package == "jinja2"]
    assert {(one.id, one.ranges, one.note, one.fix_date) for one in jinja} == {
        (vulnerability, (Range(fixed="2.10-1ubuntu0.19.04.1"),), "USN-4011-1", "2019-06-06")
        for vulnerability in ("CVE-2016-10745", "CVE-2019-10906")
    }
