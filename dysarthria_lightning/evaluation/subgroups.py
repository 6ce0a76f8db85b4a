"""For whom, and on which prompts, a model works: AUROC within groups, of pairs within folds.

Of pooled scores where the whole cell's results are (:func:`comparable.comparable_items`).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.bootstrap import Sample, auroc_basis
from dysarthria_lightning.evaluation.comparable import comparable_items, has_pairs
from dysarthria_lightning.evaluation.intervals import with_reason
from dysarthria_lightning.evaluation.levels import RECORDING
from dysarthria_lightning.evaluation.metrics import Floats, Scores, auroc
from dysarthria_lightning.evaluation.shrinkage import shrink

# Fixed beforehand, so that nothing is searched for.
AGE_GROUPS = {"under 40": (0, 40), "40 to 59": (40, 60), "60 and over": (60, np.inf)}


def subgroups_table(sample: Sample, recordings: pd.DataFrame) -> pd.DataFrame:
    """Compute the AUROC among speakers of one gender or age.

    Args:
        sample: A cell's repeats.
        recordings: Of the corpus: ``speaker_id`` and, where it is known, ``gender`` and ``age``
            (years).

    Returns:
        Rows of ``grouping`` (``gender``, ``age``), ``group``, ``n_speakers``, ``n_dysarthric``,
        ``level``, ``value`` (mean over the repeats that compare two of the group, NaN where none
        does), ``low``, ``high`` (NaN with fewer than :data:`intervals.FEWEST_OF_CLASS` speakers of
        a class).
        Speakers of whom it is not known are in no group.
    """
    speakers = recordings.reindex(columns=["speaker_id", "gender", "age"])
    speakers = speakers.groupby("speaker_id").first().reindex(sample.resample.speakers)
    labels = pd.Series(sample.labels, index=sample.resample.speakers)
    rows: list[dict[str, Any]] = []
    for grouping, group, members in _groups(speakers):
        for level in sample.repeats[0].levels:
            items = [
                of_repeat.select(np.isin(repeat.speakers, members)[of_repeat.speakers])
                for repeat, of_repeat in zip(
                    sample.repeats, comparable_items(sample.items(level)), strict=True
                )
            ]
            values, compared = _aurocs(sample, items)
            basis = auroc_basis(compared)
            rows.append(
                {
                    "grouping": grouping,
                    "group": group,
                    "n_speakers": len(members),
                    "n_dysarthric": int(labels[members].sum()),
                    "level": level,
                    **with_reason(sample.estimate(values, basis), basis),
                }
            )
    return pd.DataFrame(rows)


def prompts_table(sample: Sample, recordings: pd.DataFrame) -> pd.DataFrame:
    """Compute the AUROC among recordings of one type of syllable or one syllable.

    Args:
        sample: A cell's repeats.
        recordings: Of the corpus: ``recording_id`` and, where it is known, ``syllable_type`` and
            ``syllable``.

    Returns:
        Rows of ``grouping`` (``syllable_type``, ``syllable``), ``group``, ``n_recordings``,
        ``value`` (mean over the repeats that compare two of the group, NaN where none does),
        ``low``, ``high`` (NaN with fewer than :data:`intervals.FEWEST_OF_CLASS` speakers of a
        class), and ``shrunken``,
        ``shrunken_low``, ``shrunken_high``: the same drawn towards the mean of the grouping
        (:func:`shrinkage.shrink`), because the highest of many values is too high.
    """
    groupings = ["syllable_type", "syllable"]
    prompts = recordings.reindex(columns=["recording_id", *groupings]).set_index("recording_id")
    tested = [prompts.reindex(r.crossvalidation.test["recording_id"]) for r in sample.repeats]
    items = comparable_items(sample.items(RECORDING.key))
    together = pd.concat(tested)
    counted = together[~together.index.duplicated()]
    rows: list[dict[str, Any]] = []
    for grouping in groupings:
        of_grouping: list[dict[str, Any]] = []
        resampled: list[Floats] = []
        for group, n_recordings in counted[grouping].value_counts().sort_index().items():
            of_group = [
                of_repeat.select((read[grouping] == group).to_numpy())
                for of_repeat, read in zip(items, tested, strict=True)
            ]
            values, compared = _aurocs(sample, of_group)
            basis = auroc_basis(compared)
            nothing = np.full(len(sample.resample.weights), np.nan)
            resampled.append(sample.average(values) if values else nothing)
            of_grouping.append(
                {
                    "grouping": grouping,
                    "group": group,
                    "n_recordings": int(n_recordings),
                    **with_reason(sample.estimate(values, basis), basis),
                }
            )
        rows += _with_shrunken(of_grouping, resampled, sample.resample.first_draw)
    return pd.DataFrame(rows)


def _aurocs(sample: Sample, items: list[Scores]) -> tuple[list[Floats], list[Scores]]:
    """Judge a group in the repeats in which one model judged two of it; return those items too."""
    judged = [
        (it, repeat) for it, repeat in zip(items, sample.repeats, strict=True) if has_pairs(it)
    ]
    return [auroc(it, repeat.weights) for it, repeat in judged], [it for it, _ in judged]


def _with_shrunken(
    rows: list[dict[str, Any]], resampled: list[Floats], first_draw: int
) -> list[dict[str, Any]]:
    """Add a grouping's values drawn towards their mean; no interval where the raw one has none."""
    if not rows:
        return []
    by_row = np.stack(resampled, axis=1)
    shrunken = shrink(by_row[0], by_row[first_draw:])
    has_interval = np.array([np.isfinite([row["low"], row["high"]]).all() for row in rows])
    low, high = (np.where(has_interval, ends, np.nan) for ends in (shrunken.low, shrunken.high))
    return [
        {**row, "shrunken": value, "shrunken_low": low_end, "shrunken_high": high_end}
        for row, value, low_end, high_end in zip(rows, shrunken.value, low, high, strict=True)
    ]


def _groups(speakers: pd.DataFrame) -> Iterator[tuple[str, str, "pd.Index[Any]"]]:
    """Yield grouping, group and the ids of its members, of groups that have any."""
    for gender in sorted(speakers["gender"].dropna().unique()):
        yield "gender", gender, speakers.index[speakers["gender"] == gender]
    age = pd.to_numeric(speakers["age"])
    for group, (youngest, end) in AGE_GROUPS.items():
        members = speakers.index[(age >= youngest) & (age < end)]
        if len(members):
            yield "age", group, members
