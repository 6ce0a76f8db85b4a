"""Studies without training: binormal speakers with noisy recordings, judged fold by fold."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.predictions import make_predictions
from dysarthria_lightning.evaluation.study import Cell, CrossValidation, Study

NOVEL = Cell("novel_speakers", "all", "mfcc13", "lstm1")
TYPES = ("monophthong", "compound_vowel", "consonant_a")


def simulate_recordings(
    rng: np.random.Generator, n_speakers: int = 24, most: int = 6
) -> pd.DataFrame:
    """Speakers of alternating labels with 2 to ``most`` recordings each."""
    rows = []
    for speaker in range(n_speakers):
        label = speaker % 2
        for number in range(rng.integers(2, most + 1)):
            rows.append(
                {
                    "recording_id": f"S{speaker:02d}-{number}",
                    "speaker_id": f"S{speaker:02d}",
                    "label": label,
                    "gender": ("female", "male")[speaker // 2 % 2],
                    "age": 25.0 + 2 * speaker,
                    "severity": 1.0 + speaker // 4 if label else np.nan,
                    "syllable": f"ba{number}",
                    "syllable_type": TYPES[number % 3],
                }
            )
    return pd.DataFrame(rows)


def simulate_crossvalidation(
    recordings: pd.DataFrame,
    rng: np.random.Generator,
    cell: Cell = NOVEL,
    repeat: int = 0,
    folds: int = 3,
    n_validation: int = 6,
) -> CrossValidation:
    """Each fold's model has an offset of its own; validation speakers are never tested."""
    speakers = rng.permutation(recordings["speaker_id"].unique())
    validation, tested = speakers[:n_validation], np.array_split(speakers[n_validation:], folds)
    voice = dict(zip(speakers, rng.normal(size=len(speakers)), strict=True))

    def judge(members: np.ndarray, fold: int) -> pd.DataFrame:
        rows = recordings[recordings["speaker_id"].isin(members)]
        logits = 1.6 * rows["label"] - 0.8 + rows["speaker_id"].map(voice) + 0.2 * fold
        noise = rng.normal(size=len(rows))
        return make_predictions(rows, np.float32(logits + noise)).assign(fold=fold)

    return CrossValidation(
        cell,
        repeat,
        test=pd.concat([judge(part, fold) for fold, part in enumerate(tested)]),
        validation=pd.concat([judge(validation, fold) for fold in range(folds)]),
        history=pd.DataFrame(columns=["fold", "epoch", "train_error", "validation_error"]),
    )


def simulate_study(cells: tuple[Cell, ...], repeats: int = 1, seed: int = 0) -> Study:
    """All cells of a repeat share their folds, as real ones do."""
    recordings = simulate_recordings(np.random.default_rng(seed))
    shared = [
        simulate_crossvalidation(recordings, np.random.default_rng([seed, repeat]), repeat=repeat)
        for repeat in range(repeats)
    ]
    return Study(
        recordings,
        {
            cell: [
                replace(
                    crossvalidation,
                    cell=cell,
                    test=disturb(crossvalidation.test, np.random.default_rng([seed, 7, number])),
                )
                for crossvalidation in shared
            ]
            for number, cell in enumerate(cells)
        },
    )


def disturb(predictions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Another model's judgement of the same recordings."""
    logits = predictions["logit"] + np.float32(0.7 * rng.normal(size=len(predictions)))
    return predictions.assign(logit=logits, probability=1 / (1 + np.exp(-logits.astype(float))))
