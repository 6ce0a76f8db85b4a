"""The chart of people in a browser: drawn, reached by keys, unharmed by what people are called."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, Page, chromium
from people_contents import page_of, people

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="takes Chromium"),
]
HOSTILE = {1: "</script><script>document.title='x'</script>", 3: "\"&quot;'<b>é"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as opened:
        yield opened


def press(browser: Page, key: str) -> None:
    browser.ask("Input.dispatchKeyEvent", type="keyDown", key=key)
    browser.ask("Input.dispatchKeyEvent", type="keyUp", key=key)


@pytest.mark.parametrize(("n", "width"), [(12, 1280), (12, 390), (1000, 768)])
def test_people_are_drawn_and_reached_by_keys(
    n: int, width: int, browser: Page, tmp_path: Path
) -> None:
    content = people(n, repeats=2, ids=HOSTILE)
    file = tmp_path / "index.html"
    file.write_text(page_of(content), encoding="utf-8")
    browser.resize(width)
    browser.open(file)
    assert browser.evaluate("document.title") != "x"
    assert browser.evaluate("document.querySelectorAll('#people-chart [role=option]').length") == n
    wide = "[...document.querySelectorAll('#missed, #missed *:not(.scroll *, pre *)')]"
    assert browser.evaluate(f"{wide}.every(it => it.getBoundingClientRect().right <= {width})")
    browser.evaluate("document.querySelector('#people-chart svg').focus()")
    press(browser, "Home")
    chosen = "document.querySelector('#people-chart [aria-selected=true]')"
    assert browser.evaluate(f"{chosen}.id") == "person-0"
    press(browser, "ArrowDown")
    assert browser.evaluate(f"{chosen}.id") == "person-1"
    said = browser.evaluate(f"{chosen}.getAttribute('aria-label')")
    assert browser.evaluate("document.querySelector('#people-one strong').textContent") == said
    cells = "[...document.querySelectorAll('#people-one tbody td:nth-child(3)')]"
    order = browser.evaluate(f"{cells}.map(it => +it.textContent)")
    assert len(order) == 4
    assert order == sorted(order, reverse=True)
    browser.evaluate(
        "document.getElementById('people-model').selectedIndex = 1;"
        "document.getElementById('people-model').dispatchEvent(new Event('change'))"
    )
    second = browser.evaluate("document.getElementById('people-model').selectedOptions[0].text")
    described = browser.evaluate("document.getElementById('people-description').textContent")
    assert described.startswith(f"{second}: ")
    assert browser.messages == []
