"""What holds at every level; a test class inherits it and names the levels."""

import numpy as np
import pandas as pd
import pytest

from dysarthria_lightning.evaluation.levels import Level, score_levels
from dysarthria_lightning.evaluation.metrics import Scores
from dysarthria_lightning.evaluation.predictions import make_predictions


def predict(logits: dict[str, list[float]], dysarthric: str = "bd") -> pd.DataFrame:
    """Predictions about recordings by speaker."""
    rows = [(speaker, logit) for speaker, of_one in logits.items() for logit in of_one]
    recordings = pd.DataFrame(
        {
            "recording_id": [f"r{number:03d}" for number in range(len(rows))],
            "speaker_id": [speaker for speaker, _ in rows],
            "label": [int(speaker in dysarthric) for speaker, _ in rows],
        }
    )
    return make_predictions(recordings, np.array([logit for _, logit in rows]))


def random_logits(seed: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    return {speaker: list(3 * rng.normal(size=rng.integers(1, 9))) for speaker in "dbca"}


def judged(level: Level, logits: dict[str, list[float]]) -> Scores:
    return score_levels(predict(logits))[level.key]


class LevelContract:
    """Every test is called with a level and is true of all."""

    def test_has_one_item_per_speaker_or_per_recording(self, level: Level) -> None:
        logits = random_logits(0)
        items = judged(level, logits)
        assert items.n_speakers == 4
        if level.of_speakers:
            assert items.speakers.tolist() == [0, 1, 2, 3]
            assert items.labels.tolist() == [0, 1, 0, 1]
        else:
            # Speakers are numbered by their ids: d, b, c, a come as 3, 1, 2, 0.
            numbers = np.repeat([3, 1, 2, 0], [len(of_one) for of_one in logits.values()])
            assert items.speakers.tolist() == numbers.tolist()
            assert items.labels.tolist() == (numbers % 2).tolist()
        assert len(items.scores) == len(items.labels) == len(items.speakers)

    @pytest.mark.parametrize("seed", range(5))
    def test_more_evidence_scores_higher(self, level: Level, seed: int) -> None:
        logits = random_logits(seed)
        more = {s: [x + 0.5 for x in xs] if s == "b" else xs for s, xs in logits.items()}
        before, after = judged(level, logits), judged(level, more)
        changed = before.speakers == 1
        assert (after.scores[changed] > before.scores[changed]).all()
        assert after.scores[~changed].tolist() == before.scores[~changed].tolist()

    @pytest.mark.parametrize("seed", range(5))
    def test_the_order_of_rows_does_not_matter(self, level: Level, seed: int) -> None:
        predictions = predict(random_logits(seed))
        shuffled = predictions.sample(frac=1, random_state=seed)
        one, other = (score_levels(table)[level.key] for table in (predictions, shuffled))
        place = {recording: n for n, recording in enumerate(predictions["recording_id"])}
        order = (
            range(one.n_speakers)
            if level.of_speakers
            else [place[recording] for recording in shuffled["recording_id"]]
        )
        for name in ("scores", "labels", "speakers"):
            expected = getattr(one, name)[list(order)]
            assert getattr(other, name) == pytest.approx(expected, rel=1e-12), name

    @pytest.mark.parametrize("n_recordings", [1, 2, 7])
    def test_the_threshold_is_the_score_of_one_half_throughout(
        self, level: Level, n_recordings: int
    ) -> None:
        items = judged(level, {"a": n_recordings * [0.0], "b": [1.0]})
        assert items.threshold == level.threshold
        if level.threshold is None:
            assert level.to_probability is None
            return
        halves = items.scores[items.speakers == 0]
        assert halves == pytest.approx(np.full(len(halves), level.threshold))

    def test_a_speaker_is_scored_by_their_own_recordings(self, level: Level) -> None:
        logits = random_logits(1)
        together = judged(level, logits)
        for number, speaker in enumerate(sorted(logits)):
            alone = judged(level, {speaker: logits[speaker]})
            assert alone.scores == pytest.approx(together.scores[together.speakers == number])

    def test_scores_are_finite_however_sure_the_model(self, level: Level) -> None:
        assert np.isfinite(judged(level, {"a": [-800.0, 800.0], "b": [800.0]}).scores).all()

    @pytest.mark.parametrize("seed", range(5))
    def test_probabilities_are_probabilities(self, level: Level, seed: int) -> None:
        if level.to_probability is None:
            return
        scores = np.sort(judged(level, random_logits(seed)).scores)
        probabilities = level.to_probability(scores)
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
        assert (np.diff(probabilities) >= 0).all()
        assert level.threshold is not None
        assert level.to_probability(np.array([level.threshold])) == pytest.approx([0.5])
        # Of recordings that are all alike it is theirs.
        alike = judged(level, {"a": 3 * [0.7], "b": [0.0]})
        of_a = level.to_probability(alike.scores[alike.speakers == 0])
        assert of_a == pytest.approx(np.full(len(of_a), 1 / (1 + np.exp(-0.7))))

    def test_its_names_can_be_used(self, level: Level) -> None:
        assert level.key.isidentifier()
        assert level.describe() == level.describe("recordings")
        assert ("syllables" in level.describe("syllables")) != level.of_speakers
