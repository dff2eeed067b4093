"""Rows: what people count as one vulnerability."""

from itertools import permutations

from msgspec import structs

from lading.model.advisory import Severity
from lading.model.finding import Finding, MatchBasis, Suppression
from lading.model.rows import rows_of, suppressed_rows_of
from tests.samples import deb

BASIS = MatchBasis("debian-12", "CVE-1-1")
LIBRARY = Finding("CVE-1-1", deb("libtar", "1", source="tar"), "affected", BASIS, Severity("low"), "not_fixed")
PROGRAM = Finding("CVE-1-1", deb("tar", "1"), "affected", BASIS, Severity("critical", score=9.8), "not_fixed")
HEADERS = structs.replace(PROGRAM, package=deb("tar-dev", "1", source="tar"), hidden_reason="kernel_headers")
OPEN = structs.replace(PROGRAM, status="under_investigation", unresolved="upstream")


def test_a_row_is_as_bad_as_its_worst_binary_whatever_the_order() -> None:
    for findings in permutations((LIBRARY, PROGRAM, HEADERS, OPEN)):
        (row,) = rows_of(findings)
        assert (row.finding, row.findings) == (PROGRAM, findings)


def test_a_row_is_hidden_only_where_every_binary_is() -> None:
    assert [row.hidden_reason for row in rows_of((HEADERS, LIBRARY))] == [""]
    assert [row.section for row in rows_of((HEADERS,))] == ["hidden"]


def test_an_affected_binary_speaks_before_an_open_question() -> None:
    (row,) = rows_of((OPEN, LIBRARY))
    assert (row.finding, row.section) == (LIBRARY, "unfixed")
    assert [row.section for row in rows_of((OPEN,))] == ["under_investigation"]


def test_a_row_can_be_fixed_when_every_affected_binary_can() -> None:
    fixed = structs.replace(LIBRARY, fixed_version="2", fix_state="fixed")
    (row,) = rows_of((fixed, structs.replace(PROGRAM, fixed_version="2", fix_state="fixed"), OPEN))
    assert (row.fixed_version, row.section) == ("2", "fixable")
    (row,) = rows_of((fixed, PROGRAM))
    assert (row.fixed_version, row.section) == ("", "unfixed")


def test_what_is_not_open_or_suppressed_makes_no_row() -> None:
    fixed = structs.replace(PROGRAM, status="fixed")
    suppressed = structs.replace(PROGRAM, suppressions=(Suppression("ignore"),))
    assert rows_of((fixed, structs.replace(fixed, status="not_affected"), suppressed)) == []


def test_other_sources_and_vulnerabilities_are_other_rows() -> None:
    others = (
        PROGRAM,
        structs.replace(PROGRAM, id="CVE-1-2"),
        structs.replace(PROGRAM, package=deb("tar", "2")),
        structs.replace(PROGRAM, package=deb("cpio", "1")),
    )
    assert [row.findings for row in rows_of(others)] == [(one,) for one in others]


def test_a_suppressed_row_is_as_bad_as_its_worst_binary_whatever_the_order() -> None:
    worst, *others = (structs.replace(one, suppressions=(Suppression("ignore"),)) for one in (PROGRAM, LIBRARY, OPEN))
    for findings in permutations((worst, *others, HEADERS)):
        (row,) = suppressed_rows_of(findings)
        assert (row.finding, row.findings) == (worst, tuple(one for one in findings if one.suppressions))
