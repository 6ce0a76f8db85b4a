"""What every scorer keeps to, whatever model it brings back."""

import shutil
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from configurations import compose_tone_config
from curves import no_curves

from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.evaluation.judging import speaker_scores
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.scoring.bundle import Bundle, read_bundle, write_bundle
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.training.run import train_run


def recordings_tested(folder: Path, table: Path) -> pd.DataFrame:
    """Return the manifest's rows of a run's test recordings, in another order."""
    ids = read_predictions(folder / layout.PREDICTIONS)["recording_id"].str.split("#").str[0]
    manifest = read_manifest(table)
    return manifest[manifest["recording_id"].isin(ids)].sample(frac=1, random_state=0)


class ScorerContract:
    """Contracts of a scorer; one for each model inherits them and says what it was trained on.

    Attributes:
        words: Overrides of the run.
        needed: Columns of recordings that it cannot do without.
    """

    words: ClassVar[tuple[str, ...]]
    needed: ClassVar[tuple[str, ...]] = ("path", "speaker_id")

    @pytest.fixture(scope="class")
    @classmethod
    def runs(cls, scored_outputs: Path, tone_corpus: Path) -> list[Path]:
        """Train two folds, and return their folders."""
        folders = []
        words = (*cls.words, f"tag={cls.__name__}")
        with no_curves():
            for fold in (0, 1):
                config = compose_tone_config(scored_outputs, tone_corpus, *words, f"fold={fold}")
                folders.append(train_run(config, prepare_corpus(config), show_progress=False))
        return folders

    def test_it_gives_the_runs_own_predictions_back_to_the_bit(
        self, runs: list[Path], tone_corpus: Path
    ) -> None:
        predictions = Scorer.from_run(runs[0]).score(recordings_tested(runs[0], tone_corpus))
        expected = read_predictions(runs[0] / layout.PREDICTIONS)
        pd.testing.assert_frame_equal(predictions, expected, check_exact=True)

    def test_labels_are_optional_and_change_nothing(
        self, runs: list[Path], tone_corpus: Path
    ) -> None:
        scorer, recordings = Scorer.from_run(runs[0]), recordings_tested(runs[0], tone_corpus)
        known, unknown = scorer.score(recordings), scorer.score(recordings.drop(columns="label"))
        pd.testing.assert_frame_equal(unknown, known.drop(columns="label"), check_exact=True)
        speakers = speaker_scores(unknown)
        pd.testing.assert_frame_equal(speakers, speaker_scores(known).drop(columns="label"))

    def test_it_needs_the_runs_folder_alone(
        self, runs: list[Path], tone_corpus: Path, tmp_path: Path
    ) -> None:
        alone = tmp_path / "run"
        shutil.copytree(runs[0], alone)
        outputs = next(folder for folder in runs[0].parents if (folder / "features").exists())
        outputs.rename(away := outputs.with_name("away"))
        try:
            recordings = recordings_tested(alone, tone_corpus)
            scored = Scorer.from_run(alone).score(recordings[[*self.needed]])
        finally:
            away.rename(outputs)
        ids = scored["recording_id"].str.removeprefix(f"{tone_corpus.parent.resolve()}/")
        expected = read_predictions(alone / layout.PREDICTIONS).drop(columns="label")
        pd.testing.assert_frame_equal(scored.assign(recording_id=ids), expected, check_exact=True)

    def test_a_bundle_scores_as_its_runs_do(
        self, runs: list[Path], tone_corpus: Path, tmp_path: Path
    ) -> None:
        saved = SavedModels.of_runs(runs)
        write_bundle(Bundle(saved), tmp_path / "bundle")
        content = (tmp_path / "bundle").read_bytes()
        assert str(tone_corpus.parent).encode() not in content
        recordings = recordings_tested(runs[0], tone_corpus)
        scored = Scorer.of(read_bundle(tmp_path / "bundle").models).score(recordings)
        expected = Scorer.of(saved).score(recordings)
        pd.testing.assert_frame_equal(scored, expected, check_exact=True)

    def test_several_runs_score_with_the_mean_of_their_probabilities(
        self, runs: list[Path], tone_corpus: Path
    ) -> None:
        recordings = recordings_tested(runs[0], tone_corpus)
        alone = [Scorer.from_run(folder).score(recordings) for folder in runs]
        together = Scorer.from_runs(runs).score(recordings)
        expected = np.mean([each["probability"] for each in alone], axis=0)
        np.testing.assert_allclose(together["probability"], expected, rtol=1e-12)
        np.testing.assert_allclose(1 / (1 + np.exp(-together["logit"])), expected, rtol=1e-9)
