"""The model card of a bundle: what is known of a model, and what only a person can add.

Its parts are those of Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dysarthria_lightning.reporting.audits import NOT_AUDITED
from dysarthria_lightning.reporting.predictions import NO_DIAGNOSIS, describe_training
from dysarthria_lightning.runs.training_length import describe_estimate
from dysarthria_lightning.scoring.dossier import Dossier
from dysarthria_lightning.scoring.estimate import headline
from dysarthria_lightning.scoring.threshold import MetThreshold

if TYPE_CHECKING:
    from dysarthria_lightning.config import Config

TO_FILL = "*To be written by a person.*"
_NOT_KNOWN = "Not known: the model's runs tested nobody whom they had not met"
_PERFORMANCE = "How well it did in cross-validation"


def performance(dossier: Dossier) -> str:
    """Say how well a model's cross-validation did at the speaker level.

    Args:
        dossier: Of the model.
    """
    row = headline(dossier.values)
    if row is None:
        return dossier.estimate or _NOT_KNOWN
    said = f"Speaker-level {describe_estimate(row)}"
    return f"{said}. {dossier.estimate}" if dossier.estimate else said


def facts(config: "Config", dossier: Dossier, n_parts: int) -> list[tuple[str, str]]:
    """List what scores of a model rest on, as terms and facts.

    Args:
        config: Of the model.
        dossier: Of the model.
        n_parts: How many runs score together.
    """
    one = "one model of all speakers" if dossier.estimate else "one run"
    runs = one if n_parts == 1 else f"the mean of {n_parts} runs"
    how = f"{config.model.name} on {config.features_name}, {runs}"
    if config.data.segment_s is not None:
        how += f"; recordings are cut into segments of {config.data.segment_s:g} s"
    return [
        ("Model", how),
        ("Training", describe_training(dossier.summary)),
        (_PERFORMANCE, performance(dossier)),
        ("Audit", dossier.audit or NOT_AUDITED),
    ]


def model_card(
    config: "Config", dossier: Dossier, threshold: MetThreshold, n_parts: int, version: str
) -> str:
    """Write a model card.

    Args:
        config: Of the model.
        dossier: Of the model.
        threshold: What its scores meet.
        n_parts: How many runs score together.
        version: Of the package that packed it.

    Returns:
        Markdown; what only a person can write is marked :data:`TO_FILL`.
    """
    known = dict(facts(config, dossier, n_parts))
    disclaimer = [f"**{dossier.disclaimer.capitalize()}.**"] if dossier.disclaimer else []
    parts: list[tuple[str, Iterable[str]]] = [
        (
            "Model details",
            [f"{known['Model']}. Packed by dysarthria_lightning {version}.", f"Authors: {TO_FILL}"],
        ),
        (
            "Intended use",
            [f"**{NO_DIAGNOSIS}**", f"Users and uses that the authors have in mind: {TO_FILL}"],
        ),
        ("Training data", [f"{known['Training']}", *disclaimer, f"Consent and ethics: {TO_FILL}"]),
        (
            "Evaluation",
            [
                f"{known[_PERFORMANCE]}. The interval holds which speakers were drawn, and not "
                "that other people, languages, tasks and microphones are unlike them.",
                f"Threshold {threshold.value:.4g}: {threshold.origin}. {threshold.attained}",
                f"Evaluation on other corpora: {TO_FILL}",
            ],
        ),
        ("Audit: is it the voice?", [known["Audit"]]),
        (
            "Who lies outside",
            [
                "Scores of people unlike those of the training mean nothing that anybody has "
                "measured: of another language, age or task, or recorded with other microphones, "
                "levels or sample rates. `predict` flags what it can measure of this.",
            ],
        ),
        ("Ethical considerations", [TO_FILL]),
        ("Contact and licence", [TO_FILL]),
    ]
    title = f"# {config.model.name}, trained on {dossier.corpus}"
    return (
        "\n\n".join([title, *(f"## {name}\n\n" + "\n\n".join(its) for name, its in parts)]) + "\n"
    )
