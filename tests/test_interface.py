"""The Python interface: small, lazy, and its examples run."""

import doctest
import importlib
import pkgutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import dysarthria_lightning
from dysarthria_lightning import api, judge_predictions, speaker_scores
from dysarthria_lightning.errors import CorpusError


def modules_with_examples() -> list[str]:
    package = dysarthria_lightning.__path__
    found = pkgutil.walk_packages(package, "dysarthria_lightning.")
    paths = {each.name: each.module_finder.find_spec(each.name) for each in found}
    sources = {name: spec.loader.get_source(name) for name, spec in paths.items()}
    return [name for name, source in sources.items() if ">>> " in source]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_give_what_they_show(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
    assert failed == 0


def test_the_package_gives_the_interfaces_names() -> None:
    assert dysarthria_lightning.__all__ == api.__all__
    assert all(getattr(dysarthria_lightning, name) is getattr(api, name) for name in api.__all__)
    assert dir(dysarthria_lightning) == sorted(api.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dysarthria_lightning.nothing


def test_importing_the_package_imports_nothing_that_takes_long() -> None:
    code = "import sys, dysarthria_lightning; print({'torch', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.fixture
def predictions() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(30), 4)
    label = speakers % 2
    logit = rng.normal(label, 1.5)
    table = {"speaker_id": [f"S{n:02d}" for n in speakers], "label": label, "logit": logit}
    return pd.DataFrame(table | {"probability": 1 / (1 + np.exp(-logit))})


def test_speakers_are_judged_as_scikit_learn_does(predictions: pd.DataFrame) -> None:
    speakers = speaker_scores(predictions)
    means = predictions.groupby("speaker_id")["probability"].mean()
    np.testing.assert_allclose(speakers["speaker_soft_majority"], means, rtol=1e-12)
    noisy_or = 1 - np.log1p(-predictions["probability"]).groupby(predictions["speaker_id"]).mean()
    np.testing.assert_allclose(speakers["speaker_noisy_or"], noisy_or, rtol=1e-12)
    judged = judge_predictions(predictions, draws=300).set_index(["level", "metric"])
    for level in ("speaker_soft_majority", "speaker_noisy_or"):
        expected = roc_auc_score(speakers["label"], speakers[level])
        row = judged.loc[level, "auroc"]
        assert row["value"] == pytest.approx(expected)
        assert row["low"] < expected < row["high"]
    recordings = roc_auc_score(predictions["label"], predictions["logit"])
    assert judged.loc[("recording", "auroc"), "value"] == pytest.approx(recordings)


def test_probabilities_alone_are_enough(predictions: pd.DataFrame) -> None:
    alone = judge_predictions(predictions.drop(columns="logit"), draws=100)
    pd.testing.assert_frame_equal(alone, judge_predictions(predictions, draws=100))
    certain = predictions.assign(probability=predictions["label"].astype(float))
    judged = judge_predictions(certain.drop(columns="logit"), draws=100)
    assert (judged.query("metric == 'auroc'")["value"] == 1).all()


def test_the_seed_decides_the_interval(predictions: pd.DataFrame) -> None:
    one, same, other = (judge_predictions(predictions, seed, 100) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(one, same, check_exact=True)
    assert not one["low"].equals(other["low"])


def test_odd_tables_are_judged_all_the_same(predictions: pd.DataFrame) -> None:
    odd = predictions.astype({"logit": str, "label": str}).set_index("speaker_id", drop=False)
    odd["speaker_id"] = [int(name[1:]) for name in odd["speaker_id"]]
    pd.testing.assert_frame_equal(
        judge_predictions(odd, draws=100)[["level", "metric", "value"]],
        judge_predictions(predictions, draws=100)[["level", "metric", "value"]],
    )
    with pytest.raises(ValueError, match="draws = 0"):
        judge_predictions(predictions, draws=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": 2}, "label: expected 0"),
        ({"speaker_id": None}, "speaker_id: some are missing"),
        ({"logit": "high"}, "logit: expected finite"),
        ({"logit": np.inf}, "logit: expected finite"),
        ({"logit": None}, "logit: expected finite"),
        ({"label": [0, 1] * 60}, "speaker S00 has labels 0 and 1"),
    ],
)
def test_mistakes_are_named(
    predictions: pd.DataFrame, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(CorpusError, match=message):
        judge_predictions(predictions.assign(**changes))


def test_what_is_missing_is_named(predictions: pd.DataFrame) -> None:
    with pytest.raises(CorpusError, match="column label is missing"):
        judge_predictions(predictions.drop(columns="label"))
    with pytest.raises(CorpusError, match="column probability is missing"):
        judge_predictions(predictions.drop(columns=["logit", "probability"]))
    with pytest.raises(CorpusError, match="probability: expected numbers from 0 to 1"):
        judge_predictions(predictions.drop(columns="logit").assign(probability=1.5))
    with pytest.raises(CorpusError, match="no rows"):
        speaker_scores(predictions[:0])


def test_folds_and_repeats_of_predictions_count() -> None:
    rng = np.random.default_rng(4)
    rows = []
    for repeat in range(2):
        for number in range(40):
            fold = int((number // 2 + repeat) % 4)
            score = rng.normal() + number % 2 + 3 * fold
            rows.append((f"S{number}", number % 2, score, f"fold {fold}", repeat))
    table = pd.DataFrame(rows, columns=["speaker_id", "label", "logit", "fold", "repeat"])
    judged = judge_predictions(table, draws=100).set_index(["level", "metric"])["value"]
    expected = {"auroc_within_folds": [], "auroc": []}
    for _, of_repeat in table.groupby("repeat"):
        won, pairs = 0.0, 0
        for _, of_fold in of_repeat.groupby("fold"):
            patients, healthy = (of_fold[of_fold["label"] == it]["logit"] for it in (1, 0))
            won += sum(a > b for a in patients for b in healthy)
            pairs += len(patients) * len(healthy)
        expected["auroc_within_folds"].append(won / pairs)
        expected["auroc"].append(roc_auc_score(of_repeat["label"], of_repeat["logit"]))
    for metric, values in expected.items():
        assert judged["recording", metric] == pytest.approx(np.mean(values))
    assert judged["recording", "auroc_within_folds"] > judged["recording", "auroc"] + 0.1
    without = judge_predictions(table[table["repeat"] == 0].drop(columns="fold"), draws=100)
    assert "auroc_within_folds" not in set(without["metric"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"fold": ["a", "b", "a", "b"]}, "speaker A is in several folds of one repeat"),
        ({"fold": ["a", None, "b", "b"]}, "fold: some are missing"),
    ],
)
def test_odd_folds_are_refused(changed: dict[str, list[str | None]], message: str) -> None:
    table = pd.DataFrame(
        {"speaker_id": ["A", "A", "B", "B"], "label": [1, 1, 0, 0], "logit": [1.0, 2, 3, 4]}
    ).assign(**changed)
    with pytest.raises(CorpusError, match=message):
        judge_predictions(table, draws=100)
    assert len(speaker_scores(table)) == 2  # which need no folds
