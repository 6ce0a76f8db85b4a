"""The numbers the paper printed, in its order and by its names.

Mayle et al., "Diagnosing Dysarthria with Long Short-Term Memory Networks". Values are in per cent
and as printed.
"""

import math
import re

from dysarthria_lightning.evaluation.levels import NOISY_OR, RECORDING, SOFT_MAJORITY
from dysarthria_lightning.evaluation.study import MAIN_FEATURES, MAIN_SUBSET, Cell
from dysarthria_lightning.reporting.nouns import Noun

MODELS = ("baseline", "lstm1", "lstm2", "bilstm1")
LSTM_MODELS = MODELS[1:]
MODEL_NAMES = {
    "baseline": "Baseline",
    "lstm1": "LSTM-1",
    "lstm2": "LSTM-2",
    "bilstm1": "Bi-LSTM-1",
}
#: Beside the paper's models: simple ones, each by what it is called in reports.
REFERENCE_NAMES = {
    "functionals": "Functionals (reference)",
    "demographics": "Demographics (reference)",
}
REFERENCES = tuple(REFERENCE_NAMES)
SUBSETS = ("all", "no_cv", "no_ca")
SUBSET_NAMES = {"all": "All", "no_cv": "No ‘cv’", "no_ca": "No ‘c/a/’"}
SUBSET_DESCRIPTIONS = {
    "no_cv": "without compound vowels",
    "no_ca": "without consonant-/a/",
}
FEATURES = ("mfcc13", "mfcc19", "mfcc25")
PROTOCOL_NAMES = {"known_speakers": "known speakers", "novel_speakers": "novel speakers"}

# By label (1 dysarthric) and gender: speakers, recordings.
TABLE_I = {
    (1, "female"): (12, 1001),
    (1, "male"): (19, 1792),
    (0, "female"): (19, 1600),
    (0, "male"): (19, 1605),
}
# Section IV: always answering "healthy".
MAJORITY_ACCURACY = 53.4

TABLE_II_METRICS = {
    "accuracy": "Accuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F-measure",
}
TABLE_II = {
    "baseline": {"accuracy": 79.0, "precision": 79.5, "recall": 82.9, "f1": 81.2},
    "lstm1": {"accuracy": 88.7, "precision": 88.5, "recall": 81.2, "f1": 84.7},
    "lstm2": {"accuracy": 88.7, "precision": 88.0, "recall": 81.7, "f1": 84.7},
    "bilstm1": {"accuracy": 87.8, "precision": 86.6, "recall": 81.8, "f1": 84.1},
}

_SPEAKER_LEVEL = {"lstm1": 85.4, "lstm2": 78.5, "bilstm1": 84.7}
TABLE_III = {
    SOFT_MAJORITY.key: _SPEAKER_LEVEL,
    # Section V-B: "produced identical results, therefore its curves are not shown".
    NOISY_OR.key: _SPEAKER_LEVEL,
    RECORDING.key: {"lstm1": 75.4, "lstm2": 65.9, "bilstm1": 71.4},
}
# Section V-A gives another value than Table III for the same model and level.
LSTM2_SYLLABLE_LEVEL_IN_TEXT = 69.5

TABLE_IV = {
    "lstm1": {"all": 85.4, "no_cv": 92.3, "no_ca": 62.1},
    "lstm2": {"all": 78.5, "no_cv": 90.2, "no_ca": 84.5},
    "bilstm1": {"all": 84.7, "no_cv": 92.0, "no_ca": 85.9},
}
TABLE_V = {
    "lstm1": {"mfcc13": 85.4, "mfcc19": 90.1, "mfcc25": 81.7},
    "lstm2": {"mfcc13": 78.5, "mfcc19": 88.2, "mfcc25": 87.1},
    "bilstm1": {"mfcc13": 84.7, "mfcc19": 88.4, "mfcc25": 90.4},
}

KNOWN_CELLS = tuple(Cell("known_speakers", "all", MAIN_FEATURES, model) for model in MODELS)
NOVEL_CELLS = (
    *(Cell("novel_speakers", "all", MAIN_FEATURES, model) for model in MODELS),
    *(Cell("novel_speakers", it, MAIN_FEATURES, m) for it in SUBSETS[1:] for m in LSTM_MODELS),
    *(Cell("novel_speakers", "all", it, m) for it in FEATURES[1:] for m in LSTM_MODELS),
)
CELLS = (*KNOWN_CELLS, *NOVEL_CELLS)


def published(cell: Cell, level: str, metric: str) -> float:
    """Return the paper's value in per cent; NaN where it prints none.

    Args:
        cell: What it is of.
        level: Its key.
        metric: One of ``metrics.METRICS``.
    """
    nothing: dict[str, float] = {}
    if cell in KNOWN_CELLS and level == RECORDING.key:
        return TABLE_II[cell.model].get(metric, math.nan)
    if cell not in NOVEL_CELLS or metric != "auroc":
        return math.nan
    if (cell.subset, cell.features) == (MAIN_SUBSET, MAIN_FEATURES):
        return TABLE_III.get(level, nothing).get(cell.model, math.nan)
    if level != SOFT_MAJORITY.key:
        return math.nan
    if cell.features == MAIN_FEATURES:
        return TABLE_IV[cell.model][cell.subset]
    return TABLE_V[cell.model][cell.features]


def model_name(model: str) -> str:
    """Return the paper's name of a model or a reference's; its own where it has neither."""
    return (MODEL_NAMES | REFERENCE_NAMES).get(model, model)


def order_of_cell(cell: Cell) -> tuple[int, int, int, int, Cell]:
    """Sort cells as the paper's tables have them, then the references, others behind."""
    return (
        _place(cell.protocol, tuple(PROTOCOL_NAMES)),
        _place(cell.subset, SUBSETS),
        _place(cell.features, FEATURES),
        _place(cell.model, (*MODELS, *REFERENCES)),
        cell,
    )


def order_of_model(model: str) -> tuple[int, str]:
    """Sort models as the paper's tables have them, then the references, others behind."""
    return _place(model, (*MODELS, *REFERENCES)), model


def cell_anchor(cell: Cell) -> str:
    """Return the id of a cell's place on the page."""
    return f"cell-{cell.protocol}-{cell.subset}-{cell.features}-{cell.model}"


def cell_name(cell: Cell, noun: Noun) -> str:
    """Describe a cell, as in "novel speakers, all syllables, 13 coefficients, LSTM-1"."""
    protocol = PROTOCOL_NAMES.get(cell.protocol, cell.protocol)
    subset, features = describe_subset(cell.subset, noun), describe_features(cell.features)
    return f"{protocol}, {subset}, {features}, {model_name(cell.model)}"


def describe_subset(subset: str, noun: Noun) -> str:
    """Say which recordings are used, as in "all syllables" or "without compound vowels"."""
    if subset == MAIN_SUBSET:
        return f"all {noun.plural}"
    return SUBSET_DESCRIPTIONS.get(subset, f"subset {subset}")


def subset_name(subset: str) -> str:
    """Return the paper's name of a subset; its own where the paper has none."""
    return SUBSET_NAMES.get(subset, subset)


def describe_features(features: str) -> str:
    """Say what is extracted: "13 coefficients" for ``mfcc13``, other kinds by their names."""
    n = n_coefficients(features)
    return f"{n} coefficients" if n else features


def n_coefficients(features: str) -> int | None:
    """Return how many cepstral coefficients there are; None for other kinds of features."""
    found = re.fullmatch(r"mfcc(\d+)", features)
    return int(found[1]) if found else None


def _place(value: object, values: tuple[object, ...]) -> int:
    return values.index(value) if value in values else len(values)
