"""The bound on training: its matrix products alone, at the rate the machine computes products."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch.nn import functional as F

from dysarthria_lightning.models.base import ModelSection
from dysarthria_lightning.models.bilstm import BiLSTM
from dysarthria_lightning.models.lstm import LSTM

_SIZE = 1024
_PRODUCTS = 6


def product_rate(threads: int) -> float:
    """Measure fp32 matrix products of 1024 x 1024, floating-point operations a second.

    The best of a few by the best of three libraries: none is the fastest on every processor.

    Args:
        threads: Of a training.
    """
    torch.set_num_threads(threads)
    with threadpool_limits(threads):
        return max(map(_best_rate, PRODUCTS.values()))


def _best_rate(make: Callable[[], Callable[[], Any]]) -> float:
    multiply = make()
    multiply()
    seconds = []
    for _ in range(_PRODUCTS):
        started = time.perf_counter()
        multiply()
        seconds.append(time.perf_counter() - started)
    return 2 * _SIZE**3 / min(seconds)


def _with_mm() -> Callable[[], torch.Tensor]:
    first, second = torch.ones(_SIZE, _SIZE), torch.ones(_SIZE, _SIZE)
    return partial(torch.mm, first, second, out=torch.empty(_SIZE, _SIZE))


def _with_onednn() -> Callable[[], torch.Tensor]:
    first, second = torch.ones(_SIZE, _SIZE).to_mkldnn(), torch.ones(_SIZE, _SIZE)
    return partial(F.linear, first, second)  # which is oneDNN's inner product for such tensors


def _with_numpy() -> Callable[[], np.ndarray]:
    first, second = np.ones((_SIZE, _SIZE), np.float32), np.ones((_SIZE, _SIZE), np.float32)
    return partial(np.matmul, first, second, out=np.empty((_SIZE, _SIZE), np.float32))


#: Ways to multiply, each made ready by a call.
PRODUCTS: dict[str, Callable[[], Callable[[], Any]]] = {
    "torch.mm": _with_mm,
    "oneDNN": _with_onednn,
    "NumPy": _with_numpy,
}


def count_operations(
    model: ModelSection, n_columns: int, lengths: NDArray, training: bool
) -> float:
    """Count the floating-point operations of a network's matrix products, padding left out.

    Args:
        model: One of the LSTMs.
        n_columns: Columns of a frame.
        lengths: Frames of each recording.
        training: Whether there is a backward pass.

    Raises:
        TypeError: The network is no LSTM.
    """
    match model:
        case LSTM(hidden_size=units):
            inputs = [n_columns, *[units] * (model.layers - 1)]
            stacked = True
        case BiLSTM(hidden_size=units):
            inputs = [n_columns, n_columns]
            stacked = False
        case _:
            raise TypeError(f"{model.name} is no LSTM")
    frames, first_frames = float(lengths.sum()), len(lengths)
    total = 0.0
    for layer, width in enumerate(inputs):
        from_inputs, from_state = 2 * width * 4 * units, 2 * units * 4 * units
        total += frames * (from_inputs + from_state)
        if training:
            # Gradients of the weights; of the states, but not of those before the first frame; and
            # of inputs that are a layer's outputs.
            total += frames * (from_inputs + from_state)
            total += (frames - first_frames) * from_state
            total += frames * from_inputs * (stacked and layer > 0)
    return total
