"""The counted operations are those that torch's own counter sees."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bench.bound import PRODUCTS, count_operations, product_rate
from dysarthria_lightning.config import Config
from dysarthria_lightning.training.module import build_network

UNITS = 20


@pytest.fixture
def without_onednn(monkeypatch: pytest.MonkeyPatch) -> None:
    """oneDNN's LSTM is one operation, which the counter does not look into."""
    monkeypatch.setattr(torch.backends.mkldnn, "enabled", False)


def count_with_torch(config: Config, lengths: np.ndarray, training: bool) -> float:
    """Run a batch without padding through torch's own kernels and count their products."""
    network = build_network(config.model.model_dump(), config.n_mfcc, int(lengths.max()))
    features = torch.zeros(len(lengths), int(lengths.max()), config.n_mfcc)
    with FlopCounterMode(display=False) as counter:
        logits = network(features, torch.from_numpy(lengths))
        if training:
            logits.sum().backward()
    output = 2 * len(lengths) * network.head.output.in_features * (3 if training else 1)
    return counter.get_total_flops() - output


@pytest.mark.usefixtures("without_onednn")
@pytest.mark.parametrize("model", ["lstm1", "lstm2", "bilstm1"])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("n_mfcc", [13, UNITS])
def test_operations_are_those_of_torchs_counter(
    model: str, training: bool, n_mfcc: int, make_config: Callable[..., Config]
) -> None:
    config = make_config(f"model={model}", f"model.hidden_size={UNITS}", f"n_mfcc={n_mfcc}")
    lengths = np.full(4, 5)
    counted = count_operations(config.model, n_mfcc, lengths, training)
    assert counted == count_with_torch(config, lengths, training)


def test_padding_is_left_out(make_config: Callable[..., Config]) -> None:
    model = make_config().model
    padded = count_operations(model, 13, np.array([50, 50]), training=True)
    assert count_operations(model, 13, np.array([50, 25]), training=True) < 0.76 * padded


def test_a_network_without_lstm_is_refused(make_config: Callable[..., Config]) -> None:
    with pytest.raises(TypeError, match="baseline is no LSTM"):
        count_operations(make_config("model=baseline").model, 13, np.array([50]), training=True)


def test_products_are_computed_at_some_rate() -> None:
    assert 0 < product_rate(threads=1) < float("inf")


@pytest.mark.parametrize("way", list(PRODUCTS))
def test_each_way_multiplies(way: str) -> None:
    product = PRODUCTS[way]()()
    product = product.to_dense() if isinstance(product, torch.Tensor) else torch.tensor(product)
    assert product.shape == (1024, 1024)
    assert (product == 1024).all()
