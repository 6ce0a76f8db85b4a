"""Padded batches straight from the mapped feature store, recordings of like length together."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from dysarthria_lightning.data.store import FeatureStore


class Batch(NamedTuple):
    """What a network trains on.

    Attributes:
        features: (batch, frames, coefficients) float32, standardised, zero beyond each length.
        lengths: (batch,) int64, frames of each recording.
        labels: (batch,) float32, 1 for dysarthric.
        rows: (batch,) int64, positions in the store's recordings.
    """

    features: Tensor
    lengths: Tensor
    labels: Tensor
    rows: Tensor


class Standardisation(NamedTuple):
    """Mean and standard deviation of each coefficient over the training frames.

    Attributes:
        mean: (coefficients,) float64.
        std: (coefficients,) float64; 1 where a coefficient is constant.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    @classmethod
    def of(cls, store: FeatureStore, rows: NDArray[np.int64], n_mfcc: int) -> "Standardisation":
        """Measure the frames of some recordings (paper, section II).

        Args:
            store: The feature store.
            rows: Positions of the training recordings.
            n_mfcc: Coefficients used.
        """
        count = int(_column(store, "n_frames", rows).sum())
        # Two passes, for a variance from sums of squares loses digits.
        mean = sum(frames.sum(axis=0) for frames in _each(store, rows, n_mfcc)) / count
        squares = sum(((frames - mean) ** 2).sum(axis=0) for frames in _each(store, rows, n_mfcc))
        std = np.sqrt(squares / count)
        return cls(np.asarray(mean), np.where(std > 1e-12 * np.maximum(1, abs(mean)), std, 1.0))


def _each(
    store: FeatureStore, rows: NDArray[np.int64], n_mfcc: int
) -> Iterator[NDArray[np.float64]]:
    """Yield the frames of each recording, (frames, coefficients)."""
    frames = _plain(store.frames)
    spans = zip(_column(store, "offset", rows), _column(store, "n_frames", rows), strict=True)
    for offset, n_frames in spans:
        yield frames[offset : offset + n_frames, :n_mfcc].astype(np.float64)


def _column(store: FeatureStore, name: str, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return store.recordings[name].to_numpy(np.int64)[rows]


def _plain(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """View mapped frames as a plain array; slicing a ``memmap`` takes several times as long."""
    return frames.view(np.ndarray)


class PaddedDataset(Dataset[Batch]):
    """Some of a store's recordings, served a whole batch at a time.

    Indexing with a list of positions among ``rows`` gives their :class:`Batch`.

    Args:
        store: The feature store.
        rows: Positions of this side's recordings in the store.
        n_mfcc: Coefficients used, from the lowest quefrency up.
        standardisation: Statistics of the training frames.
    """

    def __init__(
        self,
        store: FeatureStore,
        rows: NDArray[np.int64],
        n_mfcc: int,
        standardisation: Standardisation,
    ) -> None:
        self.frames = _plain(store.frames)
        self.rows = torch.from_numpy(np.array(rows, dtype=np.int64))
        self.offsets = _column(store, "offset", rows)
        self.lengths = _column(store, "n_frames", rows)
        self.labels = torch.from_numpy(_column(store, "label", rows)).float()
        self.mean = standardisation.mean.astype(np.float32)
        self.std = standardisation.std.astype(np.float32)
        self.n_mfcc = n_mfcc

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, positions: list[int]) -> Batch:
        lengths = self.lengths[positions]
        features = np.zeros((len(positions), lengths.max(), self.n_mfcc), dtype=np.float32)
        for row, (offset, length) in enumerate(zip(self.offsets[positions], lengths, strict=True)):
            frames = self.frames[offset : offset + length, : self.n_mfcc]
            features[row, :length] = (frames - self.mean) / self.std
        return Batch(
            torch.from_numpy(features),
            torch.from_numpy(lengths),
            self.labels[positions],
            self.rows[positions],
        )


class LengthBucketSampler(Sampler[list[int]]):
    """Batches of similar length in random order, another one each epoch.

    Recordings are shuffled, sorted by length only inside pools of a few batches, and the batches
    shuffled again: padding shrinks, while which recordings meet in a batch, and when, stays
    random. Everything follows from (seed, epoch).

    Args:
        lengths: (n,) frames of each recording.
        batch_size: Recordings in a batch; the epoch's last pool may end in a smaller one.
        seed: Draws the order.
        pool_batches: Batches in a pool.
    """

    def __init__(
        self, lengths: NDArray[np.int64], batch_size: int, seed: int, pool_batches: int = 8
    ) -> None:
        self.lengths = lengths
        self.batch_size = batch_size
        self.seed = seed
        self.pool_batches = pool_batches
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; Lightning calls this at the start of each."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(len(self.lengths))
        pool_size = self.batch_size * self.pool_batches
        batches: list[NDArray[np.int64]] = []
        for start in range(0, len(order), pool_size):
            pool = order[start : start + pool_size]
            pool = pool[np.argsort(self.lengths[pool], kind="stable")]
            batches += _chunks(pool, self.batch_size)
        for number in rng.permutation(len(batches)):
            yield batches[number].tolist()


class SortedBatches(Sampler[list[int]]):
    """All recordings from the shortest to the longest, for evaluation: least padding, one order.

    Args:
        lengths: (n,) frames of each recording.
        batch_size: Recordings in a batch.
    """

    def __init__(self, lengths: NDArray[np.int64], batch_size: int) -> None:
        self.batches = _chunks(np.argsort(lengths, kind="stable"), batch_size)

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self.batches:
            yield batch.tolist()


def _chunks(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
