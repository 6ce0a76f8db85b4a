"""The page in a browser: opened from disk, with files and a microphone, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from browser_models import scored_by_python, untrained, write_sounds
from chromium import CHROMIUM, Page, chromium
from configurations import compose_config

from dysarthria_lightning.scoring.browser.page import PageTexts, render_page
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.sound import measure_sound

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
FAKE_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
TEXTS = PageTexts(
    "Two networks <of tones>",
    ["Nobody has tested it."],
    [("Trained on", "<b>tones</b>")],
    {"value": 0.4, "origin": "chosen on tones"},
    {
        "seconds": [0.1, 1.0],
        "rates_hz": [16000],
        "level_db": [-40.0, -30.0],
        "floor_db": None,
    },
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> SavedModels:
    config = compose_config(tmp_path_factory.mktemp("page"), "model=lstm1", "model.hidden_size=6")
    return SavedModels(config, (untrained(config, 1), untrained(config, 2)), 25)


@pytest.fixture
def page(saved: SavedModels, tmp_path: Path) -> Iterator[Page]:
    (tmp_path / "page.html").write_text(render_page(saved, TEXTS), encoding="utf-8")
    with chromium(*FAKE_MICROPHONE) as opened:
        opened.open(tmp_path / "page.html")
        yield opened
        assert opened.messages == []


def shown(page: Page, selector: str) -> str:
    text: str = page.evaluate(f"document.querySelector({selector!r}).innerText")
    return text


def wait_for(page: Page, n_recordings: int) -> None:
    page.wait(f"document.querySelectorAll('#recordings li').length === {n_recordings}")
    page.wait("document.getElementById('status').textContent === ''")


def test_files_are_scored_as_python_does(page: Page, saved: SavedModels, tmp_path: Path) -> None:
    sounds = write_sounds(tmp_path)
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(8000), 16000)
    page.choose_files("#files", [*sounds, silent])
    wait_for(page, len(sounds) + 1)
    score, of_files = scored_by_python(saved, sounds)
    scored = page.evaluate(
        "scorePerson(recordings.filter((it) => it.taken).map((it) => it.taken), model)"
    )
    assert scored["score"] == pytest.approx(score, abs=1e-3)
    assert scored["recordings"] == pytest.approx(of_files, abs=1e-3)
    assert shown(page, "#score") == f"{100 * score:.1f} %"
    side = "Above" if score > 0.4 else "Not above"
    assert shown(page, "#verdict") == f"{side} the threshold of 40.0 %, chosen on tones."
    assert "2 models" in shown(page, "#based-on")
    assert "it is silent" in shown(page, "#recordings li:last-child")
    assert "Sample rate: the model was trained on recordings of 16 kHz." in shown(
        page, "#recordings"
    )
    level = measure_sound(*soundfile.read(sounds[0], dtype="float32"))["level_db"]
    said = f"Level: −{-level:.1f} dB; the model was trained on −40.0 to −30.0 dB."
    assert said in shown(page, "#recordings li:first-child")
    assert "Noise floor" not in shown(page, "#recordings")
    course = page.evaluate("timeCourse(recordings[0].taken.instances[0], model).at(-1)")
    assert course == pytest.approx(of_files[0], abs=1e-3)
    page.evaluate("document.getElementById('another').click()")
    page.wait("document.querySelectorAll('#recordings li').length === 0")
    assert page.evaluate("document.getElementById('result').hidden")


def test_a_microphone_is_recorded_and_scored(page: Page) -> None:
    page.evaluate("document.getElementById('record').click()")
    page.wait("document.getElementById('status').textContent.startsWith('Recording')")
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 1500))")
    page.evaluate("document.getElementById('record').click()")
    wait_for(page, 1)
    assert "Score" in shown(page, "#recordings li")
    assert page.evaluate("recordings[0].taken.seconds") > 0.5


@pytest.mark.parametrize("width", [390, 1280])
def test_it_reads_well_at_every_width(page: Page, width: int) -> None:
    page.resize(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "A score is no diagnosis" in shown(page, ".caution")
    assert shown(page, "h1") == "Two networks <of tones>"
    assert "<b>tones</b>" in shown(page, ".facts")
