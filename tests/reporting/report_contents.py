"""A study with an analysis made by hand: every value follows from its place."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from configurations import compose_config
from report_rows import (
    calibration_slopes,
    interval,
    net_benefit,
    operating_points,
    predictive_curves,
    predictive_values,
    shrunken,
)

from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.analysis import Analysis
from dysarthria_lightning.evaluation.metrics import METRICS, WITHIN_FOLDS
from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study
from dysarthria_lightning.reporting.content import CELL_COLUMNS, RUN_COLUMNS, ReportContent
from dysarthria_lightning.reporting.paper.values import CELLS, MODELS, SUBSETS

LEVELS = ("recording", "speaker_soft_majority", "speaker_noisy_or")
SPEAKER_LEVELS = LEVELS[1:]
FOLDS = 2
TYPES = ("monophthong", "compound_vowel", "consonant_a")


def cell_columns(cell: Cell) -> dict[str, Any]:
    return dict(zip(CELL_COLUMNS, cell.__dict__.values(), strict=True))


def place_of(cell: Cell) -> int:
    """A number for each cell: the paper's are counted, others come somewhere behind them."""
    return CELLS.index(cell) if cell in CELLS else 20 + crc32(repr(cell).encode()) % 10


def expected_value(cell: Cell, level: str, metric: str) -> float:
    """The value at a place, unlike all others; AUROCs of pooled scores are 2.9 points lower."""
    value = 0.5 + 0.005 * (place_of(cell) + 20 * LEVELS.index(level))
    return value - 0.029 if metric == "auroc" else value + 0.0005 * METRICS.index(metric)


