"""From a corpus on disk to its feature store, made once and found again by content."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from multiprocessing import parent_process
from pathlib import Path
from typing import Protocol

import pandas as pd

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.features.base import FeatureSection
from dysarthria_lightning.data.manifest_schema import (
    LABEL_NAMES,
    LEFT_OUT,
    METADATA,
    TWO_LABELS,
    bullet_list,
)
from dysarthria_lightning.data.oddities import describe_remarks, is_outdated, transposed
from dysarthria_lightning.data.permuting import permute_labels
from dysarthria_lightning.data.same_audio import describe_copies, describe_shared, refuse_copies
from dysarthria_lightning.data.same_people import (
    SAME_PEOPLE,
    corpora_with_shared_people,
    describe_same_people,
    hint_at_same_people,
)
from dysarthria_lightning.data.speaker_notes import describe_speakers
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError, CorpusError
from dysarthria_lightning.files.digests import file_digests
from dysarthria_lightning.files.locks import clear_dead_claim, wait_for_claim

# Raise it when stores begin to look otherwise; where the same audio and parameters begin to give
# other features, AudioFeatures.extraction.
STORE_VERSION = 2

_ALWAYS_COUNTED = {
    *("recording_id", "speaker_id", "label", "gender", "age", "severity"),
    *("syllable", "syllable_type"),
}
_MEMORY = "digests.parquet"

log = logging.getLogger(__name__)


class StoreSettings(Protocol):
    """What a feature store is made from; a whole configuration is one.

    Attributes:
        data: The corpus.
        features: What is extracted from its recordings.
        n_mfcc: Cepstral coefficients used; None for features without any.
        outputs_dir: Where features are kept.
    """

    @property
    def data(self) -> CorpusSection: ...  # noqa: D102

    @property
    def features(self) -> FeatureSection: ...  # noqa: D102

    @property
    def n_mfcc(self) -> int | None: ...  # noqa: D102

    @property
    def outputs_dir(self) -> str: ...  # noqa: D102


def prepare_corpus(
    config: StoreSettings, check_frames: bool = True, may_lack: bool = False
) -> FeatureStore:
    """Open a corpus's feature store, extracting the features first where they are not there yet.

    Several processes may ask at once: one extracts, the others wait and open.

    Args:
        config: The corpus and the features wanted.
        check_frames: Whether to read a finished store through, to see that no bit has changed.
        may_lack: Whether matrices may have fewer columns than ``n_mfcc``.

    Returns:
        The opened store; a damaged one is made again. With ``data.permuted_labels`` its
        recordings have the labels that were dealt; on disk they are as they were.

    Raises:
        CorpusError: The corpus cannot be used as it is.
        ConfigError: ``n_mfcc`` asks for more coefficients than the corpus's matrices have.
    """
    corpus, features = config.data, config.features
    manifest = corpus.read(config.outputs_dir)
    for note in manifest.attrs.get("notes", ()):
        _say_once(note)
    stores = Path(config.outputs_dir) / "features" / corpus.corpus
    stores.mkdir(parents=True, exist_ok=True)
    digest = partial(file_digests, manifest["path"], stores / _MEMORY)
    digests = digest()
    n_columns = features.n_columns(config.n_mfcc)
    key = _key(corpus, features, n_columns, manifest, digests)
    claim_file = stores / f"{key}.claim"
    store = _finished_store(stores / key, check_frames)
    if store is None:
        with wait_for_claim(claim_file):
            # Another process may have made it meanwhile.
            store = _finished_store(stores / key, check_frames, clear=True)
            if store is None:
                # Torch takes seconds to import, and a finished store needs none of it.
                from dysarthria_lightning.data.building import build_store

                check = partial(_check_unchanged, manifest, digests, digest)
                build_store(corpus, features, n_columns, manifest, key, stores / key, check)
                store = FeatureStore.open(stores / key)
    clear_dead_claim(claim_file)
    _check_problems(store, manifest, corpus)
    _check_remaining(store)
    if not may_lack:
        check_coefficients(store, config)
    people_in = corpora_with_shared_people(manifest, store.about.get("shared", []))
    store = replace(store, corpora_with_shared_people=people_in)
    if corpus.permuted_labels is None:
        return store
    recordings = permute_labels(store.recordings, corpus.permuted_labels)
    return replace(store, recordings=recordings)


@cache
def _say_once(note: str) -> None:
    """Tell the user, though a sweep reads the same table for each of its runs."""
    if parent_process() is None:
        log.info(note)


def corpus_key(config: StoreSettings) -> str | None:
    """Compute the key of a corpus's feature store from the recordings that are there now.

    Nothing is extracted or written.

    Args:
        config: The corpus and the features.

    Returns:
        The key; None where the configuration does not say where the recordings are, or a synthetic
        corpus has not been made.

    Raises:
        CorpusError: The corpus is not there, or is not laid out as expected.
    """
    corpus = config.data
    if not corpus.is_given(config.outputs_dir):
        return None
    manifest = corpus.read(config.outputs_dir)
    memory = Path(config.outputs_dir) / "features" / corpus.corpus / _MEMORY
    digests = file_digests(manifest["path"], memory, remember=False)
    n_columns = config.features.n_columns(config.n_mfcc)
    return _key(corpus, config.features, n_columns, manifest, digests)


def _finished_store(folder: Path, check_frames: bool, clear: bool = False) -> FeatureStore | None:
    """Open a store, None where it is damaged; that is cleared away by who holds its claim."""
    if not folder.exists():
        return None
    try:
        store = FeatureStore.open(folder)
        if is_outdated(store):
            raise CorpusError(f"{folder} is from before recordings were read as they are now")
        if check_frames:
            store.check_frames()
    except CorpusError as error:
        if clear:
            log.warning(f"{error}: made again now")
            shutil.rmtree(folder)
        return None
    return store


def _check_unchanged(
    manifest: pd.DataFrame, before: list[str], digest: Callable[[], list[str]]
) -> None:
    """Refuse a store whose recordings are no longer those that its key stands for."""
    changed = [
        f"{row.path} ({row.row})"
        for row, old, new in zip(manifest.itertuples(), before, digest(), strict=True)
        if old != new
    ]
    if changed:
        raise CorpusError(
            "recordings have changed or vanished while they were read; give the same command "
            f"again when they are all there:\n{bullet_list(changed)}"
        )


def check_coefficients(store: FeatureStore, config: StoreSettings) -> None:
    """Refuse to use more coefficients than a corpus of feature matrices has."""
    if config.n_mfcc is not None and config.n_mfcc > store.n_columns:
        raise ConfigError(
            f"n_mfcc = {config.n_mfcc}: the corpus's feature matrices have {store.n_columns} "
            "columns"
        )


def _key(
    corpus: CorpusSection,
    features: FeatureSection,
    n_columns: int | None,
    manifest: pd.DataFrame,
    digests: list[str],
) -> str:
    # Columns that say nothing are left out: a key is the same as before there were such columns.
    columns = [
        column
        for column in ("recording_id", *METADATA)
        if column in _ALWAYS_COUNTED or manifest[column].notna().any()
    ]
    content = {
        "version": STORE_VERSION,
        "features": features.settings(),
        "n_coefficients": n_columns,
        "segment_s": corpus.segment_s,
        "max_duration_s": corpus.max_duration_s,
        "digests": digests,
        "recordings": manifest[columns].to_json(orient="values"),
    }
    content |= corpus.store_settings()
    if corpus.channel is not None:
        content["channel"] = corpus.channel
    if manifest[["start", "end"]].notna().any(axis=None):
        content["parts"] = manifest[["start", "end"]].to_json(orient="values")
    if manifest["channel"].notna().any():
        content["channels"] = manifest["channel"].to_json(orient="values")
    if features.extraction is not None and not manifest["path"].str.endswith(".npy").all():
        content["extraction"] = features.extraction
    # Who was left out decides no feature, and yet what a store says of itself.
    content |= {
        name: manifest.attrs[name] for name in (TWO_LABELS, LEFT_OUT) if name in manifest.attrs
    }
    if corpus.on_duplicate == "keep_first":
        content["on_duplicate"] = corpus.on_duplicate
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _check_problems(store: FeatureStore, manifest: pd.DataFrame, corpus: CorpusSection) -> None:
    """Refuse recordings that cannot be used, unless they are to be skipped, and unwanted copies."""
    if corpus.on_duplicate == "error":
        refuse_copies(manifest, store.about["repeated"])
    problems: dict[str, str] = store.about["problems"]
    if not problems or corpus.on_bad_file == "skip":
        return
    problems = problems | describe_shared(manifest, store.about.get("shared", []), name_rows=True)
    bad = manifest[manifest["recording_id"].isin(problems)]
    lines = [f"{row.path} ({row.row}): {problems[row.recording_id]}" for row in bad.itertuples()]
    raise CorpusError(
        f"{len(problems)} of {len(manifest)} recordings cannot be used:\n{bullet_list(lines)}\n"
        + "".join(f"{hint}\n" for hint in transposed(store.about))
        + "Mend or remove them, or leave them out with data.on_bad_file=skip"
        + hint_at_same_people(manifest, store.about.get("shared", []))
    )


def _check_remaining(store: FeatureStore) -> None:
    classes = store.recordings["label"].unique()
    if len(classes) < 2:
        left = " and ".join(f"only {LABEL_NAMES[label]} ones" for label in classes) or "none"
        raise CorpusError(
            f"of the corpus's recordings {left} can be used; both healthy and dysarthric "
            "speakers are needed"
        )


def describe_problems(store: FeatureStore) -> list[str]:
    """Say what was left out of a store and what is odd in it, a paragraph each, or nothing."""
    about = store.about
    paragraphs = []
    if about.get(TWO_LABELS):
        lines = [f"{speaker}: {counts}" for speaker, counts in about[TWO_LABELS].items()]
        paragraphs.append(
            "Speakers with both labels are left out, with all their recordings "
            f"(data.on_two_labels=drop):\n{bullet_list(lines)}"
        )
    if about.get(SAME_PEOPLE):
        paragraphs.append(describe_same_people(about[SAME_PEOPLE]))
    for reason, recordings in about.get(LEFT_OUT, {}).items():
        paragraphs.append(
            f"{len(recordings)} recordings are left out, as known of this corpus: {reason}:\n"
            + bullet_list(recordings)
        )
    if about["problems"]:
        lines = [f"{recording}: {reason}" for recording, reason in about["problems"].items()]
        paragraphs.append(
            f"{len(lines)} of {about['n_listed']} recordings cannot be used and are left out:\n"
            + bullet_list(lines)
        )
    n_filters = about["features"].get("n_mels", store.n_columns)
    if store.n_columns > n_filters:
        paragraphs.append(
            f"The corpus's matrices have {store.n_columns} columns, more than {n_filters} mel "
            "filters give cepstral coefficients. If they are no cepstra, take features=matrix, "
            "which uses all columns; features=mfcc uses the first n_mfcc."
        )
    if about["too_long"]:
        paragraphs.append(
            f"{len(about['too_long'])} recordings of {_limit(about['max_duration_s'])} or more "
            "left out:\n" + bullet_list(about["too_long"])
        )
    if about["repeated"]:
        paragraphs.append(describe_copies(about["repeated"], about.get("kept_first", False)))
    paragraphs += [*transposed(about), *describe_remarks(about)]
    if about["silent_segments"]:
        lines = [f"{recording}: {n}" for recording, n in about["silent_segments"].items()]
        paragraphs.append(f"Segments of digital silence left out:\n{bullet_list(lines)}")
    return [*paragraphs, *describe_speakers(store.recordings)]


def _limit(max_duration_s: float | None) -> str:
    """Write the length from which recordings are too long."""
    return "their corpus's max_duration_s" if max_duration_s is None else f"{max_duration_s:g} s"
