"""Coverage, diagnostics and what makes a report incomplete."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from lading.match.curated import Curated
from lading.match.exclusions import Exclusion, exclusions_by_vulnerability
from lading.match.groups import shards_for
from lading.match.inventory import known_wrong, match_inventory
from lading.model.advisory import Advisory, ShardName
from lading.model.build_records import ImageLabels
from lading.model.diagnostic import Diagnostic
from lading.model.distributions import distributions
from lading.model.errors import AdvisoryError
from lading.model.package import Distribution, Inventory, Package
from lading.model.report import Coverage, DataSource, Target
from tests.samples import (
    BOOKWORM,
    DEBIAN_12,
    IMAGE,
    MATCHING,
    FakeStore,
    apk,
    deb,
    fixed_vulnerability,
    inventory,
    match,
    open_vulnerability,
    report_on,
    shop,
    shop_store,
)

DIGEST = "sha256:" + "ab12" * 16
KEV = Coverage("CISA KEV", 0, 0, "matched", (DataSource("kev", "fake", DIGEST, "2023-07-15", "2023-07-14"),))


def matched(held: Inventory, store: FakeStore | None = None, *diagnostics: Diagnostic) -> Target:
    return match(IMAGE, held, diagnostics, store or FakeStore({DEBIAN_12: (), "kev": ()}))


def test_a_clean_image_says_what_matched_it() -> None:
    report = matched(inventory(deb("tar", "1.2"), deb("bash", "5")))
    assert report.findings == ()
    assert report.diagnostics == ()
    assert report.coverage == (
        Coverage(
            "deb debian 12", 2, 2, "matched", (DataSource("debian-12", "fake", DIGEST, "2023-07-15", "2023-07-14"),)
        ),
        KEV,
    )
    assert (len(report.packages), report.distribution, report.incomplete) == (2, BOOKWORM, False)


def test_findings_carry_no_files() -> None:
    assert {finding.package.files for finding in match(IMAGE, shop(), (), shop_store()).findings} == {()}


def test_no_shard_is_no_data() -> None:
    report = matched(inventory(deb("tar", "1.2")), FakeStore({}))
    assert report.coverage == (Coverage("deb debian 12", 1, 0, "no-data", note="debian-12 is not downloaded"),)
    assert report.diagnostics == (
        Diagnostic(
            "incomplete",
            "advisories-missing",
            "1 package was not matched: the advisories debian-12 are not downloaded; run: lading db update debian-12",
            "deb debian 12",
        ),
    )
    assert report.incomplete


def test_no_catalogue_of_the_exploited_is_a_warning() -> None:
    report = matched(inventory(deb("tar", "1.2")), FakeStore({DEBIAN_12: ()}))
    assert report.coverage[1] == Coverage("CISA KEV", 0, 0, "no-data", note="kev is not downloaded")
    assert [(one.level, one.code) for one in report.diagnostics] == [("warning", "facts-missing")]
    assert not report.incomplete


def test_an_unknown_distribution_is_not_clean() -> None:
    devuan = Distribution("devuan", "5", pretty="Devuan GNU/Linux 5")
    report = matched(inventory(deb("tar", "1.2"), deb("bash", "5"), distribution=devuan))
    note = "no advisories for Devuan GNU/Linux 5"
    assert report.coverage == (Coverage("deb devuan 5", 2, 0, "no-data", note=note),)
    assert report.diagnostics == (
        Diagnostic("incomplete", "distribution-unknown", f"2 packages were not matched: {note}", "deb devuan 5"),
    )


def test_packages_without_os_release_are_not_clean() -> None:
    report = matched(inventory(deb("tar", "1.2"), distribution=None))
    message = "1 package was not matched: no os-release says which distribution they belong to"
    assert report.diagnostics == (Diagnostic("incomplete", "distribution-unknown", message, "deb"),)


def test_packages_of_another_kind_are_not_matched_by_the_distribution() -> None:
    report = matched(inventory(deb("tar", "1.2"), apk("tar", "1.2-r0")))
    assert [(row.kind, row.status) for row in report.coverage] == [
        ("apk debian 12", "no-data"),
        ("deb debian 12", "matched"),
        ("CISA KEV", "matched"),
    ]
    assert report.incomplete


def test_an_empty_image_is_not_clean() -> None:
    report = matched(inventory())
    assert report.coverage == ()
    assert [(one.level, one.code) for one in report.diagnostics] == [("incomplete", "no-packages")]


def test_out_of_support_is_measured_by_the_shard() -> None:
    buster = structs.replace(BOOKWORM, version_id="10", release="debian-10")
    held = inventory(deb("tar", "1.2"), distribution=buster)

    def report_of(upstream_date: str) -> Target:
        return matched(held, FakeStore({"debian-10": (), "kev": ()}, upstream_date=upstream_date))

    assert report_of("2024-06-30").coverage[0].status == "matched"
    late = report_of("2024-07-01")
    assert late.coverage[0].status == "stale"
    assert late.coverage[0].note == "out of support since 2024-06-30"
    assert late.diagnostics == (
        Diagnostic(
            "incomplete",
            "end-of-life",
            "support ended on 2024-06-30: vulnerabilities found since then are not in the data; "
            "move to a supported release",
            "deb debian 10",
        ),
    )


def test_packages_of_a_deleted_database_are_recovered() -> None:
    held = inventory(deb("tar", "1.2"))
    assert matched(structs.replace(held, recovered=("var/lib/dpkg/status",))).coverage[0].status == "recovered"
    assert matched(structs.replace(held, recovered=("var/lib/rpm/rpmdb.sqlite",))).coverage[0].status == "matched"
    told = structs.replace(held.packages[0], properties={"recovered_from": "changelog"})
    assert matched(structs.replace(held, packages=(told,))).coverage[0].status == "recovered"
    # What was read tells, not what is said of it.
    deleted = Diagnostic("incomplete", "package-database-deleted", "layer 2 deleted it", "var/lib/dpkg/status")
    assert matched(held, None, deleted).coverage[0].status == "matched"


def test_a_version_that_cannot_be_compared_makes_the_result_incomplete() -> None:
    store = FakeStore(
        {DEBIAN_12: (fixed_vulnerability("CVE-1-1", "tar", "1"), fixed_vulnerability("CVE-1-2", "tar", "2")), "kev": ()}
    )
    report = matched(inventory(deb("tar", "not a version!")), store)
    assert [finding.status for finding in report.findings] == ["under_investigation", "under_investigation"]
    assert report.diagnostics == (
        Diagnostic(
            "incomplete",
            "version-not-comparable",
            "1 package was not matched: the version cannot be compared with the advisories'",
            "deb debian 12",
        ),
    )


def test_a_corrupt_shard_ends_the_scan() -> None:
    class Corrupt(FakeStore):
        def provenance(self, shard: ShardName) -> None:
            raise AdvisoryError("debian-12 is corrupt; run: lading db update debian-12")

    with pytest.raises(AdvisoryError, match="debian-12 is corrupt"):
        matched(inventory(deb("tar", "1.2")), Corrupt({}))


def test_the_starter_set_is_named() -> None:
    report = match(IMAGE, inventory(deb("tar", "1.2")), (), FakeStore({DEBIAN_12: (), "kev": ()}), starter=True)
    assert [(one.level, one.code) for one in report.diagnostics] == [("warning", "starter-set")]


@pytest.mark.parametrize(
    ("held", "shards"),
    [
        (inventory(deb("tar", "1")), ("debian-12", "epss", "kev")),
        (
            inventory(apk("tar", "1"), distribution=Distribution("alpine", release="alpine-3.18")),
            ("alpine-3.18", "epss", "kev"),
        ),
        (inventory(apk("tar", "1"), distribution=Distribution("wolfi", release="wolfi")), ("wolfi", "epss", "kev")),
        (inventory(deb("tar", "1"), distribution=Distribution("devuan")), ()),
        (inventory(deb("tar", "1"), distribution=None), ()),
        (inventory(), ()),
    ],
)
def test_only_the_shards_that_are_needed_are_planned(held: Inventory, shards: tuple[str, ...]) -> None:
    assert shards_for(held) == shards


def test_the_order_of_input_does_not_matter() -> None:
    held = shop()
    turned = structs.replace(held, packages=tuple(reversed(held.packages)))
    said = (Diagnostic("warning", "b", "b"), Diagnostic("warning", "a", "a"), Diagnostic("warning", "b", "b"))
    assert match(IMAGE, held, said, shop_store()) == match(IMAGE, turned, said[::-1], shop_store())


def test_undecided_vulnerabilities_do_not_make_the_result_incomplete() -> None:
    undecided = structs.replace(open_vulnerability("CVE-1-1", "tar"), state="under_investigation")
    assert not matched(inventory(deb("tar", "1")), FakeStore({DEBIAN_12: (undecided,), "kev": ()})).incomplete


ENDOFLIFE = Path(__file__).parents[3] / "shared" / "feeds" / "endoflife" / "api"


@pytest.mark.skipif(not ENDOFLIFE.is_dir(), reason="no ../shared/feeds/endoflife to compare with")
def test_days_of_end_of_support_are_upstreams() -> None:
    days = {release: day for info in distributions() for release, day in info.end_of_support.items()}
    upstream = {}
    for family, name in (("debian", "debian"), ("alpine", "alpine-linux")):
        for cycle in json.loads((ENDOFLIFE / f"{name}.json").read_bytes()):
            end = max(cycle["eol"], cycle.get("extendedSupport") or "")
            upstream[f"{family}-{cycle['cycle']}"] = end
    assert days == {release: upstream.get(release) for release in days}
    assert {"debian-7", "debian-13", "alpine-3.3", "alpine-3.22", "alpine-3.24"} <= set(days)


def test_a_distribution_is_never_overridden_by_an_exclusion() -> None:
    """The tables kept by hand say what other sources get wrong; a distribution knows its own packages."""
    wrong = Exclusion(("CVE-1-1",), ("deb", "apk"), ("tar", "busybox"), "not in it", "https://example.org")
    options = structs.replace(MATCHING, tables=Curated(exclusions=exclusions_by_vulnerability([wrong])))
    store = FakeStore({DEBIAN_12: (open_vulnerability("CVE-1-1", "tar"),), "kev": ()})
    found = match_inventory(IMAGE, inventory(deb("tar", "1")), (), store, options)
    assert [(finding.id, finding.basis.shard) for finding in found.findings] == [("CVE-1-1", "debian-12")]
    assert known_wrong(apk("busybox", "1"), ["CVE-1-1"], "alpine-3.18", options.curated.exclusions) == ""
    assert known_wrong(apk("busybox", "1"), ["CVE-1-1"], "nvd", options.curated.exclusions) == (
        "not in it (https://example.org)"
    )


@pytest.mark.parametrize("fallback", [True, False])
def test_a_release_that_its_tracker_dropped_is_matched_against_what_is_left(fallback: bool) -> None:
    wheezy = structs.replace(BOOKWORM, version_id="7", codename="wheezy", release="debian-7")
    held = inventory(deb("tar", "1"), distribution=wheezy)
    shards = {"osv-debian-7": (open_vulnerability("CVE-1-1", "tar"),), "kev": ()}
    if not fallback:
        shards["debian-7"] = ()
    report = matched(held, FakeStore(shards, schemes={"osv-debian-7": "deb"}, upstream_date="2016-01-01"))
    assert [finding.basis.shard for finding in report.findings] == (["osv-debian-7"] if fallback else [])
    assert [source.shard for source in report.coverage[0].sources] == (["osv-debian-7"] if fallback else ["debian-7"])


def test_only_statements_about_this_very_version_are_reported_beside_what_is_open() -> None:
    """Not every old advisory: what the installed version fixed, and what its vendor says is not affected."""
    store = FakeStore(
        {
            DEBIAN_12: (
                fixed_vulnerability("CVE-1-1", "tar", "1.2"),
                fixed_vulnerability("CVE-1-2", "tar", "1.1"),
                Advisory("CVE-1-3", "tar", state="not_affected"),
                fixed_vulnerability("CVE-1-4", "tar", "1.3"),
            ),
            "kev": (),
        }
    )
    (target,) = report_on(IMAGE, inventory(deb("tar", "1.2")), (), store).targets
    assert [(finding.id, finding.status) for finding in target.findings] == [
        ("CVE-1-4", "affected"),
        ("CVE-1-1", "fixed"),
        ("CVE-1-3", "not_affected"),
    ]


def test_what_does_not_affect_an_image_affects_none_of_the_vendors_packages_in_it() -> None:
    rhel = Distribution("rhel", "9.4", release="rhel-9")
    labels = ImageLabels(name="ubi9/python", version="9.4", release="1.2", vendor="Red Hat, Inc.")
    curl = Package("curl", "7.76.1-1", "rpm", source="curl", source_version="7.76.1-1")
    held = structs.replace(
        inventory(curl, Package("p", "1", "pypi"), distribution=rhel), build_records={"root/labels": labels}
    )
    opened = (open_vulnerability("CVE-1-1", "curl"), open_vulnerability("CVE-1-2", "curl"))
    shards: dict[str, tuple[Advisory, ...]] = {"rhel-9": opened, "pypi": (open_vulnerability("CVE-1-1", "p"),)}
    schemes = {"rhel-9": "rpm", "rhel-containers": "rpm", "pypi": "pep440"}
    stated = {"rhel-containers": (Advisory("CVE-1-1", "ubi9/python", "not_affected"),)}
    found = [(one.id, one.package.name) for one in matched(held, FakeStore(shards, schemes=schemes)).findings]
    assert sorted(found) == [("CVE-1-1", "curl"), ("CVE-1-1", "p"), ("CVE-1-2", "curl")]
    store = FakeStore(shards | stated, schemes=schemes, names={"rhel-containers": "both"})
    report = report_on(IMAGE, held, (), store)
    told = {(one.id, one.package.name): (one.status, one.reason) for one in report.targets[0].findings}
    assert told["CVE-1-1", "curl"] == (
        "not_affected",
        "rhel-containers states that the image ubi9/python is not affected",
    )
    assert [told[key][0] for key in (("CVE-1-2", "curl"), ("CVE-1-1", "p"))] == ["affected", "affected"]


def test_applications_of_a_runtime_are_matched_with_it() -> None:
    """Erlang's own advisories, and those of its name in the NVD, are about all of it."""
    stdlib = Package("stdlib", "4.2", "otp", properties={"runtime": "erlang"})
    beam = Package("erlang", "25.2.3", "generic", cpes=("cpe:2.3:a:erlang:erlang\\/otp:25.2.3:*:*:*:*:*:*:*",))
    store = FakeStore({ShardName("nvd"): (), "kev": ()})
    report = match(IMAGE, Inventory(None, (beam, stdlib)), (), store)
    assert [(row.kind, row.packages, row.matched, row.status) for row in report.coverage[:2]] == [
        ("generic", 1, 1, "matched"),
        ("otp, part of erlang", 1, 1, "owned"),
    ]
    alone = match(IMAGE, Inventory(None, (stdlib,)), (), store)
    assert [(row.kind, row.matched, row.status) for row in alone.coverage] == [("otp", 0, "no-data")]


