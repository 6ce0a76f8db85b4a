"""The folds of one cross-validation, which a report may pool only if they belong together."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.fingerprint import compare, fingerprint
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import read_intact_run, read_run


class MissingFoldsError(RunError):
    """Folds of a cross-validation are missing or unfinished.

    Attributes:
        folds: Their numbers.
    """

    def __init__(self, folds: list[int], of: int, parent: Path) -> None:
        self.folds = folds
        super().__init__(
            f"{'fold' if len(folds) == 1 else 'folds'} {', '.join(map(str, folds))} of {of} "
            f"missing or unfinished in {parent}"
        )


def finished_folds(config: Config, store_key: str | None = None) -> list[Path]:
    """List the folders of all folds of a cross-validation.

    Args:
        config: The cross-validation; its ``fold`` does not count.
        store_key: Of the corpus as it is now; None asks only that all folds have the same.

    Returns:
        One folder for each fold.

    Raises:
        RunError: A fold was made with other settings than asked for, or from another state of the
            corpus.
        MissingFoldsError: A fold is missing or unfinished; the others are as asked for.
    """
    folders = [layout.fold_folder(config, fold) for fold in range(config.protocol.folds)]
    records = [read_intact_run(folder) for folder in folders]
    # The first fold stands for the version, and for a corpus that is not there to compare.
    first = next((fold for fold, record in enumerate(records) if record), 0)
    made_of_first = made_from(records[first])
    for fold, record in enumerate(records):
        if record is None:
            continue
        there, made_of = record["fingerprint"], made_from(record)
        asked = made_of | config.settings() | {"fold": fold}
        if store_key:
            asked["corpus"] = made_of["corpus"] | {"content": store_key}
        differences = compare(there, asked)
        if differences:
            raise RunError(
                f"{folders[fold]} was made with other settings, so it cannot be pooled:\n"
                f"{_lines(differences)}\n{_advice(differences, config)}"
            )
        differences = compare(made_of, made_of_first, f"in fold {first}")
        if differences:
            raise RunError(
                f"{folders[fold]} was made otherwise than fold {first}, so they cannot be pooled:\n"
                f"{_lines(differences)}\nTrain all folds again, under a name of their own "
                "(tag=NAME) or with overwrite=true"
            )
    missing = [fold for fold, record in enumerate(records) if record is None]
    if missing:
        raise MissingFoldsError(missing, config.protocol.folds, folders[0].parent)
    return folders


def check_siblings(config: Config, store_key: str) -> None:
    """Refuse to add a fold to folds that were made with other settings.

    With ``overwrite`` nothing is refused, as folds may be replaced one after the other; until the
    last is, :func:`finished_folds` refuses them.

    Args:
        config: The fold that is to be trained.
        store_key: Of the corpus.

    Raises:
        RunError: Another finished fold in the same folder could not be pooled with this one.
    """
    if config.overwrite:
        return
    own = layout.run_folder(config)
    others: dict[Path, list[str]] = {}
    left_over: list[str] = []
    # Also those that another number of folds would not list.
    for folder in sorted(own.parent.glob("fold*")):
        record = None
        with suppress(RunError):  # a damaged record is no finished fold's
            record = read_run(folder)
        if record is None or folder == own:
            continue
        there = record["fingerprint"]
        fold = there.get("fold")
        differences = compare(there, fingerprint(config, store_key) | {"fold": fold})
        if differences:
            others[folder] = differences
            if fold is not None and fold >= config.protocol.folds:
                left_over.append(str(folder))
    if not others:
        return
    folder, differences = next(iter(others.items()))
    remedies = []
    if len(others) > len(left_over):
        remedies.append("train all folds again with overwrite=true")
    if left_over:  # which no training of all folds replaces
        remedies.append(f"delete {', '.join(left_over)}")
    raise RunError(
        f"{folder} is a finished fold made with other settings, with which fold {config.fold} "
        f"could not be pooled:\n{_lines(differences)}\n"
        f"Keep both by naming this variant with tag=NAME, or {' and '.join(remedies)}"
    )


def recorded_source(config: Config, key: str) -> str | None:
    """Find where a trained fold found the corpus, because a report need not be told.

    Args:
        config: The cross-validation.
        key: Of ``data``, such as ``root`` or ``manifest``.
    """
    for fold in range(config.protocol.folds):
        path = layout.fold_folder(config, fold) / layout.CONFIG
        if path.exists():
            source = yaml.safe_load(path.read_text(encoding="utf-8"))["data"].get(key)
            return None if source is None else as_typed(source)
    return None


def as_typed(value: Any) -> str:
    """Write a value as one types it: ``{torgo: /corpora/torgo}``."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {as_typed(it)}' for key, it in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_typed, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def made_from(record: dict[str, Any] | None) -> dict[str, Any]:
    """Return what a fold was made of that its settings do not say; nothing without a record."""
    return {key: record["fingerprint"][key] for key in ("version", "corpus")} if record else {}


def _lines(differences: list[str]) -> str:
    return "\n".join(f"  {difference}" for difference in differences)


def _advice(differences: list[str], config: Config) -> str:
    """Say what to do about folds that are not the ones asked for."""
    if all(difference.startswith("corpus.content:") for difference in differences):
        keyed = hasattr(config.data, "pseudonym_key_file")
        pseudonyms = ", with the same data.pseudonym_key_file, if any" if keyed else ""
        return (
            "They were trained on other recordings or another table than there are now (files, "
            "labels or other columns differ), or by a version that computed features of audio "
            f"otherwise. Give report what they were trained on{pseudonyms}; or train on what there "
            "is now, under a name of its own (tag=NAME) or with overwrite=true"
        )
    return (
        "Give report the settings that it was trained with, or train this variant under a name of "
        "its own: tag=NAME, for train and report alike"
    )
