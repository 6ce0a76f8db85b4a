"""Scores the people of given recordings, each by the runs that have not met them."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from dysarthria_lightning.data.manifest_schema import bullet_list
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.scoring.familiar import Familiarity, find_familiar
from dysarthria_lightning.scoring.given_frames import (
    Extraction,
    extract,
    mean_features,
    run_logits,
)
from dysarthria_lightning.scoring.given_recordings import GivenRecordings
from dysarthria_lightning.scoring.people_tables import (
    add_circumstances,
    recording_table,
    speaker_table,
)
from dysarthria_lightning.scoring.threshold import Calibration, MetThreshold

if TYPE_CHECKING:
    from dysarthria_lightning.scoring.ready import ReadyModel

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


def score_people(
    model: "ReadyModel",
    given: GivenRecordings,
    threshold: MetThreshold,
    calibration: Calibration | None,
    folder: Path,
) -> ScoredPeople:
    """Score people.

    Args:
        model: Scores them.
        given: Their recordings.
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
        extraction = extract(model, given, Path(temporary) / "frames.npy")
        bad = extraction.bad
        _check_bad(bad, given)
        digests = _digests(given.rows, extraction)
        familiarity = find_familiar(model, digests)
        scores = run_logits(model, extraction, familiarity)
        means = mean_features(extraction)
    recordings = recording_table(given.rows, extraction, scores)
    shared = _shared(digests)
    speakers = speaker_table(given.rows, extraction, scores, threshold, calibration)
    speakers = add_circumstances(speakers, given.rows, extraction, model.dossier.summary, means)
    flags = []
    for row in speakers.itertuples():
        met = familiarity.met_by.get(row.speaker_id, frozenset())
        own = [KNOWN] if len(met) == model.n_parts else [SOME_KNOW] if met else []
        own += [SHARED] if row.speaker_id in shared else []
        own += [UNUSABLE] if row.n_recordings == 0 else []
        # Where a person who is not scored lies means nothing.
        outside = [] if KNOWN in own else filter(None, row.flags.split("; "))
        flags.append("; ".join([*own, *outside]))
    if calibration is not None:  # the line is of people like those of the training, and new to it
        like_them = [familiarity.checked and its in ("", SOME_KNOW) for its in flags]
        probability = speakers["calibrated_probability"].where(like_them)
        speakers = speakers.assign(calibrated_probability=probability)
    return ScoredPeople(
        speakers.assign(flags=flags), recordings, bad, familiarity, _notes(shared, familiarity)
    )


def _check_bad(bad: dict[str, str], given: GivenRecordings) -> None:
    lines = bullet_list([f"{name}: {problem}" for name, problem in bad.items()])
    if len(bad) == len(given.rows):
        raise CorpusError(f"not one recording can be scored:\n{lines}")
    if bad and given.bad_files == "error":
        raise CorpusError(
            f"{len(bad)} of {len(given.rows)} recordings cannot be scored:\n{lines}\n"
            "Mend or remove them, or score the others with data.on_bad_file=skip"
        )


def _digests(rows: pd.DataFrame, extraction: Extraction) -> dict[str, set[str]]:
    """Return by person the digests of their audio, of what could not be scored too."""
    digests: dict[str, set[str]] = {}
    for speaker, result in zip(rows["speaker_id"], extraction.results, strict=True):
        digests.setdefault(speaker, set()).update({result.digest} - {""})
    return digests


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


def _notes(shared: dict[str, list[str]], familiarity: Familiarity) -> list[str]:
    notes = []
    if familiarity.known_as:
        known = [f"{one} is {' and '.join(ids)}" for one, ids in familiarity.known_as.items()]
        notes.append(
            f"People of the model's own corpus, by their recordings:\n{bullet_list(known)}"
        )
    if shared:
        lines = [f"{person} and {', '.join(others[:5])}" for person, others in shared.items()]
        notes.append(
            f"People with the same recording, which cannot be both's:\n{bullet_list(lines)}"
        )
    return notes


def default_folder(outputs_dir: str, model: "ReadyModel", recordings: str) -> Path:
    """Return where scores are written if nobody says where: of each model and recordings its own.

    Args:
        outputs_dir: The folder of outputs.
        model: The model.
        recordings: As the user named them.
    """
    place = os.path.realpath(recordings), os.path.realpath(model.path)
    digest = hashlib.blake2b("\0".join(place).encode("utf-8", "replace"), digest_size=3).hexdigest()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", Path(place[0]).stem).strip("_") or "recordings"
    corpus = model.dossier.corpus
    name = f"{stem}-{corpus}-{model.config.model.name}-{digest}"
    return Path(outputs_dir) / "predictions" / name
