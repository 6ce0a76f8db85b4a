"""Runs on disk: where each lies, whether it is finished, and with which settings it was made.

A run's folder is named by what it holds. ``run.json`` is written last and at once: a run without
it is unfinished.
"""

import json
import logging
import os
import shlex
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from dysarthria_lightning import __version__
from dysarthria_lightning.claims import clear_dead_claim
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.seals import seal, unseal
from dysarthria_lightning.errors import RunError

PREDICTIONS = "predictions.parquet"
VALIDATION_PREDICTIONS = "validation_predictions.parquet"
METRICS = "metrics.json"
HISTORY = "history.csv"
FAILURE = "failure.log"
RUN = "run.json"
CHECKPOINT = "best.ckpt"
RESUME_POINT = "resume.ckpt"
# Ends the names of files that are not yet whole.
TEMPORARY = ".tmp"

log = logging.getLogger(__name__)


def run_folder(config: Config) -> Path:
    """Return the folder of the run that a configuration describes."""
    return fold_folder(config, config.fold)


def fold_folder(config: Config, fold: int) -> Path:
    """Return the folder of another fold of the same cross-validation."""
    return (
        Path(config.outputs_dir)
        / "runs"
        / config.tag
        / config.data.corpus
        / config.protocol.name
        / f"split{config.split_seed}"
        / config.subset.name
        / f"mfcc{config.n_mfcc}"
        / config.model.name
        / f"seed{config.seed}"
        / f"fold{fold}"
    )


def fingerprint(config: Config, store_key: str) -> dict[str, Any]:
    """Gather what decides a run's result: settings, the corpus's content, the code's version."""
    return {
        "version": __version__,
        "corpus": {"name": config.data.corpus, "content": store_key},
        **config.settings(),
    }


