"""What was introduced, fixed and changed between two results, and by what."""

from collections.abc import Sequence

import pytest
from msgspec import structs

from lading.model.advisory import Advisory, Range
from lading.model.changes import FieldChange, PackageChange, ResultChanges
from lading.model.diagnostic import Diagnostic
from lading.model.finding import Suppression
from lading.model.image import Base, Platform
from lading.model.package import Package
from lading.model.report import Report
from lading.policy.diff import diff
from tests.samples import IMAGE, FakeStore, deb, fixed_vulnerability, inventory, open_vulnerability, rated, report_on

OTHER = structs.replace(IMAGE, name="docker.io/library/shop:1.5", digest="sha256:1", config_digest="sha256:2")


def result(
    *packages: Package, data: Sequence[Advisory] = (), digest: str = "ab12", tool: str = "", **more: object
) -> Report:
    """A report on these packages by these advisories, whose shard has a digest of its own."""
    store = FakeStore({"debian-12": tuple(data)}, upstream_date=f"2024-01-{len(digest):02}")
    report = report_on(more.pop("image", IMAGE), inventory(*packages), more.pop("diagnostics", ()), store)  # type: ignore[arg-type]
    (target,) = report.targets
    coverage = tuple(
        structs.replace(row, sources=tuple(structs.replace(one, digest=f"sha256:{digest}") for one in row.sources))
        for row in target.coverage
    )
    return structs.replace(report, targets=(structs.replace(target, coverage=coverage),), tool=tool or report.tool)


def suppressed(report: Report, *suppressions: Suppression) -> Report:
    (target,) = report.targets
    findings = tuple(structs.replace(one, suppressions=suppressions) for one in target.findings)
    return structs.replace(report, targets=(structs.replace(target, findings=findings),))


def told(changes: ResultChanges) -> list[tuple[str, str, str]]:
    return [(one.kind, one.cause, one.why) for one in changes.rows]


FIXED = (fixed_vulnerability("CVE-1-1", "tar", "1.3", rated("high")),)
IGNORE = Suppression("ignore", "lading.toml:3", "not reachable")


def test_the_same_twice_is_no_change() -> None:
    one = result(deb("tar", "1.2"), data=FIXED)
    changes = diff(one, one)
    assert (changes.rows, changes.packages, changes.same, changes.new.rows) == ((), (), 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        # The image.
        (result(data=FIXED), result(deb("tar", "1.2"), data=FIXED), ("introduced", "image", "tar was added")),
        (result(deb("tar", "1.2"), data=FIXED), result(data=FIXED), ("fixed", "image", "tar was removed")),
        (
            result(deb("tar", "1.3"), data=FIXED),
            result(deb("tar", "1.2"), data=FIXED),
            ("introduced", "image", "tar went from 1.3 to 1.2"),
        ),
        (
            result(deb("tar", "1.2"), data=FIXED),
            result(deb("tar", "1.3"), data=FIXED, digest="other"),
            ("fixed", "image", "tar went from 1.2 to 1.3"),
        ),
        # The data, also when the package was upgraded too: the old version has it as well.
        (
            result(deb("tar", "1.2")),
            result(deb("tar", "1.2"), data=FIXED, digest="other"),
            ("introduced", "data", "the data on it changed, debian-12 of 2024-01-04 → of 2024-01-05"),
        ),
        (
            result(deb("tar", "1.1")),
            result(deb("tar", "1.2"), data=FIXED, digest="other"),
            ("introduced", "data", "the data on it changed, debian-12 of 2024-01-04 → of 2024-01-05"),
        ),
        (
            result(deb("tar", "1.2"), data=FIXED),
            result(deb("tar", "1.2"), digest="other"),
            ("fixed", "data", "the data on it changed, debian-12 of 2024-01-04 → of 2024-01-05"),
        ),
        (
            result(deb("tar", "1.2"), data=FIXED),
            result(
                deb("tar", "1.2"),
                data=(structs.replace(FIXED[0], state="not_affected", ranges=()),),
                digest="other",
            ),
            (
                "fixed",
                "data",
                "the data on it changed, debian-12 of 2024-01-04 → of 2024-01-05: not affected by CVE-1-1",
            ),
        ),
        # The program.
        (
            result(deb("tar", "1.2"), tool="lading 1"),
            result(deb("tar", "1.2"), data=FIXED, tool="lading 2"),
            ("introduced", "tool", "the program changed, lading 1 → lading 2"),
        ),
        (
            result(deb("tar", "1.2")),
            result(deb("tar", "1.2"), data=FIXED),
            ("introduced", "tool", "image, data and program are the same: the options differ"),
        ),
        (
            result(deb("tar", "1.2")),
            result(deb("tar", "1.2"), data=FIXED, image=OTHER),
            ("introduced", "image", "the versions are the same, the files are not"),
        ),
        # The policy.
        (
            suppressed(result(deb("tar", "1.2"), data=FIXED), IGNORE),
            result(deb("tar", "1.2"), data=FIXED),
            ("introduced", "policy", "ignore lading.toml:3 took it out, and holds no more"),
        ),
        (
            result(deb("tar", "1.2"), data=FIXED),
            suppressed(result(deb("tar", "1.2"), data=FIXED), IGNORE),
            ("changed", "policy", "it is taken out by ignore lading.toml:3"),
        ),
    ],
)
def test_a_change_has_one_cause(old: Report, new: Report, change: tuple[str, str, str]) -> None:
    assert told(diff(old, new)) == [change]


