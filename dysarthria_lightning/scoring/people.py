"""Scores the people of given recordings, each by the runs that have not met them."""

import hashlib
import os
import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dysarthria_lightning.data.manifest_schema import HEALTHY, bullet_list
from dysarthria_lightning.data.store import FramesWriter
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.predictions import sigmoid
from dysarthria_lightning.files.progress import progress_bar
from dysarthria_lightning.scoring.experience import TrainingSummary, flags_of
from dysarthria_lightning.scoring.familiar import Familiarity, find_familiar
from dysarthria_lightning.scoring.given_recordings import GivenRecordings
from dysarthria_lightning.scoring.recordings import (
    ExtractedRecording,
    FramesInMemory,
    extract_each,
    instance_table,
    make_extractor,
)
from dysarthria_lightning.scoring.sound import SOUND, MeasuringExtractor
from dysarthria_lightning.scoring.threshold import Calibration, MetThreshold

if TYPE_CHECKING:
    from dysarthria_lightning.scoring.opening import OpenedModel

#: Flags beside those of :mod:`experience`.
KNOWN, SOME_KNOW, SHARED, UNUSABLE = "known", "some know", "shared", "nothing usable"


@dataclass(frozen=True)
class ScoredPeople:
    """What became of given recordings.

    Attributes:
        speakers: One row per person, see :func:`score_people`.
        recordings: One row per recording, or segment where the model was trained on segments.
        bad: Why a recording was not scored, by its id.
        familiarity: Whom the model has met.
        notes: What the user should know.
    """

    speakers: pd.DataFrame
    recordings: pd.DataFrame
    bad: dict[str, str]
    familiarity: Familiarity
    notes: list[str]

    def labelled(self) -> pd.DataFrame:
        """Return the predictions about people whose label is known, as they are judged.

        ``fold`` is there where several sets of runs each scored some people.
        """
        rows = self.recordings
        if "label" not in rows:
            return rows[:0]
        rows = rows[rows["label"].notna() & rows["logit"].notna()]
        judged = rows[["recording_id", "speaker_id", "label", "logit", "probability"]]
        if rows["scored_by"].nunique() > 1:
            judged = judged.assign(fold=pd.factorize(rows["scored_by"], sort=True)[0])
        return judged.reset_index(drop=True)


@dataclass(frozen=True)
class _Extraction:
    """The usable recordings: frames, one row per instance, and what became of each recording."""

    frames: NDArray[np.float32]
    instances: pd.DataFrame
    results: list[ExtractedRecording]
    bad: dict[str, str]


def score_people(
    model: "OpenedModel",
    given: GivenRecordings,
    summary: TrainingSummary,
    threshold: MetThreshold,
    calibration: Calibration | None,
    folder: Path,
) -> ScoredPeople:
    """Score people.

    Args:
        model: Scores them.
        given: Their recordings.
        summary: What the model was trained on.
        threshold: What scores meet.
        calibration: Turns scores into probabilities; None: there is none.
        folder: Holds frames meanwhile: there may be more of them than memory.

    Returns:
        Of the people: ``speaker_id``, ``label`` if any was given, ``score`` (soft majority, over
        runs their mean), ``lowest`` and ``highest`` (single runs'), ``n_models``,
        ``above_threshold``, ``threshold``, ``threshold_origin``, ``calibrated_probability`` and
        ``calibration_prevalence`` where there are, ``n_recordings``, ``n_unusable``, ``seconds``,
        ``sample_rates_hz``, what :mod:`sound` measures, ``distance_percentile`` and ``flags``.

    Raises:
        CorpusError: Not one recording can be used, or one cannot with ``data.on_bad_file=error``.
        RunError: The model computed features of audio otherwise.
    """
    with TemporaryDirectory(dir=folder, prefix=".frames-") as temporary:
        extraction = _extract(model, given, Path(temporary) / "frames.npy")
        bad = extraction.bad
        _check_bad(bad, given)
        digests = _digests(given.rows, extraction)
        familiarity = find_familiar(model, digests)
        scores = _score(model, extraction, familiarity)
        means = _mean_features(extraction)
    recordings = _recordings(given.rows, extraction, scores)
    shared = _shared(digests)
    speakers = _speakers(given.rows, extraction, scores, familiarity, threshold, calibration)
    speakers = _add_circumstances(speakers, given.rows, extraction, summary, means)
    flags = []
    for row in speakers.itertuples():
        met = familiarity.met_by.get(row.speaker_id, frozenset())
        own = [KNOWN] if len(met) == len(model.runs) else [SOME_KNOW] if met else []
        own += [SHARED] if row.speaker_id in shared else []
        own += [UNUSABLE] if row.n_recordings == 0 else []
        # Where a person who is not scored lies means nothing.
        outside = [] if KNOWN in own else filter(None, row.flags.split("; "))
        flags.append("; ".join([*own, *outside]))
    if calibration is not None:  # the line is of people like those of the training
        like_them = [its in ("", SOME_KNOW) for its in flags]
        probability = speakers["calibrated_probability"].where(like_them)
        speakers = speakers.assign(calibrated_probability=probability)
    return ScoredPeople(speakers.assign(flags=flags), recordings, bad, familiarity, _notes(shared))


def _check_bad(bad: dict[str, str], given: GivenRecordings) -> None:
    lines = bullet_list([f"{name}: {problem}" for name, problem in bad.items()])
    if len(bad) == len(given.rows):
        raise CorpusError(f"not one recording can be scored:\n{lines}")
    if bad and given.bad_files == "error":
        raise CorpusError(
            f"{len(bad)} of {len(given.rows)} recordings cannot be scored:\n{lines}\n"
            "Mend or remove them, or score the others with data.on_bad_file=skip"
        )


