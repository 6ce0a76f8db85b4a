"""What every model without gradient steps keeps to."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import torch
from configurations import compose_config
from sklearn.metrics import roc_auc_score

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.models.base import EstimatorSection, LabelledFrames
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import read_run
from dysarthria_lightning.training.run import train_run


def recordings_of(n_speakers: int, seed: int = 0) -> LabelledFrames:
    """Two recordings of each speaker; those of every other speaker lie one higher.

    Those speakers are 30 years older, too; half of either are women.
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_speakers) % 2, 2)
    frames = [rng.normal(label, 1, (rng.integers(20, 40), 3)) for label in labels]
    speakers = np.array([f"S{n // 2}" for n in range(len(labels))], dtype=object)
    ages = np.repeat(rng.uniform(40, 50, n_speakers), 2) + 30 * labels
    genders = np.array(["female", "male"], dtype=object)[np.arange(len(labels)) // 4 % 2]
    return LabelledFrames(frames, speakers, labels, ages, genders)


class EstimatorContract:
    """Contracts of an estimator; a member of the kind inherits them and says how it is chosen.

    Attributes:
        choice: Its ``conf/model``.
    """

    choice: ClassVar[str]

    @classmethod
    @cache
    def section(cls) -> EstimatorSection:
        """Return the section that ``conf/model`` gives."""
        model = compose_config(Path("outputs"), f"model={cls.choice}").model
        assert isinstance(model, EstimatorSection)
        return model

    def test_it_learns_what_is_plain(self) -> None:
        train, test = recordings_of(20), recordings_of(10, seed=1)
        logits = self.section().score(self.section().fit(train), test)
        assert logits.shape == (20,)
        assert test.labels is not None
        assert logits[test.labels == 1].min() > logits[test.labels == 0].max()

    def test_what_is_fitted_survives_json(self) -> None:
        train = recordings_of(20)
        fitted = self.section().fit(train)
        expected = self.section().score(fitted, train)
        again = self.section().score(json.loads(json.dumps(fitted)), train)
        np.testing.assert_array_equal(again, expected)

    def test_labels_have_no_part_in_a_score(self) -> None:
        train = recordings_of(20)
        fitted = self.section().fit(train)
        expected = self.section().score(fitted, train)
        unknown = self.section().score(fitted, replace(train, labels=None))
        np.testing.assert_array_equal(unknown, expected)

    @pytest.mark.usefixtures("without_curves")
    def test_a_run_of_it_lies_on_disk_as_any_other(
        self, tone_config: Callable[..., Config]
    ) -> None:
        config = tone_config(f"model={self.choice}")
        folder = train_run(config, prepare_corpus(config), show_progress=False)
        record = read_run(folder)
        assert record is not None
        assert (record["epochs"], record["epoch_tested"]) == (1, 1)
        assert record["steps"] is record["steps_trained"] is record["monitor"] is None
        assert not [name for name, digest in record["files"].items() if digest is None]
        predictions = pd.read_parquet(folder / layout.PREDICTIONS)
        assert predictions["probability"].between(0, 1).all()
        history = pd.read_csv(folder / layout.HISTORY)
        assert list(history) == [
            *("epoch", "train_loss", "train_error", "validation_loss", "validation_error"),
            "validation_auroc",
        ]
        judged = pd.read_parquet(folder / layout.VALIDATION_PREDICTIONS)
        expected = roc_auc_score(judged["label"], judged["logit"])
        assert history["validation_auroc"].tolist() == pytest.approx([expected])
        torch.load(folder / layout.CHECKPOINT, weights_only=True)
