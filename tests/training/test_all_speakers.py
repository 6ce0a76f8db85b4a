"""One model of all speakers: as many epochs as its cross-validation tested, and nobody left out."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pandas as pd
import processes
import pytest
import torch
from configurations import compose_tone_config
from curves import no_curves
from killed_runs import train, train_until_killed
from torch.nn import functional as F

from dysarthria_lightning import load_run
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.datamodule import RecordingsDataModule
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.splits import make_split
from dysarthria_lightning.errors import ConfigError, RunError
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.record import OtherSettingsError, is_finished, read_run, summarise
from dysarthria_lightning.scoring.estimate import with_tested_epochs
from dysarthria_lightning.scoring.opening import open_model
from dysarthria_lightning.sweeps.plan import Corpora, PlannedRun, unfinished_runs
from dysarthria_lightning.training.module import build_network
from dysarthria_lightning.training.networks import prepare_torch

pytestmark = pytest.mark.usefixtures("without_curves")
ROTATING = (
    *("protocol.validation=rotating", "protocol.stratify=true"),
    "protocol.validation_speakers=auto",
)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    checkpoint = torch.load(folder / layout.CHECKPOINT, weights_only=True)
    return checkpoint["state_dict"]


def train_bare(config: Config, epochs: int) -> dict[str, torch.Tensor]:
    """Train on everybody with torch alone."""
    prepare_torch(config)
    store = prepare_corpus(config)
    split = make_split(store.recordings, config.protocol, [], "all_speakers", config.split_seed)
    data = RecordingsDataModule(store, split, config.n_mfcc, config.trainer.batch_size, config.seed)
    network = build_network(config.model.model_dump(), data.n_columns, store.max_frames)
    groups = [
        {
            "params": [each for each in network.parameters() if (each.dim() > 1) == decayed],
            "weight_decay": config.model.l2 if decayed else 0.0,
        }
        for decayed in (True, False)
    ]
    optimiser = torch.optim.Adam(groups, lr=config.trainer.learning_rate)
    batches = data.train_dataloader()
    for epoch in range(epochs):
        batches.sampler.set_epoch(epoch)
        for batch in batches:
            optimiser.zero_grad()
            logits = network(batch.features, batch.lengths)
            F.binary_cross_entropy_with_logits(logits, batch.labels).backward()
            optimiser.step()
    return {f"network.{name}": value for name, value in network.state_dict().items()}


@pytest.fixture(scope="module")
def crossvalidated(
    tone_corpus: Path, tmp_path_factory: pytest.TempPathFactory, prepared_tones: Path
) -> Callable[..., Config]:
    """Outputs with a cross-validation of a model; composes further runs of it."""
    made: dict[str, Path] = {}

    def of(model: str, *words: str) -> Config:
        usual = (*ROTATING, f"model={model}", "trainer.max_epochs=4")
        if model not in made:
            made[model] = tmp_path_factory.mktemp("crossvalidated") / "outputs"
            with no_curves():
                for fold in range(3):
                    train(compose_tone_config(made[model], tone_corpus, *usual, f"fold={fold}"))
        return compose_tone_config(made[model], tone_corpus, *usual, *words)

    return of


@pytest.mark.parametrize(
    "model",
    [
        "lstm1",
        *(
            pytest.param(it, marks=pytest.mark.slow)
            for it in ("baseline", "lstm2", "bilstm1", "attention")
        ),
    ],
)
def test_its_weights_are_those_of_a_bare_loop_over_everybody(
    model: str, crossvalidated: Callable[..., Config]
) -> None:
    config = crossvalidated(model, "fold=all_speakers")
    folder = train(config)
    assert folder.name == "all_speakers"
    folds = [json.loads((folder.parent / f"fold{it}" / "run.json").read_text()) for it in range(3)]
    tested = [it["epoch_tested"] for it in folds]
    epochs = median(tested)  # of three, so that nothing is rounded
    record = read_run(folder)
    assert record is not None
    assert record["fingerprint"]["fold"] == "all_speakers"
    behind = record["fingerprint"]["tested_epochs"]
    assert behind["epochs"] == record["epochs"] == epochs
    assert (behind["lowest"], behind["highest"]) == (min(tested), max(tested))
    parent = layout.run_folder(config).parent
    assert behind["folders"] == [str(parent.relative_to(config.outputs_dir))]
    expected = train_bare(config, int(epochs))
    found = weights(folder)
    assert expected.keys() <= found.keys()
    for name, value in expected.items():
        assert torch.equal(found[name], value), name


def test_nobody_validates_and_nobody_is_tested(crossvalidated: Callable[..., Config]) -> None:
    config = crossvalidated("lstm1", "fold=all_speakers")
    folder = train(config)
    split = json.loads((folder / "split.json").read_text())
    assert len(split["train"]["speakers"]) == 12
    assert split["validation"] == split["test"] == {"speakers": []}
    files = {path.name for path in folder.iterdir() if not path.name.startswith("events")}
    assert files == {"config.yaml", "split.json", "history.csv", "best.ckpt", "run.json"}
    history = pd.read_csv(folder / "history.csv")
    assert history["train_error"].notna().all()
    assert history.filter(like="validation").isna().all(axis=None)
    said = summarise(folder)
    assert "trained on all 12 speakers (6 dysarthric)" in said
    assert "nobody is left to test it" in said
    assert re.search(r"AUROC [\w' ]+: \d+\.\d %", said)
    loaded = load_run(folder)
    assert loaded.predictions.empty
    # The cross-validation's folder means its folds, and the model is named by its own.
    assert [run.folder.name for run in open_model(folder.parent).runs] == [
        *("fold0", "fold1", "fold2")
    ]
    assert [run.folder for run in open_model(folder).runs] == [folder]


@pytest.mark.slow
def test_a_stopped_one_goes_on_to_the_same_bits(
    crossvalidated: Callable[..., Config], tmp_path: Path
) -> None:
    """Of four epochs, because learning so slowly the last is the best."""
    words = ("trainer.learning_rate=0.0001", "trainer.monitor=loss", "tag=slow")
    for fold in range(3):
        train(crossvalidated("lstm1", *words, f"fold={fold}"))
    config = crossvalidated("lstm1", *words, "fold=all_speakers")
    undisturbed = weights(train(config))
    record = read_run(layout.run_folder(config))
    assert record is not None
    assert record["epochs"] >= 3
    again = crossvalidated("lstm1", *words, "fold=all_speakers", "tag=stopped")
    source = layout.run_folder(config).parent
    again = again.model_copy(update={"from_": str(source)})
    train_until_killed(again, 2)
    resume_point = layout.run_folder(again) / layout.RESUME_POINT
    assert resume_point.exists()
    torch.manual_seed(12345)
    resumed = weights(train(again))
    assert all(torch.equal(resumed[name], value) for name, value in undisturbed.items())
    assert len(pd.read_csv(layout.run_folder(again) / "history.csv")) == record["epochs"]


def test_an_estimator_is_fitted_to_everybody(crossvalidated: Callable[..., Config]) -> None:
    config = crossvalidated("functionals", "fold=all_speakers")
    folder = train(config)
    record = read_run(folder)
    assert record is not None
    assert record["fingerprint"]["tested_epochs"]["epochs"] is None
    assert "fitted to all 12 speakers" in summarise(folder)
    assert "AUROC" in summarise(folder)
    from dysarthria_lightning.training.estimators import labelled_frames

    store = prepare_corpus(config)
    split = make_split(store.recordings, config.protocol, [], "all_speakers", 0)
    data = RecordingsDataModule(store, split, config.n_mfcc, 8, 0)
    fitted = config.model.fit(labelled_frames(data, "train"))
    left = torch.load(folder / layout.CHECKPOINT, weights_only=True)["fitted"]
    assert str(left) == str(fitted)


@pytest.mark.slow
def test_it_is_another_model_once_its_crossvalidation_has_changed(
    crossvalidated: Callable[..., Config],
) -> None:
    config = crossvalidated("functionals", "fold=all_speakers", "tag=grows")
    corpora = Corpora()
    for fold in range(3):
        train(config.model_copy(update={"fold": fold}))
    train(config)
    key = corpora.store(config).key
    assert is_finished(with_tested_epochs(config, key), key)
    assert unfinished_runs([PlannedRun(config, ())], corpora) == []
    update = {"repeat": 1, "split_seed": 1, "seed": 1}
    for fold in range(3):
        train(config.model_copy(update={"fold": fold, **update}))
    now = with_tested_epochs(config, key)
    assert now.tested_epochs is not None
    assert now.tested_epochs.n_runs == 6
    with pytest.raises(OtherSettingsError, match=r"tested_epochs.n_runs: 3 there, 6 now"):
        is_finished(now, key)


def test_without_a_finished_crossvalidation_the_command_is_given(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config("fold=all_speakers")
    words = ("data=manifest", "model=lstm1", "fold=all_speakers", "repeat=2")
    with pytest.raises(RunError, match="is not finished") as raised:
        unfinished_runs([PlannedRun(config, words)], Corpora())
    assert "train data=manifest model=lstm1 repeat=2 -m fold=all" in str(raised.value)


def test_a_crossvalidation_of_other_models_is_refused(
    crossvalidated: Callable[..., Config],
) -> None:
    source = layout.run_folder(crossvalidated("functionals")).parent
    other = crossvalidated("lstm1", "fold=all_speakers").model_copy(update={"from_": str(source)})
    key = prepare_corpus(other).key
    with pytest.raises(RunError, match=r"trained otherwise[\s\S]*model.architecture"):
        with_tested_epochs(other, key)
    alike = crossvalidated("functionals", "fold=all_speakers", "tag=other")
    assert with_tested_epochs(alike.model_copy(update={"from_": str(source)}), key).tested_epochs
    for path, words in (
        (source / "fold0", "whole cross-validation"),
        (source / "nowhere", "from = .*no such folder"),
    ):
        with pytest.raises(RunError, match=words):
            with_tested_epochs(alike.model_copy(update={"from_": str(path)}), key)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["protocol=known_speakers", "fold=all_speakers"], "tests people whom the model was"),
        (["from=outputs/x", "fold=1"], "from = outputs/x: .* add fold=all_speakers"),
        (["fold=everybody"], "fold = 'everybody': expected a fold's number, from 0, or all_speak"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: list[str], message: str, tone_config: Callable[..., Config]
) -> None:
    with pytest.raises(ConfigError, match=message):
        tone_config(*words)


@pytest.mark.slow
def test_one_types_it_after_the_crossvalidation(tone_corpus: Path, tmp_path: Path) -> None:
    words = [
        *("data=manifest", f"data.manifest={tone_corpus}", "model=functionals"),
        *("protocol.folds=3", "hydra.launcher.n_jobs=1"),
    ]
    printed = processes.run("train", *words, "fold=all_speakers", cwd=tmp_path, code=1)
    assert "-m fold=all" in printed
    processes.run("train", *words, "-m", "fold=all", cwd=tmp_path)
    printed = processes.run("train", *words, "fold=all_speakers", cwd=tmp_path)
    assert "fitted to all 12 speakers (6 dysarthric)" in printed
    assert re.search(r"Next: .*predict model=\S+/all_speakers recordings=FOLDER", printed)
    assert "is finished" in processes.run("train", *words, "fold=all_speakers", cwd=tmp_path)
    sweep = ["-m", "fold=all_speakers", "repeat=range(3)"]
    assert "1 finished before, 2 to train" in processes.run("train", *words, *sweep, cwd=tmp_path)
    # Models of repeats without folds are no repeats of the cross-validation.
    printed = processes.run("report", *words, cwd=tmp_path)
    assert "left out" not in printed
    (source,) = (tmp_path / "outputs" / "runs").rglob("split0/**/seed0")
    other = [*words, "tag=other", "fold=all_speakers"]
    printed = processes.run("train", *other, f"from={source}", cwd=tmp_path)
    assert "fitted to all 12 speakers" in printed
