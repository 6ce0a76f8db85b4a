"""What TensorBoard shows of a run beyond Lightning's scalars: curves and hyper-parameters."""

from pathlib import Path
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pytorch_lightning.loggers import TensorBoardLogger
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams
from torchmetrics.functional.classification import binary_precision_recall_curve, binary_roc

from dysarthria_lightning.evaluation.levels import LEVELS, RECORDING
from dysarthria_lightning.evaluation.metrics import Scores


class EventsLogger(TensorBoardLogger):
    """Writes a run's events into its own folder, in one file as long as it is not interrupted.

    Args:
        folder: The run's folder.
        steps: Batches that a run which goes on has trained on; events after them are purged.
    """

    def __init__(self, folder: Path, steps: int | None = None) -> None:
        super().__init__(folder, name="", version="", purge_step=steps)

    def save(self) -> None:
        """Write no hparams.yaml: the run's config.yaml says it all."""

    def finalize(self, status: str) -> None:
        """Flush only: Lightning calls this after each of fit, test and predict."""
        self.experiment.flush()

    def close(self) -> None:
        """Close the file when the run is over."""
        self.experiment.close()


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
        if level.to_probability is None:
            continue
        items = levels[level.key]
        probabilities = torch.tensor(level.to_probability(items.scores))
        labels = torch.tensor(items.labels)
        false_positive_rate, true_positive_rate, _ = binary_roc(probabilities, labels)
        precision, recall, _ = binary_precision_recall_curve(probabilities, labels)
        roc_axes.plot(false_positive_rate, true_positive_rate, label=level.describe())
        pr_axes.plot(recall, precision, label=level.describe())
        writer.add_pr_curve(f"{side}/{level.key}", labels, probabilities)
    for name, figure, axes in (("roc", roc, roc_axes), ("precision_recall", pr, pr_axes)):
        axes.legend(loc="lower right" if name == "roc" else "lower left")
        writer.add_figure(f"{side}/{name}", figure, close=False)


def log_hyperparameters(
    writer: SummaryWriter, settings: dict[str, Any], metrics: dict[str, float]
) -> None:
    """Put a run into the HPARAMS tab.

    Args:
        writer: The run's event writer.
        settings: Flat settings.
        metrics: Final values; each is logged as a scalar too, where the tab looks for them.
    """
    for name, value in metrics.items():
        writer.add_scalar(name, value)
    plain = {
        key: value if isinstance(value, bool | int | float | str) else str(value)
        for key, value in settings.items()
    }
    for summary in hparams(plain, metrics):
        writer._get_file_writer().add_summary(summary)


def _axes(figure: Figure, x_label: str, y_label: str) -> Axes:
    # A layout that fits itself would draw everything twice.
    axes = figure.add_axes((0.12, 0.1, 0.86, 0.86))
    axes.set(xlabel=x_label, ylabel=y_label, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set_aspect("equal")
    return axes
