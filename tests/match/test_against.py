"""Findings beside another scanner's report: each row that only one of the two has gets its cause."""

from collections.abc import Sequence

import pytest
from msgspec import structs

from lading.formats.go_functions import write_functions
from lading.match.against import compare_with
from lading.match.inventory import match_inventory
from lading.model.advisory import NVD, Advisory, AdvisoryText, Condition, Import, Range, VulnerabilityRecord
from lading.model.comparison import Comparison, Difference
from lading.model.diagnostics import diagnostic
from lading.model.finding import Suppression
from lading.model.foreign import ForeignPackage, ForeignReport, ForeignRow
from lading.model.package import Inventory, Location, Package, UnmanagedFile
from lading.policy.visibility import with_visibility
from tests.samples import IMAGE, MATCHING, FakeStore, deb, fixed_vulnerability, inventory, open_vulnerability, rated

SCHEMES = {"pypi": "pep440", "gitlab": "pep440", "go": "golang", "maven": "maven", "nvd": ""}


def pypi(name: str, version: str, **more: object) -> Package:
    purl = f"pkg:pypi/{name}@{version}"
    place = (Location(f"opt/{name}.dist-info/METADATA", 2),)
    return Package(name, version, "pypi", purl=purl, locations=place, **more)  # type: ignore[arg-type]


def row(id: str, type: str, name: str, version: str, **more: object) -> ForeignRow:
    return ForeignRow(id, ForeignPackage(type, name, version), **more)  # type: ignore[arg-type]


def compare(
    rows: Sequence[ForeignRow],
    held: Inventory,
    store: FakeStore,
    report: ForeignReport = ForeignReport("Other 1", ()),  # noqa: B008 - frozen
    suppressed: str = "",
) -> Comparison:
    findings = with_visibility(match_inventory(IMAGE, held, (), store, MATCHING).findings)
    if suppressed:
        said = (Suppression("ignore", "lading.toml:3", "not reachable"),)
        findings = tuple(structs.replace(one, suppressions=said) if one.id == suppressed else one for one in findings)
    report = structs.replace(report, rows=tuple(rows))
    unread = (diagnostic("unread-list", "cannot be read", "opt/broken.jar"),)
    return compare_with(report, "r.json", IMAGE, held, findings, store, MATCHING, unread)


def store(**shards: tuple[Advisory, ...]) -> FakeStore:
    return FakeStore({name.replace("_", "-"): held for name, held in shards.items()}, schemes=SCHEMES)


def why(comparison: Comparison) -> list[tuple[str, str, str]]:
    return [(one.side, one.cause, one.why) for one in comparison.differences]


def only(rows: Sequence[ForeignRow], held: Inventory, data: FakeStore) -> tuple[str, str]:
    """The cause of the one difference, which is the report's."""
    (one,) = compare(rows, held, data).differences
    assert one.side == "report"
    return one.cause, one.why


SHOP = inventory(deb("libssl3", "3.0.9-1", source="openssl"), pypi("django", "3.2"))
DATA = store(
    debian_12=(fixed_vulnerability("CVE-1-1", "openssl", "3.0.11-1", rated("high")),),
    pypi=(
        structs.replace(fixed_vulnerability("PYSEC-1-2", "django", "3.3"), aliases=("CVE-1-2", "GHSA-aaaa-bbbb-cccc")),
    ),
)


@pytest.mark.parametrize(
    "rows",
    [
        (row("CVE-1-1", "deb", "libssl3", "3.0.9-1"), row("CVE-1-2", "pypi", "Django", "3.2")),
        # By the source, without a type, in capitals, under another name, and once more at another place.
        (
            row("DEBIAN-CVE-1-1", "deb", "openssl", "3.0.9-1", aliases=("CVE-1-1",)),
            row("GHSA-aaaa-bbbb-cccc", "", "DJANGO", "3.2.0", paths=("a",)),
            row("GHSA-aaaa-bbbb-cccc", "", "django", "3.2.0", paths=("b",)),
        ),
    ],
)
def test_what_both_have_is_no_difference(rows: tuple[ForeignRow, ...]) -> None:
    found = compare(rows, SHOP, DATA)
    assert (found.differences, found.our_rows, found.entries) == ((), 2, len(rows))
    assert found.same == found.report_rows