def _extract(model: "OpenedModel", given: GivenRecordings, place: Path) -> _Extraction:
    scorer, n_read = model.scorer, model.scorer.models[0].n_columns
    rows = given.rows
    if not rows["path"].str.endswith(".npy").all():
        scorer.check_reads_audio()
    extractor = make_extractor(scorer.config, scorer.n_stored_columns, n_read, MeasuringExtractor)
    results = []
    with (
        FramesWriter(place, n_read) as writer,
        closing(extract_each(rows, extractor, n_read, writer.append)) as extracted,
        progress_bar() as bar,
    ):
        task = bar.add_task("Extracting features", total=len(rows))
        for result in extracted:
            results.append(result)
            bar.advance(task)
    filled = rows.assign(label=rows["label"].fillna(HEALTHY).astype(int))
    instances = instance_table(filled, results)
    bad = {it.recording_id: it.problem for it in results if it.problem}
    longest = scorer.models[0].longest
    for result in results:
        if longest is not None and max(result.n_frames, default=0) > longest:
            bad[result.recording_id] = (
                f"{max(result.n_frames)} frames are more than the {longest} of the longest "
                "recording that the model was trained on, and it takes no longer one"
            )
    sources = np.repeat([it.recording_id for it in results], [len(it.names) for it in results])
    instances = instances.assign(source_id=sources)
    instances = instances[~instances["source_id"].isin(bad)].reset_index(drop=True)
    frames = np.load(place, mmap_mode="r") if len(instances) else np.zeros((0, n_read), np.float32)
    return _Extraction(frames, instances, results, bad)


def _digests(rows: pd.DataFrame, extraction: _Extraction) -> dict[str, set[str]]:
    """Return by person the digests of their audio, of what could not be scored too."""
    digests: dict[str, set[str]] = {}
    for speaker, result in zip(rows["speaker_id"], extraction.results, strict=True):
        digests.setdefault(speaker, set()).update({result.digest} - {""})
    return digests


def _score(
    model: "OpenedModel", extraction: _Extraction, familiarity: Familiarity
) -> NDArray[np.float64]:
    """Return (n_runs, n_instances) logits, NaN where a run has met the person."""
    instances = extraction.instances
    logits = np.full((len(model.runs), len(instances)), np.nan)
    nobody: frozenset[int] = frozenset()
    met = [familiarity.met_by.get(speaker, nobody) for speaker in instances["speaker_id"]]
    with progress_bar() as bar:
        task = bar.add_task("Scoring", total=len(model.runs))
        for place, trained in enumerate(model.scorer.models):
            chosen = np.array([place not in its for its in met], dtype=bool)
            if chosen.any():
                rows = instances[chosen].reset_index(drop=True)
                logits[place, chosen] = trained.logits(FramesInMemory(extraction.frames, rows))
            bar.advance(task)
    return logits


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


def _recordings(
    rows: pd.DataFrame, extraction: _Extraction, logits: NDArray[np.float64]
) -> pd.DataFrame:
    """List every instance with its score, and every recording that has none with the reason."""
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


def _speakers(
    rows: pd.DataFrame,
    extraction: _Extraction,
    logits: NDArray[np.float64],
    familiarity: Familiarity,
    threshold: MetThreshold,
    calibration: Calibration | None,
) -> pd.DataFrame:
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


def _add_circumstances(
    speakers: pd.DataFrame,
    rows: pd.DataFrame,
    extraction: _Extraction,
    summary: TrainingSummary,
    means: dict[str, NDArray[np.float64]],
) -> pd.DataFrame:
    """Add how much was said and how it was recorded, and where that lies outside the training."""
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


def _mean_features(extraction: _Extraction) -> dict[str, NDArray[np.float64]]:
    means = {}
    for speaker, rows in extraction.instances.groupby("speaker_id"):
        total = sum(
            extraction.frames[offset : offset + n].sum(axis=0, dtype=np.float64)
            for offset, n in zip(rows["offset"], rows["n_frames"], strict=True)
        )
        means[speaker] = np.asarray(total) / rows["n_frames"].sum()
    return means


def _shared(digests: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return by person with whom they have the same audio."""
    owners: dict[str, list[str]] = {}
    for person, own in digests.items():
        for digest in own:
            owners.setdefault(digest, []).append(person)
    shared: dict[str, list[str]] = {}
    for people in owners.values():
        for person in people if len(people) > 1 else ():
            shared[person] = sorted({*shared.get(person, ()), *people} - {person})
    return shared


def _notes(shared: dict[str, list[str]]) -> list[str]:
    if not shared:
        return []
    lines = [f"{person} and {', '.join(others[:5])}" for person, others in shared.items()]
    return [f"People with the same recording, which cannot be both's:\n{bullet_list(lines)}"]


def default_folder(outputs_dir: str, model: "OpenedModel", recordings: str) -> Path:
    """Return where scores are written if nobody says where: of each model and recordings its own.

    Args:
        outputs_dir: The folder of outputs.
        model: The model.
        recordings: As the user named them.
    """
    place = os.path.realpath(recordings), os.path.realpath(model.path)
    digest = hashlib.blake2b("\0".join(place).encode("utf-8", "replace"), digest_size=3).hexdigest()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", Path(place[0]).stem).strip("_") or "recordings"
    corpus = model.runs[0].record["fingerprint"]["corpus"]["name"]
    name = f"{stem}-{corpus}-{model.config.model.name}-{digest}"
    return Path(outputs_dir) / "predictions" / name
