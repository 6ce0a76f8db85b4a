"""What a report knows of a corpus's recordings, also where these are not there any more."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.manifest_schema import METADATA
from dysarthria_lightning.data.permuting import permute_labels
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout

_COLUMNS = ["recording_id", "source_id", *METADATA]
_PREDICTED = ["recording_id", "speaker_id", "label"]


def study_recordings(known: pd.DataFrame) -> pd.DataFrame:
    """Return what a study knows of recordings: ids and metadata, missing where not known.

    Args:
        known: Of a feature store, or any table with some of these columns.
    """
    recordings = known.reindex(columns=_COLUMNS).reset_index(drop=True)
    empty = recordings.columns[recordings.isna().all()]
    return recordings.astype(dict.fromkeys(empty, "object"))


def open_store(config: Config, key: str) -> FeatureStore | None:
    """Open the feature store that runs were trained on, if it is still there and whole.

    Args:
        config: One of the runs.
        key: Of the content that they were trained on.
    """
    folder = Path(config.outputs_dir) / "features" / config.data.corpus / key
    try:
        store = FeatureStore.open(folder)
    except CorpusError:
        return None
    if config.data.permuted_labels is None:
        return store
    recordings = permute_labels(store.recordings, config.data.permuted_labels)
    return FeatureStore(store.folder, recordings, store.about)


def predicted_recordings(folders: Iterable[Path], *, segmented: bool) -> pd.DataFrame:
    """List the recordings that finished runs have judged: all that predictions say of them.

    Args:
        folders: Of the runs.
        segmented: Whether recordings were cut, so that ids end with the number of a segment.
    """
    names = (layout.PREDICTIONS, layout.VALIDATION_PREDICTIONS)
    tables = [read_predictions(folder / name)[_PREDICTED] for folder in folders for name in names]
    judged = pd.concat(tables).drop_duplicates("recording_id").sort_values("recording_id")
    ids = judged["recording_id"].astype(str)
    source = ids.str.rpartition("#")[0] if segmented else ids
    return judged.assign(source_id=source)
