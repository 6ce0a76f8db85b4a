"""A8: how much a network's last hidden layer says about who is speaking."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from dysarthria_lightning.auditing.finding import Finding, Light
from dysarthria_lightning.data.batches import PaddedDataset
from dysarthria_lightning.data.datamodule import evaluation_loader
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.models.parts.network import Network
from dysarthria_lightning.runs import layout
from dysarthria_lightning.scoring.models import TrainedNetwork, restore_model
from dysarthria_lightning.scoring.saved import SavedModels

_KEY, _NAME = "identity", "Identity, new speakers"


class Identified(NamedTuple):
    """How well speakers are identified.

    Attributes:
        accuracy: Share of a speaker's recordings given to the right one, the mean over speakers.
        chance: One over the number of speakers.
    """

    accuracy: float
    chance: float


def identity_finding(folders: Sequence[Path], store: FeatureStore) -> Finding:
    """Say how well the test speakers of each fold are identified by the fold's network.

    Args:
        folders: Of the folds.
        store: The corpus's features.
    """
    found = []
    for folder in folders:
        saved = SavedModels.of_runs([folder])
        model = restore_model(saved.config.model, saved.states[0])
        if not (isinstance(model, TrainedNetwork) and isinstance(model.network, Network)):
            return _not_computed("the model has no hidden layer")
        tested = read_predictions(folder / layout.PREDICTIONS)["recording_id"]
        rows = np.flatnonzero(store.recordings["recording_id"].isin(tested))
        vectors = hidden_vectors(model, store, rows)
        identified = identify(vectors, store.recordings.iloc[rows])
        if identified is not None:
            found.append(identified)
    if not found:
        return _not_computed("no fold tests two speakers with recordings enough")
    accuracy, chance = np.mean(found, axis=0)
    text = (
        f"From the network's last hidden layer {100 * accuracy:.0f} % of recordings are given to "
        f"the right one of a fold's test speakers (chance {100 * chance:.0f} %), whom it has never "
        "heard: so much of it is who is speaking (the mean over speakers)"
    )
    return Finding(_KEY, _NAME, Light.NOTE, f"{text}.")


def hidden_vectors(
    model: TrainedNetwork, store: FeatureStore, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return what a network's head sees of recordings.

    Args:
        model: It, with an encoder, a pooling and a head.
        store: The corpus's features.
        rows: Of the store's recordings.

    Returns:
        (len(rows), units).
    """
    network = model.network
    assert isinstance(network, Network)
    dataset = PaddedDataset(store, rows, model.n_columns, model.standardisation)
    places = {int(row): place for place, row in enumerate(rows)}
    vectors: list[NDArray[np.float64]] = [np.empty(0)] * len(rows)
    with torch.inference_mode():
        for batch in evaluation_loader(dataset):
            outputs = network.encoder(batch.features, batch.lengths)
            pooled = network.pooling(outputs, batch.lengths).double().numpy()
            for row, vector in zip(batch.rows.tolist(), pooled, strict=True):
                vectors[places[row]] = vector
    return np.array(vectors)


def identify(vectors: NDArray[np.float64], recordings: pd.DataFrame) -> Identified | None:
    """Identify speakers by linear discriminant analysis, fitted to every other of their recordings.

    Args:
        vectors: (n_recordings, units).
        recordings: (n_recordings,) rows with ``speaker_id`` and ``source_id``; the segments of one
            recording stay together.

    Returns:
        How well; None where fewer than two speakers have two recordings and two vectors to fit.
    """
    speakers = recordings["speaker_id"].to_numpy(dtype=object)
    sources = recordings.groupby("speaker_id")["source_id"].transform(
        lambda its: pd.factorize(its)[0]
    )
    fitted = (sources % 2 == 0).to_numpy()
    both = [
        speaker
        for speaker in np.unique(speakers.astype(str))
        if (fitted & (speakers == speaker)).sum() > 1 and (~fitted & (speakers == speaker)).any()
    ]
    if len(both) < 2:
        return None
    chosen = np.isin(speakers, both)
    # Constant units say nothing, and shrinkage makes the others' covariance invertible.
    analysis = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    analysis.fit(vectors[fitted & chosen], speakers[fitted & chosen].astype(str))
    told = analysis.predict(vectors[~fitted & chosen])
    right = pd.Series(told == speakers[~fitted & chosen].astype(str))
    accuracy = right.groupby(speakers[~fitted & chosen].astype(str)).mean().mean()
    return Identified(float(accuracy), 1 / len(both))


def _not_computed(why: str) -> Finding:
    return Finding(_KEY, _NAME, Light.GREY, f"Not computed: {why}.")
