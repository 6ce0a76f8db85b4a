"""Runs of every kind of model and of features are scored with, and mistakes are explained."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from configurations import compose_tone_config
from curves import no_curves
from matrices import matrix_table
from scorer_contracts import ScorerContract, recordings_tested

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import CorpusError, RunError
from dysarthria_lightning.evaluation.judging import speaker_scores
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.integrity import digest_files
from dysarthria_lightning.runs.record import read_run, write_run
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.training.run import train_run

pytestmark = pytest.mark.usefixtures("without_curves")


class TestBaseline(ScorerContract):
    words = ("model=baseline",)


class TestLSTM2(ScorerContract):
    words = ("model=lstm2",)


class TestBiLSTM1OfSegments(ScorerContract):
    words = ("model=bilstm1", "data.segment_s=0.05", "n_mfcc=19")


class TestAttentionOverLogMel(ScorerContract):
    words = ("model=attention", "features=log_mel")


class TestFunctionals(ScorerContract):
    words = ("model=functionals",)


class TestFunctionalsOfFeaturesWithOptions(ScorerContract):
    words = (
        *("model=functionals", "data.segment_s=0.05", "features.level=recording"),
        *("features.remove_dc=true", "features.cmn=recording", "features.drop_c0=true"),
    )


class TestDemographics(ScorerContract):
    words = ("model=demographics",)
    needed = ("path", "speaker_id", "age", "gender")


@pytest.fixture(scope="module")
def scored_outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all runs go that tests share: features are extracted once."""
    return tmp_path_factory.mktemp("scored") / "outputs"


