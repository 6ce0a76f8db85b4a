"""Studies without training: binormal speakers with noisy recordings, judged fold by fold."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.predictions import sigmoid
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

    def judge(parts: list[np.ndarray]) -> pd.DataFrame:
        """What each fold's model says of its part of the speakers."""
        known = recordings["speaker_id"].to_numpy()
        places = [np.flatnonzero(np.isin(known, part)) for part in parts]
        rows = recordings.iloc[np.concatenate(places)].reset_index(drop=True)
        fold = np.repeat(np.arange(len(parts)), [len(it) for it in places])
        logits = 1.6 * rows["label"] - 0.8 + rows["speaker_id"].map(voice) + 0.2 * fold
        logits = np.float32(logits + rng.normal(size=len(rows)))
        rows = rows[["recording_id", "speaker_id", "label"]]
        return rows.assign(logit=logits, probability=sigmoid(np.float64(logits)), fold=fold)

    return CrossValidation(
        cell,
        repeat,
        test=judge(tested),
        validation=judge(folds * [validation]),
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
