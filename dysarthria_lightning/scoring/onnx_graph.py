"""Features and networks together as one ONNX graph, from samples to a score.

It is put together operator by operator and not by tracing, so that every length of recording is
computed as it is.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.resampling import period_of_filters
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.files.atomic import write_bytes
from dysarthria_lightning.scoring.portable import describe_models
from dysarthria_lightning.scoring.saved import SavedModels

if TYPE_CHECKING:
    import onnx

# The first in which every operator used here has the form used here.
_OPSET, _IR_VERSION = 17, 9


def write_onnx(saved: SavedModels, sample_rate_hz: int, file: Path) -> None:
    """Write a graph that scores one recording, or one segment where the models take segments.

    Its input is ``samples``: (n_samples,) float32 of one channel, full scale at 1, at least one
    window long. Its outputs are ``logits``, (n_models,) one for each model, and ``probability``,
    (1,) the mean of their probabilities: not a number where a recording is longer than a model
    takes.

    Args:
        saved: The models; networks only.
        sample_rate_hz: Of the samples.
        file: Where to.

    Raises:
        RunError: Models or features are of another kind, the sample rate cannot be converted, or
            the package onnx is missing.
    """
    try:
        import onnx
    except ImportError:
        raise RunError(
            "the package onnx is missing; install it with: pip install 'dysarthria-lightning[onnx]'"
        ) from None
    model = onnx_model(saved, sample_rate_hz)
    onnx.checker.check_model(model, full_check=True)
    write_bytes(model.SerializeToString(), file)


def onnx_model(saved: SavedModels, sample_rate_hz: int) -> "onnx.ModelProto":
    """Build the graph; see :func:`write_onnx`."""
    from onnx import TensorProto, helper

    described = describe_models(saved)
    features = described["features"]
    graph = _Graph()
    clip = _clip(graph, features, sample_rate_hz)
    frames = _frames(graph, features, clip)
    logits = [_logit(graph, model, frames, features) for model in described["models"]]
    graph.add("Concat", logits, ["logits"], axis=0)
    probabilities = graph.add("Sigmoid", ["logits"])
    graph.add("ReduceMean", [probabilities], ["probability"], axes=[0], keepdims=1)
    made = helper.make_graph(
        graph.nodes,
        "dysarthria_lightning",
        [helper.make_tensor_value_info("samples", TensorProto.FLOAT, ["n_samples"])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [len(logits)]),
            helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1]),
        ],
        initializer=graph.constants,
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
    )
    notes = {
        "sample_rate_hz": str(sample_rate_hz),
        "segment_s": str(described["segment_s"] or "whole recordings"),
        "use": "Research only. A score is no diagnosis.",
    }
    helper.set_model_props(model, notes)
    return model


class _Graph:
    """Operators and constants, named as they come."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(
        self, operator: str, inputs: list[str], outputs: list[str] | None = None, **attributes: Any
    ) -> str:
        """Add an operator; return the name of its first output."""
        from onnx import helper

        outputs = outputs or [f"{operator}_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs[0]

    def constant(self, values: Any, dtype: type = np.float32) -> str:
        """Add an array; return its name."""
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        array: NDArray[Any] = np.asarray(values, dtype=dtype)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def reshape(self, values: str, *shape: int) -> str:
        """Give values another shape; -1 is what is left."""
        return self.add("Reshape", [values, self.constant(shape, np.int64)])


def _clip(graph: _Graph, features: dict[str, Any], sample_rate_hz: int) -> str:
    """From samples to the clip that frames are computed from: AudioFeatures.make_clip."""
    clip = "samples"
    if features["remove_dc"]:
        mean = graph.add("ReduceMean", [clip], axes=[0], keepdims=1)
        clip = graph.add("Sub", [clip, mean])
    if sample_rate_hz != features["sample_rate_hz"]:
        clip = _resampled(graph, clip, sample_rate_hz, features["sample_rate_hz"])
    if features["level"] is not None:
        squares = graph.add("Mul", [clip, clip])
        rms = graph.add("Sqrt", [graph.add("ReduceMean", [squares], axes=[0], keepdims=1)])
        silent = graph.add("Equal", [rms, graph.constant([0])])
        divisor = graph.add("Where", [silent, graph.constant([features["level"]]), rms])
        factor = graph.add("Div", [graph.constant([features["level"]]), divisor])
        clip = graph.add("Mul", [clip, factor])
    return clip


def _resampled(graph: _Graph, clip: str, from_hz: int, to_hz: int) -> str:
    """One convolution gives all samples of a period, a channel each: resampling.resample."""
    divisor = math.gcd(from_hz, to_hz)
    before, after = from_hz // divisor, to_hz // divisor
    filters, reach = period_of_filters(before, after)
    kernel = graph.constant(filters.T[:, None])
    periods = graph.add(
        "Conv",
        [graph.reshape(clip, 1, 1, -1), kernel],
        strides=[before],
        pads=[reach, reach + before],
    )
    resampled = graph.reshape(graph.add("Transpose", [periods], perm=[0, 2, 1]), -1)
    # ⌈n · after / before⌉ of them.
    n_samples = graph.add("Shape", [clip])
    n_scaled = graph.add("Mul", [n_samples, graph.constant([after], np.int64)])
    n_rounded = graph.add("Add", [n_scaled, graph.constant([before - 1], np.int64)])
    n_kept = graph.add("Div", [n_rounded, graph.constant([before], np.int64)])
    return graph.add("Slice", [resampled, graph.constant([0], np.int64), n_kept])


def _frames(graph: _Graph, features: dict[str, Any], clip: str) -> str:
    """From a clip to (frames, columns): framing.MelFraming, and what takes all frames."""
    window = features["window"].astype(np.float64)
    angles = 2 * np.pi * np.outer(np.arange(len(window) // 2 + 1), np.arange(len(window)))
    angles /= len(window)
    waves = np.concatenate([np.cos(angles), np.sin(angles)]) * window
    spectrum = graph.add(
        "Conv",
        [graph.reshape(clip, 1, 1, -1), graph.constant(waves[:, None])],
        strides=[features["hop_samples"]],
    )
    squares = graph.add("Mul", [spectrum, spectrum])
    halves = graph.reshape(squares, 2, len(window) // 2 + 1, -1)
    power = graph.add("ReduceSum", [halves, graph.constant([0], np.int64)], keepdims=0)
    bank = graph.constant(features["bank"].reshape(-1, features["n_mels"]))
    energies = graph.add("MatMul", [graph.add("Transpose", [power], perm=[1, 0]), bank])
    offset = graph.constant([features["log_offset"]])
    frames = graph.add("Log", [graph.add("Add", [energies, offset])])
    if features["projection"] is not None:
        projection = features["projection"].reshape(features["n_mels"], -1)
        frames = graph.add("MatMul", [frames, graph.constant(projection)])
    if features["cmn"]:
        mean = graph.add("ReduceMean", [frames], axes=[0], keepdims=1)
        frames = graph.add("Sub", [frames, mean])
    return frames


def _logit(graph: _Graph, model: dict[str, Any], frames: str, features: dict[str, Any]) -> str:
    """From frames to the (1,) logit of one model: models/parts/."""
    if "encoder" not in model:
        raise RunError(
            "functionals score all recordings of a person together, which an ONNX graph of one "
            "recording cannot"
        )
    mean, std = graph.constant(model["mean"]), graph.constant(model["std"])
    standard = graph.add("Div", [graph.add("Sub", [frames, mean]), std])
    encoder, layers = model["encoder"]["kind"], model["encoder"]["layers"]
    if encoder == "dense":
        outputs = _dense(graph, standard, layers[0], features["n_columns"])
    elif encoder == "bilstm":
        reverse = [graph.constant([it], np.int64) for it in (-1, np.iinfo(np.int64).min, 0, -1)]
        backward = graph.add("Slice", [standard, *reverse])
        passes = [_lstm(graph, standard, layers[0]), _lstm(graph, backward, layers[1])]
        outputs = graph.add("Concat", passes, axis=1)
    else:
        outputs = standard
        for layer in layers:
            outputs = _lstm(graph, outputs, layer)
    vector = _pooled(graph, outputs, model["pooling"])
    weights = graph.constant(model["head"]["weight"][:, None])
    bias = graph.constant([model["head"]["bias"]])
    logit = graph.add("Add", [graph.reshape(graph.add("MatMul", [vector, weights]), 1), bias])
    return _unless_too_long(graph, logit, frames, layers[0].get("max_frames"))


def _lstm(graph: _Graph, rows: str, layer: dict[str, NDArray[np.float32]]) -> str:
    """(frames, columns) to (frames, units)."""
    units = len(layer["bias"]) // 4

    def gates(values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Order them as ONNX does: input, output, forget, cell; PyTorch has output last."""
        return values.reshape(4, units, -1)[[0, 3, 1, 2]].reshape(1, 4 * units, -1)

    bias = gates(layer["bias"]).reshape(1, -1)
    inputs = [
        graph.reshape(rows, -1, 1, layer["input"].size // (4 * units)),
        graph.constant(gates(layer["input"])),
        graph.constant(gates(layer["recurrent"])),
        graph.constant(np.concatenate([bias, np.zeros_like(bias)], axis=1)),
    ]
    return graph.reshape(graph.add("LSTM", inputs, hidden_size=units), -1, units)


def _dense(graph: _Graph, rows: str, layer: dict[str, Any], n_columns: int) -> str:
    """All frames at once, zero-padded; frames that are too many are cut off, and told later."""
    n_values = layer["max_frames"] * n_columns
    n_there = graph.add("Size", [rows])
    n_missing = graph.add("Sub", [graph.constant(n_values, np.int64), n_there])
    pads = graph.add(
        "Concat",
        [graph.constant([0], np.int64), graph.reshape(n_missing, 1)],
        axis=0,
    )
    padded = graph.add("Pad", [graph.reshape(rows, -1), pads])
    weights = graph.constant(layer["weight"].reshape(-1, n_values).T)
    hidden = graph.add("MatMul", [graph.reshape(padded, 1, n_values), weights])
    return graph.add("Relu", [graph.add("Add", [hidden, graph.constant(layer["bias"])])])


def _pooled(graph: _Graph, outputs: str, pooling: dict[str, Any]) -> str:
    """(frames, units) to (1, units)."""
    if pooling["kind"] == "last":
        return graph.add("Gather", [outputs, graph.constant([-1], np.int64)], axis=0)
    units = len(pooling["bias"])
    hidden = graph.add("MatMul", [outputs, graph.constant(pooling["hidden"].reshape(units, -1).T)])
    bent = graph.add("Tanh", [graph.add("Add", [hidden, graph.constant(pooling["bias"])])])
    scores = graph.add("MatMul", [bent, graph.constant(pooling["importance"][:, None])])
    weighted = graph.add("Mul", [outputs, graph.add("Softmax", [scores], axis=0)])
    return graph.add("ReduceSum", [weighted, graph.constant([0], np.int64)], keepdims=1)


def _unless_too_long(graph: _Graph, logit: str, frames: str, max_frames: int | None) -> str:
    if max_frames is None:
        return logit
    shape = graph.add("Shape", [frames], start=0, end=1)
    too_long = graph.add("Greater", [shape, graph.constant([max_frames], np.int64)])
    return graph.add("Where", [too_long, graph.constant([np.nan]), logit])