@pytest.fixture(scope="module")
def trained(scored_outputs: Path, tone_corpus: Path) -> Path:
    words = ("trainer.max_epochs=1", "model=bilstm1")
    config = compose_tone_config(scored_outputs, tone_corpus, *words)
    with no_curves():
        return train_run(config, prepare_corpus(config), show_progress=False)


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A run that a test may change."""
    return shutil.copytree(trained, tmp_path / "run")


def test_it_computes_with_as_many_threads_as_training_did(trained: Path, tone_corpus: Path) -> None:
    """Sums over several threads are rounded otherwise."""
    saved = SavedModels.of_runs([trained])
    (state,) = saved.states
    assert state.values["threads"] == 1
    state = replace(state, values=state.values | {"threads": 2})
    scorer = Scorer.of(replace(saved, states=(state,)))
    seen: list[int] = []
    network: torch.nn.Module = scorer.models[0].network
    network.register_forward_pre_hook(lambda *_: seen.append(torch.get_num_threads()))
    before = torch.get_num_threads()
    scorer.score(recordings_tested(trained, tone_corpus))
    assert set(seen) == {2}
    assert torch.get_num_threads() == before


def test_a_run_of_before_networks_had_parts_is_scored_with(run: Path, tone_corpus: Path) -> None:
    """Weights had other names, the size too, and features had no kind."""
    content: dict[str, Any] = torch.load(run / layout.CHECKPOINT, weights_only=True)
    names = {"network.encoder.": "network.", "network.head.output.": "network.output."}
    for new, old in names.items():
        content["state_dict"] = {
            key.replace(new, old): weight for key, weight in content["state_dict"].items()
        }
    size = content["hyper_parameters"]
    size["n_mfcc"] = size.pop("n_columns")
    torch.save(content, run / layout.CHECKPOINT)
    config = yaml.safe_load((run / layout.CONFIG).read_text())
    del config["features"]["kind"]
    (run / layout.CONFIG).write_text(yaml.safe_dump(config))
    record = read_run(run)
    assert record is not None
    digests = digest_files(run)
    record["files"] = {
        name: digests[name] for name in digests if name not in (layout.CONFIG, layout.SPLIT)
    }
    del record["n_stored_columns"]
    write_run(record, run)
    scored = Scorer.from_run(run).score(recordings_tested(run, tone_corpus))
    expected = read_predictions(run / layout.PREDICTIONS)
    pd.testing.assert_frame_equal(scored, expected, check_exact=True)


def test_an_older_run_of_matrices_is_scored_with(
    tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    """Its record does not say how many columns they have: they had more than the run reads."""
    folders = {n_columns: tmp_path / str(n_columns) for n_columns in (12, 15)}
    for folder in folders.values():
        folder.mkdir()
    tables = {n_columns: matrix_table(folder, n_columns) for n_columns, folder in folders.items()}
    config = tone_config(f"data.manifest={tables[15]}", "trainer.max_epochs=1")
    run = train_run(config, prepare_corpus(config), show_progress=False)
    record = read_run(run)
    assert record is not None
    assert record.pop("n_stored_columns") == 15
    write_run(record, run)
    scorer = Scorer.from_run(run)
    scored = scorer.score(recordings_tested(run, tables[15]))
    expected = read_predictions(run / layout.PREDICTIONS)
    pd.testing.assert_frame_equal(scored, expected, check_exact=True)
    with pytest.raises(CorpusError, match="has 12 columns; at least 13 are expected"):
        scorer.score(read_manifest(tables[12]))


def test_demographics_are_not_scored_where_they_are_missing(
    tone_config: Callable[..., Config], tone_corpus: Path
) -> None:
    config = tone_config("model=demographics")
    scorer = Scorer.from_run(train_run(config, prepare_corpus(config), show_progress=False))
    recordings = read_manifest(tone_corpus)
    with pytest.raises(CorpusError, match="age is missing for 12 of 12 speakers"):
        scorer.score(recordings.drop(columns="age"))
    with pytest.raises(CorpusError, match="gender is missing for 12 of 12 speakers"):
        scorer.score(recordings.drop(columns="gender"))
    words = recordings["age"].astype(object).where(recordings["speaker_id"] != "S04", "unknown")
    with pytest.raises(CorpusError, match="age is missing for 1 of 12 speakers"):
        scorer.score(recordings.assign(age=words))
    genders = recordings["gender"].astype("string").where(recordings["speaker_id"] != "S04")
    with pytest.raises(CorpusError, match="gender is missing for 1 of 12 speakers"):
        scorer.score(recordings.assign(gender=genders))


@pytest.mark.parametrize("extraction", [None, 1])
def test_audio_is_not_read_otherwise_than_in_training(
    run: Path, tone_corpus: Path, tmp_path: Path, extraction: int | None
) -> None:
    record = read_run(run)
    assert record is not None
    del record["extraction"]
    if extraction is not None:
        record["extraction"] = extraction
    write_run(record, run)
    scorer, recordings = Scorer.from_run(run), recordings_tested(run, tone_corpus)
    with pytest.raises(RunError, match="features of audio as this one does; train it again"):
        scorer.score(recordings)
    rng = np.random.default_rng(0)
    for number in range(2):
        np.save(tmp_path / f"{number}.npy", rng.standard_normal((20, scorer.n_stored_columns)))
    paths = [str(tmp_path / f"{number}.npy") for number in range(2)]
    assert len(scorer.score(pd.DataFrame({"path": paths, "speaker_id": ["A", "B"]}))) == 2


def test_mistakes_are_explained(run: Path, tone_corpus: Path, tmp_path: Path) -> None:
    scorer, recordings = Scorer.from_run(run), read_manifest(tone_corpus)
    with pytest.raises(CorpusError, match="speaker_id is missing"):
        scorer.score(recordings.drop(columns="speaker_id"))
    with pytest.raises(CorpusError, match="there are none"):
        scorer.score(recordings[:0])
    with pytest.raises(CorpusError, match="label: expected 0"):
        scorer.score(recordings.assign(label=2))
    absent = recordings.assign(path=str(tmp_path / "absent.wav"))[:1]
    with pytest.raises(CorpusError, match=r"(?s)cannot be scored.*cannot be read"):
        scorer.score(absent)
    with pytest.raises(RunError, match="holds no finished run"):
        Scorer.from_run(tmp_path)
    with pytest.raises(RunError, match="at least one run"):
        Scorer.from_runs([])
    with pytest.raises(RunError, match="a run is given twice"):
        Scorer.from_runs([run, run])
    nameless = recordings["speaker_id"].where(recordings.index != 2, None)
    with pytest.raises(CorpusError, match="speaker_id is missing in row 2"):
        scorer.score(recordings.assign(speaker_id=nameless))
    with pytest.raises(CorpusError, match=r"recording_id S00_0.wav is there twice"):
        scorer.score(pd.concat([recordings, recordings[:1]]))


@pytest.mark.parametrize("name", [layout.CHECKPOINT, layout.CONFIG])
def test_a_run_whose_files_have_changed_is_not_scored_with(run: Path, name: str) -> None:
    content = bytearray((run / name).read_bytes())
    content[len(content) // 2] ^= 1
    (run / name).write_bytes(content)
    with pytest.raises(RunError, match=f"{name} damaged"):
        Scorer.from_run(run)


def test_an_older_run_whose_settings_were_edited_is_not_scored_with(run: Path) -> None:
    """Its record has no digest of the configuration."""
    record = read_run(run)
    assert record is not None
    del record["files"][layout.CONFIG]
    write_run(record, run)
    config = yaml.safe_load((run / layout.CONFIG).read_text())
    config["features"]["hop_s"] = 0.02
    (run / layout.CONFIG).write_text(yaml.safe_dump(config))
    with pytest.raises(RunError, match=r"features.hop_s: 0.01 there, 0.02 now"):
        Scorer.from_run(run)


def test_recordings_without_an_id_are_called_by_their_path(run: Path, tone_corpus: Path) -> None:
    recordings = read_manifest(tone_corpus)[:3]
    ids = recordings["recording_id"].where(recordings.index != 1, None)
    scored = Scorer.from_run(run).score(recordings.assign(recording_id=ids))
    assert recordings["path"][1] in set(scored["recording_id"])


def test_certain_models_agree_on_finite_logits(
    run: Path, tone_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = Scorer.from_run(run)

    def certain(self: object, frames: Any) -> np.ndarray:
        return np.full(len(frames.recordings), 60, np.float32)

    monkeypatch.setattr(type(scorer.models[0]), "logits", certain)
    twice = Scorer(scorer.config, scorer.models * 2, scorer.n_stored_columns)
    predictions = twice.score(read_manifest(tone_corpus))
    np.testing.assert_allclose(predictions["logit"], 60)
    assert (speaker_scores(predictions)["speaker_soft_majority"] == 1).all()


def test_audio_is_not_scored_by_a_model_of_other_matrices(
    tone_config: Callable[..., Config], tmp_path: Path, tone_corpus: Path
) -> None:
    table = matrix_table(tmp_path, 80)
    config = tone_config(f"data.manifest={table}", "trainer.max_epochs=1")
    run = train_run(config, prepare_corpus(config), show_progress=False)
    with pytest.raises(CorpusError, match="is audio, of which features=mfcc has no 80 columns"):
        Scorer.from_run(run).score(read_manifest(tone_corpus))


def test_runs_that_read_otherwise_do_not_score_together(
    run: Path, tone_config: Callable[..., Config]
) -> None:
    config = tone_config("trainer.max_epochs=1", "model=bilstm1", "n_mfcc=19")
    other = train_run(config, prepare_corpus(config), show_progress=False)
    with pytest.raises(RunError, match="reads recordings otherwise"):
        Scorer.from_runs([run, other])


def test_a_longer_recording_than_the_baseline_has_seen_is_explained(
    tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    import soundfile

    config = tone_config("trainer.max_epochs=1", "model=baseline")
    run = train_run(config, prepare_corpus(config), show_progress=False)
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000)
    soundfile.write(tmp_path / "long.wav", noise, 16_000)
    long = pd.DataFrame({"path": [str(tmp_path / "long.wav")], "speaker_id": ["new"]})
    with pytest.raises(CorpusError, match="98 frames exceeds the network's"):
        Scorer.from_run(run).score(long)
