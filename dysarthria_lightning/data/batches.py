"""Padded batches straight from the mapped feature store, recordings of like length together."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from dysarthria_lightning.data.store import FeatureStore


class Batch(NamedTuple):
    """What a network trains on.

    Attributes:
        features: (batch, frames, columns) float32, standardised, zero beyond each length.
        lengths: (batch,) int64, frames of each recording.
        labels: (batch,) float32, 1 for dysarthric.
        rows: (batch,) int64, positions in the store's recordings.
    """

    features: Tensor
    lengths: Tensor
    labels: Tensor
    rows: Tensor


class IndexedFrames(Protocol):
    """Frames of many recordings in one array, and where each recording's lie.

    Attributes:
        frames: (n_frames, n_columns) float32.
        recordings: One row per recording, with ``offset``, ``n_frames`` and ``label``.
    """

    @property
    def frames(self) -> NDArray[np.float32]: ...  # noqa: D102

    @property
    def recordings(self) -> pd.DataFrame: ...  # noqa: D102


class Standardisation(NamedTuple):
    """Mean and standard deviation of each column over the training frames.

    Attributes:
        mean: (columns,) float64.
        std: (columns,) float64; 1 where a column is constant.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    @classmethod
    def of(cls, store: FeatureStore, rows: NDArray[np.int64], n_columns: int) -> "Standardisation":
        """Measure the frames of some recordings (paper, section II).

        Args:
            store: The feature store.
            rows: Positions of the training recordings.
            n_columns: Columns used, the first ones.
        """
        count = int(_column(store, "n_frames", rows).sum())
        # Two passes: a variance from sums of squares loses digits.
        mean = sum(frames.sum(axis=0) for frames in _each(store, rows, n_columns)) / count
        squares = sum(
            ((frames - mean) ** 2).sum(axis=0) for frames in _each(store, rows, n_columns)
        )
        std = np.sqrt(squares / count)
        return cls(np.asarray(mean), np.where(std > 1e-12 * np.maximum(1, abs(mean)), std, 1.0))


def _each(
    store: FeatureStore, rows: NDArray[np.int64], n_columns: int
) -> Iterator[NDArray[np.float64]]:
    """Yield the frames of each recording, (frames, columns)."""
    frames = _plain(store.frames)
    spans = zip(_column(store, "offset", rows), _column(store, "n_frames", rows), strict=True)
    for offset, n_frames in spans:
        yield frames[offset : offset + n_frames, :n_columns].astype(np.float64)


def _column(store: IndexedFrames, name: str, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return store.recordings[name].to_numpy(np.int64)[rows]


def _plain(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """View mapped frames as a plain array; slicing a ``memmap`` takes several times as long."""
    return frames.view(np.ndarray)


class PaddedDataset(Dataset[Batch]):
    """Some of a store's recordings, served a whole batch at a time.

    Indexing with a list of positions among ``rows`` gives their :class:`Batch`.

    Args:
        store: The feature store, or the like.
        rows: Positions of this side's recordings in it.
        n_columns: Columns used, the first ones.
        standardisation: Statistics of the training frames.
    """

    def __init__(
        self,
        store: IndexedFrames,
        rows: NDArray[np.int64],
        n_columns: int,
        standardisation: Standardisation,
    ) -> None:
        self.frames = _plain(store.frames)
        self.rows = torch.from_numpy(np.array(rows, dtype=np.int64))
        self.offsets = _column(store, "offset", rows)
        self.lengths = _column(store, "n_frames", rows)
        self.labels = torch.from_numpy(_column(store, "label", rows)).float()
        self.mean = standardisation.mean.astype(np.float32)
        self.std = standardisation.std.astype(np.float32)
        self.n_columns = n_columns

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, positions: list[int]) -> Batch:
        lengths = self.lengths[positions]
        features = np.zeros((len(positions), lengths.max(), self.n_columns), dtype=np.float32)
        for row, (offset, length) in enumerate(zip(self.offsets[positions], lengths, strict=True)):
            frames = self.frames[offset : offset + length, : self.n_columns]
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
        batch_size: Recordings in a batch; without gradients more fit than in training.
        max_frames: Frames in a batch, padding included, unless a single recording has more: one
            of an hour beside 255 others would take all memory.
    """

    def __init__(
        self, lengths: NDArray[np.int64], batch_size: int = 256, max_frames: int = 1_000_000
    ) -> None:
        self.batches: list[NDArray[np.int64]] = []
        for batch in _chunks(np.argsort(lengths, kind="stable"), batch_size):
            # The last of some recordings is the longest, to which the others are padded.
            start = 0
            for place, length in enumerate(lengths[batch].tolist()):
                if place > start and (place + 1 - start) * length > max_frames:
                    self.batches.append(batch[start:place])
                    start = place
            self.batches.append(batch[start:])

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self.batches:
            yield batch.tolist()


def _chunks(order: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [order[start : start + size] for start in range(0, len(order), size)]
