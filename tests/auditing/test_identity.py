"""Who is speaking, told from a network's last hidden layer."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from configurations import compose_tone_config

from dysarthria_lightning.auditing.finding import Light
from dysarthria_lightning.auditing.identity import hidden_vectors, identify, identity_finding
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.models.parts.network import Network
from dysarthria_lightning.runs import layout
from dysarthria_lightning.scoring.models import TrainedNetwork, restore_model
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.training.run import train_run


def recordings(n_speakers: int, n_each: int) -> pd.DataFrame:
    speakers = np.repeat(np.arange(n_speakers), n_each)
    return pd.DataFrame(
        {
            "speaker_id": [f"S{n}" for n in speakers],
            "source_id": [f"R{n}" for n in range(len(speakers))],
        }
    )


def test_speakers_who_are_apart_are_identified_and_others_are_guessed() -> None:
    rng = np.random.default_rng(0)
    table = recordings(6, 20)
    centres = 30 * rng.normal(size=(6, 5))
    apart = centres[np.repeat(np.arange(6), 20)] + rng.normal(size=(120, 5))
    found = identify(apart, table)
    assert found is not None
    assert found == (1.0, pytest.approx(1 / 6))
    guessed = np.mean([identify(rng.normal(size=(120, 5)), table)[0] for _ in range(20)])
    assert guessed == pytest.approx(1 / 6, abs=0.04)


def test_segments_of_a_recording_stay_together() -> None:
    # Each recording has a vector of its own, which says nothing of the speaker's others.
    rng = np.random.default_rng(0)
    table = recordings(5, 24)
    table["source_id"] = [f"R{n // 6}" for n in range(120)]
    vectors = 100 * rng.normal(size=(20, 4))[np.arange(120) // 6] + rng.normal(size=(120, 4))
    found = identify(vectors, table)
    assert found is not None
    assert found.accuracy < 0.6


def test_one_speaker_or_single_recordings_identify_nobody() -> None:
    assert identify(np.zeros((4, 2)), recordings(1, 4)) is None
    assert identify(np.zeros((4, 2)), recordings(4, 1)) is None


@pytest.mark.usefixtures("without_curves")
@pytest.mark.parametrize("model", ["baseline", "bilstm1", "attention"])
def test_vectors_are_what_the_networks_head_scores(
    tmp_path: Path, tone_corpus: Path, model: str
) -> None:
    config = compose_tone_config(tmp_path, tone_corpus, f"model={model}")
    store = prepare_corpus(config)
    folder = train_run(config, store, show_progress=False)
    network = restore_model(config.model, SavedModels.of_runs([folder]).states[0])
    assert isinstance(network, TrainedNetwork)
    assert isinstance(network.network, Network)
    predictions = read_predictions(folder / layout.PREDICTIONS).set_index("recording_id")
    rows = np.flatnonzero(store.recordings["recording_id"].isin(predictions.index))
    vectors = hidden_vectors(network, store, rows)
    head = network.network.head
    weights = [it.detach().double().numpy() for it in head.parameters()]
    logits = vectors @ weights[0][0] + weights[1][0]
    expected = predictions["logit"].loc[store.recordings["recording_id"].iloc[rows]]
    np.testing.assert_allclose(logits, expected, atol=1e-5)
    found = identity_finding([folder], store)
    assert found.light == Light.NOTE
    assert "of a fold's test speakers (chance 33 %)" in found.text


@pytest.mark.usefixtures("without_curves")
def test_a_regression_has_no_hidden_layer(tmp_path: Path, tone_corpus: Path) -> None:
    config = compose_tone_config(tmp_path, tone_corpus, "model=functionals")
    store = prepare_corpus(config)
    found = identity_finding([train_run(config, store, show_progress=False)], store)
    assert (found.light, found.text) == (
        Light.GREY,
        "Not computed: the model has no hidden layer.",
    )
