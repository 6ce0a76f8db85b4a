"""The answer of a report in two sentences: who was tested, what was found, how far it holds."""

import math
from typing import NamedTuple

import pandas as pd

from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.metrics import WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.audits import audit_verdict, meaning_of_light
from dysarthria_lightning.reporting.content import ReportContent, number, primary_auroc
from dysarthria_lightning.reporting.display import TOO_FEW, capitalised, counted, listed, percent
from dysarthria_lightning.reporting.headline import (
    MEANS_NOTHING,
    auroc_of,
    differ,
    is_chance,
    means_nothing,
    part_references,
    tested_pairs,
)
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.references import reference_of
from dysarthria_lightning.reporting.selection import best_cell, shown_cells

_REFERENCES = {
    "functionals": "means and SDs of the features",
    "demographics": "age and sex alone",
}


class Answer(NamedTuple):
    """Two sentences, of which the second may be missing.

    Attributes:
        lead: The first one's beginning: who was tested.
        rest: What follows it: what was found.
        doubts: The second one: how far that holds.
    """

    lead: str
    rest: str = ""
    doubts: str = ""


def answer(content: ReportContent) -> Answer:
    """Say in two sentences at most who was tested and what was found.

    Args:
        content: Of the report.
    """
    if means_nothing(content):
        return Answer(MEANS_NOTHING)
    cells = shown_cells(content)
    if not cells:
        return _nothing_found(content)
    references, networks = part_references(content, cells)
    best = best_cell(content, networks)
    main = best or best_cell(content, references)
    if main is None:
        return Answer(_who(content, cells[0]), f"; {_undefined(content, cells[0])}.")
    found = f": {_pairs(content, main)} {_main_model(content, networks, main)}"
    others = [cell for cell in references if cell != main]
    found += _beside(content, _defined(content, others))
    if best is None:
        found += "; no network was tested"
    doubts = "; ".join(_doubts(content, networks, references, main))
    return Answer(_who(content, main), f"{found}.", f"{capitalised(doubts)}.")


def tested_people(content: ReportContent, cell: Cell) -> pd.DataFrame:
    """List the recordings that a cell has tested in any repeat.

    Args:
        content: Of the report.
        cell: A finished one.

    Returns:
        One row per recording: ``recording_id``, ``speaker_id`` and ``label``.
    """
    columns = ["recording_id", "speaker_id", "label"]
    tests = [repeat.test[columns] for repeat in content.study.crossvalidations[cell]]
    return pd.concat(tests).drop_duplicates("recording_id")


def _nothing_found(content: ReportContent) -> Answer:
    finished, runs = int((content.runs["state"] == "finished").sum()), len(content.runs)
    are = "is" if runs == 1 else "are"
    lead = "Nothing is known yet"
    rest = (
        ": no model has been tested on people whom it had not heard in training "
        f"({finished:,} of {counted(runs, 'run')} {are} finished)."
    )
    protocols = {cell.protocol for cell in content.study.crossvalidations}
    if "known_speakers" in protocols:
        doubts = (
            "What is finished was tested on new recordings of people who had been heard in "
            "training, which says nothing about new people."
        )
        return Answer(lead, rest, doubts)
    if protocols:
        return Answer(lead, rest, "What is finished was tested in another way; see the tables.")
    return Answer(lead, rest)


def _who(content: ReportContent, cell: Cell) -> str:
    tested = tested_people(content, cell)
    speakers = tested.drop_duplicates("speaker_id")["label"]
    with_it, without = (int((speakers == label).sum()) for label in (DYSARTHRIC, HEALTHY))
    people = "person" if with_it == 1 else "people"
    recordings = counted(len(tested), content.noun.singular, content.noun.plural)
    were = "were" if with_it + without != 1 else "was"
    return (
        f"{with_it:,} {people} with dysarthria and {without:,} without (corpus {content.corpus}, "
        f"{recordings}) {were} tested by models that had never heard them"
    )


def _undefined(content: ReportContent, cell: Cell) -> str:
    labels = set(tested_people(content, cell)["label"])
    why = "no AUROC is defined"
    if len(labels) == 1:
        why = f"nobody {'without' if DYSARTHRIC in labels else 'with'} dysarthria was tested"
    return f"how well the models tell the two apart cannot be said, because {why}"


def _pairs(content: ReportContent, cell: Cell) -> str:
    row = primary_auroc(content, cell, SOFT_MAJORITY.key)
    pooled = row is not None and row["metric"] != WITHIN_FOLDS
    said = "of 100 pairs of a speaker with and one without dysarthria"
    return f"{said}, each scored by another model," if pooled else f"{said},"


