"""What names a finding."""

import pytest
from msgspec import structs

from lading.model.finding import Finding, MatchBasis
from lading.model.package import Location, Package
from tests.samples import deb

LODASH = Package(
    "lodash",
    "4.17.15",
    "npm",
    purl="pkg:npm/lodash@4.17.15",
    layer=2,
    locations=(Location("srv/node_modules/lodash/package.json", 2),),
)
FINDING = Finding("CVE-2021-23337", LODASH, "affected", MatchBasis("npm", "GHSA-35jh-r3h4-6jhm"))


def of(**changes: object) -> Finding:
    return structs.replace(FINDING, package=structs.replace(LODASH, **changes))


def test_names_are_as_published() -> None:
    """Baselines and dashboards keep them: they never change for the same finding."""
    assert FINDING.fingerprint == "b7e3953ab02de360b0fe9b3256002d4a"
    assert FINDING.occurrence == "f59fbe7c25092b05dee586270ce1fbc4"
    assert LODASH.id == "54feb84d1c37e2a7"


@pytest.mark.parametrize(
    "changed",
    [
        of(version="4.17.20", purl="pkg:npm/lodash@4.17.20"),
        of(layer=3, locations=(Location("srv/node_modules/lodash/package.json", 3),)),
        of(locations=(Location("opt/node_modules/lodash/package.json", 2),)),
    ],
    ids=["upgrade", "rebuild", "moved"],
)
def test_a_fingerprint_outlives_upgrades_and_rebuilds_and_an_occurrence_does_not(changed: Finding) -> None:
    assert changed.fingerprint == FINDING.fingerprint
    assert changed.occurrence != FINDING.occurrence


@pytest.mark.parametrize(
    "other",
    [
        structs.replace(FINDING, id="CVE-2020-8203"),
        structs.replace(FINDING, kind="malware"),
        of(name="lodash-es"),
        of(type="nuget"),
        of(properties={"bundled_in": "gulp"}),
        of(owner="pkg:deb/debian/node-lodash@4.17.15-1"),
    ],
)
def test_other_findings_have_other_fingerprints(other: Finding) -> None:
    assert other.fingerprint != FINDING.fingerprint


def test_binaries_of_one_source_share_a_fingerprint_and_owners_count_without_their_version() -> None:
    library = structs.replace(FINDING, package=deb("libssl3", "3.0.9-1", source="openssl"))
    program = structs.replace(FINDING, package=deb("openssl", "3.0.11-1"))
    assert library.fingerprint == program.fingerprint
    older, newer = (of(owner=f"pkg:deb/debian/node-lodash@{version}") for version in ("4.17.15-1", "4.17.20-1"))
    assert older.fingerprint == newer.fingerprint


def test_details_that_data_may_change_name_nothing() -> None:
    rated = structs.replace(FINDING, risk=12.0, summary="x", fixed_version="4.17.21", status="under_investigation")
    assert (rated.fingerprint, rated.occurrence) == (FINDING.fingerprint, FINDING.occurrence)