def test_what_a_baseline_takes_out_is_there_all_the_same() -> None:
    old = suppressed(result(deb("tar", "1.2"), data=FIXED), Suppression("baseline", "old.json"))
    changes = diff(old, result(deb("tar", "1.2"), data=FIXED))
    assert (changes.rows, changes.same) == ((), 1)


def test_what_both_ignore_is_no_change() -> None:
    one = suppressed(result(deb("tar", "1.2"), data=FIXED), IGNORE)
    changes = diff(one, one)
    assert (changes.rows, changes.same) == ((), 0)


def test_what_is_not_matched_any_more_is_not_fixed() -> None:
    old, new = result(deb("tar", "1.2"), data=FIXED), report_on(IMAGE, inventory(deb("tar", "1.2")), (), FakeStore({}))
    changes = diff(old, new)
    assert told(changes) == [("lost", "data", "it is not matched any more: the new result does not rest on debian-12")]
    assert [gap.code for gap in changes.new_gaps] == ["advisories-missing"]


def test_another_name_for_the_same_vulnerability() -> None:
    ghsa = fixed_vulnerability("GHSA-aaaa-bbbb-cccc", "tar", "1.3", rated("high"))
    named = structs.replace(FIXED[0], aliases=("GHSA-aaaa-bbbb-cccc",))
    changes = diff(result(deb("tar", "1.2"), data=(ghsa,)), result(deb("tar", "1.2"), data=(named,), digest="other"))
    (one,) = changes.rows
    assert (one.kind, one.cause) == ("changed", "data")
    assert one.fields == (FieldChange("name", "GHSA-aaaa-bbbb-cccc", "CVE-1-1"),)


def test_what_is_said_of_it_may_change() -> None:
    unfixed = (structs.replace(open_vulnerability("CVE-1-1", "tar", rated("low")), state="minor"),)
    changes = diff(result(deb("tar", "1.2"), data=unfixed), result(deb("tar", "1.2"), data=FIXED, digest="other"))
    (one,) = changes.rows
    assert (one.kind, one.cause) == ("changed", "data")
    assert one.fields == (
        FieldChange("severity", "low", "high"),
        FieldChange("fix_state", "minor", "fixed"),
        FieldChange("fixed_version", "", "1.3"),
        FieldChange("hidden_reason", "minor", ""),
    )