def read_run(folder: Path) -> dict[str, Any] | None:
    """Read a finished run's record; None where there is none."""
    try:
        return unseal((folder / RUN).read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise RunError(f"{folder / RUN} is damaged; delete it to train the run again") from None


def write_run(record: dict[str, Any], folder: Path) -> None:
    """Write a run's record, which finishes it."""
    write_json(seal(record), folder / RUN)


def read_intact_run(folder: Path) -> dict[str, Any] | None:
    """Read a finished run's record; None, with a warning, where any of its files is damaged."""
    from dysarthria_lightning.training.integrity import damaged_files

    try:
        record = read_run(folder)
        damaged = damaged_files(folder, record) if record else []
    except RunError:
        record, damaged = None, [RUN]
    if damaged:
        log.warning(f"{folder}: {' and '.join(damaged)} damaged; the run counts as not finished")
        return None
    return record


def is_finished(config: Config, store_key: str) -> bool:
    """Say whether the run is there already, made with the same settings.

    Raises:
        RunError: It is there, but was made with other settings.
    """
    folder = run_folder(config)
    record = read_intact_run(folder)
    if record is None:
        return False
    clear_dead_claim(claim_file(config))
    differences = compare(record["fingerprint"], fingerprint(config, store_key))
    if differences:
        raise RunError(
            f"{folder} holds a finished run made with other settings:\n"
            + "\n".join(f"  {difference}" for difference in differences)
            + "\nKeep both by naming this variant with tag=NAME, or train again with overwrite=true"
        )
    # A process that was killed as it finished has left it.
    (folder / RESUME_POINT).unlink(missing_ok=True)
    return True


def compare(there: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """List the settings in which two fingerprints differ."""
    flat_there, flat_now = flatten(there), flatten(now)
    return [
        f"{key}: {flat_there.get(key, 'absent')} there, {flat_now.get(key, 'absent')} now"
        for key in sorted(flat_there.keys() | flat_now.keys())
        if flat_there.get(key, ...) != flat_now.get(key, ...)
    ]


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn nested settings into one level with dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def finished_folds(config: Config, overrides: list[str]) -> list[Path]:
    """List the folders of all folds of a cross-validation.

    Args:
        config: The cross-validation; its ``fold`` does not count.
        overrides: The command line that described it, to say how to run what is missing.

    Returns:
        One folder a fold.

    Raises:
        RunError: A fold is missing, unfinished, or was made with other settings than asked for
            or from another state of the corpus than the others.
    """
    folders = [fold_folder(config, fold) for fold in range(config.protocol.folds)]
    records = [read_intact_run(folder) for folder in folders]
    missing = [fold for fold, record in enumerate(records) if record is None]
    if missing:
        raise RunError(
            f"{'fold' if len(missing) == 1 else 'folds'} {', '.join(map(str, missing))} of "
            f"{config.protocol.folds} missing or unfinished in {folders[0].parent}; run with:\n"
            f"  {_train_command(config, overrides, missing, folders)}"
        )
    # The first fold stands for the version and the corpus, which a report does not read.
    first = next(record["fingerprint"] for record in records if record)
    for fold, record in enumerate(records):
        assert record is not None
        expected = {
            "version": first["version"],
            "corpus": first["corpus"],
            **config.settings(),
            "fold": fold,
        }
        differences = compare(record["fingerprint"], expected)
        if differences:
            raise RunError(
                f"{folders[fold]} was made with other settings, so it cannot be pooled:\n"
                + "\n".join(f"  {difference}" for difference in differences)
            )
    return folders


def _train_command(
    config: Config, overrides: list[str], missing: list[int], folders: list[Path]
) -> str:
    words = [word for word in overrides if not word.startswith("fold=")]
    if getattr(config.data, "root", ...) is None:
        words.append(f"data.root={_recorded_root(folders)}")
    return shell_command("train", [*words, "-m", f"fold={','.join(map(str, missing))}"])


def shell_command(command: str, words: list[str]) -> str:
    """Write a command of this package as one would type it here."""
    python = os.path.relpath(sys.executable)
    if python.startswith(".."):
        python = sys.executable
    return shlex.join([python, "-m", f"dysarthria_lightning.{command}", *words])


def _recorded_root(folders: list[Path]) -> str:
    """Find where another fold found the corpus, for a report is not told."""
    for folder in folders:
        if (folder / "config.yaml").exists():
            return str(yaml.safe_load((folder / "config.yaml").read_text())["data"]["root"])
    return "FOLDER"


def claim_file(config: Config) -> Path:
    """Return the file by which a process claims a run, so that sweeps share runs (``claims``)."""
    outputs = Path(config.outputs_dir)
    folder = run_folder(config).relative_to(outputs / "runs")
    return outputs / "claims" / folder.with_name(f"{folder.name}.json")


@contextmanager
def replacing(folder: Path, go_on: bool = False) -> Iterator[None]:
    """Make an empty folder for a run; a finished run that was there comes back on failure.

    Args:
        folder: The run's.
        go_on: Whether to keep what a stopped run has left there.
    """
    aside = folder.with_name(f".{folder.name}.before")
    if go_on:
        for path in (folder / FAILURE, folder / RUN, *folder.glob(f"*{TEMPORARY}")):
            path.unlink(missing_ok=True)
    else:
        if aside.exists():  # a process was killed between the two
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(aside, folder)
        if (folder / RUN).exists():
            os.replace(folder, aside)
        # What an unfinished run left would mix with this one's events.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        yield
    except BaseException:
        if aside.exists():
            shutil.rmtree(folder)
            os.replace(aside, folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def record_failure(folder: Path, error: BaseException) -> None:
    """Leave a log of what went wrong in a run's folder; the next attempt clears it away."""
    with suppress(OSError):  # the disk may be what went wrong
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FAILURE).write_text("".join(traceback.format_exception(error)))


def summarise(folder: Path) -> str:
    """Say in a line what a finished run came to."""
    record = read_run(folder)
    if record is None:
        raise RunError(f"{folder} holds no finished run")
    return (
        f"{'/'.join(folder.parts[-6:])}: {record['epochs']} epochs in "
        f"{record['wall_time_s']:.0f} s, lowest validation error "
        f"{100 * record['validation_error']:.1f} % after epoch {record['best_epoch'] + 1}"
    )


def write_config(config: Config, folder: Path) -> None:
    """Write the resolved configuration."""
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    (folder / "config.yaml").write_text(text)


def write_json(value: Any, path: Path) -> None:
    """Write JSON at once: another process sees the old file or the whole new one."""
    # One process at a time writes a run; it clears away what a killed one has left.
    temporary = path.with_name(f"{path.name}{TEMPORARY}")
    temporary.write_text(json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")
    os.replace(temporary, path)