def test_names_within_other_names_count() -> None:
    data = store(debian_12=(open_vulnerability("CVE-2024-1000", "tar"),))
    rows = (row("UBUNTU-CVE-2024-1000", "deb", "tar", "1"),)
    assert compare(rows, inventory(deb("tar", "1")), data).differences == ()


def test_a_name_that_only_the_advisories_know_counts() -> None:
    """The report's name is an alias's alias."""
    known = structs.replace(fixed_vulnerability("GO-1", "m", "2.0.0"), aliases=("CVE-1-1",))
    other = structs.replace(fixed_vulnerability("GHSA-aaaa-bbbb-cccc", "m", "1.0.0"), aliases=("CVE-1-1",))
    held = inventory(Package("m", "v1.5.0", "golang", purl="pkg:golang/m@v1.5.0"))
    data = store(go=(known,), gitlab_go=(other,))
    assert compare((row("GHSA-aaaa-bbbb-cccc", "golang", "m", "1.5.0"),), held, data).differences == ()


TREE = structs.replace(
    inventory(pypi("a", "1.5"), Package("g:b", "1", "maven", locations=(Location("app.jar", 1),))),
    unmanaged=(UnmanagedFile("usr/bin/tool", 1, "ELF executable"),),
)


@pytest.mark.parametrize(
    ("asked", "cause", "said"),
    [
        (
            row("CVE-1-1", "npm", "left", "1", paths=("app/left/package.json",)),
            "package-not-found",
            "no npm package left is found in the image (the report has it from /app/left/package.json)",
        ),
        (row("CVE-1-1", "", "left", "1"), "package-not-found", "no package left is found in the image"),
        (
            row("CVE-1-1", "npm", "left", "1", paths=("app/yarn.lock",)),
            "package-not-found",
            "no npm package left is installed; /app/yarn.lock asks for it, which is only read with --lock-files",
        ),
        (
            row("CVE-1-1", "pypi", "pip", "1", paths=("usr/share/pip-1.whl",)),
            "package-not-found",
            "no pypi package pip is installed; /usr/share/pip-1.whl is an archive that one could be installed from",
        ),
        (
            row("CVE-1-1", "golang", "tool", "v1", paths=("usr/bin/tool",)),
            "package-not-found",
            "no golang package tool is found; /usr/bin/tool is a file of no package (ELF executable)",
        ),
        (
            row("CVE-1-1", "maven", "g:c", "1", paths=("opt/broken.jar",)),
            "package-not-found",
            "no maven package g:c is found; of /opt/broken.jar: cannot be read",
        ),
        (
            row("CVE-1-1", "maven", "guessed:b", "1"),
            "package-not-found",
            "no maven package guessed:b is found; the image has g:b 1",
        ),
        (
            row("CVE-1-1", "pypi", "a", "1.4"),
            "version-differs",
            "the image has a 1.5 (/opt/a.dist-info/METADATA), not 1.4",
        ),
        (row("CVE-1-1", "maven", "b", "2"), "version-differs", "the image has g:b 1 (/app.jar), not 2"),
        (row("CVE-1-1", "maven", "b", "1"), "no-data", "maven is not downloaded"),
        (
            row("CVE-1-1", "pypi", "a", "1.5"),
            "range",
            "pypi of 2023-07-14, CVE-1-1: 1.5 = 1.5 (fixed in)",
        ),
        (row("CVE-1-3", "pypi", "a", "1.5"), "other-package", "pypi of 2023-07-14 has CVE-1-3 in z, not in a"),
        (
            row("CVE-2020-1", "pypi", "a", "1.5"),
            "not-in-data",
            "CVE-2020-1 is not in pypi of 2023-07-14 or gitlab-pypi of 2023-07-14",
        ),
        (
            row("CVE-2024-1", "pypi", "a", "1.5"),
            "not-in-data",
            "CVE-2024-1 is not in pypi of 2023-07-14 or gitlab-pypi of 2023-07-14, which may be older",
        ),
        (
            row("CVE-2024-1", "pypi", "a", "1.5", withdrawn=True),
            "withdrawn",
            "the report itself calls CVE-2024-1 withdrawn, and no shard has it",
        ),
        (row("CVE-1-9", "pypi", "a", "1.5"), "withdrawn", "the NVD has rejected CVE-1-9"),
    ],
)
def test_rows_that_only_the_report_has(asked: ForeignRow, cause: str, said: str) -> None:
    advisories = (fixed_vulnerability("CVE-1-1", "a", "1.5"), fixed_vulnerability("CVE-1-3", "z", "2"))
    rejected = (NVD, VulnerabilityRecord("CVE-1-9", status="Rejected"))
    data = FakeStore({"pypi": advisories, "gitlab-pypi": ()}, schemes=SCHEMES, facts=[rejected])
    assert only((asked,), TREE, data) == (cause, said)


