"""The page's part about people: who was found, who was missed, and by which recordings.

The chart is drawn by ``templates/parts/people.js`` from the data made here, which are kept small:
numbers have three digits, ids stand once whatever the number of models, and a probability takes
two characters.
"""

from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.display import TextTable
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.people import (
    RECORDINGS,
    SPEAKERS,
    recordings_table,
    shown_first,
    speakers_table,
)
from dysarthria_lightning.reporting.people_words import (
    count_sentence,
    counts_table,
    describe_scores,
    named,
    predict_command,
    repeats_note,
)
from dysarthria_lightning.reporting.render.embedded import embedded_json
from dysarthria_lightning.reporting.selection import setting_name

#: Bytes that recordings may take on the page.
ROOM = 300_000
#: What scores a recording or a person as a whole, so that no score grows frame by frame.
_AS_A_WHOLE = ("baseline", "functionals", "demographics")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
QUICK = (
    "Nobody is shown: these are the results of the quick profile, whose numbers mean nothing. "
    "A full run has here who was found and who was missed."
)


def people_part(content: ReportContent) -> dict[str, Any] | None:
    """Make what the template of people shows.

    Args:
        content: Of the report.

    Returns:
        None where no model has judged new speakers.
    """
    cells = shown_first(content)
    if not cells:
        return None
    if content.profile == "quick":
        return {"instead": QUICK}
    speakers = {cell: speakers_table(content.study, cell) for cell in cells}
    recordings = {cell: recordings_table(content.study, cell) for cell in cells}
    data, kept = _data(content, speakers, recordings)
    tables = [counts_table(content, cell, f"people-{cell.model}") for cell in cells]
    best, n_repeats = cells[0], max(len(content.study.crossvalidations[it]) for it in cells)
    by_frames = content.study.architectures.get(best.model, best.model) not in _AS_A_WHOLE
    return {
        "instead": "",
        "sentence": count_sentence(content, best),
        "of_repeats": repeats_note(n_repeats),
        "setting": setting_name(cells, content.noun),
        "tables": _filled(tables[:1]),
        "other_tables": _filled(tables[1:]),
        "models": [paper.model_name(cell.model) for cell in cells],
        "first": data["models"][0],
        "severities": any(it is not None for it in data["severity"]),
        "sexes": any(data["sex"]),
        "several_repeats": n_repeats > 1,
        "kept": kept,
        "noun": content.noun,
        "command": predict_command(content, best) if by_frames else "",
        "files": [SPEAKERS, RECORDINGS],
        "json": embedded_json(data),
    }


def _filled(tables: list[TextTable]) -> list[TextTable]:
    return [table for table in tables if table.rows]


def _data(
    content: ReportContent,
    speakers: dict[Cell, pd.DataFrame],
    recordings: dict[Cell, pd.DataFrame],
) -> tuple[dict[str, Any], str]:
    """Make the data of the chart, and say which recordings they leave out."""
    about = pd.concat(speakers.values()).drop_duplicates("speaker_id").set_index("speaker_id")
    ids = about.index
    data = {
        "ids": [str(it) for it in ids],
        "label": [int(it) for it in about["label"]],
        "sex": ["" if pd.isna(it) else str(it) for it in about["gender"]],
        "age": _numbers(about["age"]),
        "severity": _numbers(about["severity"]),
        "threshold": SOFT_MAJORITY.threshold,
        "models": [_model(cell, table, ids) for cell, table in speakers.items()],
        "nouns": list(content.noun),
    }
    kept, note = _fitting(recordings, content.noun.plural)
    return data | _recordings(kept, ids), note


def _model(cell: Cell, table: pd.DataFrame, ids: pd.Index) -> dict[str, Any]:
    rows = table.set_index("speaker_id").reindex(ids)
    called, label = table["called_dysarthric"], table["label"]
    missed = table[(label == 1) & ~called.fillna(True)].sort_values("score")
    alarms = table[(label == 0) & called.fillna(False)].sort_values("score", ascending=False)
    unscored = table[table["score"].isna()]
    lists = [named(missed, "Missed"), named(alarms, "Healthy and called dysarthric")]
    return {
        "name": paper.model_name(cell.model),
        **{name: _numbers(rows[name]) for name in ("score", "smallest", "largest")},
        "called": [None if pd.isna(it) else int(it) for it in rows["called_dysarthric"]],
        "n": _numbers(rows["n_recordings"]),
        "repeats": _numbers(rows["repeats"]),
        "repeats_called": _numbers(rows["repeats_called"]),
        "lists": lists + ([named(unscored, "Without a score")] if len(unscored) else []),
        "description": describe_scores(table),
    }


