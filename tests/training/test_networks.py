"""Training through Lightning computes what a loop of torch alone does, to the bit."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch.nn import functional as F

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.splits import make_split
from dysarthria_lightning.evaluation.predictions import make_predictions
from dysarthria_lightning.training.module import build_network
from dysarthria_lightning.training.networks import prepare_torch, train_network


def make_data(config: Config) -> RecordingsDataModule:
    store = prepare_corpus(config)
    split = make_split(store.recordings, config.protocol, [], config.fold, config.split_seed)
    return RecordingsDataModule(store, split, config.n_mfcc, config.trainer.batch_size, config.seed)


def train_bare(config: Config, data: RecordingsDataModule) -> dict[str, pd.DataFrame]:
    """Train with torch alone and return predictions by side, of the epoch of the lowest error."""
    network = build_network(config.model.model_dump(), data.n_columns, data.store.max_frames)
    groups = [
        {
            "params": [each for each in network.parameters() if (each.dim() > 1) == decayed],
            "weight_decay": config.model.l2 if decayed else 0.0,
        }
        for decayed in (True, False)
    ]
    optimiser = torch.optim.Adam(groups, lr=config.trainer.learning_rate)
    train, validation = data.train_dataloader(), data.val_dataloader()
    lowest, best = float("inf"), {}
    for epoch in range(config.trainer.max_epochs):
        train.sampler.set_epoch(epoch)
        network.train()
        for batch in train:
            optimiser.zero_grad()
            logits = network(batch.features, batch.lengths)
            F.binary_cross_entropy_with_logits(logits, batch.labels).backward()
            optimiser.step()
        network.eval()
        with torch.no_grad():
            judged = [(network(b.features, b.lengths), b.labels) for b in validation]
        wrong = [(torch.sigmoid(logits) > 0.5) != (labels > 0.5) for logits, labels in judged]
        error = float(torch.cat(wrong).float().mean())
        if error < lowest:
            lowest = error
            best = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(best)
    found = {}
    for side in ("validation", "test"):
        with torch.no_grad():
            batches = list(data.evaluation_dataloader(side))
            logits = torch.cat([network(b.features, b.lengths) for b in batches])
        rows = torch.cat([b.rows for b in batches]).numpy()
        found[side] = make_predictions(data.store.recordings.iloc[rows], logits.numpy())
    return found


@pytest.mark.parametrize("model", ["baseline", "lstm1", "lstm2", "bilstm1", "attention"])
def test_it_is_a_bare_loop_to_the_bit(
    model: str, tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    config = tone_config(f"model={model}", "trainer.max_epochs=3")
    prepare_torch(config)
    expected = train_bare(config, make_data(config))
    prepare_torch(config)
    trained = train_network(config, make_data(config), tmp_path, show_progress=False, stopped=None)
    for side, predictions in expected.items():
        pd.testing.assert_frame_equal(trained.predictions[side], predictions, check_exact=True)