def test_the_distributions_word() -> None:
    data = store(
        debian_12=(
            structs.replace(fixed_vulnerability("CVE-1-1", "tar", "1.2-1"), note="DSA-1-1"),
            structs.replace(open_vulnerability("CVE-1-2", "tar"), state="not_affected"),
            structs.replace(open_vulnerability("CVE-1-3", "tar"), state="wont_fix"),
            structs.replace(open_vulnerability("CVE-1-4", "tar"), state="minor"),
        )
    )
    rows = [row(f"CVE-1-{number}", "deb", "tar", "1.2-1") for number in (1, 2, 3, 4)]
    assert why(compare(rows, inventory(deb("tar", "1.2-1")), data)) == [
        ("report", "distribution", "debian-12 of 2023-07-14, CVE-1-1 (DSA-1-1): 1.2-1 = 1.2-1 (fixed in)"),
        ("report", "distribution", "debian-12 of 2023-07-14, CVE-1-2: upstream says that no version is affected"),
        ("report", "distribution", "it is here, and hidden by default: debian-12 says that it will not be fixed"),
        (
            "report",
            "distribution",
            "it is here, and hidden by default: debian-12 calls it minor, and no advisory will be issued",
        ),
    ]


def test_what_came_in_a_distributions_package_is_matched_with_it() -> None:
    owner = structs.replace(deb("python3-a", "1.2-1", source="a"), purl="pkg:deb/debian/python3-a@1.2-1")
    held = inventory(owner, pypi("a", "1.2", owner=owner.purl))
    data = store(
        debian_12=(fixed_vulnerability("CVE-1-1", "a", "1.2-1"),), pypi=(fixed_vulnerability("CVE-1-1", "a", "2"),)
    )
    lead = "it came in pkg:deb/debian/python3-a@1.2-1, and is matched with it"
    rows = [row("CVE-1-1", "pypi", "a", "1.2"), row("CVE-1-2", "pypi", "a", "1.2")]
    assert why(compare(rows, held, data)) == [
        ("report", "distribution", f"{lead}: debian-12 of 2023-07-14, CVE-1-1: 1.2-1 = 1.2-1 (fixed in)"),
        ("report", "distribution", f"{lead}: debian-12 of 2023-07-14 has nothing on CVE-1-2 there"),
    ]


