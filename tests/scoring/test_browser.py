"""The page's script scores as Python does: on the same files, for every kind of network."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from browser_models import scored_by_python, untrained, write_sounds
from configurations import compose_config

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.scoring import browser
from dysarthria_lightning.scoring.browser.page import pack
from dysarthria_lightning.scoring.portable import describe_models
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.sound import measure_sound
from dysarthria_lightning.scoring.state import ModelState

SCRIPT = Path(browser.__file__).parent / "scorer.js"
NODE = shutil.which("node")

# Scores one person's recordings and prints what became of each.
HARNESS = """
const fs = require("fs");
const [script, packed, ...files] = process.argv.slice(2);
eval(fs.readFileSync(script, "utf8") + ";Object.assign(globalThis, " +
  "{readWav, instancesOf, scorePerson, unpackModel, UnusableRecording});");
const model = unpackModel(JSON.parse(fs.readFileSync(packed, "utf8")));
const taken = [];
const refused = {};
for (const file of files) {
  const bytes = fs.readFileSync(file);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  try {
    taken.push(instancesOf(readWav(buffer), model));
  } catch (error) {
    if (!(error instanceof UnusableRecording)) throw error;
    refused[file] = error.message;
  }
}
const sounds = taken.map((it) => it.sound);
console.log(JSON.stringify({ ...scorePerson(taken, model), refused, sounds }));
"""

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_sounds(tmp_path_factory.mktemp("sounds"))


def scored_by_script(saved: SavedModels, files: list[Path], folder: Path) -> dict[str, Any]:
    (folder / "model.json").write_text(json.dumps(pack(describe_models(saved))))
    (folder / "harness.js").write_text(HARNESS)
    words = [NODE, folder / "harness.js", SCRIPT, folder / "model.json", *files]
    done = subprocess.run([str(word) for word in words], capture_output=True, check=True, text=True)
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


@pytest.mark.parametrize(
    "words",
    [
        ("model=lstm1",),
        ("model=lstm2", "features.remove_dc=true", "features.level=recording"),
        ("model=bilstm1", "features.cmn=recording"),
        ("model=attention", "features.drop_c0=true"),
        ("model=baseline",),
    ],
)
def test_scores_are_pythons(words: tuple[str, ...], sounds: list[Path], tmp_path: Path) -> None:
    config = compose_config(tmp_path, *words, "model.hidden_size=6")
    saved = SavedModels(config, (untrained(config, 1), untrained(config, 2)), 25)
    score, of_files = scored_by_python(saved, sounds)
    found = scored_by_script(saved, sounds, tmp_path)
    assert found["score"] == pytest.approx(score, abs=1e-4)
    assert found["recordings"] == pytest.approx(of_files, abs=1e-4)
    assert np.ptp(of_files) > 0.003  # else anything would agree


def test_level_and_noise_floor_are_pythons(sounds: list[Path], tmp_path: Path) -> None:
    """Loud, faint with pauses, and offset; at rates whose windows are no whole samples."""
    rng = np.random.default_rng(4)
    others = []
    for number, (rate, gain) in enumerate([(16000, 0.5), (22050, 0.003), (44100, 0.1)]):
        sound = gain * rng.uniform(-1, 1, rate) * np.repeat([1, 0.01, 1, 0.1], rate // 4 + 1)[:rate]
        others.append(tmp_path / f"other{number}.wav")
        soundfile.write(others[-1], sound + 0.2 * (number == 2), rate, subtype="FLOAT")
    config = compose_config(tmp_path, "model=lstm1", "model.hidden_size=2")
    saved = SavedModels(config, (untrained(config, 1),), 25)
    files = [*(it for it in sounds if soundfile.info(it).channels == 1), *others]
    found = scored_by_script(saved, files, tmp_path)["sounds"]
    for file, its in zip(files, found, strict=True):
        samples, rate = soundfile.read(file, dtype="float32")
        expected = measure_sound(samples, rate)
        for name in ("level_db", "floor_db"):
            assert its[name] == pytest.approx(expected[name], abs=1e-3), file.name
    assert np.ptp([its["level_db"] for its in found]) > 20


def test_segments_and_functionals(sounds: list[Path], tmp_path: Path) -> None:
    config = compose_config(tmp_path, "model=functionals", "data.segment_s=0.2")
    rng = np.random.default_rng(3)
    fitted = {
        "mean": rng.normal(0, 2, 26).tolist(),
        "std": rng.uniform(1, 5, 26).tolist(),
        "coefficients": rng.normal(0, 0.2, 26).tolist(),
        "intercept": 0.1,
    }
    state = ModelState({}, {"fitted": fitted, "n_columns": 13})
    saved = SavedModels(config, (state,), 25)
    score, of_files = scored_by_python(saved, sounds)
    found = scored_by_script(saved, sounds, tmp_path)
    assert found["score"] == pytest.approx(score, abs=1e-4)
    assert found["recordings"] == pytest.approx(of_files, abs=1e-4)


def test_what_cannot_be_used_is_named(sounds: list[Path], tmp_path: Path) -> None:
    config = compose_config(tmp_path, "model=lstm1", "model.hidden_size=2")
    saved = SavedModels(config, (untrained(config, 1),), 25)
    silent, short, cut, text = (tmp_path / f"{name}.wav" for name in ("0", "1", "2", "3"))
    soundfile.write(silent, np.zeros(8000), 16000)
    soundfile.write(short, np.full(100, 0.1) * (-1) ** np.arange(100), 16000)
    cut.write_bytes(sounds[0].read_bytes()[:-100])
    text.write_text("no sound")
    found = scored_by_script(saved, [silent, short, cut, text, sounds[4]], tmp_path)
    assert len(found["recordings"]) == 1
    reasons = [found["refused"][str(file)] for file in (silent, short, cut, text)]
    parts = ["silent", "shorter than one window", "truncated", "no WAV"]
    assert all(part in reason for part, reason in zip(parts, reasons, strict=True))


def test_models_that_a_page_cannot_compute_are_refused(tmp_path: Path) -> None:
    config = compose_config(tmp_path, "model=demographics")
    saved = SavedModels(config, (ModelState({}, {"fitted": {}, "n_columns": 13}),), 25)
    with pytest.raises(RunError, match="model=demographics cannot be passed on"):
        describe_models(saved)
