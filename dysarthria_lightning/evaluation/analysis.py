"""Everything a report says about a study, computed once and kept as tables."""

from dataclasses import dataclass

import pandas as pd

from dysarthria_lightning.evaluation.study import Cell


@dataclass(frozen=True)
class Analysis:
    """Results of a study. Values are shares from 0 to 1, intervals are of 95 %.

    All tables that are about one cell start with its columns ``protocol``, ``subset``, ``n_mfcc``
    and ``model``. ``level`` is one of ``recording``, ``speaker_soft_majority`` and
    ``speaker_noisy_or``.

    Attributes:
        metrics: Every cell and level: ``level``, ``metric`` (``metrics.METRICS``), ``value`` (mean
            over repeats), ``low``, ``high``, ``smallest`` and ``largest`` (over repeats),
            ``repeats``.
        comparisons: Pairs of models by speaker, of each repeat of novel-speaker cells: ``subset``,
            ``n_mfcc``, ``repeat``, ``level``, ``model``, ``other``, ``auroc``, ``other_auroc``,
            ``difference``, ``low``, ``high``, ``p_value`` (DeLong), ``p_holm``.
        operating_points: Thresholds chosen on validation speakers, met on test speakers: ``level``,
            ``rule`` (``specificity`` or ``sensitivity``, the one fixed), ``target`` (0.9),
            ``measure`` (``sensitivity`` or ``specificity``), ``value``, ``low``, ``high``.
        curves: By cell and level, rows of ``curve`` (``roc`` or ``pr``), ``x``, ``y``, ``low``,
            ``high``: the true positive rate over the false positive rate, precision over recall.
        calibration: ``level`` (``recording``, ``speaker_soft_majority``), ``bin``, ``n``,
            ``predicted``, ``observed``, ``low``, ``high``.
        brier: ``level``, ``value``, ``low``, ``high``.
        subgroups: Speakers by ``grouping`` (``gender``, ``age``), ``group``, ``n_speakers``,
            ``n_dysarthric``, ``level``, AUROC ``value``, ``low``, ``high``.
        prompts: Recordings by ``grouping`` (``syllable_type``, ``syllable``), ``group``,
            ``n_recordings``, AUROC ``value``, ``low``, ``high``.
        severity: Patients' scores: ``speaker_id``, ``severity``, ``score`` (soft majority).
        severity_correlation: Spearman's ``value``, ``low``, ``high``, ``n_speakers``.
        reading_length: Speaker-level AUROC from ``n_recordings`` recordings a speaker: ``level``,
            ``value``, ``low``, ``high``.
    """

    metrics: pd.DataFrame
    comparisons: pd.DataFrame
    operating_points: pd.DataFrame
    curves: dict[tuple[Cell, str], pd.DataFrame]
    calibration: pd.DataFrame
    brier: pd.DataFrame
    subgroups: pd.DataFrame
    prompts: pd.DataFrame
    severity: pd.DataFrame
    severity_correlation: pd.DataFrame
    reading_length: pd.DataFrame
