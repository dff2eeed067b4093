"""Who matches what."""

import pytest
from msgspec import structs

from lading.match.groups import ecosystem_of, package_groups, shards_for
from lading.match.origin import is_foreign
from lading.match.standing import Standing
from lading.model.advisory import Advisory, Range, ShardName
from lading.model.package import Distribution, Inventory, Package
from tests.samples import BOOKWORM, IMAGE, FakeStore, fixed_vulnerability, match

DOCKER = Package("docker-ce", "5:24.0.7-1", "deb", purl="pkg:deb/debian/docker-ce", maintainer="Docker <s@docker.com>")
CURL = Package("curl", "7.88.1-10", "deb", purl="pkg:deb/debian/curl", maintainer="Alessandro <ghedo@debian.org>")
NET = Package("golang.org/x/net", "v0.16.0", "golang", purl="pkg:golang/golang.org/x/net@v0.16.0")


def inside(owner: Package) -> Package:
    return structs.replace(NET, owner=owner.purl)


def test_what_is_covered_by_its_owner_is_apart() -> None:
    inventory = Inventory(BOOKWORM, (CURL, inside(CURL)))
    standing = Standing(covered=frozenset({inside(CURL).id}))
    assert [group.kind for group in package_groups(inventory, standing)] == ["deb debian 12"]
    assert [group.kind for group in package_groups(inventory, standing, owned=True)] == ["golang"]
    assert [group.kind for group in package_groups(inventory)] == ["deb debian 12", "golang"]
    assert shards_for(inventory) == ("debian-12", "go", "epss", "kev")


@pytest.mark.parametrize(
    ("distribution", "owner"),
    [
        (BOOKWORM, DOCKER),  # of another repository
        (Distribution("devuan", "5"), CURL),  # of a distribution nobody has advisories for
        (None, CURL),
        (
            Distribution("amzn", "2023", release="amazon-2023"),  # silent about what is not fixed
            Package("golang", "1.20-1.amzn2023", "rpm", purl="pkg:rpm/amzn/golang", maintainer="Amazon Linux"),
        ),
    ],
)
def test_a_part_of_what_nobody_match_is_matched_by_itself(distribution: Distribution | None, owner: Package) -> None:
    inventory = Inventory(distribution, (owner, inside(owner)))
    store = FakeStore({"go": (fixed_vulnerability("GO-1", "golang.org/x/net", "0.17.0"),)}, schemes={"go": "golang"})
    assert [finding.id for finding in match(IMAGE, inventory, (), store).findings] == ["GO-1"]


def test_packages_of_another_repository_are_apart_from_the_distributions_own() -> None:
    groups = package_groups(Inventory(BOOKWORM, (CURL, DOCKER)), Standing(foreign=frozenset({DOCKER.purl})))
    assert [(group.foreign, group.shards, group.packages) for group in groups] == [
        (False, ("debian-12",), (CURL,)),
        (True, (), (DOCKER,)),
    ]


@pytest.mark.parametrize(
    ("id", "vendor", "foreign"),
    [
        ("sles", "SUSE LLC <https://www.suse.com/>", False),
        ("sle_hpc", "NVIDIA", True),
        ("opensuse", "openSUSE", False),
        ("opensuse-microos", "obs://build.opensuse.org/home:somebody", False),
        ("ol", "oracle america", False),
        ("centos", "Docker", True),
        ("centos", "(none)", False),
        ("mageia", "Docker", False),  # nothing tells
        ("plan9", "Docker", False),
    ],
)
def test_vendors_tell_whose_an_rpm_package_is(id: str, vendor: str, foreign: bool) -> None:
    package = Package("a", "1-1", "rpm", maintainer=vendor)
    assert is_foreign(package, Distribution(id, "15")) is foreign


def python(version: str) -> Package:
    return Package("urllib3", version, "pypi", purl=f"pkg:pypi/urllib3@{version}")


def test_rebuilt_libraries_are_matched_by_who_rebuilt_them_first() -> None:
    rebuilt, plain = python("1.26.16+cgr.0"), python("1.26.16")
    assert shards_for(Inventory(None, (plain,))) == ("pypi", "epss", "kev")
    assert shards_for(Inventory(None, (plain, rebuilt))) == ("chainguard-pypi", "pypi", "epss", "kev")
    assert ecosystem_of(ShardName("chainguard-pypi")) == "pypi"
    free = Advisory("CVE-1-1", "urllib3", "not_affected", versions=("1.26.16+cgr.0",), aliases=("GHSA-a",))
    vulnerability = Advisory("GHSA-a", "urllib3", ranges=(Range(fixed="1.26.17"),))
    shards: dict[str, tuple[Advisory, ...]] = {"chainguard-pypi": (free,), "pypi": (vulnerability,)}
    store = FakeStore(shards, schemes=dict.fromkeys(shards, "pep440"))
    report = match(IMAGE, Inventory(None, (plain, rebuilt, python("1.26.15+cgr.0"))), (), store)
    assert sorted(finding.package.version for finding in report.findings) == ["1.26.15+cgr.0", "1.26.16"]


def test_who_rebuilds_libraries_match_none_alone() -> None:
    free = Advisory("CVE-1-1", "urllib3", "not_affected", versions=("1.26.16+cgr.0",))
    store = FakeStore({"chainguard-pypi": (free,)}, schemes={"chainguard-pypi": "pep440"})
    report = match(IMAGE, Inventory(None, (python("1.26.16+cgr.0"),)), (), store)
    (row,) = report.coverage
    assert (row.status, row.note) == ("no-data", "pypi is not downloaded")
    assert any(remark.message.endswith("run: lading db update pypi") for remark in report.diagnostics)


@pytest.mark.parametrize(("id", "release"), [("rocky", "rocky-linux-9"), ("centos", "rhel-9"), ("amzn", "amazon-2")])
def test_packages_of_epel_are_matched_by_its_own_advisories(id: str, release: str) -> None:
    system = Distribution(id, "9", release=release)
    htop = Package("htop", "3.2.1-1.el9", "rpm", purl="pkg:rpm/htop", maintainer="Fedora Project", evidence="installed")
    (group,) = package_groups(Inventory(system, (htop,)))
    assert (group.kind, group.shards, group.foreign) == (
        ("rpm amzn 9", (), True) if id == "amzn" else ("rpm, EPEL", ("epel-9",), True)
    )
    store = FakeStore({"epel-9": (fixed_vulnerability("CVE-1-1", "htop", "3.2.2-1.el9"),)}, schemes={"epel-9": "rpm"})
    report = match(IMAGE, Inventory(system, (htop,)), (), store)
    assert [finding.id for finding in report.findings] == ([] if id == "amzn" else ["CVE-1-1"])


def test_epel_that_is_not_here() -> None:
    htop = Package("htop", "3.2.1-1.el9", "rpm", purl="pkg:rpm/htop", maintainer="Fedora Project", evidence="installed")
    report = match(IMAGE, Inventory(Distribution("rocky", "9", release="rocky-linux-9"), (htop,)), (), FakeStore({}))
    assert [(row.status, row.note) for row in report.coverage] == [("no-data", "epel-9 is not downloaded")]
    assert "the advisories epel-9 are not downloaded; run: lading db update epel-9" in report.diagnostics[0].message