def _fitting(
    recordings: dict[Cell, pd.DataFrame], noun: str
) -> tuple[dict[Cell, pd.DataFrame], str]:
    """Keep as many recordings as the page has room for, and say which."""
    best = next(iter(recordings))
    of_best = {best: recordings[best]}
    name = paper.model_name(best.model)
    if _size(recordings) <= ROOM:
        return recordings, ""
    if _size(of_best) <= ROOM:
        return of_best, f"Single {noun} are shown of {name} only, so that the page stays small."
    n_speakers = recordings[best]["speaker_id"].nunique()
    per_recording = _size(of_best) / len(recordings[best])
    n = int(ROOM / per_recording / n_speakers / 2)
    if n < 1:
        return (
            {},
            f"Single {noun} are not shown, so that the page stays small: {RECORDINGS} has them.",
        )
    ends = recordings[best].groupby("speaker_id", sort=False)
    chosen = pd.concat([ends.head(n), ends.tail(n)])
    chosen = chosen[~chosen.index.duplicated()].sort_index()
    few = (
        f"Of each person the {n} highest and the {n} lowest {noun} of {name} are shown, so that "
        f"the page stays small: {RECORDINGS} has all."
    )
    return {best: chosen}, few


def _size(recordings: dict[Cell, pd.DataFrame]) -> int:
    """Estimate the bytes that recordings take."""
    largest = max(recordings.values(), key=len)
    ids = int(largest["recording_id"].map(_length).sum())
    shared = (
        largest.groupby("speaker_id")["recording_id"]
        .agg(list)
        .map(lambda its: len(its) * _length(_shared_start(its)))
    )
    return ids - int(shared.sum()) + len(largest) * (6 + 2 * len(recordings))


def _length(text: str) -> int:
    return len(text.encode("unicode_escape"))


def _shared_start(texts: list[str]) -> str:
    """Return with what all texts begin; nothing of fewer than two."""
    if len(texts) < 2:
        return ""
    first, last = min(texts), max(texts)
    differing = (n for n, both in enumerate(zip(first, last, strict=False)) if len({*both}) == 2)
    return first[: next(differing, len(first))]


def _shared_folder(ids: list[str]) -> str:
    """Return the folder that all ids are in, where they are paths: whose it is says nothing."""
    return "".join(_shared_start(ids).rpartition("/")[:2])


def _recordings(kept: dict[Cell, pd.DataFrame], ids: pd.Index) -> dict[str, Any]:
    """Give ids, prompts and probabilities of recordings by speaker.

    The folder that all are in is left out; the CSV has ids whole. Ids of one speaker begin alike:
    what they share stands once. Probabilities are thousandths, two
    digits to the base of 36 each, in the order of the ids; ``--`` where there is none.
    """
    if not kept:
        return {"recordings": [], "prefixes": [], "prompts": [], "prompt": [], "p": []}
    every = pd.concat(kept.values()).drop_duplicates("recording_id")
    by_speaker = dict(iter(every.groupby("speaker_id")))
    prompts = sorted({str(it) for it in every["syllable"].dropna()})
    place = {prompt: number for number, prompt in enumerate(prompts)}
    data: dict[str, Any] = {"recordings": [], "prefixes": [], "prompts": prompts, "prompt": []}
    data["p"] = [[] for _ in kept]
    probabilities = [table.set_index("recording_id")["probability"] for table in kept.values()]
    folder = _shared_folder([str(it) for it in every["recording_id"]])
    for name in ids:
        rows = by_speaker.get(name, every[:0])
        own = [str(it).removeprefix(folder) for it in rows["recording_id"]]
        prefix = _shared_start(own)
        data["prefixes"].append(prefix)
        data["recordings"].append([it.removeprefix(prefix) for it in own])
        numbers = [place.get(str(it), -1) for it in rows["syllable"]]
        data["prompt"].append(numbers if prompts else [])
        for of_model, column in zip(data["p"], probabilities, strict=True):
            of_model.append(_encode(column.reindex(rows["recording_id"]).to_numpy(np.float64)))
    return data


def _encode(probabilities: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    return "".join(
        "--" if np.isnan(it) else _DIGITS[round(1000 * it) // 36] + _DIGITS[round(1000 * it) % 36]
        for it in probabilities.tolist()
    )


def _numbers(values: pd.Series) -> list[float | int | None]:
    """Round to three digits; whole numbers are written as such."""
    rounded = [None if pd.isna(it) else round(float(it), 3) for it in values]
    return [int(it) if it is not None and it.is_integer() else it for it in rounded]
