"""Batches: standardised by the training side alone, shuffled honestly, speakers apart."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.batches import LengthBucketSampler, SortedBatches, Standardisation
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.splits import SIDES, Split, make_split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import LeakError


@pytest.fixture
def store(tone_config: Callable[..., Config]) -> FeatureStore:
    return prepare_corpus(tone_config())


@pytest.fixture
def split(store: FeatureStore, tone_config: Callable[..., Config]) -> Split:
    return make_split(store.recordings, tone_config().protocol, [], 0, 0)


def frames_of(store: FeatureStore, rows: np.ndarray, n_mfcc: int) -> np.ndarray:
    spans = store.recordings.iloc[rows][["offset", "n_frames"]].to_numpy()
    return np.concatenate([store.frames[start : start + n, :n_mfcc] for start, n in spans])


def test_standardisation_is_scikit_learns_on_the_training_frames(
    store: FeatureStore, split: Split
) -> None:
    scaler = StandardScaler().fit(frames_of(store, split.train, 13).astype(np.float64))
    ours = Standardisation.of(store, split.train, 13)
    np.testing.assert_allclose(ours.mean, scaler.mean_, rtol=1e-9)
    np.testing.assert_allclose(ours.std, scaler.scale_, rtol=1e-9)


def test_a_constant_coefficient_stays_finite(store: FeatureStore, split: Split) -> None:
    frames = np.array(store.frames)
    frames[:, 2] = 7.1
    constant = FeatureStore(store.folder, store.recordings, store.about)
    constant.__dict__["frames"] = frames
    assert Standardisation.of(constant, split.train, 13).std[2] == 1.0


@pytest.mark.parametrize("side", SIDES)
def test_batches_hold_each_recording_once_padded_with_zeros(
    store: FeatureStore, split: Split, side: str
) -> None:
    data = RecordingsDataModule(store, split, n_columns=13, batch_size=8, seed=0)
    loader = data.train_dataloader() if side == "train" else data.evaluation_dataloader(side)
    seen = []
    for batch in loader:
        assert batch.features.dtype == torch.float32
        for row, features, length, label in zip(
            batch.rows.tolist(), batch.features, batch.lengths, batch.labels, strict=True
        ):
            expected = frames_of(store, np.array([row]), 13)
            expected = (expected - data.standardisation.mean) / data.standardisation.std
            np.testing.assert_allclose(features[:length], expected, atol=1e-4)
            assert not features[length:].any()
            assert label == store.recordings["label"].iloc[row]
            seen.append(row)
    assert sorted(seen) == split.side(side).tolist()


class Watched:
    """Frames that remember which of them were read."""

    def __init__(self, frames: np.ndarray) -> None:
        self.frames = frames
        self.read: list[tuple[int, int]] = []

    def view(self, kind: type) -> "Watched":
        return self

    def __getitem__(self, key: tuple[slice, slice]) -> np.ndarray:
        self.read.append((key[0].start, key[0].stop))
        return self.frames[key]


def test_training_reads_a_recording_at_a_time_and_none_of_another_side(
    store: FeatureStore, split: Split
) -> None:
    watched = Watched(store.frames)
    store.__dict__["frames"] = watched
    training = store.recordings.iloc[split.train]
    spans = sorted(zip(training["offset"], training["offset"] + training["n_frames"], strict=True))
    loader = RecordingsDataModule(store, split, 13, 8, 0).train_dataloader()
    # Once for the mean and once for the standard deviation.
    assert sorted(watched.read) == sorted(2 * spans)
    for _ in range(2):
        watched.read.clear()
        batches = iter(loader)
        size = len(next(batches).rows)
        assert len(watched.read) == size
        assert size + sum(len(batch.rows) for batch in batches) == len(spans)
        assert sorted(watched.read) == spans


@pytest.mark.parametrize(("here", "there"), [("train", "validation"), ("train", "test")])
def test_a_speaker_on_two_sides_is_caught(
    store: FeatureStore, split: Split, here: str, there: str
) -> None:
    row = split.side(here)[0]
    broken = replace(split, **{there: np.append(split.side(there), row)})
    speaker = store.recordings["speaker_id"].iloc[row]
    message = f"speaker_id {speaker} on both the {here} and the {there} side"
    with pytest.raises(LeakError, match=message):
        RecordingsDataModule(store, broken, n_columns=13, batch_size=8, seed=0)


def test_a_recording_on_two_sides_is_caught(store: FeatureStore, split: Split) -> None:
    row = split.validation[0]
    broken = replace(split, test=np.append(split.test, row), speakers_apart=False)
    digest = store.recordings["source_digest"].iloc[row]
    with pytest.raises(LeakError, match=f"source_digest.*{digest}.*validation and the test"):
        RecordingsDataModule(store, broken, n_columns=13, batch_size=8, seed=0)


def test_another_test_side_changes_nothing_in_training(store: FeatureStore, split: Split) -> None:
    whole = RecordingsDataModule(store, split, 13, 8, 0)
    less = RecordingsDataModule(store, replace(split, test=split.test[:1]), 13, 8, 0)
    for first, second in zip(whole.train_dataloader(), less.train_dataloader(), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@given(
    lengths=st.lists(st.integers(1, 200), min_size=1, max_size=150),
    batch_size=st.integers(1, 16),
    seed=st.integers(0, 99),
    epoch=st.integers(0, 50),
)
def test_an_epoch_serves_each_recording_once(
    lengths: list[int], batch_size: int, seed: int, epoch: int
) -> None:
    sampler = LengthBucketSampler(np.array(lengths), batch_size, seed)
    sampler.set_epoch(epoch)
    batches = list(sampler)
    assert sorted(chain.from_iterable(batches)) == list(range(len(lengths)))
    assert len(batches) == len(sampler)
    assert max(len(batch) for batch in batches) <= batch_size
    assert batches == list(sampler)
    ordered = chain.from_iterable(SortedBatches(np.array(lengths), batch_size))
    assert [lengths[i] for i in ordered] == sorted(lengths)


@given(
    lengths=st.lists(st.integers(1, 5000), min_size=1, max_size=60), batch_size=st.integers(1, 20)
)
def test_a_batch_of_evaluation_takes_no_more_memory_than_allowed(
    lengths: list[int], batch_size: int
) -> None:
    served = list(SortedBatches(np.array(lengths), batch_size, max_frames=6000))
    for batch in served:
        assert len(batch) <= batch_size
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= 6000
    assert sorted(chain.from_iterable(served)) == list(range(len(lengths)))
    # One that is very long stands alone, and the others stay together.
    assert list(SortedBatches(np.array([9000, *[10] * 8]), 9, 6000)) == [[*range(1, 9)], [0]]


def test_epochs_and_seeds_differ_and_buckets_save_padding() -> None:
    lengths = np.random.default_rng(0).integers(10, 100, 2000)
    sampler = LengthBucketSampler(lengths, 64, seed=0)
    first = list(sampler)
    sampler.set_epoch(1)
    assert first != list(sampler)
    assert first != list(LengthBucketSampler(lengths, 64, seed=1))

    def padded(batches: list[list[int]]) -> int:
        return sum(len(batch) * int(lengths[batch].max()) for batch in batches)

    shuffled = np.random.default_rng(0).permutation(2000)
    plain = [shuffled[start : start + 64].tolist() for start in range(0, 2000, 64)]
    assert padded(first) < 0.75 * padded(plain)
    assert padded(first) < 1.15 * lengths.sum()


def test_any_two_recordings_can_meet_in_a_batch() -> None:
    lengths = np.arange(64)
    sampler = LengthBucketSampler(lengths, 4, seed=0, pool_batches=2)
    met = set()
    for epoch in range(200):
        sampler.set_epoch(epoch)
        met |= {int(lengths[other]) for batch in sampler if 0 in batch for other in batch}
    assert len(met) > 40