def _main_model(content: ReportContent, networks: list[Cell], main: Cell) -> str:
    name = paper.model_name(main.model)
    if reference_of(content.study, main.model):
        name = f"the simple reference {main.model} ({in_words(content, main)})"
    elif len(networks) > 1:
        name += f", the best of {len(networks)} networks,"
    return f"{name} gave the higher score to the right one in {_of_100(content, main)}"


def _of_100(content: ReportContent, cell: Cell, words: str = "") -> str:
    """Say in how many of 100 pairs a model is right, with its AUROC and interval.

    Args:
        content: Of the report.
        cell: Of the model.
        words: What it is, where it stands beside another model.
    """
    row = primary_auroc(content, cell, SOFT_MAJORITY.key)
    assert row is not None
    value, low, high = (number(row[name]) for name in ("value", "low", "high"))
    interval = f"no interval: {row.get('reason') or TOO_FEW}"
    if math.isfinite(low) and math.isfinite(high):
        interval = f"{'' if words else '95 % interval '}{percent(low)} to {percent(high)}"
    biased = "" if row["metric"] == WITHIN_FOLDS else " of pooled scores, which is biased low,"
    inside = f"AUROC{biased} {percent(value)} %, {interval}"
    no_better = "no better than chance" if is_chance(row) else ""
    if words:
        return f"{100 * value:.0f} ({words}: {'; '.join(filter(None, [inside, no_better]))})"
    return ", ".join(filter(None, [f"{100 * value:.0f} (guessing: 50; {inside})", no_better]))


def _beside(content: ReportContent, references: list[Cell]) -> str:
    said = [_of_100(content, cell, in_words(content, cell)) for cell in references]
    if not said:
        return ""
    which = "a simple reference" if len(said) == 1 else "simple references"
    return f"; {which} in {listed(said)}"


def _doubts(
    content: ReportContent, networks: list[Cell], references: list[Cell], main: Cell
) -> list[str]:
    """Say what stands beside the result, whether models can be told apart, and of the audit."""
    said = []
    if main in networks:
        said += _relation(content, main, _defined(content, references))
        said += _apart(content, networks)
    audited = content.audits.get(main)
    if audited is None:
        return [*said, "nobody has audited whether the voice was heard or the microphone"]
    light = audit_verdict(content, main).light.upper()
    return [*said, f"the audit is {light}: {meaning_of_light(audited)}"]


def _relation(content: ReportContent, main: Cell, references: list[Cell]) -> list[str]:
    """Say how a network stands to the simple references."""
    if not references:
        return ["no simple reference stands beside it"]
    by_words: dict[str, list[Cell]] = {}
    for cell in references:
        differs, ours = differ(content, main, cell), auroc_of(content, main, SOFT_MAJORITY.key)
        words = "cannot be told apart from"
        if differs is None:
            words = "was not compared with"
        elif differs:
            ahead = ours > auroc_of(content, cell, SOFT_MAJORITY.key)
            words = "is better than" if ahead else "is worse than"
        by_words.setdefault(words, []).append(cell)
    if len(by_words) == 1:
        what = "the simple reference" if len(references) == 1 else "the simple references"
        said = [f"{words} {what}" for words in by_words]
    else:
        said = [
            f"{words} {listed([in_words(content, cell) for cell in cells])}"
            for words, cells in by_words.items()
        ]
    return [f"{paper.model_name(main.model)} {listed(said)}"]


def _apart(content: ReportContent, networks: list[Cell]) -> list[str]:
    """Say whether the networks can be told apart, where several were compared."""
    names = {cell.model for cell in networks}
    pairs = tested_pairs(content, networks)
    if len(pairs):
        pairs = pairs[pairs["model"].isin(names) & pairs["other"].isin(names)]
    if pairs.empty:
        return []
    differing = int(pairs["differs"].astype(bool).sum())
    if differing:
        differ_ = "differs" if differing == 1 else "differ"
        return [f"{differing} of {counted(len(pairs), 'pair')} of networks {differ_}"]
    if len(pairs) == 1:
        return ["the two networks cannot be told apart"]
    return [f"no two of the {len(names)} networks can be told apart"]


def _defined(content: ReportContent, cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if math.isfinite(auroc_of(content, cell, SOFT_MAJORITY.key))]


def in_words(content: ReportContent, reference: Cell) -> str:
    """Say what a simple reference knows of a speaker.

    Args:
        content: Of the report.
        reference: Its cell.
    """
    return _REFERENCES[str(reference_of(content.study, reference.model))]
