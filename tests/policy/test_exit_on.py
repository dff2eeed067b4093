"""The gate of a comparison."""

import pytest
from msgspec import structs

from lading.model.diagnostic import Diagnostic
from lading.model.errors import UsageError
from lading.model.report import Report
from lading.policy.diff import diff
from lading.policy.exit_on import ExitOn, decide_on, parse_exit_on
from tests.samples import IMAGE, FakeStore, deb, fixed_vulnerability, inventory, open_vulnerability, rated, report_on


def result(*names: str, diagnostics: tuple[Diagnostic, ...] = ()) -> Report:
    data = (
        fixed_vulnerability("CVE-1-1", "high", "9", rated("high")),
        fixed_vulnerability("CVE-1-2", "low", "9", rated("low")),
        fixed_vulnerability("CVE-1-3", "unrated", "9"),
        open_vulnerability("CVE-1-4", "linux", rated("high")),
        structs.replace(open_vulnerability("CVE-1-5", "open", rated("high")), state="under_investigation", ranges=()),
    )
    packages = [deb(name, "1") for name in names if name != "linux-libc-dev"]
    packages += [deb("linux-libc-dev", "1", source="linux")] if "linux-libc-dev" in names else []
    return report_on(IMAGE, inventory(*packages), diagnostics, FakeStore({"debian-12": data}))


GAP = Diagnostic("incomplete", "unread-list", "cannot be read", "a")


@pytest.mark.parametrize(
    ("texts", "rules"),
    [
        (("new",), (ExitOn(),)),
        (("NEW:High",), (ExitOn("high"),)),
        (("new:image",), (ExitOn(None, "image"),)),
        (("new:high:image", "new:data:low"), (ExitOn("high", "image"), ExitOn("low", "data"))),
    ],
)
def test_rules_are_read(texts: tuple[str, ...], rules: tuple[ExitOn, ...]) -> None:
    assert parse_exit_on(texts) == rules


@pytest.mark.parametrize(
    "text", ["", "old", "new:", "new:hi", "new:high:low", "new:image:data", "new:unknown", "fixed:high"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--exit-on "):
        parse_exit_on((text,))


@pytest.mark.parametrize(
    ("old", "new", "rules", "failing", "status"),
    [
        (result("low"), result("low", "high"), ("new",), 1, 1),
        (result("low"), result("low", "high"), ("new:high",), 1, 1),
        (result(), result("low"), ("new:high",), 0, 0),
        (result(), result("high"), ("new:image",), 1, 1),
        (result(), result("high"), ("new:data",), 0, 0),
        (result("high"), result("high"), ("new",), 0, 0),
        (result("high"), result("low"), (), 0, 0),
        # A threshold says nothing of what nobody rated.
        (result(), result("unrated"), ("new:high",), 0, 3),
        (result(), result("unrated"), ("new",), 1, 1),
        # There is no kernel in headers, and what is under investigation is not known to be affected.
        (result(), result("linux-libc-dev"), ("new",), 0, 0),
        (result("linux-libc-dev"), result("linux-libc-dev", "linux"), ("new",), 1, 1),
        (result(), result("open"), ("new",), 0, 0),
        # Nothing new was found where nothing could be looked at.
        (result(), result(diagnostics=(GAP,)), ("new",), 0, 3),
        (result(diagnostics=(GAP,)), result(diagnostics=(GAP,)), ("new",), 0, 0),
        (result(), result(diagnostics=(GAP,)), (), 0, 0),
    ],
)
def test_what_is_new_fails(old: Report, new: Report, rules: tuple[str, ...], failing: int, status: int) -> None:
    decision = decide_on(diff(old, new), parse_exit_on(rules))
    assert (sum(len(one.failing) for one in decision.rules), decision.exit_status) == (failing, status)


def test_gaps_can_be_accepted() -> None:
    changes = diff(result(), result(diagnostics=(GAP,)))
    assert decide_on(changes, parse_exit_on(("new",)), allow_incomplete=True).exit_status == 0


def test_an_answer_says_what_it_could_not_be_applied_to() -> None:
    decision = decide_on(diff(result(), result("unrated")), parse_exit_on(("new:high",)))
    (said,) = decision.diagnostics
    assert said.message == (
        "1 new vulnerability has no severity, so --exit-on new:high cannot be applied to it; --exit-on new counts it"
    )
