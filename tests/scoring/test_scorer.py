"""Runs of every kind of model and of features are scored with, and mistakes are explained."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from scorer_contracts import ScorerContract, recordings_tested

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import CorpusError, RunError
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.training.run import train_run


class TestBaseline(ScorerContract):
    words = ("model=baseline",)


class TestLSTM2(ScorerContract):
    words = ("model=lstm2", "trainer.threads=2")


class TestBiLSTM1OfSegments(ScorerContract):
    words = ("model=bilstm1", "data.segment_s=0.05", "n_mfcc=19")


class TestAttentionOverLogMel(ScorerContract):
    words = ("model=attention", "features=log_mel")


class TestFunctionals(ScorerContract):
    words = ("model=functionals",)


@pytest.fixture
def run(tone_config: Callable[..., Config]) -> Path:
    config = tone_config("trainer.max_epochs=1", "model=bilstm1")
    return train_run(config, prepare_corpus(config), show_progress=False)


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
    scored = Scorer.from_run(run).score(recordings_tested(run, tone_corpus))
    expected = read_predictions(run / layout.PREDICTIONS)
    pd.testing.assert_frame_equal(scored, expected, check_exact=True)


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
    (run / layout.CHECKPOINT).write_bytes(b"PK")
    with pytest.raises(RunError, match=r"best.ckpt cannot be read"):
        Scorer.from_run(run)


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
