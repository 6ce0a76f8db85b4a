"""Whole runs on a corpus of tones: what is on disk, that it is honest, and that it repeats."""

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch
import yaml
from configurations import compose_tone_config
from pytorch_lightning import Callback, Trainer
from sklearn.metrics import roc_auc_score
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.metadata import (
    SESSION_START_INFO_TAG,
    parse_session_start_info_plugin_data,
)

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import is_finished, read_run
from dysarthria_lightning.training import networks
from dysarthria_lightning.training.module import RecordingClassifier
from dysarthria_lightning.training.run import train_run

# The finished run below has them: it is made before.
pytestmark = pytest.mark.usefixtures("without_curves")


def train(config: Config) -> Path:
    return train_run(config, prepare_corpus(config), show_progress=False)


@pytest.fixture(scope="module")
def finished(tone_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path]:
    """A run that tests look at and leave as it is."""
    outputs = tmp_path_factory.mktemp("finished") / "outputs"
    config = compose_tone_config(outputs, tone_corpus, "model=bilstm1", "fold=1")
    return config, train(config)


def test_a_run_leaves_what_the_readme_promises(finished: tuple[Config, Path]) -> None:
    config, folder = finished
    expected = "runs/tones/novel_speakers/split0/all/mfcc13/bilstm1/seed0/fold1"
    assert folder == Path(config.outputs_dir) / expected
    names = {path.name for path in folder.iterdir()}
    events = {name for name in names if name.startswith("events.out.tfevents")}
    assert len(events) == 1
    assert names - events == {
        "config.yaml",
        "split.json",
        "predictions.parquet",
        "validation_predictions.parquet",
        "metrics.json",
        "history.csv",
        "best.ckpt",
        "run.json",
    }
    assert yaml.safe_load((folder / "config.yaml").read_text())["model"]["name"] == "bilstm1"
    record = json.loads((folder / "run.json").read_text())
    assert record["fingerprint"]["fold"] == 1
    assert record["epochs"] == 2
    assert record["precision"] == "32-true"
    assert record["wall_time_s"] > 0
    history = pd.read_csv(folder / "history.csv")
    assert history["epoch"].tolist() == [1, 2]
    assert history["validation_error"].min() == pytest.approx(record["validation_error"])
    assert history["epoch"][history["validation_error"].idxmin()] == record["epoch_tested"]
    assert (history[["train_loss", "validation_loss"]] > 0).all(axis=None)


def test_predictions_are_of_the_test_speakers_only(finished: tuple[Config, Path]) -> None:
    _, folder = finished
    split = json.loads((folder / "split.json").read_text())
    for side, file in (
        ("test", "predictions.parquet"),
        ("validation", "validation_predictions.parquet"),
    ):
        table = pd.read_parquet(folder / file)
        assert list(table.columns) == [
            "recording_id",
            "speaker_id",
            "label",
            "logit",
            "probability",
        ]
        assert sorted(set(table["speaker_id"])) == split[side]["speakers"]
        assert len(table) == 4 * len(split[side]["speakers"])
    sides = [set(split[side]["speakers"]) for side in ("train", "validation", "test")]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 12


def test_metrics_follow_from_the_predictions(finished: tuple[Config, Path]) -> None:
    _, folder = finished
    metrics = json.loads((folder / "metrics.json").read_text())
    table = pd.read_parquet(folder / "validation_predictions.parquet")
    expected = roc_auc_score(table["label"], table["probability"])
    assert metrics["validation"]["recording"]["auroc"] == pytest.approx(expected)
    speakers = table.groupby("speaker_id")[["label", "probability"]].mean()
    expected = roc_auc_score(speakers["label"], speakers["probability"])
    assert metrics["validation"]["speaker_soft_majority"]["auroc"] == pytest.approx(expected)


def test_predictions_are_those_of_the_best_checkpoint(finished: tuple[Config, Path]) -> None:
    config, folder = finished
    checkpoint = torch.load(folder / "best.ckpt", weights_only=True)
    module = RecordingClassifier(**checkpoint["hyper_parameters"])
    module.load_state_dict(checkpoint["state_dict"])
    module.eval()
    scaling = checkpoint["RecordingsDataModule"]
    store = prepare_corpus(config)
    recordings = store.recordings.set_index("recording_id")
    for row in pd.read_parquet(folder / "predictions.parquet").itertuples():
        place = recordings.loc[row.recording_id]
        frames = store.frames[place["offset"] : place["offset"] + place["n_frames"], :13]
        features = (frames - np.array(scaling["mean"])) / np.array(scaling["std"])
        with torch.no_grad():
            logit = module.network(
                torch.tensor(features, dtype=torch.float32)[None], torch.tensor([len(frames)])
            )
        assert row.logit == pytest.approx(logit.item(), abs=1e-5)


