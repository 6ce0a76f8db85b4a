"""One model of all speakers scores new people, and its cross-validation answers for it."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import soundfile
from configurations import compose_tone_config
from spoken_words import Said

from dysarthria_lightning import bundle
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import read_run, write_run
from dysarthria_lightning.scoring.bundle import read_dossier
from dysarthria_lightning.scoring.opening import open_model
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.scoring.threshold import held_out_scores
from dysarthria_lightning.training.run import train_run

pytestmark = pytest.mark.usefixtures("without_curves")
OTHERS = "Performance was estimated with 3 other models trained the same way on parts of the"


@pytest.fixture(scope="module")
def one_model(model: Path, tone_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the cross-validation with one model of all speakers beside its folds."""
    outputs = next(folder for folder in model.parents if (folder / "features").exists())
    copied = tmp_path_factory.mktemp("one") / "outputs"
    shutil.copytree(outputs, copied)
    words = (
        *("model=functionals", "protocol.validation=rotating", "protocol.stratify=true"),
        *("protocol.validation_speakers=auto", "fold=all_speakers"),
    )
    config = compose_tone_config(copied, tone_corpus, *words)
    return train_run(config, prepare_corpus(config), show_progress=False)


@pytest.fixture
def people(tone_corpus: Path, tmp_path: Path) -> Path:
    """Somebody new, and somebody of the corpus under another name."""
    folder = tmp_path / "people"
    samples, rate = soundfile.read(tone_corpus.parent / "S03_0.wav", dtype="int16")
    for name, sound in (("renamed", samples), ("new", samples[::-1])):
        (folder / name).mkdir(parents=True)
        soundfile.write(folder / name / "a.wav", sound, rate)
    return folder


@pytest.fixture
def pack(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def call(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["bundle", *map(str, words)])
        bundle.main()
        return " ".join(capsys.readouterr().out.split())

    return call


def test_it_scores_new_people_and_knows_everybody(
    one_model: Path, people: Path, said: Said, tone_corpus: Path
) -> None:
    printed = said(f"model={one_model}", f"recordings={people}", "threshold=specificity")
    assert said.scores.loc["renamed", "flags"] == "known"
    assert said.scores["score"].isna().tolist() == [False, True]
    expected = Scorer.from_run(one_model).score(
        pd.DataFrame({"path": [people / "new" / "a.wav"], "speaker_id": "new"})
    )["probability"][0]
    assert said.scores.loc["new", "score"] == pytest.approx(expected, rel=1e-12)
    assert printed.count(OTHERS) == 1
    assert "they are an approximation" in printed
    assert "AUROC" in printed
    assert "test speakers of its cross-validation's models" in printed
    assert "model's own runs" not in printed
    # The threshold is that of the cross-validation's test speakers.
    by_folds = held_out_scores(open_model(one_model.parent).runs)
    assert held_out_scores(open_model(one_model).testers).equals(by_folds)
    said(f"model={one_model}", f"recordings={tone_corpus}")
    assert set(said.scores["flags"]) == {"known"}


def test_a_bundle_of_it_says_who_answers_for_it(
    one_model: Path, people: Path, said: Said, pack: Callable[..., str], tmp_path: Path
) -> None:
    said(f"model={one_model}", f"recordings={people}")
    by_run = said.scores
    file = tmp_path / "one.bundle"
    printed = pack(f"model={one_model}", f"out={file}", "page=true", "threshold=specificity")
    assert printed.count(OTHERS) == 1
    content, dossier = read_dossier(file)
    assert len(content.models.states) == 1
    assert len(dossier.held_out) == 12
    assert OTHERS in content.card
    assert "functionals on mfcc13, one model of all speakers" in content.card
    assert "its cross-validation's models" in content.card
    assert OTHERS in file.with_suffix(".html").read_text()
    assert str(one_model.parents[8]).encode() not in file.read_bytes()
    printed = said(f"model={file}", f"recordings={people}")
    assert printed.count(OTHERS) == 1
    assert "AUROC" in printed
    assert said.scores.equals(by_run)


def test_a_crossvalidation_that_is_gone_or_another_leaves_its_performance_unknown(
    one_model: Path, people: Path, said: Said, pack: Callable[..., str], tmp_path: Path
) -> None:
    outputs = one_model.parents[8]
    moved = tmp_path / "moved"
    shutil.copytree(outputs, moved)
    alone = moved / one_model.relative_to(outputs)
    printed = said(f"model={alone}", f"recordings={people}")  # both were moved together
    assert OTHERS in printed
    shutil.rmtree(alone.parent / "fold1")
    printed = said(f"model={alone}", f"recordings={people}")
    assert "Performance is not known" in printed
    assert "folds of the cross-validation" in printed
    for fold in ("fold0", "fold2"):
        shutil.rmtree(alone.parent / fold)
    printed = said(f"model={alone}", f"recordings={people}")
    assert f"{alone.parent}: the cross-validation" in printed
    assert "AUROC" not in printed
    assert said.scores.loc["new", "score"] >= 0
    printed = pack(f"model={alone}", f"out={tmp_path / 'alone.bundle'}")
    assert "Performance is not known" in printed
    assert str(moved).encode() not in (tmp_path / "alone.bundle").read_bytes()
    assert "name it: model=" in said.mistake(f"model={alone.parent}", f"recordings={people}")
    words = f"model={alone}", f"recordings={people}", "threshold=specificity"
    assert "tested on no healthy speakers" in said.mistake(*words)


def test_a_crossvalidation_trained_again_does_not_answer_for_it(
    one_model: Path, people: Path, said: Said, tmp_path: Path
) -> None:
    outputs = one_model.parents[8]
    shutil.copytree(outputs, tmp_path / "moved")
    alone = tmp_path / "moved" / one_model.relative_to(outputs)
    fold = alone.parent / "fold1"
    record = read_run(fold)
    assert record is not None
    write_run(record | {"epoch_tested": 7}, fold)
    printed = said(f"model={alone}", f"recordings={people}")
    assert "is another now" in printed
    assert "AUROC" not in printed


def test_the_folds_alone_are_its_crossvalidation(one_model: Path) -> None:
    assert [run.folder.name for run in open_model(one_model.parents[4]).runs] == [
        *("fold0", "fold1", "fold2")
    ]
    assert one_model.name == layout.run_folder(open_model(one_model).config).name