def make_recordings() -> pd.DataFrame:
    """Eight speakers, half of them dysarthric, with six recordings each."""
    rows = []
    for speaker in range(8):
        for number in range(6):
            rows.append(
                {
                    "recording_id": f"S{speaker}/{number}",
                    "speaker_id": f"S{speaker}",
                    "label": speaker % 2,
                    "gender": ("female", "male")[speaker // 2 % 2],
                    "age": 30.0 + 5 * speaker,
                    "severity": speaker / 8 if speaker % 2 else np.nan,
                    "syllable": ("a1", "bai", "ma", "ba", "gua", "zhi")[number],
                    "syllable_type": TYPES[number % 3],
                }
            )
    return pd.DataFrame(rows)


def make_crossvalidation(cell: Cell, repeat: int, recordings: pd.DataFrame) -> CrossValidation:
    rng = np.random.default_rng([place_of(cell), repeat])
    logit = 2.0 * recordings["label"] - 1 + rng.normal(size=len(recordings))
    test = recordings[["recording_id", "speaker_id", "label"]].assign(
        logit=logit, probability=1 / (1 + np.exp(-logit)), fold=np.arange(len(recordings)) % FOLDS
    )
    history = pd.DataFrame(
        {
            "fold": fold,
            "epoch": epoch,
            "train_error": 0.4 / epoch + 0.02 * fold + 0.01 * repeat,
            "validation_error": 0.45 / epoch + 0.04 * fold + 0.01 * repeat,
        }
        for fold in range(1 if cell.protocol == "known_speakers" else FOLDS)
        # The second fold stops an epoch earlier.
        for epoch in range(1, 5 - fold)
    )
    return CrossValidation(cell, repeat, test, test, history)


@cache
def make_study(cells: tuple[Cell, ...] = CELLS, repeats: int = 1) -> Study:
    recordings = make_recordings()
    return Study(
        recordings,
        {
            cell: [make_crossvalidation(cell, repeat, recordings) for repeat in range(repeats)]
            for cell in cells
        },
    )


def cell_config(cell: Cell, *overrides: str) -> Config:
    """The settings of a cell, of a corpus that repeats the paper, as far as the names give them."""
    n_mfcc = re.fullmatch(r"mfcc(\d+)", cell.features)
    known = cell.model in ("attention", "functionals", "demographics", *MODELS)
    return compose_config(
        Path("/outputs"),
        f"protocol={cell.protocol}",
        *([f"subset={cell.subset}"] if cell.subset in SUBSETS else []),
        f"model={cell.model}" if known else "model=lstm1",
        *([f"n_mfcc={n_mfcc[1]}"] if n_mfcc else []),
        *overrides,
    )


def _curves(cell: Cell, level: str) -> pd.DataFrame:
    x = np.linspace(0, 1, 11)
    auroc = expected_value(cell, level, "auroc")
    roc, precision = x ** (1 / auroc - 1), 1 - (1 - auroc) * x
    return pd.concat(
        pd.DataFrame(
            {
                "curve": name,
                "x": x,
                "y": y,
                "low": np.clip(y - 0.1, 0, 1),
                "high": np.clip(y + 0.1, 0, 1),
            }
        )
        for name, y in (("roc", roc), ("pr", precision))
    )


def _comparisons(cells: tuple[Cell, ...], repeats: int) -> list[dict[str, Any]]:
    rows = []
    for cell in cells:
        for other in cells:
            same = (cell.subset, cell.features) == (other.subset, other.features)
            if not same or (place_of(cell), cell) >= (place_of(other), other):
                continue
            for level in SPEAKER_LEVELS:
                ours, theirs = (expected_value(c, level, WITHIN_FOLDS) for c in (cell, other))
                p_value = 0.001 if {cell.model, other.model} == {"baseline", "lstm1"} else 0.2
                rows.append(
                    {
                        "subset": cell.subset,
                        "features": cell.features,
                        "level": level,
                        "model": cell.model,
                        "other": other.model,
                        "auroc": ours,
                        "other_auroc": theirs,
                        "difference": ours - theirs,
                        "low": ours - theirs - 0.1,
                        "high": ours - theirs + 0.1,
                        "p_value": p_value,
                        "detectable": 0.14,
                        "same_sign": True,
                        "repeats": repeats,
                        "p_holm": min(1.0, 6 * p_value),
                        "differs": p_value < 0.005,
                    }
                )
    return rows


@cache
def make_analysis(cells: tuple[Cell, ...] = CELLS, repeats: int = 1) -> Analysis:
    novel = tuple(cell for cell in cells if cell.protocol == "novel_speakers")

    def per_cell(rows: Callable[[Cell], list[dict[str, Any]]]) -> pd.DataFrame:
        return pd.DataFrame({**cell_columns(cell), **row} for cell in novel for row in rows(cell))

    metrics = pd.DataFrame(
        {
            **cell_columns(cell),
            "level": level,
            "metric": metric,
            **interval(expected_value(cell, level, metric)),
            "smallest": expected_value(cell, level, metric) - 0.01,
            "largest": expected_value(cell, level, metric) + 0.02,
            "repeats": repeats,
            "chance_low": 0.36 if metric == WITHIN_FOLDS else np.nan,
            "chance_high": 0.64 if metric == WITHIN_FOLDS else np.nan,
        }
        for cell in cells
        for level in LEVELS
        for metric in METRICS
    )
    severity = per_cell(
        lambda _: [
            {"speaker_id": f"S{s}", "severity": s / 8, "score": 0.3 + s / 16} for s in (1, 3, 5, 7)
        ]
    )
    return Analysis(
        metrics=metrics,
        comparisons=pd.DataFrame(_comparisons(novel, repeats)),
        operating_points=per_cell(lambda _: operating_points(LEVELS)),
        predictive_values=per_cell(lambda _: predictive_values(LEVELS)),
        predictive_curves=per_cell(lambda _: predictive_curves(LEVELS)),
        net_benefit=per_cell(lambda _: net_benefit(LEVELS[:2])),
        curves={(cell, level): _curves(cell, level) for cell in cells for level in LEVELS},
        calibration=per_cell(
            lambda _: [
                {"level": level, "bin": b, "n": 10, "predicted": (b + 0.5) / 5}
                | {"observed": (b + 0.3) / 5, "low": b / 6, "high": (b + 1) / 5}
                for level in LEVELS[:2]
                for b in range(5)
            ]
        ),
        calibration_slopes=per_cell(lambda _: calibration_slopes(LEVELS[:2])),
        brier=per_cell(lambda _: [{"level": level, **interval(0.2)} for level in LEVELS[:2]]),
        subgroups=per_cell(
            lambda _: [
                {"grouping": grouping, "group": group, "n_speakers": 4, "n_dysarthric": 2}
                | {"level": level, **interval(0.8)}
                for grouping, group in (
                    ("gender", "female"),
                    ("gender", "male"),
                    ("age", "under 50"),
                    ("age", "50 and over"),
                )
                for level in SPEAKER_LEVELS
            ]
        ),
        prompts=per_cell(
            lambda _: shrunken(
                [
                    {
                        "grouping": "syllable_type",
                        "group": name,
                        "n_recordings": 16,
                        **interval(0.7),
                    }
                    for name in TYPES
                ]
                + [
                    {"grouping": "syllable", "group": name, "n_recordings": 8, **interval(0.6)}
                    for name in ("a1", "ba", "bai", "gua", "ma", "zhi")
                ]
            )
        ),
        severity=severity,
        severity_correlation=per_cell(lambda _: [{**interval(0.5), "n_speakers": 4}]),
        reading_length=per_cell(
            lambda _: [
                {"n_recordings": n, "level": level, **interval(0.6 + n / 50)}
                for level in SPEAKER_LEVELS
                for n in (1, 2, 4, 6)
            ]
        ),
    )


EMPTY = Analysis(
    **{name: {} if name == "curves" else pd.DataFrame() for name in Analysis.__dataclass_fields__}
)


def make_runs(
    cells: tuple[Cell, ...] = CELLS, repeats: int = 1, missing: tuple[Cell, ...] = ()
) -> pd.DataFrame:
    """All runs finished but those of some cells, of which the first fold failed."""
    rows = []
    for cell in cells:
        for repeat in range(repeats):
            for fold in range(1 if cell.protocol == "known_speakers" else FOLDS):
                folder = PurePosixPath(
                    f"runs/tones/{cell.protocol}/split{repeat}/{cell.subset}/{cell.features}"
                    f"/{cell.model}/seed{repeat}/fold{fold}"
                )
                finished = cell not in missing
                state = "finished" if finished else "missing" if fold else "failed"
                rows.append(
                    {
                        **cell_columns(cell),
                        "repeat": repeat,
                        "fold": fold,
                        "state": state,
                        "folder": str(folder),
                        "command": f"python -m dysarthria_lightning.train model={cell.model} "
                        f"n_mfcc={cell.features.removeprefix('mfcc')} fold={fold}",
                        "log": "logs/failed.log" if state == "failed" else None,
                        "wall_time_s": 61.5 if finished else None,
                        "epochs": 9 if finished else None,
                        "epoch_tested": 4 if finished else None,
                        "steps": 1200 if finished else None,
                        "host": "node1" if finished else None,
                        "device": "cpu" if finished else None,
                        "cpus": 2 if finished else None,
                        "torch": "2.11.0" if finished else None,
                        "python": "3.11.7" if finished else None,
                        "git_commit": "1af9a51" if finished else None,
                        "version": "0.1.0" if finished else None,
                        "finished": "2026-01-02T03:04:05+00:00" if finished else None,
                    }
                )
    return pd.DataFrame(rows, columns=RUN_COLUMNS)


def build_content(
    cells: tuple[Cell, ...] = CELLS,
    repeats: int = 1,
    asked: tuple[Cell, ...] = CELLS,
    **changes: Any,
) -> ReportContent:
    """A report in which some cells are complete of those asked for."""
    content = ReportContent(
        study=make_study(cells, repeats),
        analysis=make_analysis(cells, repeats) if cells else EMPTY,
        runs=make_runs(asked, repeats, tuple(cell for cell in asked if cell not in cells)),
        corpus="tones",
        corpus_key="c8abc10307ed61d6",
        note="synthetic: it shows that the pipeline works, and is no clinical evidence",
        profile="full",
        repeats=repeats,
        command="python -m dysarthria_lightning.reproduce",
        outputs_dir=Path("/outputs"),
        settings={"New speakers": "2 folds, 1 validation speaker", "Epochs": "at most 40"},
        notes=["Table V was left out."],
        configs={cell: cell_config(cell) for cell in cells},
    )
    return replace(content, **changes)
