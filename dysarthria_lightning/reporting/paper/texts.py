"""The tables of results as people read them, beside the paper's values where it is compared."""

import math
from dataclasses import replace
from typing import Any

import pandas as pd

from dysarthria_lightning.evaluation.levels import NOISY_OR, RECORDING
from dysarthria_lightning.evaluation.metrics import AUROCS
from dysarthria_lightning.evaluation.study import MAIN_FEATURES, Cell
from dysarthria_lightning.evaluation.whole_speakers import judges_whole_speakers
from dysarthria_lightning.reporting.content import CELL_COLUMNS, ReportContent, number, select_cell
from dysarthria_lightning.reporting.display import (
    Text,
    TextTable,
    interval_of,
    percent,
    points,
    value_range,
)
from dysarthria_lightning.reporting.estimands import (
    describe_chance,
    describe_pooled,
    describe_within_folds,
)
from dysarthria_lightning.reporting.metric_notes import CASE_MIX
from dysarthria_lightning.reporting.paper import tables as paper_tables
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.paper.cells import (
    has_further_models,
    has_papers_tables,
    settings_of,
)
from dysarthria_lightning.reporting.paper.corpus_text import corpus_table
from dysarthria_lightning.reporting.paper.references import reference_of
from dysarthria_lightning.reporting.paper.results import (
    noisy_or_table,
    results_name,
    results_table,
    results_title,
)

DIFFERENCE = (
    "Under the paper's value stands {} minus the paper's, with our 95 % interval shifted by it. "
    "That leaves out how uncertain the paper's value is."
)
_REFERENCES = {
    "functionals": "functionals know the mean and the spread of each column over all frames of a "
    "speaker, and nothing of their order",
    "demographics": "demographics hear nothing and know a speaker's age and sex",
}


def paper_text_tables(content: ReportContent) -> list[TextTable]:
    """Show the corpus, then the paper's Tables II to V with our values.

    Where everything is of one setting, or of another corpus than the paper's, one table for each
    setting stands in their place.

    Args:
        content: Of the report.

    Returns:
        Those in which something was asked for; the corpus's first.
    """
    noun, beside_paper = content.noun, content.beside_paper
    has_papers = has_papers_tables(content)
    counted = f"Speakers [{noun.plural}] by class and gender"
    corpus = corpus_table(
        paper_tables.corpus_counts(content.study.recordings),
        f"Table I. {counted}" if has_papers else counted,
        noun,
        beside_paper=beside_paper,
    )
    shown = _papers(content) if has_papers else _of_settings(content)
    return [replace(corpus, name=corpus_name(content)), *(it for it in shown if it.rows)]


def corpus_name(content: ReportContent) -> str:
    """Return the name of the table of the corpus."""
    return "table1" if has_papers_tables(content) else "corpus"


def results_data(content: ReportContent) -> dict[str, pd.DataFrame]:
    """Return what :func:`paper_text_tables` shows as data, by the name of each table."""
    counts = paper_tables.corpus_counts(content.study.recordings)
    if not content.beside_paper:
        counts = counts.drop(columns=[it for it in counts if it.startswith("paper_")])
    if has_papers_tables(content):
        found = {
            "table2": paper_tables.known_speakers_table(content),
            "table3": paper_tables.levels_table(content),
            "table4": paper_tables.subsets_table(content),
            "table5": paper_tables.coefficients_table(content),
        }
    else:
        found = {}
        for setting in settings_of(content):
            name = results_name(content, setting)
            found[name] = results_table(content, setting)
            found[f"{name}-noisy-or"] = noisy_or_table(content, setting)
    there = {name: table for name, table in found.items() if len(table)}
    return {corpus_name(content): counts, **there}


def _of_settings(content: ReportContent) -> list[TextTable]:
    """Show one table for each setting, and what noisy-OR gives under it."""
    tables = []
    for setting in settings_of(content):
        name, title = results_name(content, setting), results_title(content, setting)
        entries = results_table(content, setting)
        notes = _footnotes() if content.beside_paper else []
        tables.append(_results(content, name, f"{title} (%)", "Model", entries, notes))
        noisy = noisy_or_table(content, setting)
        title = f"{title}, noisy-OR (%)"
        table = _results(content, f"{name}-noisy-or", title, "Model", noisy, notes)
        tables.append(replace(table, folded=True))
    return tables


def _papers(content: ReportContent) -> list[TextTable]:
    """Show the paper's Tables II to V with our values."""
    noun = content.noun
    return [
        _results(
            content,
            "table2",
            f"Table II. Known speakers, {RECORDING.describe(noun.plural)} (%)",
            "Model",
            paper_tables.known_speakers_table(content),
            [
                ("", f"{paper_tables.MAJORITY}: always answers with the more frequent class."),
                ("", CASE_MIX),
            ],
        ),
        _results(
            content,
            "table3",
            f"Table III. AUROC of new speakers: speaker level against {noun.singular} level (%)",
            "Model" if has_further_models(content) else "Level",
            paper_tables.levels_table(content),
            _footnotes(),
        ),
        _results(
            content,
            "table4",
            "Table IV. Speaker-level AUROC by type of syllables, soft majority (%)",
            "Model",
            paper_tables.subsets_table(content),
            [("", "‘cv’: compound vowels; ‘c/a/’: consonant-/a/.")],
        ),
        _results(
            content,
            "table5",
            "Table V. Speaker-level AUROC by number of cepstral coefficients, soft majority (%)",
            "Model",
            paper_tables.coefficients_table(content),
            [],
        ),
    ]


