"""The page in a real browser, offline: nothing is fetched, nothing runs over, nobody is shut out. Slow; needs Chromium.

The accessibility engine axe-core is not part of the project: name a copy in ``AXE_CORE`` (``npm pack axe-core``, ``axe.min.js``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_results import make

from simulation.report import write_report

pytestmark = pytest.mark.slow
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every chart."""
    return write_report(make(tmp_path_factory.mktemp("results") / "fake"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def _opened(browser: Any, report: Path, width: int) -> tuple[Any, list[str], list[str]]:
    """The page, offline, with the requests it makes and what it says on the console."""
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    context.set_offline(True)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(report.as_uri())
    return page, asked, said


@pytest.mark.parametrize("width", [390, 1280])
def test_offline_the_page_asks_for_nothing_and_fits(browser: Any, report: Path, width: int) -> None:
    page, asked, said = _opened(browser, report, width)
    assert asked == [report.as_uri()]
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_the_answer_first(browser: Any, report: Path) -> None:
    page, _, _ = _opened(browser, report, 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#answer"


@pytest.mark.parametrize("width", [390, 1280])
def test_no_accessibility_faults_at_a_or_aa(browser: Any, report: Path, width: int) -> None:
    engine = os.environ.get("AXE_CORE", "")
    if not engine:
        pytest.skip("AXE_CORE does not name a copy of axe.min.js")
    page, _, _ = _opened(browser, report, width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(Path(engine).read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    assert len(found["passes"]) > 15
    assert [(fault["id"], [node["html"] for node in fault["nodes"][:3]]) for fault in found["violations"]] == []


@pytest.mark.parametrize(("width", "pictures", "tables"), [(390, True, True), (720, True, False), (1280, False, False)])
def test_a_narrow_window_says_where_one_may_scroll(browser: Any, report: Path, width: int, pictures: bool, tables: bool) -> None:
    page, _, _ = _opened(browser, report, width)
    assert page.locator("#pictures .hint.picture").first.is_visible() == pictures
    assert page.locator("#ten > .hint").first.is_visible() == tables


def test_answer_trust_and_ten_measures_print_on_two_pages(browser: Any, report: Path) -> None:
    page, _, _ = _opened(browser, report, 690)  # the text width of an A4 page
    page.emulate_media(media="print")
    end = page.evaluate("document.querySelector('#ten').getBoundingClientRect().bottom + scrollY")
    assert end < 2 * 1039, "two pages of 275 mm"
    assert page.locator("figure details").first.is_hidden()
