"""The corpus that is audited."""

from dataclasses import dataclass

import pandas as pd

from dysarthria_lightning.auditing.changes import Change
from dysarthria_lightning.auditing.cue_audits import Speakers
from dysarthria_lightning.auditing.measurements import Measurements, measure_corpus
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.store import FeatureStore


@dataclass(frozen=True)
class AuditedCorpus:
    """What is audited: the recordings of a subset, and their speakers.

    Attributes:
        config: The cross-validation.
        store: The corpus's features.
        recordings: The store's, without those that the subset leaves out.
        speakers: Of these.
    """

    config: Config
    store: FeatureStore
    recordings: pd.DataFrame
    speakers: Speakers

    @classmethod
    def of(cls, config: Config, store: FeatureStore) -> "AuditedCorpus":
        """Take what a cross-validation's subset leaves."""
        left_out = store.recordings["syllable_type"].isin(config.subset.exclude)
        recordings = store.recordings[~left_out]
        return cls(config, store, recordings, Speakers.of(recordings))

    def measure(self, change: Change | None = None) -> Measurements:
        """Measure its audio, changed or as it is (:func:`measurements.measure_corpus`)."""
        measured = measure_corpus(self.config, self.store, change)
        return measured.of_recordings(self.recordings["source_id"])
