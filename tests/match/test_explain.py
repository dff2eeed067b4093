"""Why a vulnerability is reported, and why it is not."""

import pytest
from msgspec import structs

from lading.formats.encoders.text.explanation import encode_explanation_text
from lading.formats.view import View
from lading.match.explain import explain_vulnerability
from lading.match.inventory import match_inventory
from lading.model.advisory import Advisory, Condition, Range, Severity
from lading.model.explanation import Explanation, Outcome
from lading.model.package import Distribution, Package
from tests.samples import (
    IMAGE,
    MATCHING,
    FakeStore,
    deb,
    fixed_vulnerability,
    inventory,
    open_vulnerability,
    rated,
    shop,
    shop_store,
)


def why(id: str, *advisories: Advisory, package: Package | None = None, wanted: str = "") -> Explanation:
    store = FakeStore({"debian-12": advisories})
    return explain_vulnerability(IMAGE, inventory(package or deb("tar", "1.2-1")), store, MATCHING, id, wanted)


@pytest.mark.parametrize(
    ("advisory", "outcome", "compared"),
    [
        (fixed_vulnerability("CVE-1-1", "tar", "1.3"), "affected", "1.2-1 < 1.3 (fixed in)"),
        (open_vulnerability("CVE-1-1", "tar"), "affected", "every version is affected, no fix is known"),
        (fixed_vulnerability("CVE-1-1", "tar", "1.2-1"), "not_affected", "1.2-1 = 1.2-1 (fixed in)"),
        (fixed_vulnerability("CVE-1-1", "tar", "0"), "not_affected", "upstream says that no version is affected"),
        (Advisory("CVE-1-1", "tar", state="not_affected"), "not_affected", "upstream says that no version is affected"),
        (
            Advisory("CVE-1-1", "tar", state="under_investigation"),
            "under_investigation",
            "debian-12 has not decided yet whether it is affected",
        ),
        (
            structs.replace(open_vulnerability("CVE-1-1", "tar"), state="wont_fix"),
            "affected",
            "every version is affected, no fix is known; affected; it will not be fixed",
        ),
        (
            structs.replace(open_vulnerability("CVE-1-1", "tar"), condition=Condition(arches=("arm64",))),
            "other-build",
            "it is about arm64, the package is amd64",
        ),
        (
            Advisory("CVE-1-1", "tar", "not_affected", versions=("1.1", "1.2-1")),
            "not_affected",
            "upstream says that 1.2-1 is free of it",
        ),
        (
            Advisory("CVE-1-1", "tar", "not_affected", versions=("1", "1.1", "1.3", "1.4", "1.5")),
            "other-build",
            "it is about 1, 1.1, 1.3 and 2 more alone",
        ),
        (
            Advisory("CVE-1-1", "tar", versions=("1.2-1", "1.1")),
            "affected",
            "1.2-1 is among the 2 versions listed",
        ),
        (
            Advisory("CVE-1-1", "tar", ranges=(Range(fixed="1.0"), Range("1.1", "1.3"), Range("2.0", "2.1"))),
            "affected",
            "1.2-1 > 1.1 (introduced in) and 1.2-1 < 1.3 (fixed in): that decides; the others do not hold: "
            "1.2-1 > 1.0 (fixed in); 1.2-1 < 2.0 (introduced in) and 1.2-1 < 2.1 (fixed in)",
        ),
        (
            Advisory("CVE-1-1", "tar", ranges=(Range(fixed="1.0"), Range("2.0", "2.1"))),
            "not_affected",
            "1.2-1 > 1.0 (fixed in); 1.2-1 < 2.0 (introduced in) and 1.2-1 < 2.1 (fixed in)",
        ),
        (
            Advisory("CVE-1-1", "tar", ranges=(Range(fixed="1.0"),), versions=("1.2-1",)),
            "affected",
            "1.2-1 is the one version listed: that decides; the others do not hold: 1.2-1 > 1.0 (fixed in)",
        ),
    ],
)
def test_what_was_compared(advisory: Advisory, outcome: Outcome, compared: str) -> None:
    explanation = why("CVE-1-1", advisory)
    assert [(one.outcome, one.compared, one.shard) for one in explanation.reasons] == [(outcome, compared, "debian-12")]
    assert bool(explanation.findings) is (outcome in ("affected", "under_investigation"))
    assert list(explanation.shards) == ["debian-12"]


def test_a_vulnerability_is_known_by_all_its_names() -> None:
    advisory = structs.replace(fixed_vulnerability("CVE-1-1", "tar", "1.3"), aliases=("GHSA-a",), note="DSA-1-1")
    for name in ("CVE-1-1", "GHSA-a", "DSA-1-1"):
        assert [one.id for one in why(name, advisory).findings] == ["CVE-1-1"]


