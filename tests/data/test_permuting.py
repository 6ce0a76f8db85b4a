"""Labels dealt anew: speakers keep one each, and runs of them are told from others."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import fingerprint
from dysarthria_lightning.data.permuting import permute_labels
from dysarthria_lightning.data.preparation import corpus_key, prepare_corpus
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.training.run import train_run


@given(seed=st.integers(0, 2**32 - 1), n_patients=st.integers(1, 9), n_recordings=st.integers(1, 3))
def test_speakers_keep_one_label_each_and_classes_their_sizes(
    seed: int, n_patients: int, n_recordings: int
) -> None:
    speakers = np.repeat(np.arange(10), n_recordings)
    recordings = pd.DataFrame(
        {"speaker_id": [f"S{n}" for n in speakers], "label": (speakers < n_patients).astype(int)}
    )
    dealt = permute_labels(recordings, seed)
    of_speakers = dealt.groupby("speaker_id")["label"]
    assert (of_speakers.nunique() == 1).all()
    assert of_speakers.first().sum() == n_patients
    assert dealt["speaker_id"].tolist() == recordings["speaker_id"].tolist()
    shuffled = recordings.sample(frac=1, random_state=0)
    again = permute_labels(shuffled, seed).sort_index()
    pd.testing.assert_frame_equal(again, dealt)


def test_the_store_is_shared_and_has_the_true_labels(tone_config: Callable[..., Config]) -> None:
    plain, dealt = tone_config(), tone_config("data.permuted_labels=3")
    stores = [prepare_corpus(config) for config in (plain, dealt, plain)]
    assert stores[0].key == stores[1].key == corpus_key(dealt)
    labels = [store.recordings["label"].tolist() for store in stores]
    assert labels[0] == labels[2] != labels[1]
    assert (
        stores[1].recordings["label"].tolist()
        == permute_labels(stores[0].recordings, 3)["label"].tolist()
    )


def test_runs_of_dealt_labels_stand_apart(tone_config: Callable[..., Config]) -> None:
    plain, dealt, other = (
        tone_config(),
        tone_config("data.permuted_labels=0"),
        tone_config("data.permuted_labels=1"),
    )
    folders = {layout.run_folder(config) for config in (plain, dealt, other)}
    assert len(folders) == 3
    assert "tones-permuted0" in str(layout.run_folder(dealt))
    # What was trained before there was such a key is found again.
    assert "permuted_labels" not in fingerprint(plain, "key")["data"]
    assert fingerprint(dealt, "key")["data"]["permuted_labels"] == 0


@pytest.mark.usefixtures("without_curves")
def test_a_model_is_trained_and_tested_by_the_dealt_labels(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config("model=functionals", "data.permuted_labels=3")
    store = prepare_corpus(config)
    folder: Path = train_run(config, store, show_progress=False)
    tested = read_predictions(folder / layout.PREDICTIONS).set_index("recording_id")["label"]
    expected = store.recordings.set_index("recording_id")["label"].loc[tested.index]
    assert tested.tolist() == expected.tolist()
    assert (
        config.data.read(config.outputs_dir)
        .set_index("recording_id")["label"]
        .loc[tested.index]
        .tolist()
        != expected.tolist()
    )
