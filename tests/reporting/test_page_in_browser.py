"""The page in a browser: as wide as a phone, a tablet and a desk, light, dark and printed."""

import base64
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, Page, chromium

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.folder import write_report

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
LARGEST_MB = 3
MOST_PAGES = 9
SMALLEST_TARGET_PX = 40
# Scrolls through the page, so that all charts come near and are drawn.
SCROLL = """(async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  for (const folded of document.querySelectorAll("details")) folded.open = true;
  for (let y = 0; y < document.body.scrollHeight; y += 700) {
    scrollTo({ top: y, behavior: "instant" });
    await wait(60);
  }
  scrollTo({ top: 0, behavior: "instant" });
  await wait(300);
})()"""
ALL_DRAWN = "[...document.querySelectorAll('.chart')].every((it) => it.data)"
KEY = "document.querySelector('#figure3 .keys button:nth-child(2)')"
BANDS = """[...document.querySelectorAll("#figure3 .chart")].map((it) =>
  it.data.filter((trace) => trace.fill && trace.visible).map((trace) => trace.meta).join())"""


@pytest.fixture(scope="module")
def file(content: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(tmp_path_factory.mktemp("browser") / "report", content)


@pytest.fixture(scope="module")
def page(file: Path) -> Iterator[Page]:
    with chromium() as opened:
        opened.resize(1280)
        opened.open(file)
        paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
        opened.wait(f"{paint} !== undefined")
        print(f"first paint after {opened.evaluate(paint):.0f} ms")
        opened.wait("document.documentElement.dataset.charts === 'ready'")
        opened.evaluate(SCROLL)
        opened.wait(ALL_DRAWN)
        yield opened
        assert opened.messages == []


def axe() -> str | None:
    """The accessibility checker, which a package for another browser brings along."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        return None
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


def test_the_page_is_small(file: Path) -> None:
    assert file.stat().st_size < LARGEST_MB * 1e6


@pytest.mark.parametrize(
    ("width", "dark"),
    [(390, True), (768, False), (1280, False), (1280, True)],
    ids=["phone-dark", "tablet-light", "desk-light", "desk-dark"],
)
def test_it_reads_well_at_every_width(page: Page, width: int, dark: bool) -> None:
    page.resize(width, dark=dark)
    # Charts follow a window that changes its size a moment later.
    page.wait(f"document.documentElement.scrollWidth <= {width}", 20)
    low = f"[...document.querySelectorAll('.keys button')].filter((it) => it.checkVisibility() && \
      it.getBoundingClientRect().height < {SMALLEST_TARGET_PX}).length"
    assert page.evaluate(low) == 0
    checker = axe()
    if checker is None:
        pytest.skip("axe is not installed")
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(f"{checker};0")
    violations = page.evaluate(
        "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => "
        "violations.map((it) => [it.id, ...it.nodes.slice(0, 3).map((node) => node.html)]))"
    )
    assert violations == []


def test_the_first_column_of_a_table_stays_while_it_is_scrolled(page: Page) -> None:
    page.resize(390)
    box = "document.querySelector('#table3 .scroll')"
    left = f"{box}.querySelector('tbody th').getBoundingClientRect().left"
    before = page.evaluate(left)
    page.evaluate(f"{box}.scrollLeft = 120")
    assert page.evaluate(f"{box}.scrollLeft") > 50
    assert page.evaluate(left) == pytest.approx(before, abs=1)


def test_one_band_is_shown_at_a_time(page: Page) -> None:
    page.resize(1280)
    assert page.evaluate(BANDS) == ["", ""]
    page.evaluate(f"{KEY}.click()")
    assert page.evaluate(f"{KEY}.getAttribute('aria-pressed')") == "true"
    assert page.evaluate(BANDS) == ["lstm1", "lstm1"]
    page.evaluate(f"{KEY}.nextElementSibling.click()")
    assert page.evaluate(f"{KEY}.getAttribute('aria-pressed')") == "false"
    assert page.evaluate(BANDS) == ["lstm2", "lstm2"]
    page.evaluate(f"{KEY}.nextElementSibling.click()")
    assert page.evaluate(BANDS) == ["", ""]
    # With the keyboard: focus is enough.
    page.evaluate(f"{KEY}.previousElementSibling.focus()")
    tab = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    for kind in ("rawKeyDown", "keyUp"):
        page.ask("Input.dispatchKeyEvent", type=kind, **tab)
    page.wait(f"{BANDS}.join() === 'lstm1,lstm1'", 10)
    page.evaluate("document.activeElement.blur()")
    assert page.evaluate(BANDS) == ["", ""]


def test_it_is_printed_on_few_pages(page: Page) -> None:
    page.resize(1280)
    page.evaluate("document.querySelectorAll('details').forEach((it) => (it.open = false))")
    printed = base64.b64decode(
        page.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
    )
    n_pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", printed))
    assert 1 < n_pages <= MOST_PAGES


def test_without_scripts_pictures_and_words_stand_in(file: Path) -> None:
    with chromium() as opened:
        opened.ask("Emulation.setScriptExecutionDisabled", value=True)
        opened.resize(390)
        opened.open(file)
        # The tab's own evaluation still answers.
        assert opened.evaluate("document.querySelector('.static').offsetHeight") > 100
        assert opened.evaluate("document.querySelector('#calibration .chart p').offsetHeight") > 10
        assert opened.evaluate("document.querySelector('.keys').offsetHeight") == 0
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390
        assert opened.messages == []
