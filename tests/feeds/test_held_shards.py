"""Every shard that a held copy makes can be made of it by its name alone, and is the same."""

import json
from pathlib import Path

import pytest

from lading.feeds.registry import FEEDS, unit_for
from lading.feeds.sources import DirectorySource
from lading.feeds.update import update
from lading.model.advisory import ShardName
from lading.model.ports import NoProgress

SHARED = Path(__file__).resolve().parents[3] / "shared" / "feeds"
OVAL = """<oval_definitions><definitions><definition class="patch" id="oval:{id}:1"><metadata><title>{title}</title>
  <reference source="CVE" ref_id="CVE-2024-1"/><advisory><cve>CVE-2024-1</cve></advisory></metadata>
  <criteria operator="AND"><criterion comment="{release} is installed" test_ref="a"/>
  <criterion comment="{build}" test_ref="b"/></criteria></definition></definitions></oval_definitions>"""


def redhat(release: int) -> str:
    name = f"Red Hat Enterprise Linux {release}"
    return OVAL.format(id="com.redhat.rhsa", title="RHSA-2024:1: x", release=name, build="npm is earlier than 1:8-1")


def suse(release: str) -> str:
    return OVAL.format(id="org.opensuse", title="CVE-2024-1", release=release, build="curl-8-1 is installed")


def osv(ecosystem: str) -> str:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]
    affected = [{"package": {"ecosystem": ecosystem, "name": "thing"}, "ranges": ranges}]
    return json.dumps({"id": "X-1", "modified": "2026-01-02T00:00:00Z", "affected": affected})


def gitlab(slug: str) -> str:
    return f"identifier: CVE-2024-1\nidentifiers: [CVE-2024-1]\npackage_slug: {slug}\naffected_range: <2\ntitle: x\n"


RELEASED = {"status": "resolved", "fixed_version": "2", "urgency": "low"}
DOCUMENTS = {
    "alpine/v3.20/main.json": json.dumps({"packages": [{"pkg": {"name": "a", "secfixes": {"1-r0": ["CVE-2024-1"]}}}]}),
    "debian/tracker.json": json.dumps({"x": {"CVE-2024-1": {"releases": {"bookworm": RELEASED, "sid": RELEASED}}}}),
    "glad/gem/x/CVE-2024-1.yml": gitlab("gem/x"),
    "glad/npm/x/CVE-2024-1.yml": gitlab("npm/x"),
    "osv/PyPI/X-1.json": osv("PyPI"),
    "osv/Rocky Linux/X-1.json": osv("Rocky Linux:9"),
    "photon/cve_metadata/cve_data_photon5.0.json": json.dumps(
        [
            {
                "cve_id": "CVE-2024-1",
                "pkg": "curl",
                "cve_score": 7.5,
                "aff_ver": "NA",
                "res_ver": "1-1",
                "status": "Fixed",
            }
        ]
    ),
    "photon/oval/com.vmware.phsa-photon3.xml": OVAL.format(
        id="x", title="PHSA-2024-3.0-1 x", release="Photon", build="curl is earlier than 8-1"
    ),
    "redhat-oval/v1/com.redhat.rhsa-RHEL8.xml": redhat(8),
    "redhat-oval/v2/RHEL8/rhel-8.oval.xml": redhat(8),
    "redhat-oval/v2/RHEL9/rhel-9.oval.xml": redhat(9),
    "redhat-oval/v2/one-definition.xml": redhat(7),
    "suse-oval/opensuse.13.2.xml": suse("openSUSE 13.2"),
    "suse-oval/opensuse.leap.15.2.xml": suse("openSUSE Leap 15.2"),
    "suse-oval/opensuse.tumbleweed.xml": suse("openSUSE Tumbleweed"),
    "suse-oval/suse.linux.enterprise.15-affected.xml": suse("SUSE Linux Enterprise Server 15 SP5"),
    "suse-oval/suse.linux.enterprise.server.10.xml": suse("SUSE Linux Enterprise Server 10 SP4"),
}


def test_all_that_small_documents_make(tmp_path: Path) -> None:
    for path, text in DOCUMENTS.items():
        (tmp_path / "held" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "held" / path).write_text(text)
    source = DirectorySource(tmp_path / "held")
    whole = update((), source, tmp_path / "whole", NoProgress())
    assert whole.failures == ()
    assert sorted(one.shard for one in whole.built) == [
        "alpine-3.20", "debian-12", "debian-sid", "gitlab-gem", "gitlab-npm", "oval-opensuse-13.2",
        "oval-opensuse-leap-15.2", "oval-opensuse-tumbleweed", "oval-photon-3.0", "oval-rhel-7", "oval-rhel-8",
        "oval-rhel-9", "oval-sles-10.4", "oval-sles-15.5", "photon-5.0", "pypi", "rocky-linux-9",
    ]  # fmt: skip
    for shard in whole.built:
        alone = update((shard.shard,), source, tmp_path / "alone", NoProgress())
        assert [(one.shard, one.digest) for one in alone.built] == [(shard.shard, shard.digest)], alone.failures


HELD_NAMES = """
    alpaquita-23 alpine-3.20 amazon-2 amazon-2023 arch bellsoft-hardened-containers bitnami
    crates.io debian-12 endoflife epss friendsofphp github-npm gitlab-gem go kev nvd oracle-9
    osv-debian-12 oval-opensuse-10.2 oval-opensuse-leap-15.2 oval-opensuse-leap-micro-5.2 oval-photon-3.0 oval-rhel-7
    oval-rhel-8 oval-rhel-9 oval-sle-micro-5.5 oval-sles-10.4 oval-sles-15.5 oval-sles-9.0 photon-5.0 pypi
    redhat-repositories rhel-9 rhel-containers rubysec sles-15.5 tracker-ubuntu-22.04 ubuntu-22.04 ubuntu-pro-22.04
    azurelinux-3.0 mariner-2.0 oval-ubuntu-22.04 errata-rocky-linux-9
"""


@pytest.mark.skipif(not SHARED.is_dir(), reason="the directory shared/ is not beside the repository")
def test_the_held_unit_of_a_shard_has_the_name_of_upstreams() -> None:
    held = DirectorySource(SHARED).held()
    units = {(feed.name, unit.name) for feed in FEEDS for unit in feed.units(held)}
    found = {name: unit_for(ShardName(name)) for name in HELD_NAMES.split()}
    assert [name for name, one in found.items() if one is None or (one[0].name, one[1].name) not in units] == []
