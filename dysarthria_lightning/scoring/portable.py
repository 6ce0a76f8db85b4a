"""Trained models and their features as plain values and arrays, for programs without this package.

The page's script and the ONNX graph compute the same from it.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.features.base import RMS
from dysarthria_lightning.data.features.mel import MelFeatures
from dysarthria_lightning.data.framing import LOG_OFFSET, MelFraming
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.models.parts import encoders, pooling
from dysarthria_lightning.models.parts.network import Network
from dysarthria_lightning.scoring.models import (
    FittedEstimator,
    TrainedModel,
    TrainedNetwork,
    restore_model,
)
from dysarthria_lightning.scoring.saved import SavedModels


def describe_models(saved: SavedModels) -> dict[str, Any]:
    """Describe models and their features.

    Args:
        saved: The models.

    Returns:
        ``features`` (sample rate, window, filters and options), ``models`` (weights, with the kinds
        of encoder and pooling; or what functionals were fitted to), and ``segment_s``,
        ``max_duration_s`` and ``channel`` of the corpus. Arrays are NumPy's; matrices are flat, row
        after row.

    Raises:
        RunError: They are of a kind that this description does not know.
    """
    config = saved.config
    restored = [restore_model(config.model, state) for state in saved.states]
    if not saved.reads_audio:
        raise RunError("the models were trained on features that this version computes otherwise")
    return {
        "features": _features(config, restored[0].n_columns),
        "models": [_model(config, model) for model in restored],
        "segment_s": config.data.segment_s,
        "max_duration_s": config.data.max_duration_s,
        "channel": config.data.channel,
    }


def _features(config: Config, n_columns: int) -> dict[str, Any]:
    features = config.features
    if not isinstance(features, MelFeatures):
        raise RunError(
            f"only mel spectra and cepstra can be passed on, not features={features.kind}"
        )
    framing = features.frame_extractor(n_columns)
    assert isinstance(framing, MelFraming)
    return {
        "sample_rate_hz": features.sample_rate_hz,
        "remove_dc": features.remove_dc,
        "level": RMS if features.level == "recording" else None,
        "cmn": features.cmn == "recording",
        "hop_samples": framing.hop_samples,
        "log_offset": float(LOG_OFFSET),
        "n_mels": features.n_mels,
        "n_columns": n_columns,
        "window": _array(framing.window),
        "bank": _array(framing.bank),
        "projection": None if framing.projection is None else _array(framing.projection),
    }


def _model(config: Config, model: TrainedModel) -> dict[str, Any]:
    if isinstance(model, TrainedNetwork) and isinstance(model.network, Network):
        network = model.network
        head = network.head.output
        assert isinstance(head, nn.Linear)
        return {
            "mean": _array(model.standardisation.mean),
            "std": _array(model.standardisation.std),
            "encoder": _encoder(network.encoder),
            "pooling": _pooling(network.pooling),
            "head": {"weight": _array(head.weight[0]), "bias": head.bias.item()},
        }
    if isinstance(model, FittedEstimator) and config.model.name == "functionals":
        return {"kind": "functionals", "n_columns": model.n_columns, **model.fitted}
    raise RunError(
        f"model={config.model.name} cannot be passed on: only networks of this package's parts and "
        "functionals can"
    )


def _encoder(encoder: nn.Module) -> dict[str, Any]:
    if isinstance(encoder, encoders.LSTMEncoder):
        layers = range(encoder.lstm.num_layers)
        return {"kind": "lstm", "layers": [_lstm_layer(encoder.lstm, layer) for layer in layers]}
    if isinstance(encoder, encoders.BidirectionalEncoder):
        passes = (encoder.forward_lstm, encoder.backward_lstm)
        return {"kind": "bilstm", "layers": [_lstm_layer(lstm, 0) for lstm in passes]}
    if isinstance(encoder, encoders.DenseEncoder):
        layer = {"weight": _array(encoder.hidden.weight), "bias": _array(encoder.hidden.bias)}
        return {"kind": "dense", "layers": [layer | {"max_frames": encoder.max_frames}]}
    raise RunError(f"the encoder {type(encoder).__name__} cannot be passed on")


def _lstm_layer(lstm: nn.LSTM, layer: int) -> dict[str, Any]:
    weights = {name: getattr(lstm, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh")}
    bias = getattr(lstm, f"bias_ih_l{layer}") + getattr(lstm, f"bias_hh_l{layer}")
    return {
        "input": _array(weights["weight_ih"]),
        "recurrent": _array(weights["weight_hh"]),
        "bias": _array(bias),
    }


def _pooling(part: nn.Module) -> dict[str, Any]:
    if isinstance(part, pooling.LastFrame | pooling.OnlyFrame):
        return {"kind": "last"}
    if isinstance(part, pooling.AttentionPooling):
        return {
            "kind": "attention",
            "hidden": _array(part.hidden.weight),
            "bias": _array(part.hidden.bias),
            "importance": _array(part.importance.weight[0]),
        }
    raise RunError(f"the pooling {type(part).__name__} cannot be passed on")


def _array(values: Any) -> NDArray[Any]:
    array = values.detach().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    return np.ascontiguousarray(array).ravel()
