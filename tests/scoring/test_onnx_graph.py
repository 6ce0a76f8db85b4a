"""The ONNX graph scores as PyTorch does, at every length and rate, for every kind of network."""

from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import soundfile
from browser_models import untrained
from configurations import compose_config

from dysarthria_lightning.errors import RunError
from dysarthria_lightning.scoring.onnx_graph import write_onnx
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.scoring.state import ModelState


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (16000, ("model=lstm1",)),
        (44100, ("model=lstm2", "features.remove_dc=true", "features.level=recording")),
        (8000, ("model=bilstm1", "features.cmn=recording")),
        (16000, ("model=attention", "features.drop_c0=true")),
        (44100, ("model=baseline", "features=log_mel")),
    ],
)
def test_scores_are_pytorchs(rate: int, words: tuple[str, ...], tmp_path: Path) -> None:
    config = compose_config(tmp_path, *words, "model.hidden_size=6")
    n_columns = config.features.n_columns(config.n_mfcc)
    assert n_columns is not None
    read = config.n_mfcc or n_columns
    states = tuple(untrained(config, seed, 1100, read) for seed in (1, 2))
    saved = SavedModels(config, states, n_columns)
    write_onnx(saved, rate, tmp_path / "graph.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "graph.onnx")
    scorer = Scorer.of(saved)
    rng = np.random.default_rng(rate)
    for seconds in (0.02501, 0.3, 1.0, 10.0):
        time = np.arange(int(np.ceil(seconds * rate))) / rate
        samples = 0.2 * np.sin(2 * np.pi * 300 * time * (1 + 0.2 * time)) + 0.03
        samples = (samples + 0.05 * rng.standard_normal(len(time))).astype(np.float32)
        soundfile.write(tmp_path / "one.wav", samples, rate, subtype="FLOAT")
        table = pd.DataFrame({"path": [str(tmp_path / "one.wav")], "speaker_id": "anna"})
        expected = scorer.score(table)["probability"].item()
        logits, probability = session.run(None, {"samples": samples})
        assert logits.shape == (2,)
        assert probability[0] == pytest.approx(expected, abs=1e-4), seconds


def test_a_recording_longer_than_the_baseline_takes_has_no_score(tmp_path: Path) -> None:
    config = compose_config(tmp_path, "model=baseline", "model.hidden_size=2")
    saved = SavedModels(config, (untrained(config, 1, max_frames=20),), 25)
    write_onnx(saved, 16000, tmp_path / "graph.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "graph.onnx")
    samples = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
    assert np.isfinite(session.run(None, {"samples": samples[:3000]})[1])
    assert np.isnan(session.run(None, {"samples": samples})[1])


def test_functionals_have_no_graph(tmp_path: Path) -> None:
    config = compose_config(tmp_path, "model=functionals")
    saved = SavedModels(config, (ModelState({}, {"fitted": {}, "n_columns": 13}),), 25)
    with pytest.raises(RunError, match="all recordings of a person together"):
        write_onnx(saved, 16000, tmp_path / "graph.onnx")
