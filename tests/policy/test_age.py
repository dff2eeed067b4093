"""How old the data of a report is, on a given day."""

from datetime import date

import pytest

from lading.model.image import Image
from lading.model.report import Coverage, DataSource, Report, Target
from lading.policy.age import Ages, ages_of
from lading.policy.gate import decide
from lading.policy.policy import Policy

TODAY = date(2026, 8, 20)


def report_of(*sources: DataSource, pinned: bool = False, starter: bool = False) -> Report:
    coverage = tuple(Coverage(one.shard, 1, 1, "matched", (one,)) for one in sources)
    return Report("lading", (Target(Image("a", "oci"), coverage=coverage),), pinned=pinned, starter=starter)


def source(confirmed: str, upstream: str = "", interval: int = 0, *, lesser: bool = False) -> DataSource:
    return DataSource("a-1", "a", "sha256:1", confirmed, upstream, interval, lesser)


def said(ages: Ages) -> list[str]:
    return [one.message for one in ages.stale]


@pytest.mark.parametrize(
    ("confirmed", "message"),
    [
        ("2026-08-20T09:00:00Z", ""),
        ("2026-08-15T00:00:00Z", ""),
        ("2026-08-21T00:00:00Z", ""),
        ("2026-08-14T23:59:59Z", "last compared with upstream on 2026-08-14, 6 days ago"),
        ("2026-08-15T00:30:00+02:00", "last compared with upstream on 2026-08-14, 6 days ago"),
        ("2020-01-01T00:00:00Z", "last compared with upstream on 2020-01-01, 2,423 days ago"),
        ("9999-12-31T00:00:00Z", "last compared with upstream on 9999-12-31, it says, which is in the future"),
        ("", "nothing says when it was last compared with upstream"),
        ("soon", "nothing says when it was last compared with upstream"),
    ],
)
def test_when_it_was_last_confirmed(confirmed: str, message: str) -> None:
    report = report_of(source(confirmed))
    assert said(ages_of(report, TODAY)) == ([message] if message else [])
    # The same is a gap under a gate, and a remark without one.
    gated, plain = decide(report, Policy("high"), TODAY), decide(report, Policy(), TODAY)
    assert [one.level for one in gated.diagnostics] == (["incomplete"] if message else [])
    assert [one.level for one in plain.diagnostics] == (["warning"] if message else [])
    assert (gated.exit_status, plain.exit_status) == (3 if message else 0, 0)


@pytest.mark.parametrize(
    ("upstream", "interval", "message"),
    [
        ("2020-01-01", 0, ""),  # a release that is finished
        ("2026-08-14", 1, ""),
        ("2026-08-13", 1, "data of 2026-08-13, 7 days old; news comes every day"),
        ("2026-08-01", 14, ""),
        ("2026-07-30", 14, "data of 2026-07-30, 21 days old; news comes within 14 days"),
        ("2026-12-01", 0, "upstream dates it 2026-12-01, which is in the future"),
        ("no date", 1, ""),
    ],
)
def test_upstreams_own_date(upstream: str, interval: int, message: str) -> None:
    report = report_of(source("2026-08-20T00:00:00Z", upstream, interval))
    assert said(ages_of(report, TODAY)) == ([message] if message else [])


def test_how_old_is_a_setting() -> None:
    report = report_of(source("2026-08-10T00:00:00Z", "2026-08-01", 7))
    assert decide(report, Policy("high"), TODAY).exit_status == 3
    assert decide(report, Policy("high", max_db_age=9), TODAY).exit_status == 3
    assert decide(report, Policy("high", max_db_age=12), TODAY).exit_status == 0
    assert decide(report, Policy("high", allow_incomplete=True), TODAY).exit_status == 0
    # No kind of package is meant by that.
    assert decide(report, Policy("high", allow_kinds=("a", "data")), TODAY).exit_status == 3


def test_what_only_adds_to_better_sources_is_a_remark() -> None:
    old = source("2020-01-01", lesser=True)
    decision = decide(report_of(old), Policy("high"), TODAY)
    assert (decision.exit_status, [one.level for one in decision.diagnostics]) == (0, ["warning"])


def test_what_was_asked_for_is_as_old_as_it_is() -> None:
    old = source("2020-01-01")
    pinned = decide(report_of(old, pinned=True), Policy("high"), TODAY)
    assert (pinned.exit_status, [one.code for one in pinned.diagnostics]) == (0, ["data-pinned"])
    assert decide(report_of(source("2026-08-20"), pinned=True), Policy("high"), TODAY).diagnostics == ()
    assert decide(report_of(old, starter=True), Policy("high"), TODAY).exit_status == 0


def test_the_same_is_said_once() -> None:
    one, other = (DataSource(name, "a", "", "2020-01-01") for name in ("kev", "epss"))
    (stale,) = ages_of(report_of(one, other), TODAY).stale
    assert stale.where == "epss, kev"