def test_functions_that_are_not_in_the_program() -> None:
    module = Package("m", "v1.5.0", "golang", purl="pkg:golang/m@v1.5.0", locations=(Location("usr/bin/web", 1),))
    held = structs.replace(inventory(module), symbols={"usr/bin/web": write_functions(["m/parse.Encode"])})
    parsed = structs.replace(
        fixed_vulnerability("GO-1", "m", "1.6.0"),
        aliases=("CVE-1-1",),
        condition=Condition(imports=(Import("m/parse", ("Decode",)),)),
    )
    data = store(go=(parsed,), gitlab_go=(fixed_vulnerability("CVE-1-1", "m", "1.6.0"),))
    assert only((row("CVE-1-1", "golang", "m", "1.5.0"),), held, data) == (
        "function",
        "go of 2023-07-14, GO-1: none of the functions with the vulnerability is in the program (m/parse.Decode); "
        "gitlab-go CVE-1-1 says otherwise, and comes after it",
    )


def test_functions_of_another_platform() -> None:
    module = Package("m", "v1.5.0", "golang", purl="pkg:golang/m@v1.5.0", locations=(Location("usr/bin/web", 1),))
    held = structs.replace(inventory(module), symbols={"usr/bin/web": write_functions(["m/parse.Decode"])})
    windows = structs.replace(
        fixed_vulnerability("GO-1", "m", "1.6.0"),
        condition=Condition(imports=(Import("m/parse", ("Decode",), goos=("windows",)),)),
    )
    assert only((row("GO-1", "golang", "m", "1.5.0"),), held, store(go=(windows,))) == (
        "other-build",
        "go of 2023-07-14, GO-1: the vulnerability is not on linux/amd64",
    )


def test_a_copy_that_the_report_does_not_see() -> None:
    held = inventory(pypi("a", "1", evidence="bundled", properties={"bundled_in": "pip"}))
    seen = ForeignReport("Other 1", (), packages=(ForeignPackage("pypi", "a", "2"),))
    found = compare((), held, store(pypi=(fixed_vulnerability("CVE-1-1", "a", "3"),)), seen)
    assert why(found) == [
        (
            "lading",
            "hidden",
            "it is hidden by default here: it is a copy inside pip, which is what can be upgraded; the report has a 2 "
            "alone",
        )
    ]


def test_a_program_built_from_a_commit_has_no_version() -> None:
    module = Package("m", "(devel)", "golang", purl="pkg:golang/m", properties={"relationship": "root"})
    data = store(go=(fixed_vulnerability("GO-1", "m", "1.6.0"),))
    cause, _ = only((row("GO-1", "golang", "m", "(devel)"),), inventory(module), data)
    assert cause == "version-unknown"


def test_other_builds() -> None:
    about = structs.replace(fixed_vulnerability("CVE-1-1", "tar", "2"), condition=Condition(arches=("arm64",)))
    rows = (row("CVE-1-1", "deb", "tar", "1"),)
    assert only(rows, inventory(deb("tar", "1")), store(debian_12=(about,))) == (
        "other-build",
        "debian-12 of 2023-07-14, CVE-1-1: it is about arm64, the package is amd64",
    )


def test_hidden_and_suppressed_ones() -> None:
    data = store(
        debian_12=(open_vulnerability("CVE-1-1", "linux"), open_vulnerability("CVE-1-2", "tar")),
        pypi=(fixed_vulnerability("CVE-1-3", "a", "2"),),
    )
    held = inventory(
        deb("linux-libc-dev", "6.1-1", source="linux"),
        deb("tar", "1"),
        pypi("a", "1", evidence="bundled", properties={"bundled_in": "pip"}),
    )
    rows = [
        row("CVE-1-1", "deb", "linux-libc-dev", "6.1-1"),
        row("CVE-1-2", "deb", "tar", "1"),
        row("CVE-1-3", "pypi", "a", "1"),
    ]
    assert why(compare(rows, held, data, suppressed="CVE-1-2")) == [
        (
            "report",
            "hidden",
            "it is here, and hidden by default: it is a copy inside pip, which is what can be upgraded",
        ),
        (
            "report",
            "kernel-headers",
            "it is here, and hidden by default: the package is built from the kernel's source and holds no kernel",
        ),
        ("report", "suppressed", "it is here, and taken out by ignore lading.toml:3: not reachable"),
    ]