def test_the_own_jar_of_an_application_is_matched_where_no_advisory_has_its_name() -> None:
    """Whatever its group, no advisory is about it; of a library without a group the name alone is no proof."""
    shop = Package("shop", "0.0.1-SNAPSHOT", "maven", properties={"relationship": "root"})
    core = structs.replace(shop, name="core")
    library = Package("mystery", "1.0", "maven")
    about = (fixed_vulnerability("CVE-2026-1", "com.acme:core", "1.1"),)
    store = FakeStore({ShardName("maven"): about, "kev": ()}, schemes={"maven": "maven"})
    assert "maven" in shards_for(Inventory(None, (shop,)))
    own = match(IMAGE, Inventory(None, (shop,)), (), store)
    assert [(row.kind, row.packages, row.matched, row.status) for row in own.coverage[:1]] == [
        ("maven, without a group", 1, 1, "matched")
    ]
    assert own.diagnostics == ()
    every = match(IMAGE, Inventory(None, (shop, core, library)), (), store)
    assert [(row.packages, row.matched) for row in every.coverage[:1]] == [(3, 1)]
    why = "advisories name them by a group, which is not known"
    assert every.diagnostics == (
        Diagnostic("warning", "group-unknown", f"2 packages were not matched: {why}", "maven, without a group"),
    )
