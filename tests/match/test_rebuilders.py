"""Packages that somebody has rebuilt with fixes of their own."""

import pytest

from lading.inventory.distribution import detect
from lading.match.conditions import ImageContext
from lading.match.groups import package_groups, shards_for
from lading.match.keys import match_keys
from lading.match.packages import match_packages
from lading.model.advisory import Advisory, Range, ShardName, fallback_shard
from lading.model.image import Image
from lading.model.package import Distribution, Package
from lading.model.rebuilders import base_version, rebuilder_of, rebuilt_shard
from tests.samples import BOOKWORM, FakeStore, apk, deb, fixed_vulnerability, inventory, match


@pytest.mark.parametrize(
    ("type", "name", "version", "expected"),
    [
        ("deb", "curl", "7.88.1-10+deb12u4.root.io.1", "Root.io"),
        ("apk", "curl", "8.5.0-r10071", "Root.io"),
        ("apk", "rootio-util-linux", "2.38.1-r8", "Root.io"),
        ("npm", "@rootio/json-schema", "0.2.3-root.io.1", "Root.io"),
        ("maven", "io.root.org.springframework:spring-core", "5.3.40", "Root.io"),
        ("apk", "curl", "8.5.0-r71", ""),
        ("npm", "curl", "8.5.0-r10071", ""),
        ("deb", "squid", "3.5.27-1ubuntu1.14+tuxcare.els3", "TuxCare"),
        ("deb", "ca-certificates", "20221215~16.04.1ubuntu0.1~tuxcare.els1", "TuxCare"),
        ("rpm", "gnutls", "3.7.6-21.el9_2.tuxcare.els2", "TuxCare"),
        ("deb", "curl", "7.88.1-10+deb12u4", ""),
        ("deb", "seal-wget", "1.21-1+deb11u1", "Seal"),
        ("apk", "zlib", "1.2.8-r25341001", "Seal"),
        ("apk", "libcrypto3", "3.3.2-r453411", "Seal"),
        ("rpm", "seal-expat", "2.1.0-15.el7_9+sp1", "Seal"),
        ("pypi", "seal-requests", "2.14.2+sp1", "Seal"),
        ("pypi", "requests", "2.14.2+sp1p3", "Seal"),
        ("pypi", "seal-of-approval", "1.0", ""),
        ("npm", "@seal-security/ejs", "3.1.8-sp1", "Seal"),
        ("npm", "ejs", "3.1.8-sp1", ""),
        ("golang", "sealsecurity.io/golang.org/x/crypto", "0.26.0-sp1", "Seal"),
        ("golang", "golang.org/x/crypto", "0.26.0-sp1", ""),
        ("gem", "seal-rack", "2.0.7.0.1.sp1", "Seal"),
        ("gem", "seal-rack", "2.0.7", ""),
        ("gem", "rack", "2.0.7.0.1.sp1", ""),
        ("maven", "seal.sp1.org.eclipse.jetty:jetty-http", "9.4.48", "Seal"),
        ("maven", "org.eclipse.jetty:jetty-http", "9.4.48+sp1", "Seal"),
        ("maven", "seal.spring:thing", "1.0", ""),
        ("deb", "openssl", "3.5.7-10rfubu+rf.0", "RapidFort"),
        ("deb", "openssl", "2.5.2-1build1+rf.1", "RapidFort"),
        ("rpm", "curl", "7.76.1-26.rf1", "RapidFort"),
        ("rpm", "tool", "1.0-1.rfc3339.el9", ""),
    ],
)
def test_marks(type: str, name: str, version: str, expected: str) -> None:
    found = rebuilder_of(type, name, version)
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
    ("type", "version", "base"),
    [
        ("apk", "1.2.8-r25341001", "1.2.8-r2"), ("apk", "3.3.2-r453411", "3.3.2-r4"),
        ("pypi", "2.14.2+sp1p3", "2.14.2"), ("npm", "3.1.8-sp12", "3.1.8"),
        ("gem", "2.0.7.0.1.sp1", "2.0.7"),
    ],
)  # fmt: skip
def test_the_version_of_what_seal_rebuilt(type: str, version: str, base: str) -> None:
    assert base_version(version) == base