LISTED = ForeignReport("Other 1", (), packages=(ForeignPackage("pypi", "b", "1"), ForeignPackage("pypi", "a", "1.4")))
SEEN = ForeignReport("Other 1", (), packages=(ForeignPackage("pypi", "a", "1.5"),))
MANY = tuple(row(f"CVE-3-{number}", "npm", "n", "1", fixed_version="2") for number in range(20))


@pytest.mark.parametrize(
    ("rows", "report", "cause", "said"),
    [
        (
            (row("CVE-1-1", "pypi", "a", "1.5", left_out="ignored (.trivyignore)"),),
            SEEN,
            "left-out",
            "the report leaves it out: ignored (.trivyignore)",
        ),
        ((), LISTED, "version-differs", "the report has a 1.4 alone"),
        ((row("CVE-1-1", "pypi", "a", "1.4"),), None, "version-differs", "the report has a 1.4 alone"),
        (
            (),
            structs.replace(LISTED, packages=(ForeignPackage("pypi", "b", "1"),)),
            "package-not-listed",
            "the report lists the packages it saw, and a (/opt/a.dist-info/METADATA) is none of them",
        ),
        (
            (),
            None,
            "package-not-listed",
            "no row of the report is about a, and it does not list packages without a vulnerability",
        ),
        ((), SEEN, "no-data", "the report has 1 pypi packages, and no row about any of them"),
        (
            (),
            structs.replace(SEEN, only_fixed=True),
            "no-fix",
            "there is no fix, and the report was made of what has one alone",
        ),
        (MANY, SEEN, "no-fix", "there is no fix, and every row of the report has one"),
        (
            (),
            structs.replace(SEEN, created="2024-01-01T10:00:00Z"),
            "newer",
            "CVE-1-1 was published on 2024-02-03, the report was made on 2024-01-01",
        ),
        (
            (row("CVE-1-2", "pypi", "a", "1.5", source="PYSEC"),),
            SEEN,
            "other-source",
            "gitlab-pypi alone has it, which the report needs for none of its rows on pypi packages (they name PYSEC)",
        ),
        (
            (row("CVE-1-1", "pypi", "c", "1"), row("CVE-1-4", "pypi", "a", "1.5")),
            SEEN,
            "other-package",
            "the report has it in c 1 alone; here by gitlab-pypi CVE-1-1: every version is affected, no fix is known",
        ),
        (
            (row("CVE-1-1", "pypi", "a", "1.4"), row("CVE-1-4", "pypi", "a", "1.5")),
            SEEN,
            "range",
            "the report has it in a 1.4, and not in 1.5; here by gitlab-pypi CVE-1-1: every version is affected, no "
            "fix is known",
        ),
        (
            (row("CVE-1-4", "pypi", "a", "1.5"),),
            SEEN,
            "not-in-report",
            "the report has a and says nothing of it; here by gitlab-pypi CVE-1-1: every version is affected, no fix "
            "is known",
        ),
    ],
)
def test_rows_that_only_we_have(
    rows: tuple[ForeignRow, ...], report: ForeignReport | None, cause: str, said: str
) -> None:
    data = FakeStore(
        {
            "pypi": (fixed_vulnerability("CVE-1-2", "a", "2"),),
            "gitlab-pypi": (open_vulnerability("CVE-1-1", "a"), fixed_vulnerability("CVE-1-4", "a", "2")),
        },
        schemes=SCHEMES,
        texts=(AdvisoryText("CVE-1-1", published="2024-02-03"),),
    )
    found = compare(rows, inventory(pypi("a", "1.5")), data, report or ForeignReport("Other 1", ()))
    assert [(one.cause, one.why) for one in found.differences if one.side == "lading" and one.id == "CVE-1-1"] == [
        (cause, said)
    ]


