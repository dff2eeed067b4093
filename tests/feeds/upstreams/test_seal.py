"""Seal's records."""

import json
import zipfile
from pathlib import Path

from lading.feeds.upstreams.seal import FEED, parse_export
from lading.model.advisory import Advisory, Range, ShardName
from tests.feeds.recorder import Recorder


def record(ecosystem: str, package: str, *spans: tuple[str, str]) -> bytes:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": one}, {"fixed": other}]} for one, other in spans]
    affected = [{"package": {"ecosystem": ecosystem, "name": package}, "ranges": ranges}]
    document = {"id": "CVE-2024-1", "modified": "2026-01-02T03:04:05Z", "affected": affected}
    return json.dumps(document).encode()


def read(tmp_path: Path, *records: tuple[str, bytes]) -> Recorder:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, data in records:
            archive.writestr(name, data)
    recorder = Recorder()
    parse_export({"seal/renamed/vulnerabilities.zip": tmp_path / "export.zip"}, recorder)  # type: ignore[arg-type]
    return recorder


def test_records_of_one_name_are_of_several_packages(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ("seal-wget/CVE-2024-1.json", record("Seal:Debian", "seal-wget", ("1.21-1", "1.21-1+sp999"))),
        ("seal-zlib/CVE-2024-1.json", record("Seal:Alpine", "seal-zlib", ("1.2.8-r2", "1.2.8-r25341999"))),
        ("seal-expat/CVE-2024-1.json", record("Seal:Red Hat:7", "seal-expat", ("2.1-15.el7+sp1", "2.1-15.el7+sp2"))),
        ("@seal-security/ejs/CVE-2024-1.json", record("Seal:npm", "@seal-security/ejs", ("3.1.8-sp1", "3.1.8-sp999"))),
        ("x/CVE-2024-1.json", record("Seal:Go", "sealsecurity.io/golang.org/x/crypto", ("0.26.0-sp1", "0.26.0-sp2"))),
        ("y/CVE-2024-1.json", record("Seal:Maven", "seal.sp1.org.example:core", ("2.13.3", "2.13.3+sp999"))),
        ("z/CVE-2024-1.json", record("Debian:12", "wget", ("1.21-1", "1.21-2"))),
        ("broken/CVE-2024-1.json", b"{"),
    )
    assert {name: (one.scheme, one.advisories) for name, one in found.shards.items()} == {
        "seal-debian": ("deb", [Advisory("CVE-2024-1", "wget", ranges=(Range("1.21-1", before="1.21-1+sp999"),))]),
        "seal-alpine": (
            "apk",
            [Advisory("CVE-2024-1", "zlib", ranges=(Range("1.2.8-r2", before="1.2.8-r25341999"),))],
        ),
        "seal-red-hat-7": (
            "rpm",
            [Advisory("CVE-2024-1", "expat", ranges=(Range("2.1-15.el7+sp1", "2.1-15.el7+sp2"),))],
        ),
        "seal-npm": ("npm", [Advisory("CVE-2024-1", "ejs", ranges=(Range("3.1.8-sp1", before="3.1.8-sp999"),))]),
        "seal-go": (
            "golang",
            [Advisory("CVE-2024-1", "golang.org/x/crypto", ranges=(Range("0.26.0-sp1", "0.26.0-sp2"),))],
        ),
        "seal-maven": (
            "maven",
            [Advisory("CVE-2024-1", "seal.sp1.org.example:core", ranges=(Range("2.13.3", before="2.13.3+sp999"),))],
        ),
    }
    assert (found.skipped, max(found.dates)) == (["broken/CVE-2024-1.json"], "2026-01-02T03:04:05Z")


def test_both_archives_are_read_whatever_their_members_are_called(tmp_path: Path) -> None:
    files = {}
    for folder, package, version in (("renamed/", "seal-requests", "2.14.2+sp1"), ("", "requests", "2.14.2+sp2")):
        files[f"seal/{folder}vulnerabilities.zip"] = held = tmp_path / f"{package}.zip"
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("CVE-2024-1.json", record("Seal:PyPI", package, (version, f"{version[:-1]}3")))
    single = tmp_path / "CVE-2024-2.json"
    single.write_bytes(record("Seal:PyPI", "seal-idna", ("1+sp1", "1+sp2")))
    files["seal/renamed/seal-idna/CVE-2024-2.json"] = single
    recorder = Recorder()
    parse_export(files, recorder)  # type: ignore[arg-type]
    found = [(one.package, one.ranges) for one in recorder.shards["seal-pypi"].advisories]
    assert found == [
        ("idna", (Range("1+sp1", "1+sp2"),)),
        ("requests", (Range("2.14.2+sp1", "2.14.2+sp3"),)),
        ("requests", (Range("2.14.2+sp2", "2.14.2+sp3"),)),
    ]


def test_units() -> None:
    unit = FEED.unit_for(ShardName("seal-npm"))
    assert unit is not None
    assert [(one.path, one.url) for one in unit.documents] == [
        ("seal/renamed/vulnerabilities.zip", "https://vulnfeed.sealsecurity.io/v1/osv/renamed/vulnerabilities.zip"),
        ("seal/vulnerabilities.zip", "https://vulnfeed.sealsecurity.io/v1/osv/vulnerabilities.zip"),
    ]
    assert FEED.unit_for(ShardName("npm")) is None
    (held,) = FEED.units(["seal/vulnerabilities.zip", "seal/seal-wget/CVE-2024-1.json", "osv/npm/all.zip"])
    assert len(held.documents) == 2