def test_a_package_of_the_base_says_so() -> None:
    base = structs.replace(IMAGE, base=Base(1, "debian:12", "named", "named"))
    changes = diff(result(data=FIXED, image=base), result(deb("tar", "1.2"), data=FIXED, image=base))
    assert told(changes) == [("introduced", "image", "tar was added, with the base image debian:12")]
    assert changes.packages == (PackageChange("added", "deb", "tar", (), ("1.2",), "base"),)


def test_binaries_of_one_source_are_one_row() -> None:
    data = (fixed_vulnerability("CVE-1-1", "openssl", "4"),)
    names = [deb(name, "3", source="openssl") for name in ("libssl3", "openssl", "libssl-dev", "libssl-doc")]
    changes = diff(result(data=data), result(*names, data=data))
    assert told(changes) == [("introduced", "image", "libssl-dev, libssl-doc, libssl3 and 1 more were added")]


def test_packages() -> None:
    old = result(deb("a", "1"), deb("b", "1"), deb("c", "2"), deb("d", "1"), deb("e", "x!"))
    new = result(deb("a", "1"), deb("b", "2"), deb("c", "1"), deb("f", "1"), deb("e", "y!"))
    assert [(one.kind, one.name, one.old_versions, one.new_versions) for one in diff(old, new).packages] == [
        ("added", "f", (), ("1",)),
        ("changed", "e", ("x!",), ("y!",)),
        ("downgraded", "c", ("2",), ("1",)),
        ("removed", "d", ("1",), ()),
        ("upgraded", "b", ("1",), ("2",)),
    ]


def gap(message: str, where: str = "npm", code: str = "advisories-missing") -> Diagnostic:
    return Diagnostic("incomplete", code, message, where)


@pytest.mark.parametrize(
    ("old", "new", "is_new"),
    [
        (gap("8 packages were not matched"), gap("8 packages were not matched"), False),
        (gap("8 packages were not matched"), gap("1 package was not matched"), False),
        (gap("1,008 packages were not matched"), gap("1,007 packages were not matched"), False),
        (gap("8 packages were not matched"), gap("9 packages were not matched"), True),
        (gap("8 of 9 packages were not matched"), gap("8 of 10 packages were not matched"), False),
        (gap("8 of 9 packages were not matched"), gap("1 of 1 package was not matched"), False),
        (gap("8 of 9 packages were not matched"), gap("9 of 9 packages were not matched"), True),
        (gap("8 packages were not matched"), gap("8 packages were not matched", "pypi"), True),
        (gap("8 packages were not matched: npm"), gap("8 packages were not matched: pypi"), True),
        (gap("unreadable", code="unread-list"), gap("unreadable"), True),
    ],
)
def test_gaps_that_grew_are_new(old: Diagnostic, new: Diagnostic, is_new: bool) -> None:
    sides = (result(deb("tar", "1"), diagnostics=(one,)) for one in (old, new))
    changes = diff(*sides)
    assert changes.new_gaps == ((new,) if is_new else ())


def test_images_of_several_platforms_are_compared_one_by_one() -> None:
    amd, arm = (structs.replace(IMAGE, platform=Platform("linux", one)) for one in ("amd64", "arm64"))
    both = [result(deb("tar", "1.2"), data=FIXED, image=one) for one in (amd, arm)]
    old = structs.replace(both[0], targets=both[0].targets + both[1].targets)
    changes = diff(old, both[1])
    assert (told(changes), changes.same) == ([("fixed", "image", "tar was removed")], 1)


def test_versions_that_are_listed_one_by_one_come_from_the_image() -> None:
    listed = (Advisory("CVE-1-1", "tar", versions=("1.2",), ranges=(Range(fixed="1"),)),)
    old, new = result(deb("tar", "1.1")), result(deb("tar", "1.2"), data=listed, digest="other")
    assert told(diff(old, new)) == [("introduced", "image", "tar went from 1.1 to 1.2")]
