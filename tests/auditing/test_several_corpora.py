"""Classes and corpora that go together, and corpora that cues tell apart."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dysarthria_lightning.auditing.corpora import several_corpora_findings
from dysarthria_lightning.auditing.cue_audits import CueAudit, Speakers
from dysarthria_lightning.auditing.cues import Cue, SpeakerRows
from dysarthria_lightning.auditing.finding import Finding, Light


def make_recordings(sizes: dict[str, tuple[int, int]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"speaker_id": f"{corpus}:{label}{number:02d}", "label": label, "corpus": corpus}
            for corpus, numbers in sizes.items()
            for label, n in enumerate(numbers)
            for number in range(n)
        ]
    )


def findings(recordings: pd.DataFrame, rows: np.ndarray | None = None) -> dict[str, Finding]:
    speakers = Speakers.of(recordings)
    audits = []
    if rows is not None:
        cues = [Cue(f"c{number}", f"cue {number}") for number in range(rows.shape[1])]
        found = SpeakerRows(rows, cues, ["mean"] * len(cues))
        everybody = np.ones(len(rows), dtype=bool)
        audits = [CueAudit("level", "Level and channel", True, found, everybody)]
    rng = np.random.default_rng(0)
    said = several_corpora_findings(recordings, speakers, audits, rng, 499, 3)
    return {finding.key: finding for finding in said}


@pytest.mark.parametrize(
    ("sizes", "light"),
    [
        ({"a": (10, 10), "b": (20, 20)}, Light.GREEN),
        ({"a": (18, 2), "b": (4, 16)}, Light.AMBER),
        ({"a": (18, 2), "b": (10, 10), "c": (4, 16)}, Light.AMBER),
        ({"a": (3, 2), "b": (2, 3)}, Light.GREEN),
    ],
)
def test_classes_that_go_with_corpora_are_amber(
    sizes: dict[str, tuple[int, int]], light: Light
) -> None:
    recordings = make_recordings(sizes)
    finding = findings(recordings)["corpora"]
    assert finding.light == light
    shares = recordings.groupby("corpus")["label"].transform("mean")
    assert finding.auroc == pytest.approx(roc_auc_score(recordings["label"], shares))


def test_chance_alone_raises_no_more_alarms_than_it_may() -> None:
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(100):
        recordings = make_recordings({"a": (10, 10), "b": (10, 10)})
        recordings["corpus"] = rng.permutation(recordings["corpus"])
        alarms += findings(recordings)["corpora"].light == Light.AMBER
    assert alarms <= 12  # 5 are expected at the most, 13 are 1 in 700


def test_one_corpus_says_nothing() -> None:
    assert findings(make_recordings({"a": (5, 5)})) == {}
    assert findings(make_recordings({"a": (5, 5)}).drop(columns="corpus")) == {}


def test_corpora_are_told_apart_within_and_without_classes() -> None:
    recordings = make_recordings({"a": (30, 30), "b": (30, 30)})
    rng = np.random.default_rng(1)
    is_b = (recordings["corpus"] == "b").to_numpy(float)
    label = recordings["label"].to_numpy(float)
    # A difference within the healthy alone.
    rows = rng.normal(size=(120, 2))
    rows[:, 0] += 2 * is_b * (1 - label)
    finding = findings(recordings, rows)["corpora_by_cues"]
    assert finding.light == Light.NOTE
    expected = {}
    for name, chosen in (("healthy", label == 0), ("patients", label == 1)):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1))
        folds = StratifiedKFold(10, shuffle=True, random_state=0)
        scores = cross_val_predict(
            model, rows[chosen], is_b[chosen], cv=folds, method="decision_function"
        )
        expected[name] = roc_auc_score(is_b[chosen], scores)
    assert finding.auroc == pytest.approx(np.mean(list(expected.values())), abs=0.06)
    assert expected["healthy"] > 0.85
    assert "among healthy speakers" in finding.text
    assert "among patients" in finding.text


def test_without_audio_it_says_so() -> None:
    finding = findings(make_recordings({"a": (5, 5), "b": (5, 5)}))["corpora_by_cues"]
    assert finding.light == Light.GREY
