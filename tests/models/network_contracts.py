"""What every network keeps to, whatever it is put together from."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
import torch
from configurations import compose_config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.models.base import NetworkSection
from dysarthria_lightning.runs import layout
from dysarthria_lightning.training.run import train_run

N_COLUMNS, HIDDEN, MAX_FRAMES = 5, 7, 12


def pad(recordings: list[Tensor], frames: int, filler: float) -> Tensor:
    padded = torch.full((len(recordings), frames, N_COLUMNS), filler)
    for row, recording in enumerate(recordings):
        padded[row, : len(recording)] = recording
    return padded


class NetworkContract:
    """Contracts of a network; a member of the kind inherits them and says how it is chosen.

    Attributes:
        choice: Its ``conf/model``.
    """

    choice: ClassVar[str]

    @classmethod
    @cache
    def section(cls) -> NetworkSection:
        """Return the section that ``conf/model`` gives, with a few units."""
        words = [f"model={cls.choice}", f"model.hidden_size={HIDDEN}"]
        model = compose_config(Path("outputs"), *words).model
        assert isinstance(model, NetworkSection)
        return model

    def build(self) -> nn.Module:
        torch.manual_seed(1)
        return self.section().build(N_COLUMNS, MAX_FRAMES)

    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.differing_executors]
    )
    @given(
        lengths=st.lists(st.integers(1, MAX_FRAMES), min_size=1, max_size=6),
        filler=st.sampled_from([0.0, -3.0, 1e6, float("nan")]),
        seed=st.integers(0, 99),
    )
    def test_a_batch_gives_the_logits_of_each_recording_alone(
        self, lengths: list[int], filler: float, seed: int
    ) -> None:
        network = self.build().eval()
        generator = torch.Generator().manual_seed(seed)
        recordings = [torch.randn(n, N_COLUMNS, generator=generator) for n in lengths]
        with torch.no_grad():
            batch = network(pad(recordings, max(lengths), filler), torch.tensor(lengths))
            alone = [network(one[None], torch.tensor([len(one)])) for one in recordings]
        assert batch.shape == (len(lengths),)
        torch.testing.assert_close(batch, torch.cat(alone), atol=1e-5, rtol=0)

    def test_every_weight_has_a_part_in_the_score(self) -> None:
        network = self.build().eval()
        features, lengths = torch.randn(4, 6, N_COLUMNS), torch.tensor([6, 5, 4, 3])
        network(features, lengths).square().sum().backward()
        for name, weight in network.named_parameters():
            assert weight.grad is not None, name
            assert weight.grad.abs().sum() > 0, name

    def test_one_seed_gives_one_network(self) -> None:
        one, other = self.build().state_dict(), self.build().state_dict()
        assert all(torch.equal(one[name], other[name]) for name in one)

    @pytest.mark.usefixtures("without_curves")
    def test_a_run_of_it_lies_on_disk_as_any_other(
        self, tone_config: Callable[..., Config]
    ) -> None:
        config = tone_config(f"model={self.choice}", "trainer.max_epochs=1")
        folder = train_run(config, prepare_corpus(config), show_progress=False)
        predictions = pd.read_parquet(folder / layout.PREDICTIONS)
        assert predictions["probability"].between(0, 1).all()
        assert predictions["logit"].nunique() > 1
        checkpoint = torch.load(folder / layout.CHECKPOINT, weights_only=True)
        assert checkpoint["hyper_parameters"]["model"] == config.model.model_dump()
