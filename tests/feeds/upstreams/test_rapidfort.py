"""RapidFort's advisories."""

import io
import json
import tarfile
from pathlib import Path

from lading.feeds.upstreams.rapidfort import FEED, parse_advisories
from lading.model.advisory import Advisory, AdvisoryText, Condition, Range, Severity, ShardName
from tests.feeds.recorder import Recorder

MEDIUM = (Severity("medium", "rapidfort", text="MEDIUM"),)


def event(introduced: str, fixed: str = "", identifier: str = "") -> dict[str, str]:
    stated = {"introduced": introduced, "fixed": fixed, "identifier": identifier}
    return {key: value for key, value in stated.items() if value}


def document(package: str, **releases: list[dict[str, str]]) -> bytes:
    entry = {"title": "Of something", "severity": "MEDIUM", "status": "open"}
    advisory = {
        release.replace("_", "."): {"CVE-2024-1": {**entry, "events": events}} for release, events in releases.items()
    }
    return json.dumps({"package_name": package, "advisory": advisory}).encode()


def read(tmp_path: Path, **files: bytes) -> Recorder:
    with tarfile.open(tmp_path / "main.tar.gz", "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"security-advisories-main/OS/{name.replace('__', '/')}.json")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    recorder = Recorder()
    parse_advisories({"rapidfort/security-advisories-main.tar.gz": tmp_path / "main.tar.gz"}, recorder)  # type: ignore[arg-type]
    return recorder


def ranges(found: Recorder) -> dict[str, tuple[Range, ...]]:
    return {name: one.ranges for name, shard in found.shards.items() for one in shard.advisories}


def test_a_range_is_said_of_the_builds_that_its_identifier_names(tmp_path: Path) -> None:
    events = [
        event("7.76.1-14.el9", "7.76.1-26.el9_3.3", "el9"),
        event("7.76.1-14.fc39", "7.76.1-26.fc39", "fc39"),
        event("7.76.1-14.rf", identifier="rf"),
        event("7.76.1-14", "7.76.1-26", "sles15"),
    ]
    found = read(tmp_path, redhat__curl=document("curl", **{"9": events, "8": events[1:3]}))
    assert ranges(found) == {
        "rapidfort-rhel-9": (Range(fixed="7.76.1-26.el9_3.3"),),
        "rapidfort-fedora-39": (Range(fixed="7.76.1-26.fc39"),),
        "rapidfort-rhel": (Range(),),
    }
    assert {name: (shard.scheme, shard.names) for name, shard in found.shards.items()} == dict.fromkeys(
        found.shards, ("rpm", "both")
    )
    assert found.skipped == ["curl: CVE-2024-1 of rhel 9 sles15"]
    shard = found.shards["rapidfort-rhel-9"]
    assert shard.advisories[0].severities == MEDIUM
    assert shard.texts == {"CVE-2024-1": AdvisoryText("CVE-2024-1", "Of something", packages=("curl",))}


def test_without_identifiers_the_versions_tell(tmp_path: Path) -> None:
    rpm = [
        event("1.0-4.el9", "1.0-6.el9_1"),
        event("1.0-4.el9", "0:1.0-5.module+el8.10.0+1+3a.noarch::perl:5"),
        event("1.0-4.el9", "2.0-1.fc40"),
    ]
    deb = [event("0:1.0-1", "0:1.0-2ubuntu1"), event("0:0", "0:2.0-10rfubu")]
    found = read(
        tmp_path,
        redhat__perl=document("perl", el9=rpm, el10=[event("0")]),
        ubuntu__perl=document("perl", **{"22_04": deb}),
        alpine__perl=document("perl", **{"3_20": [event("5.38.2-r0", "5.38.2-r1"), event("5.38.1-r0", "5.38.2-r1")]}),
    )
    assert ranges(found) == {
        "rapidfort-rhel-9": (Range(fixed="1.0-6.el9_1"),),
        "rapidfort-rhel-8": (Range(fixed="1.0-5.module+el8.10.0+1+3a"),),
        "rapidfort-fedora-40": (Range(fixed="2.0-1.fc40"),),
        "rapidfort-rhel-10": (Range(),),
        "rapidfort-ubuntu-22.04": (Range(fixed="1.0-2ubuntu1"),),
        "rapidfort-ubuntu": (Range(fixed="2.0-10rfubu"),),
        "rapidfort-alpine-3.20": (Range(fixed="5.38.2-r1"), Range("5.38.2-r0", fixed="5.38.2-r1")),
    }
    (of_module,) = found.shards["rapidfort-rhel-8"].advisories
    assert of_module == Advisory(
        "CVE-2024-1", "perl", ranges=of_module.ranges, severities=MEDIUM, condition=Condition(module="perl:5")
    )


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    found = read(
        tmp_path, ubuntu__a=b"{", ubuntu__b=b'{"package_name": "b", "advisory": {"22.04": {"CVE-2024-1": {}}}}'
    )
    assert (found.shards, found.skipped) == ({}, ["ubuntu/a.json"])


def test_units() -> None:
    assert FEED.unit_for(ShardName("rapidfort-ubuntu-22.04")) is not None
    assert FEED.unit_for(ShardName("ubuntu-22.04")) is None
    (held,) = FEED.units(["rapidfort/security-advisories-main.tar.gz", "rapidfort/OS/ubuntu/a.json", "x/a.json"])
    assert len(held.documents) == 2
