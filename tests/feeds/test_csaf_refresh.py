"""The documents of CSAF providers, refreshed by their lists of changes and deletions."""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from lading.feeds.csaf_provider import csaf_listing
from lading.feeds.feed import Document
from lading.feeds.registry import unit_for
from lading.model.advisory import ShardName
from tests.feeds.internet import Internet, digests, internet, rebuilt

VEX = "https://security.access.redhat.com/data/csaf/v2/vex"
ADVISORIES = "https://security.access.redhat.com/data/csaf/v2/advisories"
SUSE = "https://ftp.suse.com/pub/projects/security"
Days = Mapping[str, int]


@pytest.fixture
def upstream() -> Iterator[Internet]:
    with internet() as made:
        yield made


def document(name: str, day: int, product: str) -> bytes:
    cve = name.rpartition("/")[2].removesuffix(".json").upper()
    tracking = {"id": cve, "current_release_date": f"2026-01-{day:02}T00:00:00+00:00"}
    status = {"known_affected" if day % 2 else "under_investigation": [product]}
    vulnerability = {"cve": cve, "notes": [{"category": "description", "text": f"Of {day}."}], "product_status": status}
    cpe = {"cpe": "cpe:/o:redhat:enterprise_linux:9"}
    full = {"name": "Red Hat Enterprise Linux 9", "product_id": "red_hat_enterprise_linux_9"}
    leaves = [
        {"category": "product_name", "name": "RHEL", "product": {**full, "product_identification_helper": cpe}},
        {"category": "product_version", "name": "curl", "product": {"name": "curl", "product_id": "curl"}},
    ]
    related = {
        "category": "default_component_of",
        "full_product_name": {"name": "curl of RHEL 9", "product_id": product},
        "product_reference": "curl",
        "relates_to_product_reference": "red_hat_enterprise_linux_9",
    }
    tree = {"branches": leaves, "relationships": [related]}
    head = {"category": "csaf_vex", "title": cve, "tracking": tracking}
    return json.dumps({"document": head, "product_tree": tree, "vulnerabilities": [vulnerability]}).encode()


REDHAT_PRODUCT = "red_hat_enterprise_linux_9:curl"
SUSE_PRODUCT = "SUSE Linux Enterprise Server 15 SP5:curl"


def tar(days: Days, product: str, kind: Literal["w:gz", "w:bz2"]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=kind) as archive:
        for name, day in days.items():
            data = document(name, day, product)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def changes(days: Days) -> str:
    return "".join(f'"{name}","2026-01-{day:02}T10:00:00+00:00"\n' for name, day in days.items())


class RedHat:
    """The provider's VEX documents; its archive is made anew only when asked for."""

    def __init__(self, upstream: Internet, days: Days, day: int) -> None:
        self._upstream = upstream
        upstream.put(f"{ADVISORIES}/archive_latest.txt", "csaf_advisories_2026-01-01.tar.gz")
        upstream.put(f"{ADVISORIES}/csaf_advisories_2026-01-01.tar.gz", tar({}, "", "w:gz"))
        upstream.put(f"{ADVISORIES}/changes.csv", changes({"2024/rhsa-2024_1.json": 1}))
        upstream.put(f"{ADVISORIES}/2024/rhsa-2024_1.json", "{}")
        self.archive(days, day)
        self.publish(days, {})

    def archive(self, days: Days, day: int) -> None:
        name = f"csaf_vex_2026-01-{day:02}.tar.gz"
        self._upstream.put(f"{VEX}/archive_latest.txt", f"{name}\n")
        self._upstream.put(f"{VEX}/{name}", tar(days, REDHAT_PRODUCT, "w:gz"), day)

    def publish(self, days: Days, deleted: Days) -> None:
        listed = sorted(days.items(), key=lambda row: -row[1])
        self._upstream.put(f"{VEX}/changes.csv", changes(dict(listed)))
        self._upstream.put(f"{VEX}/deletions.csv", changes(deleted))
        for name, day in days.items():
            self._upstream.put(f"{VEX}/{name}", document(name, day, REDHAT_PRODUCT))
        for name in deleted:
            self._upstream.pages.pop(f"{VEX}/{name}", None)


FIRST = {f"2024/cve-2024-{number:04}.json": 2 for number in range(20)}
NEXT = {**FIRST, "2024/cve-2024-0003.json": 8, "2024/cve-2024-0500.json": 7}
GONE = {"2024/cve-2024-0009.json": 9}
del NEXT["2024/cve-2024-0009.json"]


def test_red_hat_is_refreshed_from_the_day_of_its_archive(upstream: Internet, tmp_path: Path) -> None:
    redhat = RedHat(upstream, FIRST, 5)
    assert upstream.update(tmp_path / "db", "rhel-9").built[0].records == 20
    upstream.log.clear()
    redhat.publish(NEXT, GONE)
    result = upstream.update(tmp_path / "db", "rhel-9")
    assert result.failures == ()
    assert upstream.served(200) == ["changes.csv", "cve-2024-0003.json", "cve-2024-0500.json", "deletions.csv"]
    assert result.built[0].records == 20
    assert digests(result) == rebuilt(tmp_path / "db", "rhel-9")
    # A first download of the same state, from the old archive and from a new one.
    assert digests(result) == upstream.fresh(tmp_path / "old", "rhel-9")
    redhat.archive(NEXT, 20)
    assert digests(result) == upstream.fresh(tmp_path / "new", "rhel-9")


