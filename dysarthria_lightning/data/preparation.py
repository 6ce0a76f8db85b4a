"""From a corpus on disk to its feature store, made once and found again by content."""

import hashlib
import json
from pathlib import Path

import pandas as pd

from dysarthria_lightning.claims import wait_for_claim
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora import read_corpus
from dysarthria_lightning.data.digests import file_digests
from dysarthria_lightning.data.manifest import LABEL_NAMES, METADATA, bullet_list
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError, CorpusError

# Raise it when the same files and parameters begin to give other features.
STORE_VERSION = 1


def prepare_corpus(config: Config) -> FeatureStore:
    """Open a corpus's feature store, extracting the features first where they are not there yet.

    Several processes may ask at once: one extracts, the others wait and open.

    Args:
        config: The whole configuration; ``data``, ``features`` and ``n_mfcc`` count.

    Returns:
        The opened store.

    Raises:
        CorpusError: The corpus cannot be used as it is.
        ConfigError: ``n_mfcc`` asks for more coefficients than the corpus's matrices have.
    """
    manifest = read_corpus(config)
    stores = Path(config.outputs_dir) / "features" / config.data.corpus
    stores.mkdir(parents=True, exist_ok=True)
    digests = file_digests(manifest["path"], stores / "digests.parquet")
    key = _key(config, manifest, digests)
    with wait_for_claim(stores / f"{key}.claim"):
        if not (stores / key).exists():
            # Torch takes seconds to import, and a finished store needs none of it.
            from dysarthria_lightning.data.building import build_store

            build_store(config, manifest, key, stores / key)
    store = FeatureStore.open(stores / key)
    _check_problems(store, manifest, config)
    _check_remaining(store)
    check_coefficients(store, config)
    return store


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
