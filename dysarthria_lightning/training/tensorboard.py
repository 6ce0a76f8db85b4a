"""What TensorBoard shows of a run beyond its epochs: curves and the HPARAMS tab."""

import time

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import rankdata
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.hparams.api_pb2 import Experiment, HParamInfo
from tensorboard.plugins.hparams.metadata import (
    EXPERIMENT_TAG,
    PLUGIN_DATA_VERSION,
    PLUGIN_NAME,
    SESSION_END_INFO_TAG,
    SESSION_START_INFO_TAG,
)
from tensorboard.plugins.hparams.plugin_data_pb2 import (
    HParamsPluginData,
    SessionEndInfo,
    SessionStartInfo,
)
from torch.utils.tensorboard import SummaryWriter
from torchmetrics.functional.classification import binary_precision_recall_curve, binary_roc

from dysarthria_lightning.evaluation.levels import LEVELS, RECORDING, SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import Scores

#: The final values that the HPARAMS tab has, and what it calls them.
_FINAL = {"auroc": "AUROC", "accuracy": "accuracy", "f1": "F1"}
#: The columns that it opens with.
_SHOWN = {
    *("features", "fold", "model"),
    *(f"test AUROC, {level.describe()}" for level in (RECORDING, SOFT_MAJORITY)),
}


def log_curves(writer: SummaryWriter, side: str, levels: dict[str, Scores]) -> None:
    """Draw ROC and precision-recall curves of a side, where it holds both classes.

    Args:
        writer: The run's event writer.
        side: ``validation`` or ``test``.
        levels: Scored items by level.
    """
    if len(set(levels[RECORDING.key].labels)) < 2:
        return
    roc, pr = Figure(figsize=(5, 5)), Figure(figsize=(5, 5))
    roc_axes = _axes(roc, "false positive rate", "true positive rate")
    pr_axes = _axes(pr, "recall", "precision")
    roc_axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="chance")
    for level in LEVELS.values():
        items = levels[level.key]
        labels = torch.tensor(items.labels)
        if level.to_probability is None:  # ranks have the same curves, and lie from 0 to 1
            probabilities = torch.tensor(rankdata(items.scores) / len(items.scores))
        else:
            probabilities = torch.tensor(level.to_probability(items.scores))
            writer.add_pr_curve(f"{side}/{level.key}", labels, probabilities)
        false_positive_rate, true_positive_rate, _ = binary_roc(probabilities, labels)
        precision, recall, _ = binary_precision_recall_curve(probabilities, labels)
        roc_axes.plot(false_positive_rate, true_positive_rate, label=level.describe())
        pr_axes.plot(recall, precision, label=level.describe())
    for name, figure, axes in (("roc", roc, roc_axes), ("precision_recall", pr, pr_axes)):
        axes.legend(loc="lower right" if name == "roc" else "lower left")
        writer.add_figure(f"{side}/{name}", figure, close=False)


def log_hyperparameters(
    writer: SummaryWriter,
    identity: dict[str, str],
    metrics: dict[str, dict[str, dict[str, float | None]]],
) -> None:
    """Put a run into the HPARAMS tab: what tells it from others, and what it came to.

    The tab finds metrics by their charts, and a final value would be a chart of a single dot. So
    final values are columns like the others, which the tab sorts, filters and draws as well.

    Args:
        writer: The run's event writer.
        identity: What tells the run from others.
        metrics: By ``validation`` and ``test`` the metrics of each level.
    """
    values: dict[str, str | float] = {**identity}
    for side, by_level in metrics.items():
        for level, of_level in by_level.items():
            for name, value in of_level.items():
                if name in _FINAL and value is not None:
                    values[f"{side} {_FINAL[name]}, {LEVELS[level].describe()}"] = value
    # The tab opens with five columns: those that "differ", by their names.
    infos = [
        HParamInfo(
            name=name,
            type="DATA_TYPE_STRING" if isinstance(value, str) else "DATA_TYPE_FLOAT64",
            differs=name in _SHOWN,
        )
        for name, value in values.items()
    ]
    content = {
        EXPERIMENT_TAG: HParamsPluginData(experiment=Experiment(hparam_infos=infos)),
        SESSION_START_INFO_TAG: HParamsPluginData(session_start_info=_session(values)),
        SESSION_END_INFO_TAG: HParamsPluginData(
            session_end_info=SessionEndInfo(status="STATUS_SUCCESS", end_time_secs=time.time())
        ),
    }
    for tag, data in content.items():
        data.version = PLUGIN_DATA_VERSION
        plugin = SummaryMetadata.PluginData(
            plugin_name=PLUGIN_NAME, content=data.SerializeToString()
        )
        entry = Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))
        writer._get_file_writer().add_summary(Summary(value=[entry]))


def _session(values: dict[str, str | float]) -> SessionStartInfo:
    session = SessionStartInfo()
    for name, value in values.items():
        if isinstance(value, str):
            session.hparams[name].string_value = value
        else:
            session.hparams[name].number_value = value
    return session


def _axes(figure: Figure, x_label: str, y_label: str) -> Axes:
    # A layout that fits itself would draw everything twice.
    axes = figure.add_axes((0.12, 0.1, 0.86, 0.86))
    axes.set(xlabel=x_label, ylabel=y_label, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set_aspect("equal")
    return axes