def test_what_was_deleted_and_came_back(upstream: Internet, tmp_path: Path) -> None:
    redhat = RedHat(upstream, FIRST, 5)
    upstream.fresh(tmp_path / "db", "rhel-9")
    redhat.publish(NEXT, GONE)
    upstream.update(tmp_path / "db", "rhel-9")
    back = {**NEXT, "2024/cve-2024-0009.json": 12}
    redhat.publish(back, GONE)
    upstream.put(f"{VEX}/2024/cve-2024-0009.json", document("cve-2024-0009.json", 12, REDHAT_PRODUCT))
    result = upstream.update(tmp_path / "db", "rhel-9")
    assert result.built[0].records == 21
    assert digests(result) == upstream.fresh(tmp_path / "new", "rhel-9")


def test_a_listed_document_that_is_not_there_yet(upstream: Internet, tmp_path: Path) -> None:
    redhat = RedHat(upstream, FIRST, 5)
    upstream.fresh(tmp_path / "db", "rhel-9")
    redhat.publish(NEXT, GONE)
    late = upstream.pages.pop(f"{VEX}/2024/cve-2024-0500.json")
    assert upstream.update(tmp_path / "db", "rhel-9").built[0].records == 19
    upstream.pages[f"{VEX}/2024/cve-2024-0500.json"] = late
    result = upstream.update(tmp_path / "db", "rhel-9")
    assert digests(result) == upstream.fresh(tmp_path / "new", "rhel-9")


def test_a_failing_server_leaves_everything_as_it_was(upstream: Internet, tmp_path: Path) -> None:
    redhat = RedHat(upstream, FIRST, 5)
    before = upstream.fresh(tmp_path / "db", "rhel-9")
    redhat.publish(NEXT, GONE)
    upstream.broken = {f"{VEX}/2024/cve-2024-0500.json"}
    (failure,) = upstream.update(tmp_path / "db", "rhel-9").failures
    assert failure.startswith("redhat: ")
    assert rebuilt(tmp_path / "db") == before
    upstream.broken = set()
    assert digests(upstream.update(tmp_path / "db", "rhel-9")) == upstream.fresh(tmp_path / "new", "rhel-9")


def suse(upstream: Internet, days: Days, archived: Days | None = None, day: int = 5) -> None:
    """Sorted by file name, without a list of deletions, and with what an error left behind."""
    if archived is not None:
        upstream.put(f"{SUSE}/csaf-vex.tar.bz2", tar(archived, SUSE_PRODUCT, "w:bz2"), day)
    upstream.put(f"{SUSE}/csaf-vex/changes.csv", changes({**dict(sorted(days.items())), "403 Forbidden.json": 3}))
    for url in [url for url in upstream.pages if url.startswith(f"{SUSE}/csaf-vex/cve-")]:
        del upstream.pages[url]
    for name, changed in days.items():
        upstream.put(f"{SUSE}/csaf-vex/{name}", document(name, changed, SUSE_PRODUCT))


def test_suse_is_refreshed_by_a_list_sorted_by_name(upstream: Internet, tmp_path: Path) -> None:
    first = {name.removeprefix("2024/"): day for name, day in FIRST.items()}
    later = {name.removeprefix("2024/"): day for name, day in NEXT.items()}
    suse(upstream, first, first)
    assert upstream.update(tmp_path / "db", "sles-15.5").built[0].records == 20
    upstream.log.clear()
    suse(upstream, later)
    result = upstream.update(tmp_path / "db", "sles-15.5")
    assert result.failures == ()
    assert upstream.served(200) == ["changes.csv", "cve-2024-0003.json", "cve-2024-0500.json"]
    suse(upstream, later, later, 20)
    assert digests(result) == upstream.fresh(tmp_path / "new", "sles-15.5")


def test_many_changes_have_the_archive_asked_for(upstream: Internet, tmp_path: Path) -> None:
    names = [f"cve-2024-{number:05}.json" for number in range(5050)]
    listing = csaf_listing(Document("a", "b"), "a", "b", deletions=False)
    assert listing.most == 5000
    suse(upstream, dict.fromkeys(names, 2), dict.fromkeys(names[:20], 2))
    upstream.update(tmp_path / "db", "sles-15.5")
    upstream.log.clear()
    suse(upstream, dict.fromkeys(names, 4), dict.fromkeys(names[:20], 3), 6)
    result = upstream.update(tmp_path / "db", "sles-15.5")
    assert upstream.served(200) == ["changes.csv", "csaf-vex.tar.bz2"]
    assert digests(result) == upstream.fresh(tmp_path / "new", "sles-15.5")


def test_many_changes_without_a_newer_archive(upstream: Internet, tmp_path: Path) -> None:
    names = [f"cve-2024-{number:05}.json" for number in range(30)]
    suse(upstream, dict.fromkeys(names, 2), dict.fromkeys(names, 2))
    upstream.fresh(tmp_path / "db", "sles-15.5")
    suse(upstream, dict.fromkeys(names, 7))
    found = unit_for(ShardName("sles-15.5"))
    assert found is not None and isinstance(found[1].refresh, partial)
    (listing,) = found[1].refresh.args[0]
    msgspec.structs.force_setattr(listing, "most", 10)
    try:
        result = upstream.update(tmp_path / "db", "sles-15.5")
    finally:
        msgspec.structs.force_setattr(listing, "most", 5000)
    assert len(upstream.served(200)) == 31
    assert digests(result) == upstream.fresh(tmp_path / "new", "sles-15.5")


@pytest.mark.parametrize("text", ["", '"2024/cve-2024-1.json"\n', "<html>\n", '"cve-2024-1.json","yesterday"\n', '"'])
def test_lists_that_are_not_in_order(tmp_path: Path, text: str) -> None:
    listing = csaf_listing(Document("a", "b"), "a", "b", deletions=False)
    file = tmp_path / "changes.csv"
    file.write_text(text)
    assert listing.read([file]) is None
    assert listing.read([None]) is None