def test_other_names_are_asked_for_too() -> None:
    store = FakeStore({"debian-12": (fixed_vulnerability("CVE-1-1", "tar", "1.3"),)})
    image = inventory(deb("tar", "1.2-1"))
    assert explain_vulnerability(IMAGE, image, store, MATCHING, "USN-1-1").findings == ()
    found = explain_vulnerability(IMAGE, image, store, MATCHING, "USN-1-1", also=("CVE-1-1",)).findings
    assert [one.id for one in found] == ["CVE-1-1"]


def as_text(explanation: Explanation, width: int) -> str:
    return encode_explanation_text(explanation, View(width)).decode()


def test_other_packages_are_left_out() -> None:
    assert why("CVE-1-1", open_vulnerability("CVE-1-1", "tar"), wanted="bash").findings == ()
    assert len(why("CVE-1-1", open_vulnerability("CVE-1-1", "tar"), wanted="tar").findings) == 1


def test_what_is_not_installed() -> None:
    explanation = why("CVE-1-1", open_vulnerability("CVE-1-1", "bash"), open_vulnerability("CVE-1-1", "zsh"))
    assert (explanation.unmatched_reason, explanation.elsewhere) == ("not-installed", {"debian-12": ("bash", "zsh")})


def test_what_nothing_here_knows() -> None:
    explanation = why("CVE-9-9", open_vulnerability("CVE-1-1", "tar"))
    assert (explanation.unmatched_reason, explanation.unmatched, explanation.asked) == (
        "unknown-here",
        (),
        ("debian-12",),
    )
    both = inventory(deb("tar", "1.2-1"), Package("a", "1", "conda"))
    store = FakeStore({"debian-12": (open_vulnerability("CVE-1-1", "tar"),)})
    part = explain_vulnerability(IMAGE, both, store, MATCHING, "CVE-9-9")
    assert (part.unmatched_reason, part.unmatched) == ("no-data", ("conda: no upstream publishes advisories",))


def test_a_part_of_a_system_package_is_matched_with_it() -> None:
    owner = structs.replace(deb("python3-setuptools", "66.1.1-1"), purl="pkg:deb/debian/a@1")
    setuptools = Package("setuptools", "66.1.1", "pypi", purl="pkg:pypi/setuptools@66.1.1", owner=owner.purl)
    known: dict[str, tuple[Advisory, ...]] = {
        "pypi": (fixed_vulnerability("PYSEC-1", "setuptools", "70.0"),),
        "debian-12": (fixed_vulnerability("CVE-0-0", "python3-setuptools", "66.0-1"),),
    }
    for shards, outcome in ((known, "owned"), (known | {"debian-12": ()}, "affected")):
        store = FakeStore(shards, schemes={"pypi": "pep440"})
        explanation = explain_vulnerability(IMAGE, inventory(owner, setuptools), store, MATCHING, "PYSEC-1")
        (one,) = explanation.reasons
        assert one.outcome == outcome
    assert f"claimed by     {owner.purl}" in as_text(explanation, 100)


def test_a_better_source_overrides_another() -> None:
    django = Package("django", "4.2", "pypi", purl="pkg:pypi/django@4.2")
    shards: dict[str, tuple[Advisory, ...]] = {
        "pypi": (fixed_vulnerability("CVE-1-1", "django", "4.1"),),
        "gitlab-pypi": (open_vulnerability("CVE-1-1", "django"),),
    }
    store = FakeStore(shards, schemes={"pypi": "pep440", "gitlab-pypi": "pep440"})
    reasons = explain_vulnerability(IMAGE, inventory(django), store, MATCHING, "CVE-1-1").reasons
    assert [(one.outcome, one.shard) for one in reasons] == [("not_affected", "pypi"), ("overridden", "gitlab-pypi")]


def test_the_text_of_a_finding() -> None:
    advisory = structs.replace(
        fixed_vulnerability("CVE-1-1", "tar", "1.3", rated("high")), note="DSA-1-1", fix_date="2023-01-02"
    )
    text = as_text(why("CVE-1-1", advisory), 100)
    assert text.split("\n", 3)[3] == (
        "── CVE-1-1 in tar 1.2-1 · affected ─────────────────────────────────────────────────────────────────\n"
        "other names    DSA-1-1\n"
        "seen in        /var/lib/dpkg/status, layer 1\n"
        "introduced by  ADD file:4f2c4f2c4f2c in /\n"
        "advisory       CVE-1-1 (DSA-1-1), shard debian-12 of 2023-07-14, sha256:ab12ab12ab12: affected\n"
        "compared       1.2-1 < 1.3 (fixed in)\n"
        "fixed in       1.3 of 2023-01-02\n"
        "severity       high (debian)\n"
        "risk           22 of 100\n"
    )


