"""From a corpus on disk to its feature store, made once and found again by content."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from dysarthria_lightning.config import Config, ManifestData, SyntheticData
from dysarthria_lightning.data.corpora import read_corpus
from dysarthria_lightning.data.corpora.synthetic import corpus_folder
from dysarthria_lightning.data.manifest_schema import LABEL_NAMES, METADATA, bullet_list
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError, CorpusError
from dysarthria_lightning.files.digests import file_digests
from dysarthria_lightning.files.locks import clear_dead_claim, wait_for_claim

# Raise it when the same files and parameters begin to give other features, or stores
# begin to look otherwise.
STORE_VERSION = 2

_MEMORY = "digests.parquet"

log = logging.getLogger(__name__)


def prepare_corpus(config: Config, check_frames: bool = True) -> FeatureStore:
    """Open a corpus's feature store, extracting the features first where they are not there yet.

    Several processes may ask at once: one extracts, the others wait and open.

    Args:
        config: The whole configuration; ``data``, ``features`` and ``n_mfcc`` count.
        check_frames: Whether to read a finished store through, to see that no bit has changed.

    Returns:
        The opened store; a damaged one is made again.

    Raises:
        CorpusError: The corpus cannot be used as it is.
        ConfigError: ``n_mfcc`` asks for more coefficients than the corpus's matrices have.
    """
    manifest = read_corpus(config)
    stores = Path(config.outputs_dir) / "features" / config.data.corpus
    stores.mkdir(parents=True, exist_ok=True)
    digest = partial(file_digests, manifest["path"], stores / _MEMORY)
    digests = digest()
    key = _key(config, manifest, digests)
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
                build_store(config, manifest, key, stores / key, check)
                store = FeatureStore.open(stores / key)
    clear_dead_claim(claim_file)
    _check_problems(store, manifest, config)
    _check_remaining(store)
    check_coefficients(store, config)
    return store


def corpus_key(config: Config) -> str | None:
    """Compute the key of a corpus's feature store from the recordings that are there now.

    Nothing is extracted or written.

    Args:
        config: The whole configuration; ``data``, ``features`` and ``n_mfcc`` count.

    Returns:
        The key; None where the configuration does not say where the recordings are, or a synthetic
        corpus has not been made.

    Raises:
        CorpusError: The corpus is not there, or is not laid out as expected.
    """
    data = config.data
    match data:
        case ManifestData():
            is_given = data.manifest is not None
        case SyntheticData():
            is_given = corpus_folder(data.parameters(), config.outputs_dir).exists()
        case _:
            is_given = data.root is not None
    if not is_given:
        return None
    manifest = read_corpus(config)
    memory = Path(config.outputs_dir) / "features" / data.corpus / _MEMORY
    return _key(config, manifest, file_digests(manifest["path"], memory, remember=False))


def _finished_store(folder: Path, check_frames: bool, clear: bool = False) -> FeatureStore | None:
    """Open a store, None where it is damaged; that is cleared away by who holds its claim."""
    if not folder.exists():
        return None
    try:
        store = FeatureStore.open(folder)
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


def check_coefficients(store: FeatureStore, config: Config) -> None:
    """Refuse to use more coefficients than a corpus of feature matrices has."""
    if config.n_mfcc > store.n_coefficients:
        raise ConfigError(
            f"n_mfcc = {config.n_mfcc}: the corpus's feature matrices have "
            f"{store.n_coefficients} columns"
        )


def _key(config: Config, manifest: pd.DataFrame, digests: list[str]) -> str:
    content = {
        "version": STORE_VERSION,
        "features": config.features.model_dump(exclude={"n_stored"}),
        "n_coefficients": config.n_stored,
        "segment_s": config.data.segment_s,
        "max_duration_s": config.data.max_duration_s,
        "digests": digests,
        "recordings": manifest[["recording_id", *METADATA]].to_json(orient="values"),
    }
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _check_problems(store: FeatureStore, manifest: pd.DataFrame, config: Config) -> None:
    """Refuse recordings that cannot be used, unless they are to be skipped."""
    problems: dict[str, str] = store.about["problems"]
    if not problems or config.data.on_bad_file == "skip":
        return
    bad = manifest[manifest["recording_id"].isin(problems)]
    lines = [f"{row.path} ({row.row}): {problems[row.recording_id]}" for row in bad.itertuples()]
    raise CorpusError(
        f"{len(problems)} of {len(manifest)} recordings cannot be used:\n{bullet_list(lines)}\n"
        "Mend or remove them, or leave them out with data.on_bad_file=skip"
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
    if about["problems"]:
        lines = [f"{recording}: {reason}" for recording, reason in about["problems"].items()]
        paragraphs.append(
            f"{len(lines)} of {about['n_listed']} recordings left out, for they cannot be used:\n"
            + bullet_list(lines)
        )
    if about["too_long"]:
        paragraphs.append(
            f"{len(about['too_long'])} recordings of {about['max_duration_s']:g} s or more "
            "left out:\n" + bullet_list(about["too_long"])
        )
    if about["repeated"]:
        lines = [" = ".join(recordings) for recordings in about["repeated"]]
        paragraphs.append(
            f"{len(lines)} times one speaker has the same audio more than once; "
            "it counts as often:\n" + bullet_list(lines)
        )
    if about["silent_segments"]:
        lines = [f"{recording}: {n}" for recording, n in about["silent_segments"].items()]
        paragraphs.append(f"Segments of digital silence left out:\n{bullet_list(lines)}")
    return paragraphs
