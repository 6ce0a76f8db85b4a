"""Writing a synthetic corpus to disk, completely or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dysarthria_lightning.data.synthetic.parameters import GENERATOR_VERSION, SyntheticParameters
from dysarthria_lightning.files.atomic import new_folder, write_json, write_text
from dysarthria_lightning.files.locks import wait_for_claim

if TYPE_CHECKING:
    from dysarthria_lightning.data.synthetic.population import Speaker

DISCLAIMER = "synthetic: it shows that the pipeline works, and is no clinical evidence"

MANIFEST_COLUMNS = (
    "path",
    "speaker_id",
    "label",
    "gender",
    "age",
    "severity",
    "syllable",
    "syllable_type",
    "tone",
    "repetition",
    "affected",
    "duration_s",
    "origin",
)

#: Below this number of recordings starting worker processes costs more than it saves.
_FEW_RECORDINGS = 600

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


def generate_corpus(
    parameters: SyntheticParameters,
    corpora_dir: Path,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Path:
    """Make a corpus unless it exists, and return its folder.

    Files are written to a temporary folder beside the final one, which is renamed when complete:
    a folder of the final name is always a whole corpus. Speakers are written one by one, so memory
    does not grow with the corpus. Two processes that want the same corpus at once are safe; the
    second waits for the first.

    Args:
        parameters: The corpus.
        corpora_dir: Folder of all corpora; made if missing.
        progress: Wraps the iterable of finished speakers, given its length, for a progress bar:
            ``lambda items, total: tqdm(items, total=total)``.
        workers: Number of processes; ``None``: one per core, or none besides this one for small
            corpora. The bytes do not depend on it.

    Returns:
        ``corpora_dir/synthetic-<hash>``, which holds ``manifest.csv``, ``parameters.json``,
        ``README.txt`` and ``<speaker_id>/<syllable>[-k].flac`` (16 kHz, mono, 16 bits).

    Raises:
        ValueError: ``workers`` is not at least 1.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers is {workers}; it must be at least 1, or None for one per core")
    folder = Path(corpora_dir) / f"synthetic-{parameters.hash12}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with wait_for_claim(folder.parent / f".{folder.name}.claim"):
        if folder.exists():  # another process made it while this one waited
            return folder
        with new_folder(folder) as unfinished:
            _write_corpus(parameters, unfinished, progress, workers)
    return folder


def _write_corpus(
    parameters: SyntheticParameters, folder: Path, progress: Progress | None, workers: int | None
) -> None:
    # Imported here, so that finding a finished corpus does not wait for SciPy.
    from dysarthria_lightning.data.synthetic.population import population

    speakers = population(parameters)
    write = partial(_write_speaker, parameters, folder)
    results: Iterable[list[dict[str, object]]]
    if workers is None and sum(speaker.recordings for speaker in speakers) < _FEW_RECORDINGS:
        workers = 1
    if workers == 1:
        results = map(write, speakers)
    else:
        from joblib import Parallel, delayed

        pool = Parallel(n_jobs=workers or -1, return_as="generator", batch_size=1)
        results = pool(delayed(write)(speaker) for speaker in speakers)
    if progress is not None:
        results = progress(results, len(speakers))
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, MANIFEST_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for rows in results:
            writer.writerows(rows)
    described = {"generator_version": GENERATOR_VERSION, **asdict(parameters)}
    write_json(described, folder / "parameters.json")
    write_text(_readme(parameters), folder / "README.txt")


def _write_speaker(
    parameters: SyntheticParameters, folder: Path, speaker: Speaker
) -> list[dict[str, object]]:
    """Write a speaker's clips and return the rows of the manifest."""
    import numpy as np
    import soundfile

    from dysarthria_lightning.data.synthetic.channel import SAMPLE_RATE_HZ
    from dysarthria_lightning.data.synthetic.recordings import synthesise_speaker

    (folder / speaker.speaker_id).mkdir()
    rows: list[dict[str, object]] = []
    for recording in synthesise_speaker(parameters, speaker):
        path = f"{speaker.speaker_id}/{recording.name}.flac"
        samples = np.rint(recording.samples * 32_767).astype(np.int16)
        # Through memory: libsndfile does not report a full disk.
        file = io.BytesIO()
        soundfile.write(file, samples, SAMPLE_RATE_HZ, subtype="PCM_16", format="FLAC")
        (folder / path).write_bytes(file.getvalue())
        rows.append(
            {
                "path": path,
                "speaker_id": speaker.speaker_id,
                "label": speaker.label,
                "gender": speaker.gender,
                "age": speaker.age,
                "severity": speaker.severity,
                "syllable": recording.prompt.syllable,
                "syllable_type": recording.prompt.syllable_type,
                "tone": recording.prompt.tone,
                "repetition": recording.repetition,
                "affected": int(recording.affected),
                "duration_s": round(len(samples) / SAMPLE_RATE_HZ, 4),
                "origin": "synthetic",
            }
        )
    return rows


_LABELS = (
    "label 1 is a speaker with dysarthria, severity runs from 0 to 1, affected marks the "
    "syllables in which dysarthria shows."
)
_LABELS_OF_NULL = (
    "a null corpus: nobody has dysarthria, severity is 0, and label was dealt to the speakers by "
    "chance."
)


def _readme(parameters: SyntheticParameters) -> str:
    return (
        f"{DISCLAIMER[0].upper()}{DISCLAIMER[1:]}.\n\n"
        f"Mandarin syllables of {parameters.speaker_count} invented speakers, made by "
        f"dysarthria_lightning (generator version {GENERATOR_VERSION}).\n"
        "No person was recorded. parameters.json holds what the corpus was made from, "
        "manifest.csv a row per recording:\n"
        f"{_LABELS_OF_NULL if parameters.null else _LABELS}\n"
    )
