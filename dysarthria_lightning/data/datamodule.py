"""The data module: one run's batches, with speakers kept apart."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader

from dysarthria_lightning.data.batches import (
    Batch,
    LengthBucketSampler,
    PaddedDataset,
    SortedBatches,
    Standardisation,
)
from dysarthria_lightning.data.splits import SIDES, Split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import LeakError


class RecordingsDataModule(LightningDataModule):
    """Padded batches of a split, standardised by its training side alone.

    Args:
        store: The corpus's feature store.
        split: Which recordings stand on which side.
        n_columns: Columns used, the first ones.
        batch_size: Training recordings in a batch.
        seed: Draws the order of training.

    Raises:
        LeakError: A speaker stands on two sides of a split that must keep speakers apart.
    """

    def __init__(
        self, store: FeatureStore, split: Split, n_columns: int, batch_size: int, seed: int
    ) -> None:
        super().__init__()
        check_sides_apart(split, store.recordings)
        self.store = store
        self.split = split
        self.n_columns = n_columns
        self.batch_size = batch_size
        self.seed = seed
        self.standardisation = Standardisation.of(store, split.train, n_columns)

    def dataset(self, side: str) -> PaddedDataset:
        """Return the recordings of ``train``, ``validation`` or ``test``."""
        return PaddedDataset(
            self.store, self.split.side(side), self.n_columns, self.standardisation
        )

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return training batches, shuffled anew each epoch."""
        dataset = self.dataset("train")
        sampler = LengthBucketSampler(dataset.lengths, self.batch_size, self.seed)
        return _loader(dataset, sampler)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Return the validation recordings."""
        return self.evaluation_dataloader("validation")

    def test_dataloader(self) -> DataLoader[Batch]:
        """Return the test recordings."""
        return self.evaluation_dataloader("test")

    def evaluation_dataloader(self, side: str) -> DataLoader[Batch]:
        """Return a side's recordings, each once."""
        return evaluation_loader(self.dataset(side))

    def transfer_batch_to_device(
        self, batch: Batch, device: torch.device, dataloader_idx: int
    ) -> Batch:
        """Move a batch to a device, where it is not there already."""
        if batch.features.device == device:
            return batch
        moved: Batch = super().transfer_batch_to_device(batch, device, dataloader_idx)
        return moved

    def state_dict(self) -> dict[str, Any]:
        """Put the standardisation into checkpoints: whoever scores new recordings needs it."""
        return {
            "n_columns": self.n_columns,
            "mean": self.standardisation.mean.tolist(),
            "std": self.standardisation.std.tolist(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the standardisation from a checkpoint."""
        self.standardisation = Standardisation(
            np.array(state_dict["mean"]), np.array(state_dict["std"])
        )


def evaluation_loader(dataset: PaddedDataset) -> DataLoader[Batch]:
    """Serve recordings for evaluation: each once, from the shortest to the longest.

    The order decides which recordings share a batch, and so the last bits of their logits.
    """
    return _loader(dataset, SortedBatches(dataset.lengths))


def _loader(
    dataset: PaddedDataset, sampler: LengthBucketSampler | SortedBatches
) -> DataLoader[Batch]:
    # The sampler draws whole batches and the dataset pads them: no collation, and no workers:
    # the frames are mapped from disk.
    return DataLoader(dataset, batch_size=None, sampler=sampler, num_workers=0)


def check_sides_apart(split: Split, recordings: pd.DataFrame) -> None:
    """Refuse a split that would test on what was trained on.

    Args:
        split: The split.
        recordings: The store's recordings.

    Raises:
        LeakError: A speaker stands on two sides of a split that must keep speakers apart, or one
            recording's audio on two sides of any split.
    """
    column = "speaker_id" if split.speakers_apart else "source_digest"
    numbers, names = pd.factorize(recordings[column])
    stands = np.zeros((len(SIDES), len(names)), dtype=bool)
    for row, side in enumerate(SIDES):
        stands[row, numbers[split.side(side)]] = True
    for first, second in combinations(range(len(SIDES)), 2):
        shared = sorted(names[stands[first] & stands[second]])
        if shared:
            raise LeakError(
                f"{column} {', '.join(shared)} on both the {SIDES[first]} and the "
                f"{SIDES[second]} side"
            )
