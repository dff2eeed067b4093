"""The page of a report: what it holds, and what a browser makes of it."""

import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from lading.formats.encoders.html.report import encode_report_html
from lading.formats.view import View
from lading.model.decision import Decision, Evaluated, RuleResult
from lading.model.rows import rows_of, suppressed_rows_of
from tests.formats.encoders.html.pages import failing, hostile, many, page, small, with_findings
from tests.formats.encoders.special import ISSUES, SPECIAL
from tests.formats.encoders.test_dockerfile import lined
from tests.support.readers import reader_file

CHROMIUM = shutil.which("chromium")
_PATIENCE = 300_000
"""Milliseconds that a browser may take for a step on a machine that has much else to do."""
pytestmark = pytest.mark.long


def test_the_policy_names_the_one_style_and_the_one_program() -> None:
    text = page(small()).decode()
    for name, directive in (("style", "style-src"), ("script", "script-src")):
        (body,) = re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
        digest = b64encode(sha256(body.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in text
    assert "default-src 'none'" in text
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)


def test_the_same_report_gives_the_same_bytes() -> None:
    assert page(small()) == page(small())


def test_no_text_of_a_report_is_markup() -> None:
    text = page(hostile()).decode()
    assert "<img" not in text
    assert text.count("</script>") == 2
    assert text.isascii() or "\u202e" not in text


def test_ten_thousand_findings_stay_small() -> None:
    assert len(page(many(10_000))) < 6_000_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright: Any = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], timeout=_PATIENCE)
        yield opened
        opened.close()


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """A browser without tabs; what a test opens in it is a profile of its own, and gone after the test."""
    yield chromium
    for context in chromium.contexts:
        context.close()


def load(browser: Any, path: Path, content: bytes, width: int = 1440, scheme: str = "light") -> tuple[Any, list[str]]:
    """The page in a tab, and what its console says."""
    path.write_bytes(content)
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.set_default_timeout(_PATIENCE)
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(path.as_uri())
    tab.wait_for_selector(".findings tbody tr")
    return tab, said


def test_a_browser_shows_searches_and_opens(browser: Any, tmp_path: Path) -> None:
    report = small()
    tab, said = load(browser, tmp_path / "page.html", page(report, failing(report)))
    rows = rows_of(report.findings)
    shown = [row for row in rows if row.section != "hidden"]
    assert tab.locator(".row").count() == len(shown)
    assert "Failed" in tab.locator(".banner").inner_text()
    tab.fill("#query", "CVE-2023-38545")
    assert tab.locator(".row .open").all_inner_texts() == ["CVE-2023-38545"]
    tab.locator(".row .open").press("Enter")
    detail = tab.locator(".detail").inner_text()
    assert "7.88.1-10 lies in: before 7.88.1-10+deb12u4 (deb)" in detail
    assert "var/lib/dpkg/status" in detail
    tab.get_by_role("button", name="Clear filters").click()
    tab.locator('.bar[data-key="originbase"]').click()
    base = [row for row in shown if row.finding.package.layer == 1]
    assert tab.locator(".row").count() == len(base)
    tab.get_by_label("Show").select_option("all")
    tab.get_by_role("button", name="Clear filters").click()
    assert tab.locator(".row").count() == len(rows) + len(suppressed_rows_of(report.findings))
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_width_makes_the_page_scroll_aside(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:
    for number, report in enumerate((small(), hostile(), with_findings())):
        incomplete = Decision(incomplete=True)
        tab, said = load(browser, tmp_path / f"{number}.html", page(report, incomplete), width, scheme)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert "Incomplete" in tab.locator(".banner").inner_text()
        assert said == []
        tab.close()


def test_hostile_texts_stay_texts(browser: Any, tmp_path: Path) -> None:
    tab, said = load(browser, tmp_path / "page.html", page(hostile()))
    tab.locator(".row .open").first.click()
    assert tab.title().startswith("<img")
    assert tab.locator("img, main script, a[href^=javascript]").count() == 0
    assert "\u202e" not in tab.locator("body").inner_text()
    assert said == []


def test_ten_thousand_rows_are_drawn_as_they_are_scrolled_to(browser: Any, tmp_path: Path) -> None:
    tab, said = load(browser, tmp_path / "page.html", page(many(10_000)))
    assert tab.locator(".row").count() < 1_000
    tab.fill("#query", "CVE-2024-09999")
    assert tab.locator(".row").count() == 1
    assert said == []


def test_packages_have_a_line_with_what_their_upgrade_clears(browser: Any, tmp_path: Path) -> None:
    tab, said = load(browser, tmp_path / "g.html", page(many(1_000)))
    fixed, *_ = tab.locator(".group").all_inner_texts()
    assert re.fullmatch(r"package-\d+ 1\.\d \(deb\) →\xa02\.0 · clears \d( of \d)?", fixed)
    assert tab.locator(".row .name:visible").count() == 0
    assert tab.locator(".row").count() == 100
    tab.get_by_role("button", name="Show 100 more").click()
    assert tab.locator(".row").count() == 200
    tab.get_by_role("button", name="Show all 1,000").click()
    assert tab.locator(".row").count() == 1_000
    assert not tab.locator(".more").is_visible()
    tab.get_by_label("Group by").select_option("severity")
    assert tab.locator(".group").first.inner_text() == "critical · 167 vulnerabilities"
    assert tab.locator(".row .name:visible").count() == 100
    assert said == []


def test_the_top_says_what_to_do_and_leads_to_every_part(browser: Any, tmp_path: Path) -> None:
    tab, said = load(browser, tmp_path / "n.html", b"".join(encode_report_html(SPECIAL, View())))
    banner = tab.locator(".banner").inner_text()
    assert (
        "2 vulnerabilities can be fixed by upgrading 2 packages; 1 has no fix yet; 1 is under investigation" in banner
    )
    links = tab.locator("nav a").all()
    assert [one.inner_text() for one in links] == [
        "4 vulnerabilities", "6 issues of checks", "2 diagnostics", "what was matched",
    ]  # fmt: skip
    for link in links:
        assert tab.locator(str(link.get_attribute("href"))).count() == 1
    assert said == []


def test_a_benchmark_is_shown_rule_by_rule(browser: Any, tmp_path: Path) -> None:
    broken = (SPECIAL.report.targets[0].findings[0].occurrence, ISSUES[1].occurrence, ISSUES[4].occurrence)
    value = structs.replace(SPECIAL, decision=Decision((RuleResult("--fail-on high", broken),)))
    content = b"".join(encode_report_html(value, View(compliance="docker-cis")))
    tab, said = load(browser, tmp_path / "c.html", content)
    (title,) = [one for one in tab.locator("h2").all_inner_texts() if "Benchmark" in one]
    assert "--fail-on high failed: 1 vulnerability, 2 issues" in tab.locator(".banner").inner_text()
    rows = tab.get_by_role("region", name=title).locator("tbody tr").all_inner_texts()
    assert rows[0].split("\t") == ["docker-cis 4.1", "failed", "The container runs as a user of its own", "user-root"]
    assert said == []


def test_what_is_in_use_is_marked_and_filtered(browser: Any, tmp_path: Path) -> None:
    tab, said = load(browser, tmp_path / "u.html", b"".join(encode_report_html(SPECIAL, View())))
    tab.locator('.bar[data-key="useyes"]').click()
    assert tab.locator(".row .open").all_inner_texts() == ["CVE-2021-23337"]
    assert tab.locator(".row .tag").all_inner_texts() == ["in use"]
    tab.locator(".row .open").click()
    used = "in use, node (17), open, srv/app/node_modules/lodash/lodash.js"
    assert used in tab.locator(".detail").inner_text()
    assert said == []


def test_where_nothing_was_found_there_is_nothing_to_search(browser: Any, tmp_path: Path) -> None:
    tab, said = load(browser, tmp_path / "e.html", page(with_findings()))
    assert "Nothing was matched, so nothing is known." in tab.locator(".banner").inner_text()
    assert tab.locator(".tools, .card:not(.banner)").count() == 0
    assert said == []


def test_the_line_of_the_dockerfile_is_shown_and_found(browser: Any, tmp_path: Path) -> None:
    tab, said = load(browser, tmp_path / "d.html", b"".join(encode_report_html(lined(), View())))
    tab.fill("#query", "Dockerfile:9")
    assert sorted(tab.locator(".row .open").all_inner_texts()) == ["CVE-2021-23337", "MAL-2026-1"]
    assert tab.locator(".row .line").all_inner_texts() == ["docker/App Dockerfile:9"] * 2
    checks = tab.get_by_role("region", name="Checks").inner_text()
    assert "docker/App Dockerfile:5" in checks
    assert said == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (820, "dark"), (390, "light"), (390, "dark")])
