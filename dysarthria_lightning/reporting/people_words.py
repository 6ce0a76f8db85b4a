"""How many people were found and missed, in words and as a table."""

import re
import shlex
from typing import Any

import pandas as pd

from dysarthria_lightning.evaluation.confusion import FIXED
from dysarthria_lightning.evaluation.levels import SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.content import ReportContent, number, select_cell
from dysarthria_lightning.reporting.display import (
    DASH,
    NEVER_CHANGES,
    Text,
    TextTable,
    interval_of,
    percent,
)
from dysarthria_lightning.reporting.paper import values as paper
from dysarthria_lightning.reporting.sections.operating_points import BIASED

#: Of a list of people.
MOST_NAMED = 30
_NOBODY = {
    "dysarthric": "nobody with dysarthria was tested, so nobody could be missed",
    "healthy": "no healthy person was tested, so there could be no false alarm",
}
_HEADER = [
    *("Threshold", "People with dysarthria", "Found", "Missed"),
    *("Healthy people", "Called dysarthric", "Not called", "Sensitivity, %", "Specificity, %"),
]


def count_sentence(content: ReportContent, cell: Cell) -> str:
    """Say how many people a model found and missed at probability 0.5; nothing without counts.

    Args:
        content: Of the report.
        cell: Of the model.
    """
    rows = select_cell(content.analysis.confusion, cell, rule=FIXED)
    if rows.empty:
        return ""
    row = rows.iloc[0].to_dict()
    name = paper.model_name(cell.model)
    return (
        f"{name}, people called dysarthric above {_half()}: {_dysarthric(row)}; {_healthy(row)}."
        f"{_rates(row)}"
    )


def repeats_note(n_repeats: int) -> str:
    """Say how people are counted over repeats; nothing of a single one.

    Args:
        n_repeats: Of the cross-validation.
    """
    if n_repeats < 2:
        return ""
    return (
        f"Everybody counts once in each of {n_repeats} repeats. Counts are means over repeats, "
        "with the smallest and the largest repeat. The chart and the lists below go by the mean "
        "of a person’s scores instead, so they may name more people or fewer."
    )


def counts_table(content: ReportContent, cell: Cell, name: str) -> TextTable:
    """Count the people of a model at each stated threshold.

    Args:
        content: Of the report.
        cell: Of the model.
        name: Of the table.
    """
    found = select_cell(content.analysis.confusion, cell)
    rows = [(_threshold(row), _texts(row)) for row in found.to_dict("records")]
    notes = []
    if len(rows) > 1:
        notes = [
            "Thresholds for 90\u00a0% were chosen on other speakers, fold by fold; whoever was "
            f"tested in a fold without one is not counted. {BIASED}"
        ]
    title = f"People found and missed by {paper.model_name(cell.model)}"
    return TextTable(name, title, _HEADER, rows, [("", note) for note in notes])


def _dysarthric(row: dict[Any, Any]) -> str:
    n = row["n_dysarthric"]
    if not n:
        return _NOBODY["dysarthric"]
    found = _count(row, "found")
    missed = f"{_whole(n - row['found'])} {_were(n - row['found'])} missed"
    return f"of {_people(n)} with dysarthria {found} {_were(row['found'])} found and {missed}"


def _healthy(row: dict[Any, Any]) -> str:
    n = row["n_healthy"]
    if not n:
        return _NOBODY["healthy"]
    alarms = _count(row, "false_alarms")
    return f"of {_people(n, 'healthy ')} {alarms} {_were(row['false_alarms'])} called dysarthric"


def _rates(row: dict[Any, Any]) -> str:
    said = []
    for measure in ("sensitivity", "specificity"):
        value, low, high = (number(row[f"{measure}_{end}"]) for end in ("value", "low", "high"))
        if not pd.isna(value):
            interval = interval_of(value, low, high, reason=NEVER_CHANGES)
            words = f"95\u00a0% interval {interval}" if not pd.isna(low) else interval
            said.append(f"{measure} of {percent(value)}\u00a0% ({words})")
    return f" That is a {' and a '.join(said)}." if said else ""