@pytest.mark.parametrize(
    ("package", "kind", "own", "instead", "names"),
    [
        (deb("seal-wget", "1.21-1+sp1"), "deb", "seal-debian", "debian-12", ("wget",)),
        (Package("@seal-security/ejs", "3.1.8-sp1", "npm"), "npm", "seal-npm", "npm", ("ejs",)),
        (Package("requests", "2.14.2+sp1", "pypi"), "pypi", "seal-pypi", "pypi", ("requests",)),
        (
            Package("org.example:core", "1.0+sp2", "maven"),
            "maven",
            "seal-maven",
            "maven",
            ("org.example:core", "seal.sp2.org.example:core"),
        ),
        (
            Package("seal.sp2.org.example:core", "1.0", "maven"),
            "maven",
            "seal-maven",
            "maven",
            ("seal.sp2.org.example:core",),
        ),
    ],
)
def test_of_what_seal_rebuilt_its_word_stands_alone(
    package: Package, kind: str, own: str, instead: str, names: tuple[str, ...]
) -> None:
    held = inventory(package)
    (group,) = package_groups(held)
    assert (group.kind, group.shards, group.instead[0]) == (f"{kind}, rebuilt by Seal", (own,), instead)
    assert {own, instead} <= set(shards_for(held))
    assert tuple(key.name for key in match_keys(package, "source", shard=own)) == names
    base = names[0].removeprefix("seal.sp2.")
    assert [key.name for key in match_keys(package, "source", shard=instead)] == [base]
    image = Image(name="x", source="registry")
    told = Advisory("CVE-2024-1", names[-1], ranges=(Range(before="99"),))
    other = Advisory("CVE-2024-2", base, ranges=(Range(fixed="99"),))
    scheme = {"deb": "deb", "npm": "npm", "pypi": "pep440", "maven": "maven"}[kind]
    both = FakeStore({own: (told,), instead: (other,)}, schemes={own: scheme, instead: scheme})
    assert [(one.id, one.fix_state) for one in match(image, held, (), both).findings] == [("CVE-2024-1", "not_fixed")]
    alone = match(image, held, (), FakeStore({instead: (other,)}, schemes={instead: scheme}))
    assert [one.id for one in alone.findings] == ["CVE-2024-2"]
    assert next(one.note for one in alone.coverage if one.packages) == (
        f"{own} is not downloaded: matched by {instead}, of which it is made"
    )


def test_versions_like_seals_are_matched_by_both() -> None:
    (group,) = package_groups(inventory(Package("ejs", "3.1.8-sp1", "npm")))
    assert (group.kind, group.shards[:2], group.exact) == ("npm", ("seal-npm", "npm"), 1)


@pytest.mark.parametrize(
    ("type", "name", "version"),
    [
        ("npm", "ejs", "3.1.8-sp1"),
        ("golang", "golang.org/x/crypto", "v2.0.0-sp1p1+incompatible"),
        ("gem", "rack", "2.0.7.0.1.sp1"),
    ],
)
def test_versions_like_seals_are_its_own_where_its_records_know_the_package(type: str, name: str, version: str) -> None:
    other = {"npm": "npm", "golang": "go", "gem": "rubygems"}[type]
    scheme = {"npm": "npm", "golang": "golang", "gem": "gem"}[type]
    own, image = f"seal-{other}", Image(name="x", source="registry")
    told = (fixed_vulnerability("CVE-2024-1", name, "99"), fixed_vulnerability("CVE-2024-2", name, "99"))
    elsewhere = Advisory("CVE-2024-1", "something else", ranges=(Range("1", "2"),))
    for of_seal, ids in [
        ((Advisory("CVE-2024-2", name, ranges=(Range(before="99"),)),), ["CVE-2024-2"]),
        ((elsewhere,), ["CVE-2024-1", "CVE-2024-2"]),
    ]:
        store = FakeStore({own: of_seal, other: told}, schemes={own: scheme, other: scheme})
        found = match(image, inventory(Package(name, version, type)), (), store).findings
        assert sorted(one.id for one in found) == ids
    # A release that nobody has rebuilt is matched as ever, whatever Seal knows.
    store = FakeStore({own: (elsewhere,), other: told}, schemes={own: scheme, other: scheme})
    assert len(match(image, inventory(Package(name, "2.0.0", type)), (), store).findings) == 2


def curated(release: str) -> Distribution | None:
    identity, _, version = release.partition("-")
    texts = {"etc/os-release": f"ID={identity}\nVERSION_ID={version}\n", "usr/share/rapidfort/curated.json": "{}"}
    return detect(texts)


def test_images_that_rapidfort_keeps_up() -> None:
    distribution = curated("ubuntu-22.04")
    assert distribution is not None
    assert (distribution.release, distribution.rebuilder) == ("ubuntu-22.04", "RapidFort")
    held = inventory(deb("curl", "7.81.0-1ubuntu1"), deb("zlib", "1.3-2+rf.1"), distribution=distribution)
    groups = {group.kind: group for group in package_groups(held)}
    base = ("ubuntu-22.04", "tracker-ubuntu-22.04", "oval-ubuntu-22.04")
    assert {kind: (group.shards, group.exact, group.fetched) for kind, group in groups.items()} == {
        "deb ubuntu 22.04": (("rapidfort-ubuntu-22.04", *base), 1, 2),
        "deb, rebuilt by RapidFort": (("rapidfort-ubuntu", *base), 1, 2),
    }


def test_builds_for_other_releases_in_an_image_that_rapidfort_keeps_up() -> None:
    rpms = [Package("a", "1-1.el9", "rpm"), Package("b", "1-1.fc40", "rpm"), Package("c", "1-1.el8_4", "rpm")]
    held = inventory(*rpms, distribution=curated("rhel-9.2"))
    assert {group.kind: group.shards[:2] for group in package_groups(held)} == {
        "rpm rhel 9.2": ("rapidfort-rhel-9", "rhel-9"),
        "rpm, built for fedora-40": ("rapidfort-fedora-40", "fedora-40"),
        "rpm, built for rhel-8": ("rapidfort-rhel-8", "rhel-8"),
    }


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
