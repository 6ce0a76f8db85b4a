"""The usual way computes what ours does, and both are timed over whole epochs."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from processes import FORKS

from bench import training
from bench.epochs import make_data
from bench.idiomatic import make_loader
from bench.training import (
    Round,
    check_same_logits,
    measure_training,
    summarise,
)
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.models.parts.pooling import LastFrame

LSTMS = ["lstm1", "lstm2", "bilstm1"]


def make_tone_data(config: Config) -> RecordingsDataModule:
    return make_data(config, prepare_corpus(config).folder)


@pytest.mark.parametrize("model", LSTMS)
def test_both_ways_give_the_same_logits(model: str, tone_config: Callable[..., Config]) -> None:
    config = tone_config(f"model={model}")
    check_same_logits(config, make_tone_data(config))


@pytest.mark.parametrize("model", LSTMS)
def test_other_logits_are_noticed(
    model: str, tone_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tone_config(f"model={model}")
    data = make_tone_data(config)
    monkeypatch.setattr(LastFrame, "forward", lambda self, outputs, lengths: outputs[:, -1])
    with pytest.raises(RuntimeError, match=f"{model}: logits of the two ways differ by"):
        check_same_logits(config, data)


def test_the_usual_loader_pads_the_same_recordings(tone_config: Callable[..., Config]) -> None:
    dataset = make_tone_data(tone_config()).dataset("train")
    features, lengths, labels = next(iter(make_loader(dataset, len(dataset), shuffle=False)))
    expected = dataset[list(range(len(dataset)))]
    assert torch.equal(features, expected.features)
    assert torch.equal(lengths, expected.lengths)
    assert torch.equal(labels, expected.labels)


def test_rates_and_ratios_are_medians_over_rounds() -> None:
    rounds = [
        Round({"32-true": 1.0, "bf16-mixed": 0.5}, {"32-true": 0.9, "bf16-mixed": 0.25}, 4.0, 0.8),
        Round({"32-true": 2.0, "bf16-mixed": 1.0}, {"32-true": 2.0, "bf16-mixed": 0.75}, 6.0, 1.0),
        Round({"32-true": 4.0, "bf16-mixed": 0.8}, {"32-true": 3.8, "bf16-mixed": 0.8}, 8.0, 2.0),
    ]
    aims = {"32-true": 4.0, "bf16-mixed": 8.0}
    measured = summarise("lstm2", rounds, n_syllables=600, packed_aims=aims)
    assert [
        (one.what, one.reference, one.ours, one.theirs, one.ratio, one.reached) for one in measured
    ] == [
        ("lstm2 fp32, syllables/s", "packed, fp32", 300.0, 100.0, 3.0, False),
        ("lstm2 fp32, syllables/s", "bare loop, fp32", 300.0, 300.0, 0.95, True),
        ("lstm2 bf16, syllables/s", "packed, fp32", 750.0, 100.0, 8.0, True),
        ("lstm2 bf16, syllables/s", "bare loop, bf16", 750.0, 800.0, 0.75, False),
        ("lstm2 fp32, syllables/s", "products alone, fp32", 300.0, 600.0, 0.5, False),
    ]


@pytest.mark.slow  # it starts processes
def test_measuring_tells_rates_ratios_and_steps(
    tone_config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "ROUNDS", 1)
    monkeypatch.setattr(training, "get_context", lambda _: FORKS)
    config = tone_config("trainer.max_epochs=1", "trainer.accelerator=cpu")
    steps: list[str] = []
    measured = measure_training(
        config, prepare_corpus(config).folder, tmp_path / "runs", steps.append
    )
    assert len(steps) == 1
    assert {one.what for one in measured} >= {"lstm1 fp32, syllables/s"}
    assert [one.reference for one in measured][-1] == "products alone, fp32"
    assert all(one.ours > 0 and one.theirs > 0 and one.ratio > 0 for one in measured)
