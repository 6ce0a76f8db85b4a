"""The usual way to train LSTMs on sequences of different length: pad, pack, and let it run.

Lightning, a ``DataLoader`` that shuffles and pads batches as they come, and
``pack_padded_sequence``, as tutorials have it. Written to be fair: recordings are standardised and
in memory before training starts.
"""

from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import TensorBoardLogger
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader
from torchmetrics.classification import BinaryAccuracy, BinaryAUROC

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.batches import PaddedDataset
from dysarthria_lightning.models.bilstm import BiLSTM
from dysarthria_lightning.models.lstm import LSTM

Example = tuple[Tensor, Tensor]


class PackedClassifier(LightningModule):
    """An LSTM over packed sequences, read from its last states.

    Args:
        model: Which of the paper's LSTMs.
        n_columns: Columns of a frame.
        learning_rate: Adam's step size.
    """

    def __init__(self, model: LSTM | BiLSTM, n_columns: int, learning_rate: float) -> None:
        super().__init__()
        self.both_ways = isinstance(model, BiLSTM)
        layers = model.layers if isinstance(model, LSTM) else 1
        dropout = model.dropout if isinstance(model, LSTM) else 0.0
        self.lstm = nn.LSTM(
            n_columns,
            model.hidden_size,
            num_layers=layers,
            dropout=dropout if layers > 1 else 0.0,
            bidirectional=self.both_ways,
            batch_first=True,
        )
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(model.hidden_size * (1 + self.both_ways), 1)
        self.learning_rate = learning_rate
        self.l2 = model.l2
        self.accuracy = BinaryAccuracy()
        self.auroc = BinaryAUROC()

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Score recordings: (batch, frames, columns) and (batch,) to (batch,) logits."""
        packed = pack_padded_sequence(features, lengths, batch_first=True, enforce_sorted=False)
        _, (states, _) = self.lstm(packed)
        last = torch.cat([states[-2], states[-1]], dim=1) if self.both_ways else states[-1]
        return self.output(self.dropout(last)).squeeze(1)

    def training_step(self, batch: tuple[Tensor, Tensor, Tensor], batch_idx: int) -> Tensor:
        """Return the batch's loss."""
        features, lengths, labels = batch
        loss = F.binary_cross_entropy_with_logits(self(features, lengths), labels)
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor, Tensor], batch_idx: int) -> None:
        """Gather loss and metrics."""
        features, lengths, labels = batch
        logits = self(features, lengths)
        self.accuracy.update(torch.sigmoid(logits), labels.long())
        self.auroc.update(torch.sigmoid(logits), labels.long())
        self.log("validation/loss", F.binary_cross_entropy_with_logits(logits, labels))
        self.log("validation/accuracy", self.accuracy, prog_bar=True)
        self.log("validation/auroc", self.auroc)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Make Adam with L2 on all parameters."""
        return torch.optim.Adam(self.parameters(), lr=self.learning_rate, weight_decay=self.l2)


def make_loader(dataset: PaddedDataset, batch_size: int, shuffle: bool) -> DataLoader[Any]:
    """Load a side's recordings one by one and pad them where they meet in a batch."""
    examples = [
        (batch.features[0], batch.labels[0])
        for batch in (dataset[[position]] for position in range(len(dataset)))
    ]
    return DataLoader(examples, batch_size, shuffle=shuffle, collate_fn=_pad)  # type: ignore[arg-type]


def make_packed_trainer(config: Config, folder: Path, n_batches: int) -> Trainer:
    """Make a trainer as Lightning's own defaults have it: progress bar, checkpoints, TensorBoard.

    Args:
        config: ``trainer.max_epochs`` counts.
        folder: Where events and checkpoints go.
        n_batches: Training batches of an epoch; fewer than Lightning logs at would be warned of.
    """
    return Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=config.trainer.max_epochs,
        callbacks=[ModelCheckpoint(monitor="validation/loss")],
        logger=TensorBoardLogger(folder),
        default_root_dir=folder,
        log_every_n_steps=min(50, n_batches),
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )


def _pad(examples: list[Example]) -> tuple[Tensor, Tensor, Tensor]:
    features, labels = zip(*examples, strict=True)
    lengths = torch.tensor([len(frames) for frames in features])
    return pad_sequence(list(features), batch_first=True), lengths, torch.stack(labels)