def test_tensorboard_has_epochs_as_curves_and_what_tells_runs_apart(
    finished: tuple[Config, Path],
) -> None:
    _, folder = finished
    events = EventAccumulator(str(folder))
    events.Reload()
    tags = events.Tags()
    metrics = ("loss", "error", "auroc", "accuracy", "precision", "recall", "f1")
    # No chart of epochs over epochs, and none of a single dot.
    assert set(tags["scalars"]) == {
        *("train/loss", "train/error"),
        *(f"validation/{name}" for name in metrics),
    }
    for tag in tags["scalars"]:
        assert [event.step for event in events.Scalars(tag)] == [1, 2]
    history = pd.read_csv(folder / "history.csv")
    logged = [event.value for event in events.Scalars("validation/loss")]
    assert logged == pytest.approx(history["validation_loss"].tolist())
    assert {"validation/roc", "validation/precision_recall"} <= set(tags["images"])
    content = events.SummaryMetadata(SESSION_START_INFO_TAG).plugin_data.content
    columns = parse_session_start_info_plugin_data(content).hparams
    texts = {name: value.string_value for name, value in columns.items() if value.string_value}
    assert texts == {
        **{"model": "bilstm1", "features": "mfcc13", "subset": "all"},
        **{"protocol": "novel_speakers", "fold": "1"},
        **{"repeat": "0", "split_seed": "0", "seed": "0"},
    }
    final = json.loads((folder / "metrics.json").read_text())["validation"]
    shown = columns["validation AUROC, speakers, soft majority"].number_value
    assert shown == pytest.approx(final["speaker_soft_majority"]["auroc"])


def test_the_same_seed_gives_the_same_bits_and_another_does_not(
    tone_config: Callable[..., Config],
) -> None:
    model = "model=lstm2"  # has dropout
    config = tone_config(model)
    first = pd.read_parquet(train(config) / "predictions.parquet")
    second = pd.read_parquet(train(config) / "predictions.parquet")
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    other = tone_config(model, "seed=1")
    third = pd.read_parquet(train(other) / "predictions.parquet")
    assert list(first["recording_id"]) == list(third["recording_id"])
    assert not np.allclose(first["logit"], third["logit"])


def test_known_speakers_and_subsets_train(tone_config: Callable[..., Config]) -> None:
    folder = train(tone_config("protocol=known_speakers", "subset=no_ca"))
    split = json.loads((folder / "split.json").read_text())
    assert set(split["train"]["speakers"]) & set(split["test"]["speakers"])
    assert not set(split["train"]["recordings"]) & set(split["test"]["recordings"])
    assert "no_ca" in folder.parts


def test_test_labels_have_no_part_in_training(
    tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    """Other audio of the test speakers changes their scores and nothing else."""
    honest = train(tone_config())
    tested = json.loads((honest / "split.json").read_text())["test"]["speakers"]
    source = Path(tone_config().data.manifest)
    changed = tmp_path / "changed"
    shutil.copytree(source.parent, changed)
    for number, speaker in enumerate(tested):
        for wav in changed.glob(f"{speaker}_*.wav"):
            loud = np.random.default_rng(number).standard_normal(3000) * (1 + int(wav.stem[-1]))
            soundfile.write(wav, 0.1 * loud, 16_000)
    other = train(
        tone_config(f"data.manifest={changed}/tones.csv", f"outputs_dir={tmp_path}/other")
    )
    pd.testing.assert_frame_equal(
        pd.read_parquet(honest / "validation_predictions.parquet"),
        pd.read_parquet(other / "validation_predictions.parquet"),
        check_exact=True,
    )
    first, second = (pd.read_parquet(f / "predictions.parquet") for f in (honest, other))
    assert not np.allclose(first["logit"], second["logit"])


def test_a_finished_run_is_recognised_and_another_one_refused(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config("model=bilstm1", "fold=1")
    folder = train(config)
    key = prepare_corpus(config).key
    assert is_finished(config, key)
    wider = tone_config("model=bilstm1", "fold=1", "model.hidden_size=9")
    with pytest.raises(RunError) as caught:
        is_finished(wider, key)
    assert "model.hidden_size: 8 there, 9 now" in str(caught.value)
    assert "tag=NAME" in str(caught.value)
    with pytest.raises(RunError, match=r"corpus.content: \w+ there, other now"):
        is_finished(config, "other")
    tagged = tone_config("model=bilstm1", "fold=1", "model.hidden_size=9", "tag=wide")
    assert not is_finished(tagged, key)
    assert layout.run_folder(tagged).parts[-9:-7] == ("wide", "tones")
    (folder / "run.json").unlink()
    assert not is_finished(config, key)


def test_divergence_is_an_error_and_leaves_the_run_unfinished(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config("trainer.learning_rate=1e30", "model=baseline")
    with pytest.raises(RunError, match="training diverged"):
        train(config)
    assert read_run(layout.run_folder(config)) is None


@pytest.mark.parametrize("hook", ["on_train_batch_start", "on_test_start", "on_predict_start"])
def test_ctrl_c_is_one_whatever_lightning_is_at(
    hook: str, tone_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tone_config()
    make_trainer = networks.make_trainer

    def press(*_: object) -> None:
        raise KeyboardInterrupt

    def make_interrupted_trainer(*args: Any) -> Trainer:
        trainer = make_trainer(*args)
        trainer.callbacks.append(type("CtrlC", (Callback,), {hook: press})())  # type: ignore[attr-defined]
        return trainer

    monkeypatch.setattr(networks, "make_trainer", make_interrupted_trainer)
    handler = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt):
            train(config)
    finally:
        signal.signal(signal.SIGINT, handler)  # Lightning has Ctrl-C ignored after the first
