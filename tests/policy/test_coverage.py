"""Kinds of packages that nothing was matched with, under a gate and without one."""

import pytest

from lading.model.diagnostics import diagnostic
from lading.model.gaps import word_of
from lading.model.image import Image
from lading.model.package import UnmanagedFile
from lading.model.report import Coverage, Report, Target
from lading.policy.coverage import is_accepted, unmatched_kinds
from lading.policy.gate import decide
from lading.policy.policy import Policy


def target(*rows: Coverage, unmanaged: tuple[str, ...] = ()) -> Target:
    files = tuple(UnmanagedFile(path, 1, "PE library", 10) for path in unmanaged)
    return Target(Image("a", "oci"), coverage=rows, unmanaged=files)


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


@pytest.mark.parametrize("path", ["Windows/System32/a.dll", "Files/Windows/explorer.exe"])
def test_windows_itself_is_a_kind(path: str) -> None:
    report = Report("lading", (target(DEBIAN, unmanaged=(path, "app/windows/x.dll")),))
    decision = decide(report, Policy("any"))
    assert [(one.message, one.where) for one in decision.gaps] == [
        ("1 program of Windows itself: no upstream is matched", "windows")
    ]
    assert decision.exit_status == 3
    assert decide(report, Policy("any", allow_kinds=("windows",))).exit_status == 0


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
