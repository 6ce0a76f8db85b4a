"""Whatever is typed wrongly, a command says what was wrong and what to type instead."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from dysarthria_lightning.cli.entry import run_command


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give words to a command; return what it says as it refuses them."""
    monkeypatch.chdir(tmp_path)

    def said(command: str, *words: str) -> str:
        monkeypatch.setattr(sys, "argv", [command, *words])
        with pytest.raises(SystemExit) as stop:
            run_command(import_module(f"dysarthria_lightning.{command}").main)
        assert str(stop.value.code).startswith("error: ")
        return str(stop.value.code)

    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    return said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["experiment=table2"],
            "An experiment is a sweep of many runs: train -m +experiment=table2",
        ),
        (["experiment=table2", "-m"], "train -m +experiment=table2"),
        (["experiment=nope"], "train -m +experiment=nope"),
        (["+experiment=nope", "-m"], "Could not find 'experiment/nope'.\nexperiment has: table2"),
        (["-m", "+experiment=table2,table3"], "reproduce 'experiments=[table2,table3]'"),
        (["+experiment=table2"], "add -m to train them"),
        (["+model=lstm1"], "change it with model=..., without +"),
        (["++model=lstm1"], "change it with model=..., without +"),
        (["model=nope"], "Could not find 'model/nope'.\nmodel has: attention, baseline, bilstm1"),
        (["~model"], "leave ~model out"),
        (["data.nope=1"], "data.nope: there is no such key"),
        (["data.manifest=x.csv"], "data=manifest has it"),
        (["features.n_mfcc=20"], "features.n_mfcc: there is no such key. Did you mean n_mfcc?\n"),
        (["model.seed=1"], "Did you mean seed?"),
        (
            ["features=matrix", "features.n_mels=40"],
            "features=log_mel has it. features=mfcc has it.",
        ),
        (["fold="], "fold = ''"),
        (["fold=[1"], "fold=[1: no viable alternative"),
        (["model.l2"], "model.l2: write key=value"),
        (["=3"], "=3: write key=value"),
        (["trainer=null"], "Could not find 'trainer/null'"),
        (["trainer=[a,b]"], "Could not load 'trainer/"),
        (["model={a: 1}"], "model: give the name of a choice: "),
        (["trainer@x=default"], "trainer: give the name of a choice: default"),
        (["n_mfcc=13,19"], "n_mfcc=13,19 are several values; add -m to run with each"),
        (["fold=range(3)"], "add -m to run with each"),
        (["data.manifest=a,b.csv"], "quoted: 'data.manifest=\"a,b.csv\"'"),
        (["subset.exclude=consonant_a,monophthong"], "'subset.exclude=[consonant_a,monophthong]'"),
        (["tag=${nope}"], "'nope' not found"),
        (["-m", "fold=0,1", "tag=${nope}"], "'nope' not found"),
        (["-m", "model=glob(lstm*)", "fold=99"], "folds 0 to 9"),
    ],
)
def test_train_says_what_to_type(words: list[str], message: str, said) -> None:
    assert message in said("train", *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["repeat=3"], "repeat=3: reproduce takes the number of repeats. Did you mean repeats=5?"),
        (["repeated=3"], "repeated: there is no such key. Did you mean repeats?"),
        (["+repeated=3"], "experiments, repeats, profile"),
        (["experiment=table2"], "Did you mean experiments?"),
        (["experiments=table2,table3"], "write 'experiments=[table2,table3]'"),
        (["seed=0,1"], "seed=0,1 are several values; give one"),
        (["protocol.fold=3"], "Did you mean folds?"),
        (["-m"], "leave -m out"),
        (["-m", "hydra.job.name=x"], "leave -m out"),
        (["model.name=net", "experiments=[table2]"], "Leave out model.name=net"),
    ],
)
def test_reproduce_speaks_of_its_own_keys(words: list[str], message: str, said) -> None:
    text = said("reproduce", *words)
    assert message in text
    for group in ("protocol", "model", "subset"):  # which reproduce would refuse
        assert f"{group}=" not in text.replace("model.name=net", "")


def test_report_says_which_command_reports_on_an_experiment(said) -> None:
    text = said("report", "+experiment=table2", "tag=mine")
    assert "reproduce train=false 'experiments=[table2]'" in text


def test_report_says_what_the_matrix_of_corpora_needs(
    said, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = ["data=manifest", "data.name=mine", "protocol.test_corpus=a"]
    said("report", *corpus, "protocol=across_corpora")
    assert "needs data=several" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["folds=3", "+folds=3"])
def test_reproduce_offers_no_key_that_it_refuses(word: str, said) -> None:
    text = said("reproduce", word)
    assert "there is no such key" in text
    assert "Did you mean" not in text
    offered = re.findall(r"\w+", text.partition(" has: ")[2])
    assert {"experiments", "features", "seed"} <= set(offered)
    for key in ("experiment", "protocol", "subset", "n_mfcc", "model", "fold"):
        assert key not in offered


def test_reproduce_corrects_a_key_that_its_runs_have(said) -> None:
    assert "Did you mean model?" in said("reproduce", "modl.hidden_size=8")


@pytest.mark.parametrize("word", ["hydra.job.name=x", "hydra.mode=MULTIRUN"])
def test_no_word_takes_the_check_of_a_sweep_away(word: str, said, tmp_path: Path) -> None:
    text = said("train", "-m", "fold=0,99", word)
    assert "folds 0 to 9" in text
    assert "Nothing was started" in text
    assert not (tmp_path / "outputs").exists()


def test_hydra_adds_no_words_of_its_own(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "dysarthria_lightning.train", "tag=${nope}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("error: Interpolation key 'nope' not found")
