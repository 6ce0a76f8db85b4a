"""The bound on training: its matrix products alone, at the rate the machine computes products."""

import time

import torch
from numpy.typing import NDArray

from dysarthria_lightning.models.base import ModelSection
from dysarthria_lightning.models.bilstm import BiLSTM
from dysarthria_lightning.models.lstm import LSTM

_SIZE = 1024
_PRODUCTS = 6


def product_rate() -> float:
    """Measure fp32 matrix products of 1024 x 1024, floating-point operations a second.

    The best of a few, on as many threads as torch is set to.
    """
    first, second = torch.ones(_SIZE, _SIZE), torch.ones(_SIZE, _SIZE)
    result = torch.empty(_SIZE, _SIZE)
    seconds = []
    for _ in range(_PRODUCTS):
        started = time.perf_counter()
        torch.mm(first, second, out=result)
        seconds.append(time.perf_counter() - started)
    return 2 * _SIZE**3 / min(seconds)


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