def _results(
    content: ReportContent,
    name: str,
    title: str,
    corner: str,
    entries: pd.DataFrame,
    footnotes: list[tuple[str, str]],
) -> TextTable:
    columns = list(dict.fromkeys(entries["column"]))
    records = entries.to_dict("records")
    marks = set(map(_mark, records))
    notes = [(mark, note) for mark, note in footnotes if not mark or mark in marks]
    places = {(entry["row"], entry["column"]): entry for entry in records}
    rows = [
        (
            row,
            [
                _result(content, places[row, column]) if (row, column) in places else Text("")
                for column in columns
            ],
        )
        for row in dict.fromkeys(entries["row"])
    ]
    notes += [*_references_note(content, entries), *_whole_speakers_note(content, entries)]
    if content.beside_paper:
        notes += _features_note(entries)
    notes += _estimands_note(content, entries)
    if entries["difference"].notna().any():
        ours = "our pooled AUROC" if entries["pooled"].notna().any() else "ours"
        notes.append(("", DIFFERENCE.format(ours)))
    return TextTable(name, title, [corner, *columns], rows, notes)


def _result(content: ReportContent, entry: dict[str, Any]) -> Text:
    theirs = number(entry["paper"])
    paper_text = percent(theirs) if math.isfinite(theirs) else ""
    if pd.isna(entry["protocol"]):
        return Text(percent(entry["value"]), paper=paper_text, anchor="table1")
    cell = Cell(*(entry[column] for column in CELL_COLUMNS))
    spread = ""
    if entry["repeats"] > 1:
        spread = value_range(entry["smallest"], entry["largest"])
    pooled = tuple(number(entry[f"pooled{end}"]) for end in ("", "_low", "_high"))
    note = ""
    if entry["repeats"] < content.repeats:
        note = missing_note(content, cell, int(entry["repeats"]))
    elif not math.isfinite(entry["value"]):
        note = "not defined"
    return Text(
        percent(entry["value"]),
        interval=interval_of(entry["value"], entry["low"], entry["high"], reason=entry["reason"]),
        spread=spread,
        chance=value_range(number(entry["chance_low"]), number(entry["chance_high"])),
        pooled=percent(pooled[0]) if math.isfinite(pooled[0]) else "",
        pooled_interval=interval_of(*pooled, reason=entry["pooled_reason"]),
        note=note,
        paper=paper_text,
        difference=points(*(number(entry[f"difference{end}"]) for end in ("", "_low", "_high"))),
        mark=_mark(entry),
        anchor=paper.cell_anchor(cell),
    )


def missing_note(content: ReportContent, cell: Cell, repeats: int) -> str:
    """Say what is not there of a cell.

    Args:
        content: Of the report.
        cell: Which one.
        repeats: How many of its cross-validations are complete.
    """
    if repeats:
        return f"{repeats} of {content.repeats} repeats"
    runs = select_cell(content.runs, cell)
    if runs.empty:
        return "not asked for"
    finished = int((runs["state"] == "finished").sum())
    return f"{finished} of {len(runs)} runs finished"


def _estimands_note(content: ReportContent, entries: pd.DataFrame) -> list[tuple[str, str]]:
    """Say what the AUROCs of a table are, where it has any."""
    if entries["pooled"].notna().any():
        return [("", describe_within_folds()), ("", describe_chance())]
    if (entries["metric"] == "auroc").any() and entries["value"].notna().any():
        chance = [("", describe_chance())] if entries["chance_low"].notna().any() else []
        return [("", describe_pooled(only=True)), *chance]
    return []


def _references_note(content: ReportContent, entries: pd.DataFrame) -> list[tuple[str, str]]:
    """Say what the references are that a table has."""
    there = {reference_of(content.study, model) for model in entries["model"].dropna()}
    found = [said for reference, said in _REFERENCES.items() if reference in there]
    which = "References, not in the paper" if content.beside_paper else "References"
    return [("", f"{which}: {'; '.join(found)}.")] if found else []


def _whole_speakers_note(content: ReportContent, entries: pd.DataFrame) -> list[tuple[str, str]]:
    """Say of which models a value of single recordings is none, where a table has any."""
    single = entries[(entries["level"] == RECORDING.key) & entries["protocol"].notna()]
    cells = [Cell(*map(str, row)) for row in single[CELL_COLUMNS].drop_duplicates().to_numpy()]
    crossvalidations = content.study.crossvalidations
    names = [
        paper.model_name(cell.model)
        for cell in cells
        if judges_whole_speakers(crossvalidations.get(cell, []))
    ]
    if not names:
        return []
    return [
        (
            "",
            f"All {content.noun.plural} of a speaker get one score from {', '.join(names)}: values "
            f"of {RECORDING.describe(content.noun.plural)} are of whole speakers there.",
        )
    ]


def _features_note(entries: pd.DataFrame) -> list[tuple[str, str]]:
    """Say what a table is about whose features are not the paper's."""
    features = list(entries["features"].dropna().unique())
    if len(features) != 1 or features[0] == MAIN_FEATURES:
        return []
    ours, theirs = (paper.describe_features(name) for name in (features[0], MAIN_FEATURES))
    return [("", f"Features: {ours}. The paper's values are of {theirs} and are left out.")]


def _mark(entry: dict[str, Any]) -> str:
    if not math.isfinite(number(entry["paper"])):
        return ""
    if entry["level"] == NOISY_OR.key:
        return "a"
    return "b" if entry["level"] == RECORDING.key and _is_in_text(entry) else ""


def _is_in_text(entry: dict[str, Any]) -> bool:
    return bool(entry["model"] == "lstm2" and entry["metric"] in AUROCS)


def _footnotes() -> list[tuple[str, str]]:
    in_text = paper.LSTM2_SYLLABLE_LEVEL_IN_TEXT
    return [
        ("a", "The paper prints no values and says that noisy-OR gave identical results."),
        ("b", f"The paper's Table III gives 65.9, its text {in_text}."),
    ]