def _texts(row: dict[Any, Any]) -> list[Text]:
    texts = []
    for n, name in (("n_dysarthric", "found"), ("n_healthy", "false_alarms")):
        several = row["repeats"] > 1
        low, high = (row[f"{name}_{end}"] for end in ("smallest", "largest"))
        spread = f"{_whole(low)}–{_whole(high)}" if several else ""
        texts += [
            Text(_whole(row[n])),
            Text(_whole(row[name]), spread=spread),
            Text(_whole(row[n] - row[name])),
        ]
    for measure in ("sensitivity", "specificity"):
        value, low, high = (number(row[f"{measure}_{end}"]) for end in ("value", "low", "high"))
        texts.append(Text(percent(value), interval_of(value, low, high, reason=NEVER_CHANGES)))
    return texts


def _threshold(row: dict[Any, Any]) -> str:
    if row["rule"] == FIXED:
        return _half()
    low, high = (number(row[f"threshold_{end}"]) for end in ("low", "high"))
    ends = "none could be chosen" if pd.isna(low) else f"{low:.2f}–{high:.2f}"
    return f"for {100 * row['target']:.0f}\u00a0% {row['rule']} ({ends})"


def _half() -> str:
    return f"probability {SOFT_MAJORITY.threshold:g}"


def _count(row: dict[Any, Any], name: str) -> str:
    if row["repeats"] < 2:
        return _whole(row[name])
    ends = (_whole(row[f"{name}_{end}"]) for end in ("smallest", "largest"))
    return f"{_whole(row[name])} ({' to '.join(ends)})"


def _people(n: float, kind: str = "") -> str:
    return f"{_whole(n)} {kind}{'person' if n == 1 else 'people'}"


def _were(n: float) -> str:
    return "was" if n == 1 else "were"


def _whole(count: float) -> str:
    """Write a count, or a mean of counts with a digit behind the point."""
    return f"{count:,.0f}" if float(count).is_integer() else f"{count:,.1f}"


def named(speakers: pd.DataFrame, title: str) -> str:
    """List people with their scores; says that there is nobody where there is nobody.

    Args:
        speakers: Rows of the table of speakers.
        title: What they are.
    """
    if speakers.empty:
        return f"{title}: nobody."
    shown = speakers.head(MOST_NAMED)
    names = [
        f"{name}" if pd.isna(score) else f"{name} ({score:.2f})"
        for name, score in zip(shown["speaker_id"], shown["score"], strict=True)
    ]
    more = len(speakers) - len(shown)
    rest = f" and {more:,} more" if more else ""
    return f"{title} ({len(speakers):,}): {', '.join(names)}{rest}."


def describe_scores(speakers: pd.DataFrame) -> str:
    """Say in words what the chart of people shows.

    Args:
        speakers: The table of speakers.
    """
    parts = []
    for label, name in ((1, "with dysarthria"), (0, "healthy")):
        scores = speakers.loc[speakers["label"] == label, "score"].dropna()
        if len(scores):
            low, middle, high = scores.quantile([0, 0.5, 1])
            parts.append(
                f"{len(scores)} {name}: scores {low:.2f} to {high:.2f}, median {middle:.2f}"
            )
    return "; ".join(parts) or DASH


def predict_command(content: ReportContent, cell: Cell) -> str:
    """Write the command that draws a person's scores frame by frame; nothing without a run.

    Args:
        content: Of the report.
        cell: Whose model scores.
    """
    runs = select_cell(content.runs, cell, state="finished")
    start = re.match(r".*? -m dysarthria_lightning\.", content.command)
    if runs.empty or start is None:
        return ""
    first = runs.sort_values(["repeat", "fold"]).iloc[0]
    model = (content.outputs_dir / str(first["folder"])).parent.as_posix()
    words = shlex.join([f"model={model}", "recordings=FOLDER", "plots=true"])
    return f"{start[0]}predict {words}"
