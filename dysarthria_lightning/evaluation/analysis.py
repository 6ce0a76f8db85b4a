"""Everything a report says about a study, computed once and kept as tables."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, field

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.bootstrap import DRAWS, make_sample
from dysarthria_lightning.evaluation.calibration import (
    brier_table,
    calibration_slopes_table,
    calibration_table,
)
from dysarthria_lightning.evaluation.comparisons import Comparison, comparisons_table
from dysarthria_lightning.evaluation.confusion import confusion_table
from dysarthria_lightning.evaluation.curves import curves_table
from dysarthria_lightning.evaluation.levels import LEVELS
from dysarthria_lightning.evaluation.net_benefit import net_benefit_table
from dysarthria_lightning.evaluation.operating_points import (
    PREVALENCES,
    find_operating_points,
    operating_points_table,
    predictive_values_table,
)
from dysarthria_lightning.evaluation.predictive_curves import predictive_curves_table
from dysarthria_lightning.evaluation.reading_length import reading_length_table
from dysarthria_lightning.evaluation.severity import severity_correlation, severity_table
from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study
from dysarthria_lightning.evaluation.subgroups import prompts_table, subgroups_table
from dysarthria_lightning.evaluation.values import aurocs, metrics_table
from dysarthria_lightning.evaluation.whole_speakers import judges_whole_speakers

#: Of all draws of speakers in a report.
SEED = 0

_ESTIMATE = ["value", "low", "high"]
_SPREAD = ("", "_smallest", "_largest")
_CELL = ["protocol", "subset", "features", "model"]
# Of all tables but the curves, which are by cell; all but the comparisons are about one cell.
_COLUMNS = {
    "metrics": [
        *(*_CELL, "level", "metric", *_ESTIMATE, "reason", "smallest", "largest", "repeats"),
        *("chance_low", "chance_high"),
    ],
    "comparisons": [
        *("subset", "features", "level", "model", "other", *Comparison._fields),
        *("p_holm", "differs"),
    ],
    "operating_points": [
        *(*_CELL, "level", "rule", "target", "chosen_on", "n_chosen_on", "attained", "measure"),
        *(*_ESTIMATE, "reason"),
    ],
    "predictive_values": [
        *(*_CELL, "level", "rule", "target", "prevalence", "measure"),
        *(*_ESTIMATE, "reason"),
    ],
    "predictive_curves": [
        *(*_CELL, "level", "rule", "target", "prevalence", "measure"),
        *_ESTIMATE,
    ],
    "net_benefit": [*_CELL, "level", "prevalence", "threshold", *_ESTIMATE, "treat_all"],
    "calibration": [*_CELL, "level", "bin", "n", "predicted", "observed", "low", "high"],
    "calibration_slopes": [*_CELL, "level", "measure", *_ESTIMATE, "reason"],
    "brier": [*_CELL, "level", *_ESTIMATE],
    "subgroups": [
        *(*_CELL, "grouping", "group", "n_speakers", "n_dysarthric", "level"),
        *(*_ESTIMATE, "reason"),
    ],
    "prompts": [
        *(*_CELL, "grouping", "group", "n_recordings", *_ESTIMATE, "reason"),
        *("shrunken", "shrunken_low", "shrunken_high"),
    ],
    "severity": [*_CELL, "speaker_id", "severity", "score"],
    "severity_correlation": [*_CELL, *_ESTIMATE, "reason", "n_speakers"],
    "reading_length": [*_CELL, "level", "n_recordings", *_ESTIMATE, "reason"],
    "confusion": [
        *(*_CELL, "rule", "target", "threshold_low", "threshold_high", "repeats"),
        *("n_dysarthric", *(f"found{end}" for end in _SPREAD)),
        *("n_healthy", *(f"false_alarms{end}" for end in _SPREAD)),
        *(f"{it}_{end}" for it in ("sensitivity", "specificity") for end in _ESTIMATE),
    ],
}


@dataclass(frozen=True)
class Analysis:
    """Results of a study. Values are shares from 0 to 1, intervals are of 95 %.

    All tables that are about one cell start with its columns ``protocol``, ``subset``, ``features``
    and ``model``. ``level`` is the key of one of :data:`levels.LEVELS`.

    Attributes:
        metrics: Every cell and level: ``level``, ``metric`` (``metrics.METRICS``), ``value`` (mean
            over repeats), ``low``, ``high``, ``smallest`` and ``largest`` (over repeats),
            ``repeats``; of the AUROC that results are about ``chance_low`` and ``chance_high``;
            ``reason`` (why there is no interval).
        comparisons: Pairs of models by speaker, of novel-speaker cells: ``subset``, ``features``,
            ``level``, ``model``, ``other``, what :class:`comparisons.Comparison` has, ``p_holm``
            and ``differs``.
        operating_points: Thresholds chosen on other speakers, met on test speakers: ``level``,
            ``rule`` (``specificity`` or ``sensitivity``, the one fixed), ``target`` (0.9),
            ``chosen_on`` (``other_folds`` or ``validation``), ``n_chosen_on`` (speakers of the
            rule's class, the fewest of any fold), ``attained`` (on them), ``measure``
            (``sensitivity`` or ``specificity``), ``value``, ``low``, ``high``, ``reason``.
        predictive_values: Of the same thresholds where dysarthria is as common as stated:
            ``level``, ``rule``, ``target``, ``prevalence``, ``measure`` (``ppv`` or ``npv``),
            ``value``, ``low``, ``high``, ``reason``.
        predictive_curves: The same for any prevalence, with pointwise bands: ``level``, ``rule``,
            ``target``, ``prevalence``, ``measure``, ``value``, ``low``, ``high``.
        net_benefit: Decision curves where dysarthria is as common as stated: ``level``,
            ``prevalence``, ``threshold``, ``value``, ``low``, ``high`` (a pointwise band),
            ``treat_all``.
        curves: By cell and level, rows of ``curve`` (``roc`` or ``pr``), ``x``, ``y``, ``low``,
            ``high``: the true positive rate over the false positive rate, precision over recall.
        calibration: ``level``, ``bin``, ``n``, ``predicted``, ``observed``, ``low``, ``high``; of
            levels whose scores are probabilities.
        calibration_slopes: ``level``, ``measure`` (``slope``, ``intercept``,
            ``observed_expected``), ``value``, ``low``, ``high``, ``reason`` (why there is no line,
            or no interval).
        brier: ``level``, ``value``, ``low``, ``high``.
        subgroups: Speakers by ``grouping`` (``gender``, ``age``), ``group``, ``n_speakers``,
            ``n_dysarthric``, ``level``, AUROC ``value``, ``low``, ``high``, ``reason``.
        prompts: Recordings by ``grouping`` (``syllable_type``, ``syllable``), ``group``,
            ``n_recordings``, AUROC ``value``, ``low``, ``high``, ``reason``, and drawn towards the
            mean of the grouping ``shrunken``, ``shrunken_low``, ``shrunken_high``. Not of models
            that give all recordings of a speaker one score (:mod:`whole_speakers`).
        severity: Patients' scores: ``speaker_id``, ``severity``, ``score`` (soft majority).
        severity_correlation: Spearman's ``value``, ``low``, ``high``, ``reason``, ``n_speakers``.
        reading_length: Speaker-level AUROC from ``n_recordings`` recordings a speaker: ``level``,
            ``value``, ``low``, ``high``, ``reason``; of the same models as prompts.
        confusion: People by class and by what they are called at stated thresholds
            (:func:`confusion.confusion_table`): ``rule``, ``target``, ``threshold_low``,
            ``threshold_high``, ``repeats``, ``n_dysarthric``, ``found``, ``found_smallest``,
            ``found_largest``, ``n_healthy``, ``false_alarms``, ``false_alarms_smallest``,
            ``false_alarms_largest``, ``sensitivity_value``, ``sensitivity_low``,
            ``sensitivity_high``, ``specificity_value``, ``specificity_low``, ``specificity_high``.
    """

    metrics: pd.DataFrame
    comparisons: pd.DataFrame
    operating_points: pd.DataFrame
    predictive_values: pd.DataFrame
    predictive_curves: pd.DataFrame
    net_benefit: pd.DataFrame
    curves: dict[tuple[Cell, str], pd.DataFrame]
    calibration: pd.DataFrame
    calibration_slopes: pd.DataFrame
    brier: pd.DataFrame
    subgroups: pd.DataFrame
    prompts: pd.DataFrame
    severity: pd.DataFrame
    severity_correlation: pd.DataFrame
    reading_length: pd.DataFrame
    confusion: pd.DataFrame = field(default_factory=pd.DataFrame)


def analyse(
    study: Study,
    rng_seed: int = SEED,
    draws: int = DRAWS,
    progress: Callable[[int, int], None] | None = None,
    prevalences: Sequence[float] = PREVALENCES,
) -> Analysis:
    """Compute everything about a study that a report says.

    Metrics and curves are of all cells, comparisons of all pairs of models on novel speakers, and
    the rest of the models on novel speakers under the study's main setting.

    Args:
        study: Its finished cross-validations; there may be none.
        rng_seed: Draws speakers, for each cell anew, so that other cells change nothing.
        draws: Number of bootstrap samples.
        progress: Called with the numbers of cells done and of all cells.
        prevalences: Shares of people who are dysarthric, for predictive values.

    Returns:
        The tables, in the order of the sorted cells; without rows where nothing is finished or the
        corpus does not say what they need.
    """
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in _COLUMNS}
    curves: dict[tuple[Cell, str], pd.DataFrame] = {}
    tables["comparisons"].append(comparisons_table(study, rng_seed, draws))
    cells = sorted(cell for cell, repeats in study.crossvalidations.items() if repeats)
    main_cells = study.main_cells()
    for done, cell in enumerate(cells):
        if progress:
            progress(done, len(cells))
        close = prevalences if cell in main_cells else None
        of_cell, of_levels = _analyse_cell(study, cell, rng_seed, draws, close)
        for name, table in of_cell.items():
            tables[name].append(_of_cell(cell, table))
        curves.update({(cell, level): table for level, table in of_levels.items()})
    if progress:
        progress(len(cells), len(cells))
    return Analysis(
        curves=curves,
        **{name: _concatenate(parts, _COLUMNS[name]) for name, parts in tables.items()},
    )


def judge(cell: Cell, tests: Sequence[pd.DataFrame], *, aurocs_only: bool = False) -> pd.DataFrame:
    """Judge a cell, with the numbers that :func:`analyse` has of it.

    Args:
        cell: Which one.
        tests: Of each repeat the test predictions of all folds.
        aurocs_only: Leave the other metrics out, which take several times as long.

    Returns:
        Rows of :attr:`Analysis.metrics`, without the cell's columns.
    """
    nothing = pd.DataFrame()
    repeats = [
        CrossValidation(cell, number, test, validation=nothing, history=nothing)
        for number, test in enumerate(tests)
    ]
    sample = make_sample(repeats, _generator(cell, SEED))
    if aurocs_only:
        return pd.DataFrame([row for level in LEVELS for row in aurocs(sample, level)])
    return metrics_table(sample)


def _generator(cell: Cell, seed: int) -> np.random.Generator:
    """Make the generator that draws a cell's speakers, wherever the cell is judged."""
    return np.random.default_rng([seed, *"/".join(astuple(cell)).encode()])


def _analyse_cell(
    study: Study, cell: Cell, seed: int, draws: int, close: Sequence[float] | None
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Judge a cell; look at it closely, too, where prevalences are given."""
    repeats: list[CrossValidation] = study.crossvalidations[cell]
    rng = _generator(cell, seed)
    sample = make_sample(repeats, rng, draws)
    tables = {"metrics": metrics_table(sample)}
    curves = {level: curves_table(sample, level) for level in sample.repeats[0].levels}
    if close is not None:
        severity = severity_table(repeats, study.recordings)
        points = find_operating_points(sample)
        tables |= {
            "operating_points": operating_points_table(sample, points),
            "predictive_values": predictive_values_table(sample, points, close),
            "confusion": confusion_table(sample, points),
            "predictive_curves": predictive_curves_table(sample, points),
            "net_benefit": net_benefit_table(sample, close),
            "calibration": calibration_table(sample),
            "calibration_slopes": calibration_slopes_table(sample),
            "brier": brier_table(sample),
            "subgroups": subgroups_table(sample, study.recordings),
            "severity": severity,
            "severity_correlation": severity_correlation(severity, rng, draws),
        }
        if not judges_whole_speakers(repeats):
            tables |= {
                "prompts": prompts_table(sample, study.recordings),
                # Without the cell: all models judge the same subsets.
                "reading_length": reading_length_table(
                    sample, study.recordings, np.random.default_rng(seed)
                ),
            }
    return tables, curves


def _of_cell(cell: Cell, table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**asdict(cell))


def _concatenate(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=columns)
    return pd.concat(filled, ignore_index=True)[columns]
