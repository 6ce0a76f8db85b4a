"""A model that is ready to score people: of runs or of a bundle, with what must be known of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dysarthria_lightning.config import Config
from dysarthria_lightning.scoring.bundle import read_dossier
from dysarthria_lightning.scoring.dossier import ESTIMATED_BY_OTHERS, NO_ESTIMATE, Dossier
from dysarthria_lightning.scoring.finding import is_bundle
from dysarthria_lightning.scoring.opening import OpenedModel, open_model
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.scoring.threshold import held_out_scores
from dysarthria_lightning.scoring.training import training_summary

#: Of a model that learnt nothing that is true.
PERMUTED = (
    "its labels were dealt anew among the speakers (data.permuted_labels = {number}), so it shows "
    "what chance gives and can tell nobody apart"
)


@dataclass(frozen=True)
class ReadyModel:
    """A model that is ready to score people.

    Attributes:
        path: What it was opened from.
        scorer: Scores recordings with it.
        dossier: What must be known of it.
        notes: What the user should know now, such as folds that are not finished.
        speakers_of: By digest of a recording, whose it is in the model's own corpus; empty where
            that did not go with the model.
        runs: Where it was opened from runs, what these know; None of a bundle.
    """

    path: Path
    scorer: Scorer
    dossier: Dossier
    notes: tuple[str, ...] = ()
    speakers_of: dict[str, set[str]] = field(default_factory=dict)
    runs: OpenedModel | None = None

    @property
    def config(self) -> Config:
        """Of the first part; the others differ in whom they were trained on only."""
        return self.scorer.config

    @property
    def n_parts(self) -> int:
        """How many runs score together."""
        return len(self.scorer.models)


def get_ready(path: str | Path) -> ReadyModel:
    """Open a model from runs or a bundle. Every command that scores people begins here.

    Args:
        path: A bundle, or what :func:`finding.find_runs` takes.

    Raises:
        RunError: There is no model, files are damaged, or there are runs of several models.
    """
    path = Path(path)
    if is_bundle(path):
        bundle, dossier = read_dossier(path)
        return ReadyModel(path, Scorer.of(bundle.models), dossier)
    opened = open_model(path)
    return ReadyModel(
        path, opened.scorer, _dossier(opened), _notes(opened), _speakers_of(opened), opened
    )


def _notes(model: OpenedModel) -> tuple[str, ...]:
    behind = model.behind
    if behind is None or not behind.why_not:
        return model.notes
    return (*model.notes, f"{behind.place}: {behind.why_not}.")


def _dossier(model: OpenedModel) -> Dossier:
    heard = None
    if model.store is not None:
        index = model.store.recordings[["source_digest", "speaker_id"]].drop_duplicates()
        heard = tuple(
            frozenset(index["source_digest"][index["speaker_id"].isin(run.heard)])
            for run in model.runs
        )
    return Dossier(
        str(model.runs[0].record["fingerprint"]["corpus"]["name"]),
        _disclaimer(model.config),
        training_summary(model),
        held_out_scores(model.testers),
        heard,
        values=_recorded_values(model),
        estimate=_describe_estimate(model),
    )


def _disclaimer(config: Config) -> str | None:
    said = [config.data.disclaimer] if config.data.disclaimer else []
    if config.data.permuted_labels is not None:
        said.append(PERMUTED.format(number=config.data.permuted_labels))
    return "; ".join(said) or None


def _recorded_values(model: OpenedModel) -> tuple[dict[str, Any], ...]:
    """Return what was found as the model was trained, if those who answer for it are there."""
    estimate = model.runs[0].record.get("estimate")
    return (estimate,) if model.is_of_all and model.testers and estimate else ()


def _describe_estimate(model: OpenedModel) -> str:
    if model.behind is None:
        return ""
    if model.behind.why_not:
        return NO_ESTIMATE.format(why=model.behind.why_not)
    return ESTIMATED_BY_OTHERS.format(n=len(model.testers))


def _speakers_of(model: OpenedModel) -> dict[str, set[str]]:
    speakers: dict[str, set[str]] = {}
    if model.store is not None:
        index = model.store.recordings[["source_digest", "speaker_id"]].drop_duplicates()
        for digest, speaker in index.itertuples(index=False):
            speakers.setdefault(digest, set()).add(str(speaker))
    return speakers
