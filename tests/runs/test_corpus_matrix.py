"""From runs on disk to the matrix of corpora, against runs of single corpora and scikit-learn."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matrices import matrix_table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.report import results
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.corpus_matrix import gather_matrix
from dysarthria_lightning.training.run import train_run

SMALL = {
    "a": {"layout": "synthetic_quick", "seed": 0, "recordings_per_speaker": 3},
    "b": {"layout": "synthetic_quick", "seed": 1, "recordings_per_speaker": 3}
    | {"confound": "channel"},
}
FOLDS = 4


def words_of(options: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in options.items()) + "}"


def train_all(configs: Iterator[Config]) -> list[pd.DataFrame]:
    tests = []
    for config in configs:
        folder = train_run(config, prepare_corpus(config), show_progress=False)
        tests.append(read_predictions(folder / layout.PREDICTIONS).assign(fold=config.fold))
    return tests


def functionals_of(store: FeatureStore) -> tuple[np.ndarray, np.ndarray, list[str]]:
    rows, labels, ids = [], [], []
    for speaker, its in store.recordings.groupby("speaker_id"):
        spans = zip(its["offset"], its["n_frames"], strict=True)
        frames = np.concatenate([store.frames[start : start + n, :13] for start, n in spans])
        frames = frames.astype(np.float64)
        rows.append([*frames.mean(axis=0), *frames.std(axis=0)])
        labels.append(int(its["label"].iloc[0]))
        ids.append(str(speaker))
    return np.array(rows), np.array(labels), ids


@pytest.mark.slow
@pytest.mark.usefixtures("without_curves")
def test_cells_are_what_runs_by_hand_come_to(make_config: Callable[..., Config]) -> None:
    def several(tested: str, source: str, fold: int = 0) -> Config:
        return make_config(
            *("data=several", "data.corpora=[a,b]", "model=functionals", f"fold={fold}"),
            f"data.options={{a: {words_of(SMALL['a'])}, b: {words_of(SMALL['b'])}}}",
            *("protocol=across_corpora", f"protocol.folds={FOLDS}"),
            *(f"protocol.test_corpus={tested}", f"protocol.train_corpora=[{source}]"),
        )

    def alone(name: str, fold: int) -> Config:
        own = [f"data.{key}={value}" for key, value in SMALL[name].items() if key != "layout"]
        return make_config(
            *("data=synthetic_quick", *own, "model=functionals", f"fold={fold}"),
            *(f"protocol.folds={FOLDS}", "protocol.stratify=true", "protocol.validation=rotating"),
        )

    store = prepare_corpus(several("a", "b"))
    matrix = gather_matrix(several("a", "b"), store.key)
    assert matrix is not None
    assert len(matrix.missing()) == 4

    within = train_all(several("b", "b", fold) for fold in range(FOLDS))
    expected = train_all(alone("b", fold) for fold in range(FOLDS))
    for ours, theirs in zip(within, expected, strict=True):
        named = theirs.assign(
            recording_id="b:" + theirs["recording_id"], speaker_id="b:" + theirs["speaker_id"]
        )
        columns = ["recording_id", "speaker_id", "label", "logit"]
        pd.testing.assert_frame_equal(
            ours[columns].sort_values("recording_id", ignore_index=True),
            named[columns].sort_values("recording_id", ignore_index=True),
        )
    for tested, source in (("a", "b"), ("b", "a")):
        (test,) = train_all(iter([several(tested, source)]))
        split = layout.run_folder(several(tested, source)) / layout.SPLIT
        trained_on = pd.read_json(split, typ="series")["train"]["speakers"]
        rows, labels, ids = functionals_of(store)
        chosen = np.isin(ids, trained_on)
        assert {it[0] for it in trained_on} == {source}
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, tol=1e-8, max_iter=1000))
        model.fit(rows[chosen], labels[chosen])
        is_tested = np.array([it.startswith(f"{tested}:") for it in ids])
        logits = model.decision_function(rows[is_tested])
        ours = test.groupby("speaker_id")["logit"].first()
        assert ours.index.tolist() == [
            it for it, is_in in zip(ids, is_tested, strict=True) if is_in
        ]
        np.testing.assert_allclose(ours.to_numpy(), logits, atol=1e-3)
        matrix = gather_matrix(several("a", "b"), store.key)
        assert matrix is not None
        row = matrix.find(source, tested)
        assert row is not None
        assert row["value"] == pytest.approx(roc_auc_score(labels[is_tested], logits))
        assert row["low"] < row["value"] < row["high"]
        assert (row["n_speakers"], row["folds"]) == (is_tested.sum(), 1)
    # Pairs within folds, as a report on the corpus alone has them.
    above, pairs = 0.0, 0
    for test in within:
        speakers = test.groupby("speaker_id")[["label", "logit"]].first()
        if speakers["label"].nunique() == 2:
            n = int(speakers["label"].sum() * (1 - speakers["label"]).sum())
            above += n * roc_auc_score(speakers["label"], speakers["logit"])
            pairs += n
    diagonal = matrix.find("b", "b")
    assert diagonal is not None
    assert diagonal["value"] == pytest.approx(above / pairs)
    assert matrix.missing() == [("a", "a")]
    # Patients of b were recorded in other rooms, which says nothing of a.
    across = matrix.find("b", "a")
    assert across is not None
    assert diagonal["value"] > across["value"] + 0.2
    table = results(several("a", "b"), ["model=functionals"])
    assert f"{100 * across['value']:.1f}" in table.rows[0][1][1].value


@pytest.mark.usefixtures("without_curves")
def test_a_cell_that_was_made_otherwise_is_left_out_though_it_is_the_first(
    tmp_path: Path, make_config: Callable[..., Config]
) -> None:
    options = {}
    for number, name in enumerate("abc", 1):
        (tmp_path / name).mkdir()
        options[name] = {"layout": "manifest", "manifest": matrix_table(tmp_path / name, 13)}
        for path in (tmp_path / name).glob("*.npy"):  # else all were of the same people
            np.save(path, number * np.load(path))

    def cell(source: str, tested: str) -> Config:
        return make_config(
            *("data=several", "data.corpora=[a,b,c]", "model=functionals"),
            f"data.options={words_of({it: words_of(options[it]) for it in options})}",
            *("protocol=across_corpora", f"protocol.test_corpus={tested}"),
            f"protocol.train_corpora=[{source}]",
        )

    train_all(iter([cell("a", "b")]))
    table = options["c"]["manifest"]
    pd.read_csv(table).iloc[:-1].to_csv(table, index=False)
    train_all(cell(*pair) for pair in ("ac", "ba"))
    matrix = gather_matrix(cell("c", "b"), None)
    assert matrix is not None
    assert [*matrix.table["train"] + matrix.table["test"]] == ["ac", "ba"]
    (note,) = matrix.notes
    assert note.startswith("a to b is left out, made otherwise: corpus.content")


def test_nobody_is_trained_on_in_one_corpus_and_tested_in_another(
    tmp_path: Path, make_config: Callable[..., Config]
) -> None:
    options = {}
    for number, name in enumerate("ab", 1):
        (tmp_path / name).mkdir()
        options[name] = {"layout": "manifest", "manifest": matrix_table(tmp_path / name, 13)}
        for path in (tmp_path / name).glob("[1-9]*.npy"):
            np.save(path, number * np.load(path))
    config = make_config(
        *("data=several", "data.corpora=[a,b]", "model=functionals", "data.on_bad_file=skip"),
        f"data.options={words_of({it: words_of(options[it]) for it in options})}",
        *("protocol=across_corpora", "protocol.test_corpus=b"),
    )
    with pytest.raises(ConfigError, match="a and b have people in common"):
        train_run(config, prepare_corpus(config), show_progress=False)


def test_one_corpus_has_no_matrix(make_config: Callable[..., Config]) -> None:
    assert gather_matrix(make_config("model=functionals"), None) is None
