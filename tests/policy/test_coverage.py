"""Kinds of packages that nothing was matched with, under a gate and without one."""

import pytest
from msgspec import structs

from lading.model.diagnostics import diagnostic
from lading.model.gaps import word_of
from lading.model.image import Image
from lading.model.package import UnmanagedFile
from lading.model.report import Coverage, Report, Target
from lading.policy.coverage import is_accepted, unmatched_kinds
from lading.policy.gate import decide
from lading.policy.policy import Policy


def target(*rows: Coverage) -> Target:
    return Target(Image("a", "oci"), coverage=rows)


def with_files(files: dict[str, str]) -> Target:
    """A target in which all packages are matched, and files of no package, by path their kind."""
    unmanaged = tuple(UnmanagedFile(path, 1, kind, 10) for path, kind in files.items())
    return structs.replace(target(DEBIAN), unmanaged=unmanaged)


ARCHIVE_TEXT = "1 archive of no package was not matched: what is in it is not known"
PROGRAM_TEXT = "1 program of no package was not matched: what it is made of is not known"
WINDOWS_TEXT = "1 program of Windows itself was not matched: no upstream publishes advisories"


CONDA = Coverage("conda", 1, 0, "no-data", note="no upstream publishes advisories")
MODEL = Coverage("model", 2, 0, "no-data", note="no upstream publishes advisories")
DEBIAN = Coverage("deb debian 12", 10, 10, "matched")
GO = Coverage("golang", 3, 2, "matched")


def test_each_kind_is_a_gap() -> None:
    assert list(unmatched_kinds(target(CONDA, DEBIAN, GO))) == [
        diagnostic("packages-unmatched", "1 of 1 package was not matched: no upstream publishes advisories", "conda"),
        diagnostic("packages-unmatched", "1 of 3 packages was not matched", "golang"),
    ]


@pytest.mark.parametrize(
    ("rows", "accepted", "status"),
    [
        ((DEBIAN,), (), 0),
        ((CONDA, DEBIAN), (), 3),
        ((CONDA, DEBIAN), ("conda",), 0),
        ((CONDA, DEBIAN), ("Conda", "deb"), 0),
        ((CONDA, MODEL), ("conda",), 3),
        ((CONDA, MODEL), ("model", "conda"), 0),
        ((GO,), ("golang",), 0),
    ],
)
def test_a_gate_wants_every_kind_matched_or_accepted(
    rows: tuple[Coverage, ...], accepted: tuple[str, ...], status: int
) -> None:
    report = Report("lading", (target(*rows),))
    assert decide(report, Policy("any", allow_kinds=accepted)).exit_status == status
    assert decide(report, Policy(allow_kinds=accepted)).exit_status == 0
    assert decide(report, Policy("any", allow_incomplete=True)).exit_status == 0


def test_what_is_told_already_is_told_once() -> None:
    gap = diagnostic("advisories-missing", "1 package was not matched", "conda; model")
    told = Target(Image("a", "oci"), coverage=(CONDA, MODEL), diagnostics=(gap,))
    assert list(unmatched_kinds(told)) == []
    report = Report("lading", (told,))
    assert decide(report, Policy("any", allow_kinds=("conda",))).exit_status == 3
    assert decide(report, Policy("any", allow_kinds=("conda", "model"))).exit_status == 0


def test_what_was_not_read_is_no_kind() -> None:
    unread = diagnostic("broken-package-database", "damaged", "conda")
    assert not is_accepted(unread, ("conda",))


@pytest.mark.parametrize(
    ("files", "gaps"),
    [
        ({"Windows/System32/a.dll": "PE library"}, [(WINDOWS_TEXT, "windows")]),
        ({"Files/Windows/explorer.exe": "PE executable"}, [(WINDOWS_TEXT, "windows")]),
        ({"opt/tool": "ELF executable"}, [(PROGRAM_TEXT, "programs")]),
        ({"app/windows/x.dll": "PE library"}, [(PROGRAM_TEXT, "programs")]),
        ({"opt/x.jar": "Java archive"}, [(ARCHIVE_TEXT, "archives")]),
        ({"opt/x.egg": "Python egg"}, [(ARCHIVE_TEXT, "archives")]),
        (
            {"a.zip": "zip archive", "b": "ELF executable", "c": "ELF executable"},
            [
                (ARCHIVE_TEXT, "archives"),
                ("2 programs of no package were not matched: what they are made of is not known", "programs"),
            ],
        ),
    ],
)
def test_what_belongs_to_no_package_is_a_gap(files: dict[str, str], gaps: list[tuple[str, str]]) -> None:
    report = Report("lading", (with_files(files),))
    decision = decide(report, Policy("any"))
    assert [(one.message, one.where) for one in decision.gaps] == gaps
    assert decision.exit_status == 3
    words = tuple(word for _, word in gaps)
    assert decide(report, Policy("any", allow_kinds=words)).exit_status == 0
    assert decide(report, Policy()).exit_status == 0


def test_archives_inside_others_that_nothing_identifies_are_a_gap() -> None:
    remark = diagnostic("unidentified-archive", "a Java archive that nothing identifies", "a.jar!/b.jar")
    found = structs.replace(target(DEBIAN), diagnostics=(remark,))
    assert not found.extent.is_whole
    assert [one.message for one in unmatched_kinds(found)] == [ARCHIVE_TEXT]


def test_programs_that_fail_the_gate_are_no_gap_beside() -> None:
    report = Report("lading", (with_files({"opt/tool": "ELF executable"}),))
    decision = decide(report, Policy("any", fail_on_unmanaged=True))
    assert (decision.gaps, decision.exit_status) == ((), 1)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("deb debian 12", "deb"),
        ("generic, without a CPE", "generic"),
        ("conda", "conda"),
        ("wordpress plugin", "wordpress"),
    ],
)
def test_words(kind: str, word: str) -> None:
    assert word_of(kind) == word
