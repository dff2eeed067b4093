"""Who matches what."""

import json
import re
from pathlib import Path

import pytest
from msgspec import structs

import lading
from lading.match.groups import ecosystem_of, package_groups, shards_for
from lading.match.origin import is_foreign, says_foreign
from lading.match.standing import Standing
from lading.model.advisory import Advisory, Range, ShardName
from lading.model.distributions import distributions
from lading.model.package import Distribution, Inventory, Package
from lading.model.properties import SIGNING_KEY
from lading.model.signing_keys import owners_of
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
def test_a_vendor_tells_with_a_key_that_nobody_knows_or_where_nobody_knows_the_package(
    id: str, vendor: str, foreign: bool
) -> None:
    unsigned = Package("a", "1-1", "rpm", maintainer=vendor)
    signed = structs.replace(unsigned, properties={SIGNING_KEY: "0123456789abcdef"})
    system = Distribution(id, "15")
    assert (is_foreign(unsigned, system, keyed=True), says_foreign(unsigned, system)) == (False, foreign)
    assert is_foreign(unsigned, system) is foreign
    assert (is_foreign(signed, system), says_foreign(signed, system)) == (foreign, False)


@pytest.mark.parametrize(
    ("id", "key", "foreign"),
    [
        ("rhel", "199e2f91fd431d51", False),
        ("rocky", "702d426d350d275d", False),
        ("rocky", "199e2f91fd431d51", False),
        ("rhel", "702d426d350d275d", True),
        ("rhel", "c52feb6b621e9f35", True),  # Docker's
        ("ol", "bc4d06a08d8b756f", False),
        ("amzn", "e951904ad832c631", False),
        ("sles", "70af9e8139db7c82", False),
        ("mariner", "0cd9fed33135ce90", False),
        ("mageia", "c52feb6b621e9f35", True),
        ("plan9", "c52feb6b621e9f35", False),  # of which nothing is known
    ],
)
def test_keys_tell_whose_an_rpm_package_is_whatever_the_vendor(id: str, key: str, foreign: bool) -> None:
    for vendor in ("Red Hat, Inc.", "Docker", ""):
        package = Package("a", "1-1", "rpm", maintainer=vendor, properties={SIGNING_KEY: key})
        assert is_foreign(package, Distribution(id, "9")) is foreign


def test_every_owner_of_keys_that_a_distribution_goes_by_has_keys() -> None:
    table = json.loads((Path(lading.__file__).parent / "model/data/signing_keys.json").read_text())
    assert {owner for row in distributions() for owner in row.keys} <= table.keys()
    keys = [(key, owner) for owner, held in table.items() for key in held]
    assert all(re.fullmatch("[0-9a-f]{16}", key) and owner in owners_of(key) for key, owner in keys)


def test_a_vendor_alone_silences_nothing_that_the_distribution_knows() -> None:
    system = Distribution("rhel", "9", release="rhel-9")
    held = [
        Package(
            name, "3.0.7-1.el9", "rpm", source=name, purl=f"pkg:rpm/{name}", maintainer="Acme", evidence="installed"
        )
        for name in ("openssl", "acme-agent")
    ]
    held.append(Package("bash", "5.1-1.el9", "rpm", purl="pkg:rpm/bash", properties={SIGNING_KEY: "199e2f91fd431d51"}))
    shards: dict[str, tuple[Advisory, ...]] = {"rhel-9": (fixed_vulnerability("CVE-1-1", "openssl", "3.0.7-2.el9"),)}
    report = match(IMAGE, Inventory(system, tuple(held)), (), FakeStore(shards, schemes={"rhel-9": "rpm"}))
    assert [finding.package.name for finding in report.findings] == ["openssl"]
    foreign = [row for row in report.coverage if row.status != "matched" and row.packages]
    assert [row.packages for row in foreign] == [1]


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


def test_the_key_of_epel_tells_its_packages() -> None:
    system = Distribution("rhel", "9", release="rhel-9")
    htop = Package(
        "htop", "3.2.1-1.el9", "rpm", maintainer="Fedora Project", properties={SIGNING_KEY: "8a3872bf3228467c"}
    )
    (group,) = package_groups(Inventory(system, (htop,)))
    assert (group.kind, group.foreign) == ("rpm, EPEL", True)
    own = structs.replace(htop, properties={SIGNING_KEY: "199e2f91fd431d51"})
    (group,) = package_groups(Inventory(system, (own,)))
    assert (group.kind, group.foreign) == ("rpm rhel 9", False)


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


@pytest.mark.parametrize(
    ("properties", "kind", "shards"),
    [
        ({"publication": "none"}, "npm, of no registry", ()),
        ({"relationship": "workspace"}, "npm, of no registry", ()),
        ({"relationship": "root"}, "npm", ("npm", "github-npm", "gitlab-npm")),
    ],
)
def test_what_no_registry_has_is_matched_with_nothing(
    properties: dict[str, str], kind: str, shards: tuple[str, ...]
) -> None:
    package = Package("handlebars", "1.0.0", "npm", purl="pkg:npm/handlebars@1.0.0", properties=properties)
    (group,) = package_groups(Inventory(None, (package,)))
    assert (group.kind, group.shards) == (kind, shards)
