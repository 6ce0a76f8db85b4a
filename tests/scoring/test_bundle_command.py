"""``bundle`` packs what scores people as the runs did, with what must be said of it."""

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from spoken_words import Said

from dysarthria_lightning import bundle
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.evaluation.analysis import judge
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.runs import layout
from dysarthria_lightning.scoring.bundle import read_bundle
from dysarthria_lightning.scoring.scorer import Scorer

pytestmark = pytest.mark.usefixtures("without_curves")
Pack = Callable[..., str]


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pack:
    """Call the command, and return what it said in one line."""

    def call(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["bundle", *map(str, words)])
        bundle.main()
        return " ".join(capsys.readouterr().out.split())

    return call


def test_a_bundle_scores_people_as_its_runs_do(
    model: Path, tone_corpus: Path, said: Said, pack: Pack, tmp_path: Path
) -> None:
    said(f"model={model}", f"recordings={tone_corpus}")
    by_runs, of_recordings = said.scores, said.recordings
    file = tmp_path / "tones.bundle"
    assert f"predict model={file}" in pack(f"model={model}", f"out={file}")
    printed = said(f"model={file}", f"recordings={tone_corpus}")
    columns = [name for name in by_runs if name != "flags"]
    pd.testing.assert_frame_equal(said.scores[columns], by_runs[columns], check_exact=True)
    pd.testing.assert_frame_equal(said.recordings, of_recordings, check_exact=True)
    # Everybody was heard by some run, and found by the sound alone.
    assert (said.scores["flags"].str.contains("some know")).all()
    assert "Research only, no diagnosis" in printed
    assert "Not audited" in printed


def test_it_names_nobody_and_no_place(
    model: Path, tone_corpus: Path, pack: Pack, tmp_path: Path
) -> None:
    file = tmp_path / "tones.bundle"
    pack(f"model={model}", f"out={file}")
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name).decode("latin-1") for name in archive.namelist()}
    for text in content.values():
        assert str(tone_corpus.parent) not in text
        assert "S00" not in text
    about = json.loads(content["bundle.json"])["about"]
    assert sorted(set(about["held_out"]["speaker_id"])) == list(range(12))
    # As a report judges the same cross-validation.
    folds = [read_predictions(model / f"fold{fold}" / layout.PREDICTIONS) for fold in range(3)]
    tests = [pd.concat(it.assign(fold=fold) for fold, it in enumerate(folds))]
    expected = judge(Cell("novel_speakers", "all", "mfcc13", "functionals"), tests)
    found = pd.DataFrame(about["values"]).astype({"value": float, "low": float, "high": float})
    pd.testing.assert_frame_equal(found, expected[found.columns], check_dtype=False)
    assert found["low"].notna().any()


def test_the_card_says_what_is_known_and_what_a_person_must_add(
    model: Path, pack: Pack, tmp_path: Path
) -> None:
    file = tmp_path / "tones.bundle"
    pack(f"model={model}", f"out={file}", "page=true", "threshold=specificity")
    card = read_bundle(file).card
    for part in (
        *("## Intended use", "no diagnosis", "Speaker-level AUROC", "chosen for 90 % specificity"),
        *("## Training data", "Not audited", "To be written by a person"),
    ):
        assert part in card
    page = (tmp_path / "tones.html").read_text()
    assert "Speaker-level AUROC" in page
    assert "A score is no diagnosis" in page
    assert "http" not in page.replace("http-equiv", "")  # nothing is fetched


def test_python_scores_with_the_file(
    model: Path, tone_corpus: Path, pack: Pack, tmp_path: Path
) -> None:
    file = tmp_path / "tones.bundle"
    pack(f"model={model}", f"out={file}")
    table = pd.read_csv(tone_corpus)
    paths = [str(tone_corpus.parent / path) for path in table["path"]]
    recordings = pd.DataFrame({"path": paths, "speaker_id": table["speaker_id"]})
    scored, expected = (Scorer.load(path).score(recordings) for path in (file, model))
    pd.testing.assert_frame_equal(scored, expected, check_exact=True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("out=b",), "model missing"),
        (("model=nowhere", "out=b"), "model = nowhere: there is no such folder"),
        # Only predict takes one.
        (("model={model}/fold0/run.json", "out=b"), "is a file and holds no runs; name the folder"),
        (("model={model}", "out=nowhere/b"), "expected a file in a folder that is there"),
        (("model={model}", "out=b", "onnx=true"), "all recordings of a person together"),
        (("model={model}", "out=b", "threshold=2"), "a score from 0 to 1"),
    ],
)
def test_mistakes_are_explained(
    model: Path,
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bundle", *(word.format(model=model) for word in words)])
    with pytest.raises(SystemExit) as ended:
        run_command(bundle.main)
    assert said in str(ended.value)
