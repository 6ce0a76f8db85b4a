"""Where a run lies and what its files are called. A run's folder is named by what it holds."""

from pathlib import Path

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.protocols import ALL_SPEAKERS

CONFIG = "config.yaml"
#: Beside the folds, of all of them.
POOLED = "pooled"
SPLIT = "split.json"
PREDICTIONS = "predictions.parquet"
VALIDATION_PREDICTIONS = "validation_predictions.parquet"
METRICS = "metrics.json"
HISTORY = "history.csv"
FAILURE = "failure.log"
CHECKPOINT = "best.ckpt"
RESUME_POINT = "resume.ckpt"
#: Written last: a run without it is unfinished.
RUN = "run.json"


def run_folder(config: Config) -> Path:
    """Return the folder of the run that a configuration describes."""
    return fold_folder(config, config.fold)


def fold_folder(config: Config, fold: int | str) -> Path:
    """Return the folder of another fold of the same cross-validation.

    Args:
        config: One of its runs.
        fold: Its number, or ``all_speakers`` for the one model that learns from everybody.
    """
    return (
        protocol_folder(config)
        / f"split{config.split_seed}"
        / config.subset.name
        / config.features_name
        / config.model.name
        / f"seed{config.seed}"
        / (ALL_SPEAKERS if fold == ALL_SPEAKERS else f"fold{fold}")
    )


def pooled_events(config: Config) -> Path:
    """Return TensorBoard's file of a whole cross-validation, which is in no run's folder."""
    return run_folder(config).with_name(POOLED) / "events.out.tfevents.pooled"


def protocol_folder(config: Config) -> Path:
    """Return the folder of all partitions of a corpus under a protocol."""
    runs = Path(config.outputs_dir) / "runs" / config.tag
    return runs / corpus_folder(config) / config.protocol.short_name


def corpus_folder(config: Config) -> str:
    """Return what folders call a corpus, as it is or with labels that were dealt anew."""
    dealt = config.data.permuted_labels
    return config.data.corpus if dealt is None else f"{config.data.corpus}-permuted{dealt}"


def claim_file(config: Config) -> Path:
    """Return the file by which a process claims a run, so that sweeps share runs."""
    outputs = Path(config.outputs_dir)
    folder = run_folder(config).relative_to(outputs / "runs")
    return outputs / "claims" / folder.with_name(f"{folder.name}.json")