def test_a_package_that_is_not_there_or_not_concerned() -> None:
    vulnerability = open_vulnerability("CVE-1-1", "tar")
    absent = why("CVE-1-1", vulnerability, wanted="gtar")
    assert (absent.unmatched_reason, absent.wanted, absent.elsewhere) == (
        "no-such-package",
        "gtar",
        {"debian-12": ("tar",)},
    )
    text = as_text(absent, 60)
    assert "── CVE-1-1 is not reported in gtar ─" in text
    assert "no package of this name, source or package URL is installed\ndebian-12: it is in tar\n" in text
    other = why("CVE-1-1", open_vulnerability("CVE-1-1", "bash"), wanted="tar")
    assert other.unmatched_reason == "other-packages"
    assert "── CVE-1-1 is not reported in tar ──" in as_text(other, 60)


def test_a_rating_that_is_none_is_said_once() -> None:
    advisory = structs.replace(
        open_vulnerability("CVE-1-1", "tar"), severities=(Severity("unknown", "debian", text="not yet assigned"),)
    )
    text = as_text(why("CVE-1-1", advisory), 100)
    assert [line for line in text.splitlines() if "unrated" in line] == [
        "severity       unrated (debian: not yet assigned)"
    ]


def test_whatever_is_not_reported_has_a_text() -> None:
    elsewhere = why("CVE-1-1", open_vulnerability("CVE-1-1", "bash"))
    text = as_text(elsewhere, 100)
    assert "debian-12: it is in bash, which is not installed\n" in text
    unknown = as_text(why("CVE-9-9"), 100)
    assert "none of the advisories that match this image mention it\n" in unknown
    fixed = as_text(why("CVE-1-1", fixed_vulnerability("CVE-1-1", "tar", "1")), 100)
    assert "CVE-1-1 is not reported here · not affected" in fixed


def test_everything_in_a_real_shop_is_explained() -> None:
    assert len(explain_vulnerability(IMAGE, shop(), shop_store(), MATCHING, "CVE-2023-5363").findings) == 2


def test_a_package_of_no_registry_that_shares_a_name() -> None:
    own = Package("handlebars", "1.0.0", "npm", purl="pkg:npm/handlebars@1.0.0", properties={"publication": "none"})
    other = Package("left", "1.0.0", "npm", purl="pkg:npm/left@1.0.0")
    store = FakeStore({"npm": (fixed_vulnerability("CVE-1-1", "handlebars", "4.0.0"),)}, schemes={"npm": "npm"})
    explanation = explain_vulnerability(IMAGE, inventory(own, other), store, MATCHING, "CVE-1-1")
    assert (explanation.findings, explanation.reasons, explanation.unmatched_reason) == ((), (), "other-packages")
    said = "handlebars 1.0.0: no registry ever had it, so that no advisory is about it"
    assert explanation.unmatched[-1] == said
    alone = match_inventory(IMAGE, inventory(own), (), store, MATCHING)
    assert "no-packages" in [one.code for one in alone.diagnostics]
    matched = match_inventory(IMAGE, inventory(own, other), (), store, MATCHING)
    assert [(one.kind, one.packages, one.matched, one.status) for one in matched.coverage][:2] == [
        ("npm", 1, 1, "matched"),
        ("npm, of no registry", 1, 1, "unpublished"),
    ]


def test_a_program_that_shares_the_name_of_a_library_is_not_said_to_be_missing() -> None:
    program = Package("deno", "2.9.6", "generic", cpes=("cpe:2.3:a:deno:deno:2.9.6:*:*:*:*:*:*:*",))
    store = FakeStore({"crates.io": (fixed_vulnerability("CVE-1-1", "deno", "1.0"),)}, schemes={"crates.io": "semver"})
    crate = Package("left", "1.0.0", "cargo")
    explanation = explain_vulnerability(IMAGE, inventory(program, crate), store, MATCHING, "CVE-1-1")
    assert explanation.unmatched_reason == "other-packages"
    assert explanation.unmatched[-1] == (
        "deno 2.9.6 (generic): another kind of package than what is called so in cargo"
    )
    assert "crates.io: it is in deno\n" in as_text(explanation, 100)


def test_what_is_matched_by_data_that_stands_in_for_others_is_explained_by_it() -> None:
    hardened = Distribution("dhi", "13", release="dhi-debian-13")
    debian = FakeStore({"debian-13": (fixed_vulnerability("CVE-1-1", "tar", "1.3"),)})
    npm = FakeStore({"npm": (fixed_vulnerability("CVE-1-1", "ejs", "4.0.0"),)}, schemes={"npm": "npm"})
    for image, store, shard in [
        (inventory(deb("tar", "1.2-1"), distribution=hardened), debian, "debian-13"),
        (inventory(Package("@seal-security/ejs", "3.1.8-sp1", "npm")), npm, "npm"),
    ]:
        found = explain_vulnerability(IMAGE, image, store, MATCHING, "CVE-1-1")
        assert [(one.shard, one.outcome) for one in found.reasons] == [(shard, "affected")]
        assert [one.basis.shard for one in found.findings] == [shard]
