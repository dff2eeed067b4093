"""Packages that somebody has rebuilt with fixes of their own."""

import pytest

from lading.inventory.distribution import detect
from lading.match.conditions import ImageContext
from lading.match.groups import package_groups, shards_for
from lading.match.packages import match_packages
from lading.model.advisory import Advisory, Range, ShardName, fallback_shard
from lading.model.image import Image
from lading.model.package import Distribution, Package
from lading.model.rebuilders import base_version, rebuilder_of, rebuilt_shard
from tests.samples import BOOKWORM, FakeStore, apk, deb, inventory, match


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("curl", "7.88.1-10+deb12u4.root.io.1", "Root.io"),
        ("curl", "8.5.0-r10071", "Root.io"),
        ("rootio-util-linux", "2.38.1-r8", "Root.io"),
        ("curl", "8.5.0-r71", ""),
        ("squid", "3.5.27-1ubuntu1.14+tuxcare.els3", "TuxCare"),
        ("ca-certificates", "20221215~16.04.1ubuntu0.1~tuxcare.els1", "TuxCare"),
        ("gnutls", "3.7.6-21.el9_2.tuxcare.els2", "TuxCare"),
        ("curl", "7.88.1-10+deb12u4", ""),
    ],
)
def test_marks(name: str, version: str, expected: str) -> None:
    found = rebuilder_of(name, version)
    assert (found.name if found is not None else "") == expected


def test_a_rebuild_is_matched_by_who_made_it_and_then_by_what_it_is_made_of() -> None:
    image = inventory(deb("curl", "7.88.1-10.root.io.2"), deb("tar", "1.34-1"))
    groups = {group.kind: group for group in package_groups(image)}
    assert {kind: group.shards for kind, group in groups.items()} == {
        "deb debian 12": ("debian-12",),
        "deb, rebuilt by Root.io": ("root-debian-12", "debian-12"),
    }
    assert set(shards_for(image)) >= {"root-debian-12", "debian-12"}
    fixed = Advisory("CVE-2024-1", "curl", ranges=(Range(fixed="7.88.1-10.root.io.1"),))
    base = tuple(
        Advisory(name, "curl", ranges=(Range(fixed="7.88.1-10+deb12u5"),)) for name in ("CVE-2024-1", "CVE-2024-2")
    )
    store = FakeStore({"root-debian-12": (fixed,), "debian-12": base}, schemes={"root-debian-12": "deb"})
    names = ("root-debian-12", "debian-12")
    provenances = [held for shard in names if (held := store.provenance(ShardName(shard)))]
    found = match_packages([deb("curl", "7.88.1-10.root.io.2")], provenances, ImageContext(), store)
    assert [one.id for one in found if one.is_open] == ["CVE-2024-2"]


@pytest.mark.parametrize(
    ("version", "base"),
    [
        ("7.88.1-10.root.io.2", "7.88.1-10"), ("1.0.0+root.io.1", "1.0.0"), ("8.5.0-r10071", "8.5.0-r1"),
        ("3.5.27-1ubuntu1.14+tuxcare.els3", "3.5.27-1ubuntu1.14"), ("3.2.2-7.el9_6.tuxcare.1.els7", "3.2.2-7.el9_6"),
        ("5.3.39-tuxcare.1", "5.3.39"), ("1.6.7-p2+tuxcare", "1.6.7"), ("8.5.0-r71", "8.5.0-r71"),
    ],
)  # fmt: skip
def test_the_version_of_what_was_rebuilt(version: str, base: str) -> None:
    assert base_version(version) == base


@pytest.mark.parametrize(
    ("id", "version", "package", "shard"),
    [
        ("almalinux", "9.2", "3.7.6-21.el9_2.tuxcare.els2", "tuxcare-almalinux-9.2"),
        ("ol", "7.9", "1.0.2k-25.el7.tuxcare.els3", "tuxcare-oracle-7"),
        ("rhel", "8.4", "4.4.20-4.el8_4.tuxcare.els1", "tuxcare-rhel-8"),
    ],
)
def test_releases_of_tuxcare(id: str, version: str, package: str, shard: str) -> None:
    release = {"almalinux": "almalinux-9", "ol": "oracle-7", "rhel": "rhel-8"}[id]
    distribution = Distribution(id, version, release=release)
    (group,) = package_groups(inventory(Package("bash", package, "rpm"), distribution=distribution))
    assert (group.shards[0], release in group.shards, group.foreign) == (shard, True, False)


@pytest.mark.parametrize(
    ("type", "version", "shard"),
    [
        ("pypi", "1.0.0+root.io.1", "root-pypi"),
        ("npm", "4.17.20-root.io.3", "root-npm"),
        ("composer", "1.6.7-p2+tuxcare", "tuxcare-packagist"),
        ("maven", "5.3.39-tuxcare.1", "tuxcare-maven"),
    ],
)
def test_rebuilt_libraries(type: str, version: str, shard: str) -> None:
    (group,) = package_groups(inventory(Package("a:b", version, type), distribution=None))
    assert (group.shards[0], group.exact) == (shard, 1)


def hardened(version: str, like: str, codename: str = "") -> Distribution | None:
    lines = [f"ID=dhi\nID_LIKE={like}\nVERSION_ID={version}", f"VERSION_CODENAME={codename}"]
    return detect({"etc/os-release": "\n".join([*lines, 'NAME="Docker Hardened Images"', ""])})


def test_hardened_images_of_docker() -> None:
    for found, release in [
        (hardened("3.24", "alpine"), "dhi-alpine-3.24"),
        (hardened("13", "debian", "trixie"), "dhi-debian-13"),
        (hardened("1", "fedora"), "dhi-fedora-1"),
        (hardened("1", ""), ""),
    ]:
        assert found is not None and (found.id, found.release) == ("dhi", release)


def test_a_hardened_image_is_matched_by_what_it_is_made_of_where_nothing_else_is_at_hand() -> None:
    distribution = hardened("3.24", "alpine")
    held = inventory(apk("openssl", "3.0.1-r0"), distribution=distribution)
    (group,) = package_groups(held)
    assert group.shards == ("dhi-alpine-3.24",)
    assert (fallback_shard(group.shards[0]), rebuilt_shard("alpine-3.24")) == ("alpine-3.24", "")
    advisory = Advisory("CVE-2024-1", "openssl", ranges=(Range(fixed="3.0.2-r0"),))
    image = Image(name="x", source="registry")
    found = match(image, held, (), FakeStore({"alpine-3.24": (advisory,)}))
    assert [one.id for one in found.findings] == ["CVE-2024-1"]
    (row,) = (one for one in found.coverage if one.packages)
    assert row.note == "dhi-alpine-3.24 is not downloaded: matched by alpine-3.24, of which it is made"
    own = match(image, held, (), FakeStore({"dhi-alpine-3.24": (), "alpine-3.24": (advisory,)}, schemes={"dhi": "apk"}))
    assert ([one.id for one in own.findings], [one.note for one in own.coverage if one.packages]) == ([], [""])


def test_others_that_go_by_alpine_or_have_a_database_of_their_own() -> None:
    for text, release in [
        ("ID=postmarketos\nVERSION_ID=v24.06", "alpine-3.20"),
        ("ID=postmarketos\nVERSION_ID=edge", "alpine-edge"),
        ("ID=secureos\nVERSION_ID=1", "secureos"),
    ]:
        found = detect({"etc/os-release": f"{text}\n"})
        assert found is not None and found.release == release
    assert BOOKWORM.release == "debian-12"
