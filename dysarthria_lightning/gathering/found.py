"""All models that are finished on disk under the settings of one of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dysarthria_lightning.config import Config, read_config
from dysarthria_lightning.data.flow import corpus_flow
from dysarthria_lightning.errors import UserError
from dysarthria_lightning.gathering.content import gather_content
from dysarthria_lightning.gathering.recordings import open_store, predicted_recordings
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.gathering.typed_settings import section_words
from dysarthria_lightning.models.base import ModelSection
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.repeats import Repeat, find_repeats, finished_repeats

# What is of one run or of one model, in the words of a command line.
_VARYING = ("fold", "repeat", "split_seed", "seed", "overwrite")


@dataclass(frozen=True)
class FoundStudy:
    """The finished cross-validations of all models under one setting.

    Attributes:
        runs: Of all folds and repeats, those of the model that was asked for first.
        notes: Which models and repeats are left out, and why.
        key: Of the corpus's content that all were trained on.
    """

    runs: list[StudyRun]
    notes: list[str]
    key: str


def find_study(
    config: Config, words: Sequence[str], key: str | None, *, one_repeat: bool
) -> FoundStudy:
    """Find what is finished beside a model, under the same settings and of the same content.

    Args:
        config: The cross-validation that was asked for.
        words: The overrides that describe it and say where the corpus is.
        key: Of the corpus's content as it is now; None where there are no recordings: then the
            content is that of the model that was asked for.
        one_repeat: Whether one repeat was asked for.

    Raises:
        RunError: Nothing of the model that was asked for is finished.
    """
    runs: list[StudyRun] = []
    notes: list[str] = []
    shared = [it for it in words if _key(it) not in _VARYING]
    for model in (None, *_others(config, notes)):
        asked = config if model is None else config.model_copy(update={"model": model})
        its_words = shared if model is None else _words_for(model, shared, config)
        candidates = [asked] if one_repeat else find_repeats(asked) or [asked]
        try:
            finished, left_out = finished_repeats(candidates, key)
        except UserError as error:
            if model is None:
                raise
            notes.append(f"{asked.model.name} is left out: {error}")
            continue
        if key is None:
            key = str(finished[0].records()[0]["fingerprint"]["corpus"]["content"])
        notes += [f"{asked.model.name}: {note}" for note in left_out]
        runs += [run for repeat in finished for run in _runs(repeat, its_words)]
    assert key is not None
    return FoundStudy(runs, notes, key)


def content_of(
    study: FoundStudy, command: str, prevalences: Sequence[float], *, recordings_there: bool
) -> ReportContent:
    """Compute everything that a report on a found study says.

    Args:
        study: What :func:`find_study` returned.
        command: Makes the report again.
        prevalences: For predictive values.
        recordings_there: Whether the corpus can be read where the features are gone.
    """
    usable, config = {run.folder for run in study.runs}, study.runs[0].config
    store = open_store(config, study.key)
    if store is not None:
        recordings = store.recordings
    else:
        segmented = any(it is not None for it in config.data.segment_lengths().values())
        recordings = predicted_recordings(sorted(usable), segmented=segmented)
        if recordings_there:
            listed = config.data.read(config.outputs_dir).drop(columns=["speaker_id", "label"])
            listed = listed.rename(columns={"recording_id": "source_id"})
            recordings = recordings.merge(listed, on="source_id", how="left")
    by_cell: dict[object, set[int]] = {}
    for run in study.runs:
        by_cell.setdefault(run.cell, set()).add(run.repeat)
    return gather_content(
        study.runs,
        usable,
        recordings,
        lambda _: study.key,
        repeats=max(map(len, by_cell.values())),
        command=command,
        prevalences=prevalences,
        notes=study.notes,
        flow=None if store is None else corpus_flow(store),
    )


def _others(config: Config, notes: list[str]) -> Iterator[ModelSection]:
    """Yield the other models of which a run is finished under the same protocol and features."""
    folders = layout.protocol_folder(config).glob(
        f"split*/{config.subset.name}/{config.features_name}/*"
    )
    names = {folder.name for folder in folders} - {config.model.name}
    for name in sorted(names):
        runs = layout.protocol_folder(config).glob(
            f"split*/{config.subset.name}/{config.features_name}/{name}/seed*/fold*/{layout.RUN}"
        )
        first = next(iter(sorted(runs)), None)
        if first is None:
            continue
        try:
            model = read_config(first.parent / layout.CONFIG).model
        except (UserError, OSError) as error:
            notes.append(f"{name} is left out: {error}")
            continue
        if model.name == name:
            yield model
        else:
            notes.append(f"{first.parent} is left out: it is of {model.name}, by its settings.")


def _words_for(model: ModelSection, shared: Sequence[str], config: Config) -> list[str]:
    others = [it for it in shared if _key(it).split(".")[0] != "model"]
    return [*others, *section_words("model", model, config.data)]


def _runs(repeat: Repeat, words: Sequence[str]) -> Iterator[StudyRun]:
    config = repeat.config
    named = [f"repeat={config.repeat}"]
    if not config.repeat == config.seed == config.split_seed:
        named += [f"split_seed={config.split_seed}", f"seed={config.seed}"]
    for fold in range(config.protocol.folds):
        of_fold = config.model_copy(update={"fold": fold})
        yield StudyRun(of_fold, (*words, *named, f"fold={fold}"), config.repeat)


def _key(word: str) -> str:
    return word.partition("=")[0].lstrip("+~")


def report_folder(config: Config, *, one_repeat: bool) -> Path:
    """Return where the page of a cross-validation lies unless another place is named.

    Args:
        config: The cross-validation.
        one_repeat: Whether the page is of one repeat.
    """
    folder = Path(config.outputs_dir) / "reports" / config.tag / layout.corpus_folder(config)
    name = config.features_name
    if one_repeat:
        seeds = f"split{config.split_seed}-seed{config.seed}"
        same = config.split_seed == config.seed
        name += f"-repeat{config.seed}" if same else f"-{seeds}"
    return folder / config.protocol.short_name / config.subset.name / name