def test_axe_finds_nothing_wrong(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:
    """By all rules of axe-core, with a finding opened: contrast, names, roles, order."""
    axe = reader_file("axe-core/axe.min.js").read_text("utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    for number, value in enumerate((lined(), Evaluated(hostile(), Decision()), Evaluated(with_findings(), Decision()))):
        path = tmp_path / f"{number}.html"
        path.write_bytes(b"".join(encode_report_html(value, View(compliance="docker-cis"))))
        tab = context.new_page()
        tab.set_default_timeout(_PATIENCE)
        tab.goto(path.as_uri())
        tab.wait_for_selector(".findings tbody tr")
        for button in tab.locator(".row .open").all()[:1]:
            button.click()
        tab.add_script_tag(content=axe)
        found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    context.close()


def test_the_keyboard_is_enough(browser: Any, tmp_path: Path) -> None:
    """Tab leads from the top to the search, filters and rows; what is opened closes again by the same key."""
    tab, said = load(browser, tmp_path / "k.html", page(small()))
    met = []
    for _ in range(60):
        tab.keyboard.press("Tab")
        met.append(tab.evaluate("document.activeElement.id || document.activeElement.className"))
        if met[-1] == "open":
            break
    assert met[-1] == "open"
    assert "query" in met
    assert any("bar" in one for one in met)
    outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    tab.keyboard.press("Enter")
    assert tab.locator(".detail").count() == 1
    tab.keyboard.press("Space")
    assert tab.locator(".detail").count() == 0
    assert said == []


def test_ten_thousand_rows_are_filtered_within_the_time_of_a_key(browser: Any, tmp_path: Path) -> None:
    """In processor time of the page, which others that use the machine do not lengthen: some 0.1 s are measured."""
    tab, said = load(browser, tmp_path / "many.html", page(many(10_000)))
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))

    took = []
    for key in ("p", "a", "c", "k", "Backspace"):
        before = spent()
        tab.locator("#query").press(key)
        tab.evaluate("document.body.offsetHeight")
        took.append(spent() - before)
    assert max(took) < 0.3, took
    assert said == []


def test_headings_go_down_one_level_at_a_time(browser: Any, tmp_path: Path) -> None:
    tab, said = load(browser, tmp_path / "r.html", page(small()))
    levels = tab.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(one => Number(one.tagName[1]))")
    assert said == []
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