def test_a_package_of_a_guessed_group() -> None:
    held = inventory(Package("g:b", "1", "maven", purl="pkg:maven/g/b@1"))
    seen = ForeignReport("Other 1", (), packages=(ForeignPackage("maven", "guessed:b", "1"),))
    found = compare((), held, store(maven=(fixed_vulnerability("CVE-1-1", "g:b", "2"),)), seen)
    assert why(found) == [
        ("lading", "package-not-listed", "the report has no g:b, but calls something alike guessed:b 1")
    ]


@pytest.mark.parametrize(
    ("advisory", "cause", "said"),
    [
        (
            structs.replace(open_vulnerability("CVE-1-1", "tar"), kind="unmaintained"),
            "kind",
            "it is no vulnerability (unmaintained), which the report does not tell of",
        ),
        (
            Advisory("CVE-1-1", "tar", ranges=(Range(fixed="not a version!"),)),
            "undecided",
            'it is an open question here: the installed version "1" cannot be compared by the deb rules with '
            '"not a version!"',
        ),
        (
            structs.replace(open_vulnerability("CVE-1-1", "tar"), state="deferred"),
            "distribution",
            "it is hidden by default here: debian-12 says that the fix is deferred",
        ),
    ],
)
def test_what_is_no_plain_finding_here(advisory: Advisory, cause: str, said: str) -> None:
    seen = ForeignReport("Other 1", (), packages=(ForeignPackage("deb", "tar", "1"),))
    found = compare((), inventory(deb("tar", "1")), store(debian_12=(advisory,)), seen)
    assert why(found) == [("lading", cause, said)]


def test_commits_of_go_modules_that_the_report_holds_against_no_release() -> None:
    commit = "v0.0.0-20190802002840-cff245a6509b"
    held = inventory(Package("m", commit, "golang", purl=f"pkg:golang/m@{commit}"))
    data = store(go=(fixed_vulnerability("GO-1", "m", "0.5.0"), fixed_vulnerability("GO-2", "m", "0.6.0")))
    fix = "0.0.0-20210101000000-abcdefabcdef"
    rows = (row("GO-2", "golang", "m", commit, fixed_version=fix),)
    (one,) = compare(rows, held, data).differences
    assert (one.side, one.id, one.cause) == ("lading", "GO-1", "range")


@pytest.mark.parametrize(
    ("report", "same"),
    [
        (ForeignReport("x", ()), None),
        (ForeignReport("x", (), config_digest=IMAGE.config_digest), True),
        (ForeignReport("x", (), config_digest="sha256:1"), False),
        (ForeignReport("x", (), diff_ids=("sha256:a1", "sha256:a2")), True),
        (ForeignReport("x", (), diff_ids=("sha256:a1",)), False),
    ],
)
def test_whether_the_report_is_about_this_image(report: ForeignReport, same: bool | None) -> None:
    assert compare((), inventory(), FakeStore({}), report).same_image is same


def test_every_difference_names_its_advisory_where_one_decided() -> None:
    rows = (row("CVE-1-1", "deb", "libssl3", "3.0.9-1"), row("CVE-1-5", "pypi", "django", "3.2", severity="low"))
    (ours,) = (one for one in compare(rows, SHOP, DATA).differences if one.side == "lading")
    assert ours == Difference(
        side="lading",
        cause="not-in-report",
        package=ForeignPackage("pypi", "django", "3.2"),
        id="CVE-1-2",
        why="the report has django and says nothing of it; here by pypi PYSEC-1-2: 3.2 < 3.3 (fixed in)",
        aliases=("PYSEC-1-2", "GHSA-aaaa-bbbb-cccc"),
        paths=("opt/django.dist-info/METADATA",),
        fixed_version="3.3",
        shard="pypi",
        advisory="PYSEC-1-2",
    )
