"""The tables of scored people and of their recordings."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.evaluation.predictions import sigmoid
from dysarthria_lightning.scoring.experience import TrainingSummary, flags_of
from dysarthria_lightning.scoring.given_frames import Extraction
from dysarthria_lightning.scoring.sound import SOUND
from dysarthria_lightning.scoring.threshold import Calibration, MetThreshold


def _mean_logits(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n_instances,) the logit of the runs' mean probability; that of a single run as is."""
    used = ~np.isnan(logits)
    plain = np.where(used, logits, 0.0)
    # log σ(x) = -log(1 + e^-x) stays finite where the probability rounds to 0 or 1.
    ways = [np.where(used, -np.logaddexp(0, sign * plain), -np.inf) for sign in (-1, 1)]
    with np.errstate(invalid="ignore"):  # where no run is left
        mean = np.logaddexp.reduce(ways[0], axis=0) - np.logaddexp.reduce(ways[1], axis=0)
    alone = used.sum(axis=0) == 1
    mean[alone] = np.nansum(logits[:, alone], axis=0)
    return np.asarray(mean, dtype=np.float64)


def recording_table(
    rows: pd.DataFrame, extraction: Extraction, logits: NDArray[np.float64]
) -> pd.DataFrame:
    """List every instance with its score, and every recording that has none with the reason.

    Args:
        rows: The given recordings.
        extraction: Their frames.
        logits: (n_runs, n_instances), NaN where a run does not score.
    """
    instances = extraction.instances
    mean = _mean_logits(logits)
    by_runs = [",".join(map(str, np.flatnonzero(~np.isnan(its)))) for its in logits.T]
    scored = pd.DataFrame(
        {
            "recording_id": instances["recording_id"],
            "source_id": instances["source_id"],
            "logit": mean,
            "probability": _probability(mean),
            **_extremes(_probability(logits)),
            "n_models": (~np.isnan(logits)).sum(axis=0),
            "scored_by": by_runs,
        }
    )
    results = extraction.results
    sources = pd.DataFrame(
        {
            "source_id": rows["recording_id"],
            "speaker_id": rows["speaker_id"],
            **({"label": rows["label"]} if rows["label"].notna().any() else {}),
            "seconds": [it.duration_s for it in results],
            "sample_rate_hz": [it.sample_rate_hz for it in results],
            **{name: [it.measured.get(name, np.nan) for it in results] for name in SOUND},
            "problem": [extraction.bad.get(it.recording_id, "") for it in results],
        }
    )
    joined = sources.merge(scored, how="left", on="source_id")
    joined["recording_id"] = joined["recording_id"].fillna(joined["source_id"])
    joined["n_models"] = joined["n_models"].fillna(0).astype(int)
    first = ["recording_id", "speaker_id", *(["label"] if "label" in joined else [])]
    others = [name for name in joined if name not in first]
    return joined.sort_values("recording_id", ignore_index=True)[[*first, *others]]


def _probability(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn logits into probabilities; NaN stays."""
    with np.errstate(invalid="ignore"):
        return sigmoid(logits)


def _extremes(probabilities: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    known = ~np.isnan(probabilities)
    lowest = np.where(known, probabilities, np.inf).min(axis=0, initial=np.inf)
    highest = np.where(known, probabilities, -np.inf).max(axis=0, initial=-np.inf)
    none = ~known.any(axis=0)
    return {
        "lowest": np.where(none, np.nan, lowest),
        "highest": np.where(none, np.nan, highest),
    }


def speaker_table(
    rows: pd.DataFrame,
    extraction: Extraction,
    logits: NDArray[np.float64],
    threshold: MetThreshold,
    calibration: Calibration | None,
) -> pd.DataFrame:
    """List people with their scores; see :func:`people.score_people`.

    Args:
        rows: The given recordings.
        extraction: Their frames.
        logits: (n_runs, n_instances), NaN where a run does not score.
        threshold: What scores meet.
        calibration: What turns them into probabilities, if anything does.
    """
    people = np.array(sorted(rows["speaker_id"].unique()), dtype=object)
    numbers = pd.Index(people).get_indexer(extraction.instances["speaker_id"])
    counts = np.bincount(numbers, minlength=len(people))

    def by_person(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Average over a person's instances; NaN without any, or where one is NaN."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.bincount(numbers, values, minlength=len(people)) / counts

    of_runs = np.array([by_person(_probability(its)) for its in logits])
    score = by_person(_probability(_mean_logits(logits)))
    table = pd.DataFrame({"speaker_id": people})
    if rows["label"].notna().any():
        table["label"] = table["speaker_id"].map(rows.groupby("speaker_id")["label"].first())
    above = pd.array(score > threshold.value, dtype="boolean")
    above[np.isnan(score)] = pd.NA
    table = table.assign(
        score=score,
        **_extremes(of_runs),
        n_models=(~np.isnan(of_runs)).sum(axis=0),
        above_threshold=above,
        threshold=threshold.value,
        threshold_origin=threshold.origin,
    )
    if calibration is not None:
        with np.errstate(invalid="ignore"):
            calibrated = calibration(of_runs)
        known = ~np.isnan(calibrated)
        n = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known.any(axis=0), np.where(known, calibrated, 0).sum(axis=0) / n, np.nan)
        table["calibrated_probability"] = mean
        table["calibration_prevalence"] = calibration.prevalence
    return table


def add_circumstances(
    speakers: pd.DataFrame,
    rows: pd.DataFrame,
    extraction: Extraction,
    summary: TrainingSummary,
    means: dict[str, NDArray[np.float64]],
) -> pd.DataFrame:
    """Add how much was said and how it was recorded, and where that lies outside the training.

    Args:
        speakers: What :func:`speaker_table` returned.
        rows: The given recordings.
        extraction: Their frames.
        summary: What the model was trained on.
        means: By person their mean features.
    """
    usable = [it.recording_id not in extraction.bad for it in extraction.results]
    measured = pd.DataFrame(
        {
            "speaker_id": rows["speaker_id"],
            "usable": usable,
            "seconds": [it.duration_s for it in extraction.results],
            "sample_rate_hz": [it.sample_rate_hz for it in extraction.results],
            "age": rows["age"],
            **{
                name: [it.measured.get(name, np.nan) for it in extraction.results] for name in SOUND
            },
        }
    )
    found = []
    for speaker, its in measured.groupby("speaker_id"):
        own = its[its["usable"]]
        rates = sorted({int(rate) for rate in own["sample_rate_hz"]} - {0})
        distance = summary.distance(means[speaker]) if speaker in means else None
        percentile = None if distance is None else distance[1]
        sound = {name: float(own[name].mean()) for name in SOUND}
        values = {
            **sound,
            "age": float(its["age"].mean()),
            "duration_s": float(own["seconds"].mean()),
            "amount_s": float(own["seconds"].sum()) if len(own) else float("nan"),
        }
        flags = flags_of(summary, values, rates, percentile) if len(own) else []
        found.append(
            {
                "speaker_id": speaker,
                "n_recordings": len(own),
                "n_unusable": len(its) - len(own),
                "seconds": float(own["seconds"].sum()),
                "sample_rates_hz": " ".join(map(str, rates)),
                **sound,
                "distance_percentile": np.nan if percentile is None else percentile,
                "flags": "; ".join(flags),
            }
        )
    return speakers.merge(pd.DataFrame(found), on="speaker_id")
