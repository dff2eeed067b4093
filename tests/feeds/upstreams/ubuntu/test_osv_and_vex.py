"""Ubuntu's OSV records and OpenVEX documents, alone and together, against exact advisories."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from lading.feeds.upstreams.ubuntu import FEED, parse_metadata
from lading.model.advisory import Advisory, AdvisoryText, Range, Severity, ShardName
from lading.model.errors import FeedError
from tests.feeds.recorder import Recorder
from tests.feeds.upstreams.ubuntu.running import run, run_shared

MEDIUM = Severity("medium", "ubuntu", text="medium")
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
CRITICAL = Severity("critical", "cvss3", 9.8, VECTOR)


def entry(ecosystem: str, distribution: str, package: str, fixed: str = "", **more: object) -> dict[str, Any]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    purl = f"pkg:deb/ubuntu/{package}@{fixed or '1'}?arch=source&distro={distribution}"
    return {
        "package": {"ecosystem": ecosystem, "name": package, "purl": purl},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        "versions": ["0.1"],
        "ecosystem_specific": {"binaries": [{"binary_name": f"lib{package}", "binary_version": fixed}]},
        **more,
    }


def record(name: str, *affected: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "id": name,
        "modified": "2024-05-02T00:00:00Z",
        "published": "2024-05-01T10:00:00Z",
        "details": "A vulnerability\nin something.",
        "affected": list(affected),
        **more,
    }


def vex(name: str, *statements: dict[str, Any], aliases: tuple[str, ...] = ()) -> dict[str, Any]:
    vulnerability = {"name": name, "description": "Words of VEX.", "aliases": list(aliases)}
    stated = [{"vulnerability": vulnerability, "timestamp": "2024-05-03 12:00:00", **one} for one in statements]
    return {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2024-05-04T00:00:00Z", "statements": stated}


def told(status: str, *products: str, **more: str) -> dict[str, Any]:
    return {"status": status, "products": [{"@id": f"pkg:deb/ubuntu/{one}"} for one in products], **more}


def read(tmp_path: Path, *documents: dict[str, Any]) -> Recorder:
    files = {
        f"ubuntu-{'vex' if 'statements' in document else 'osv'}/cve/2024/{number}.json": json.dumps(document)
        for number, document in enumerate(documents)
    }
    return run(parse_metadata, tmp_path, files)


def advisories(recorder: Recorder, shard: str) -> list[Advisory]:
    return sorted(recorder.shards[shard].advisories, key=lambda one: (one.package, one.id))


def test_a_record_fills_the_archive_and_every_service_apart(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        record(
            "UBUNTU-CVE-2024-1",
            entry("Ubuntu:22.04:LTS", "jammy", "curl", "7.81.0-1ubuntu1.2"),
            entry("Ubuntu:24.10", "oracular", "curl"),
            entry("Ubuntu:Pro:18.04:LTS", "esm-infra/bionic", "curl", "7.58.0-2ubuntu3.24+esm1"),
            entry("Ubuntu:Pro:FIPS-updates:22.04:LTS", "fips-updates/jammy", "openssl", "3.0.2-0ubuntu1+Fips1"),
            entry("Ubuntu:Pro:22.04:LTS:Realtime:Kernel", "realtime/jammy", "linux-realtime"),
            entry("Ubuntu:Nvidia-BlueField:22.04:LTS", "bluefield/jammy", "linux-bluefield"),
            entry("Debian:12", "bookworm", "curl"),
            severity=[{"type": "Ubuntu", "score": "medium"}, {"type": "CVSS_V3", "score": VECTOR}],
            upstream=["CVE-2024-1"],
            related=["USN-1-1"],
        ),
    )
    severities = (MEDIUM, CRITICAL)
    assert not found.skipped
    assert {name: (one.scheme, one.names) for name, one in found.shards.items()} == dict.fromkeys(
        [
            "ubuntu-22.04", "ubuntu-24.10", "ubuntu-18.04", "ubuntu-pro-18.04", "ubuntu-pro-fips-updates-22.04",
            "ubuntu-pro-realtime-22.04", "ubuntu-bluefield-22.04",
        ],
        ("deb", "source"),
    )  # fmt: skip
    assert advisories(found, "ubuntu-22.04") == [
        Advisory(
            "CVE-2024-1", "curl", ranges=(Range(fixed="7.81.0-1ubuntu1.2"),), severities=severities, note="USN-1-1"
        )
    ]
    assert advisories(found, "ubuntu-24.10") == [
        Advisory("CVE-2024-1", "curl", ranges=(Range(),), severities=severities)
    ]
    assert advisories(found, "ubuntu-pro-18.04") == [
        Advisory(
            "CVE-2024-1",
            "curl",
            ranges=(Range(fixed="7.58.0-2ubuntu3.24+esm1"),),
            severities=severities,
            note="USN-1-1",
            remark="from esm-infra",
        )
    ]
    assert advisories(found, "ubuntu-18.04") == [
        Advisory(
            "CVE-2024-1",
            "curl",
            ranges=(Range(),),
            severities=severities,
            remark="in Ubuntu Pro: 7.58.0-2ubuntu3.24+esm1",
        )
    ]
    assert found.shards["ubuntu-22.04"].texts == {
        "CVE-2024-1": AdvisoryText(
            "CVE-2024-1",
            "A vulnerability in something.",
            "https://ubuntu.com/security/CVE-2024-1",
            "2024-05-01T10:00:00Z",
            "2024-05-02T00:00:00Z",
        )
    }
    assert max(found.dates) == "2024-05-02T00:00:00Z"


def test_withdrawn_records_and_a_packages_own_priority(tmp_path: Path) -> None:
    own = entry("Ubuntu:22.04:LTS", "jammy", "curl")
    own["ecosystem_specific"] = {"ubuntu_priority": "negligible"}
    found = read(
        tmp_path,
        record("UBUNTU-CVE-2024-1", own, severity=[{"type": "Ubuntu", "score": "medium"}]),
        record("UBUNTU-CVE-2024-2", own, withdrawn="2025-01-01T00:00:00Z"),
    )
    (advisory,) = advisories(found, "ubuntu-22.04")
    assert (advisory.id, advisory.severities) == (
        "CVE-2024-1",
        (Severity("negligible", "ubuntu", text="negligible"),),
    )


def test_notices_name_fixes_and_stand_in_for_vulnerabilities_without_a_record(tmp_path: Path) -> None:
    mapped = {"cves_map": {"cves": [{"id": "CVE-2024-2", "severity": [{"type": "Ubuntu", "score": "medium"}]}]}}
    found = read(
        tmp_path,
        record(
            "UBUNTU-CVE-2024-1",
            entry("Ubuntu:22.04:LTS", "jammy", "curl", "2.0"),
            entry("Ubuntu:Pro:18.04:LTS", "esm-infra/bionic", "curl", "1.0+esm1"),
            related=["USN-1-1", "USN-1-2"],
        ),
        record(
            "USN-1-1",
            entry("Ubuntu:22.04:LTS", "jammy", "curl", "2.0"),
            entry("Ubuntu:22.04:LTS", "jammy", "wget", "3.0", database_specific=mapped),
            upstream=["UBUNTU-CVE-2024-1", "UBUNTU-CVE-2024-2"],
            details="",
            summary="curl vulnerabilities",
        ),
        # A regression repeats the vulnerabilities; the first fix counts.
        record("USN-1-3", entry("Ubuntu:22.04:LTS", "jammy", "wget", "3.1"), related=["CVE-2024-2"]),
        record("USN-9-1", entry("Ubuntu:24.04:LTS", "noble", "update-manager", "5")),
    )
    assert [
        (one.id, one.package, one.ranges[0].fixed, one.note, one.fix_date) for one in advisories(found, "ubuntu-22.04")
    ] == [
        ("CVE-2024-1", "curl", "2.0", "USN-1-1", "2024-05-01"),
        ("CVE-2024-2", "curl", "2.0", "USN-1-1", "2024-05-01"),
        ("CVE-2024-2", "wget", "3.0", "USN-1-1", "2024-05-01"),
    ]
    # Of the notices that the record names, only one can have announced this.
    assert [(one.ranges[0].fixed, one.note) for one in advisories(found, "ubuntu-pro-18.04")] == [
        ("1.0+esm1", "USN-1-2")
    ]
    assert advisories(found, "ubuntu-24.04") == [
        Advisory("USN-9-1", "update-manager", ranges=(Range(fixed="5"),), note="USN-9-1", fix_date="2024-05-01")
    ]


def test_livepatches_stay_apart(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        record("LSN-1-1", entry("Ubuntu:Pro:22.04:LTS", "jammy", "linux-aws", "5.15.0-1"), related=["CVE-2024-1"]),
    )
    assert list(found.shards) == ["ubuntu-pro-livepatch-22.04"]


def test_states_of_vex(tmp_path: Path) -> None:
    source = "?arch=source&distro=jammy"
    unfixed = "This package (for the given release) is vulnerable to the CVE"
    found = read(
        tmp_path,
        vex(
            "CVE-2024-1",
            told("not_affected", f"a@1{source}", justification="vulnerable_code_not_present"),
            told("under_investigation", f"b@1{source}", status_notes="is not known and needs to be evaluated."),
            told("under_investigation", f"c@1{source}", status_notes="remediation is deferred. CVE notes: ..."),
            told("affected", f"d@1{source}", action_statement=f"{unfixed} and needs fixing. CVE Notes: deferred"),
            told(
                "affected",
                f"e@1{source}",
                action_statement=f"{unfixed}, the problem is understood, but the Ubuntu Security Team decided to not "
                "fix it. CVE Notes / justification: end of life",
            ),
            told("affected", f"f@1{source}", action_statement="This package is no longer supported. Please upgrade."),
            told(
                "fixed",
                "g%2B%2B@1%3A2-3ubuntu4?arch=source&distro=jammy",
                "libg@2?arch=amd64&distro=jammy",
                "libg@2?arch=amd64",
                status_notes="Ubuntu Security Team classified this CVE as of Medium priority.",
            ),
            told("fixed", f"upstream@1{source.replace('jammy', 'upstream')}"),
            told("surprising", f"z@1{source}"),
        ),
    )
    assert [(one.package, one.state, one.ranges, one.remark) for one in advisories(found, "ubuntu-22.04")] == [
        ("a", "not_affected", (), "vulnerable_code_not_present"),
        ("b", "under_investigation", (Range(),), ""),
        ("c", "deferred", (Range(),), ""),
        ("d", "affected", (Range(),), ""),
        ("e", "wont_fix", (Range(),), ""),
        ("f", "end_of_life", (Range(),), ""),
        ("g++", "affected", (Range(fixed="1:2-3ubuntu4"),), "perhaps fixed earlier"),
    ]
    assert {one.severities for one in advisories(found, "ubuntu-22.04")} == {
        (Severity("medium", "ubuntu", text="Medium"),)
    }


@pytest.mark.parametrize(
    ("published", "notices", "state", "fixed"),
    [
        ("2022-03-31T06:00:00Z", (), "not_affected", []),
        ("2022-04-01T06:00:00Z", (), "affected", ["2"]),
        ("", (), "affected", ["2"]),
        ("2022-03-31T06:00:00Z", ("https://ubuntu.com/security/notices/USN-1-1",), "under_investigation", ["2"]),
        ("2023-03-31T06:00:00Z", ("https://ubuntu.com/security/notices/USN-1-1",), "under_investigation", ["2"]),
        ("2022-03-31T06:00:00Z", ("https://ubuntu.com/security/notices/USN-2-1",), "not_affected", []),
    ],
)
def test_a_fix_without_its_first_version(
    tmp_path: Path, published: str, notices: tuple[str, ...], state: str, fixed: list[str]
) -> None:
    found = read(
        tmp_path,
        vex(
            "CVE-2022-1",
            told(
                "fixed",
                "curl@2?arch=source&distro=jammy",
                "curl@2+esm1?arch=source&distro=esm-infra/jammy",
                timestamp=published,
            ),
            aliases=notices,
        ),
        vex("USN-2-1", told("fixed", "curl@1?arch=source&distro=focal"), aliases=("CVE-2022-1",)),
    )
    (advisory,) = advisories(found, "ubuntu-22.04")
    assert (advisory.state, [span.fixed for span in advisory.ranges]) == (state, fixed)
    (pro,) = advisories(found, "ubuntu-pro-22.04")
    assert (pro.state, pro.ranges) == ("affected", (Range(fixed="2+esm1"),))


def test_vex_of_the_first_form_of_notices_and_without_statements(tmp_path: Path) -> None:
    old = vex(
        "USN-7-1",
        told("fixed", "varnish@6.6+esm1?arch=source&distro=esm-apps/jammy", "libvarnish@6.6+esm1?arch=amd64"),
        aliases=("CVE-2022-1", "CVE-2022-2"),
    )
    old = {"metadata": {"timestamp": old["timestamp"]}, "statements": old["statements"]}
    found = read(tmp_path, old, vex("CVE-2024-9"), {"metadata": {}, "statements": None})
    assert not found.skipped
    assert advisories(found, "ubuntu-pro-22.04") == [
        Advisory(
            vulnerability,
            "varnish",
            ranges=(Range(fixed="6.6+esm1"),),
            note="USN-7-1",
            fix_date="2024-05-03",
            remark="from esm-apps",
        )
        for vulnerability in ("CVE-2022-1", "CVE-2022-2")
    ]
    assert [one.remark for one in advisories(found, "ubuntu-22.04")] == ["in Ubuntu Pro: 6.6+esm1"] * 2


def test_the_record_has_the_first_fix_and_vex_the_reasons(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        record(
            "UBUNTU-CVE-2024-1",
            entry("Ubuntu:22.04:LTS", "jammy", "curl", "7.81.0-1ubuntu1.2"),
            entry("Ubuntu:22.04:LTS", "jammy", "glibc"),
            severity=[{"type": "Ubuntu", "score": "medium"}],
        ),
        vex(
            "CVE-2024-1",
            told("fixed", "curl@7.81.0-1ubuntu1.24?arch=source&distro=jammy"),
            told("affected", "glibc@2?arch=source&distro=jammy", action_statement="the team decided to not fix it"),
            told("not_affected", "curl@8?arch=source&distro=noble", justification="vulnerable_code_not_present"),
        ),
    )
    assert advisories(found, "ubuntu-22.04") == [
        Advisory("CVE-2024-1", "curl", ranges=(Range(fixed="7.81.0-1ubuntu1.2"),), severities=(MEDIUM,)),
        Advisory("CVE-2024-1", "glibc", "wont_fix", ranges=(Range(),), severities=(MEDIUM,)),
    ]
    assert [one.state for one in advisories(found, "ubuntu-24.04")] == ["not_affected"]
    assert "CVE-2024-1" not in found.shards["ubuntu-24.04"].texts
    assert found.shards["ubuntu-22.04"].texts["CVE-2024-1"].summary == "A vulnerability in something."


def test_what_is_said_of_ubuntu_pro_goes_for_the_archive_past_its_support(tmp_path: Path) -> None:
    esm = "?arch=source&distro=esm-infra/xenial"
    plain = "?arch=source&distro=xenial"
    absent = {"justification": "component_not_present"}
    found = read(
        tmp_path,
        vex(
            "CVE-2024-1",
            told("affected", f"curl@1{plain}", f"wget@1{plain}", action_statement="is no longer supported"),
            told("not_affected", f"curl@1+esm1{esm}", f"bash@1{esm}", justification="vulnerable_code_not_present"),
            told("not_affected", f"gone@1{esm}", **absent),
            told("under_investigation", f"tar@1{plain}", f"sed@1{esm}"),
        ),
        record(
            "UBUNTU-CVE-2024-1",
            entry("Ubuntu:Pro:16.04:LTS", "esm-infra/xenial", "wget", "1+esm2"),
            entry("Ubuntu:Pro:16.04:LTS", "esm-infra/xenial", "tar", "1+esm3"),
            entry("Ubuntu:Pro:FIPS:16.04:LTS", "fips/xenial", "openssl", "1+fips1"),
        ),
    )
    assert [(one.package, one.state, one.remark) for one in advisories(found, "ubuntu-16.04")] == [
        ("bash", "not_affected", "vulnerable_code_not_present"),
        ("curl", "not_affected", "vulnerable_code_not_present"),
        ("sed", "under_investigation", ""),
        ("tar", "affected", "in Ubuntu Pro: 1+esm3"),
        ("wget", "end_of_life", "in Ubuntu Pro: 1+esm2"),
    ]
    assert not any(span.fixed for one in advisories(found, "ubuntu-16.04") for span in one.ranges)


def test_archives_and_newer_single_documents(tmp_path: Path) -> None:
    def archive(name: str, members: dict[str, bytes]) -> Path:
        path = tmp_path / name
        with tarfile.open(path, "w:xz") as packed:
            for member, data in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(data)
                packed.addfile(info, io.BytesIO(data))
        return path

    old = record("UBUNTU-CVE-2024-1", entry("Ubuntu:22.04:LTS", "jammy", "curl"))
    new = record("UBUNTU-CVE-2024-1", entry("Ubuntu:22.04:LTS", "jammy", "curl", "2"))
    stated = vex("USN-1-1", told("fixed", "sed@2?arch=source&distro=jammy"))
    notice = json.dumps(record("USN-1-1", entry("Ubuntu:22.04:LTS", "jammy", "curl", "2"))).encode()
    files: dict[str, str | bytes | Path] = {
        "ubuntu/osv/osv-all.tar": archive(
            "osv",
            {
                "osv/cve/2024/UBUNTU-CVE-2024-1.json": json.dumps(old).encode(),
                "osv/cve/2024/UBUNTU-CVE-2024-2.json": b'{"id": "UBUNTU-',
                "osv/usn/USN-1-1.json": notice,
                "osv/README": b"words",
            },
        ),
        "ubuntu/vex/vex-all.tar": archive("vex", {"vex/usn/USN-1-1.json": json.dumps(stated).encode()}),
        "ubuntu/osv/cve/2024/UBUNTU-CVE-2024-1.json": json.dumps(new),
    }
    found = run(parse_metadata, tmp_path, files)
    assert found.skipped == ["osv/cve/2024/UBUNTU-CVE-2024-2.json"]
    assert [(one.id, one.package) for one in advisories(found, "ubuntu-22.04")] == [
        ("CVE-2024-1", "curl"),
        ("USN-1-1", "curl"),
        ("USN-1-1", "sed"),
    ]
    assert advisories(found, "ubuntu-22.04")[0].ranges == (Range(fixed="2"),)


@pytest.mark.parametrize(
    "document",
    [
        b"", b"[]", b"null", b'{"id": 3}', b'{"id": "UBUNTU-CVE-1", "affected": [{"package": 4}]}',
        b'{"id": "\xff"}', b"[" * 100_000, b'{"id": "x", "affected": [{"ranges": [{"events": [{"fixed": {}}]}]}]}',
    ],
)  # fmt: skip
def test_broken_documents_are_counted(tmp_path: Path, document: bytes) -> None:
    for kind in ("osv", "vex"):
        path = f"ubuntu-{kind}/cve/2024/CVE-2024-1.json"
        found = run(parse_metadata, tmp_path, {path: document})
        assert found.shards == {}
        if kind == "osv":
            assert found.skipped == [path]


def test_a_broken_archive_ends_it(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read"):
        run(parse_metadata, tmp_path, {"ubuntu/osv/osv-all.tar": b"\xfd7zXZ\0junk"})


def test_units() -> None:
    public = FEED.units(None)
    assert [one.name for one in public[:2]] == ["ubuntu", "ubuntu tracker"]
    assert [one.url for one in public[0].documents] == [
        "https://security-metadata.canonical.com/osv/osv-all.tar.xz",
        "https://security-metadata.canonical.com/vex/vex-all.tar.xz",
    ]
    held = FEED.units(
        ["ubuntu/osv/osv-all.tar", "ubuntu-vex/cve/2024/CVE-2024-1.json", "ubuntu/osv/README", "debian/osv-all.tar"]
    )
    assert [(one.name, [document.path for document in one.documents]) for one in held] == [
        ("ubuntu", ["ubuntu/osv/osv-all.tar", "ubuntu-vex/cve/2024/CVE-2024-1.json"])
    ]
    names = {
        "ubuntu-22.04": "ubuntu",
        "ubuntu-pro-fips-updates-22.04": "ubuntu",
        "tracker-ubuntu-6.06": "ubuntu tracker",
        "oval-ubuntu-pro-22.04": "ubuntu oval 22.04",
        "oval-ubuntu-22.05": None,
        "osv-ubuntu-22.04": None,
        "debian-12": None,
    }
    units = {name: FEED.unit_for(ShardName(name)) for name in names}
    assert {name: one.name if one else None for name, one in units.items()} == names


def test_shared_samples(tmp_path: Path) -> None:
    found = run_shared("ubuntu", tmp_path)
    assert not found.skipped
    wayland = next(one for one in found.shards["ubuntu-22.04"].advisories if one.package == "wayland")
    assert (wayland.id, wayland.ranges, wayland.note) == (
        "CVE-2021-3782", (Range(fixed="1.20.0-1ubuntu0.1"),), "USN-5614-1",
    )  # fmt: skip
    assert {one.package: one.remark for one in found.shards["ubuntu-22.04"].advisories if one.remark} == {
        "netty": "in Ubuntu Pro: 1:4.1.48-4+deb11u2ubuntu0.1~esm1",
        "varnish": "in Ubuntu Pro: 6.6.1-1ubuntu0.2+esm1",
        "curl": "perhaps fixed earlier",
    }
