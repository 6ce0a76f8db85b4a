"""Words that are not ``key=value`` are answered with the form that works; paths work as typed."""

import os
import shlex
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.cli.paths import path_as_typed
from dysarthria_lightning.cli.typed_words import as_typed
from dysarthria_lightning.cli.word_forms import check_forms
from dysarthria_lightning.config.members import CORPORA
from dysarthria_lightning.errors import UserError


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("model = lstm1", "model = lstm1: write model=lstm1"),
        ("fold=1 model =lstm1", "model =lstm1: write model=lstm1"),
        ("model= lstm1", "model= lstm1: write model=lstm1"),
        ("lstm1", "lstm1: write model=lstm1"),
        ("--model lstm1 -m", "--model lstm1: write model=lstm1"),
        ("-m --model=lstm1", "--model=lstm1: write model=lstm1"),
        ("-model=lstm1", "write model=lstm1"),
        ("model:lstm1", "write model=lstm1"),
        ("--fold all", "write -m fold=all"),
        ("--n-mfcc 19", "write n_mfcc=19"),
        ("--epochs=5", "write trainer.max_epochs=5"),
        ("--overwrite", "write overwrite=true"),
        ("fold", "as in fold=0"),
        ("lstm", "Did you mean model=lstm"),
        ("table2", "write +experiment=table2"),
        ("mine.csv", "write data=manifest data.manifest=mine.csv"),
        ("data=manifest data.manifest=my table.csv", "write 'data.manifest=my table.csv'"),
        ("n_mfcc=13, 19", "write n_mfcc=13,19, without blanks"),
        ("--nope", "there is no such option"),
        ("--help=x", "write --help"),
    ],
)
def test_what_is_meant_is_shown_in_one_line(typed: str, form: str) -> None:
    with pytest.raises(UserError) as refused:
        check_forms(typed.split(), "config")
    assert form in str(refused.value)
    assert "\n" not in str(refused.value)


def test_words_of_the_right_form_are_let_through() -> None:
    words = "-m --config-dir conf model=lstm1,lstm2 +variant=v ~tag tag= --cfg job -i tag=a=b"
    check_forms(words.split(), "config")


@pytest.mark.parametrize(
    "name",
    [
        *("fold=3.csv", "a,b.csv", "a [1], (2).csv", "données.csv", "数据.csv", 'it\'s "x".csv'),
        *("{a}.csv", "${b}.csv", "x\\y.csv", "ends\\", "choice(a,b).csv", "1.10", "true"),
    ],
)
def test_a_path_that_is_there_is_taken_as_typed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).touch()
    word = as_typed(path_as_typed(f"data.manifest={name}"))
    parsed = OverridesParser.create().parse_override(word)
    assert not parsed.is_sweep_override()
    assert OmegaConf.create({"x": parsed.value()}).x == name
    assert as_typed(path_as_typed(word)) == word  # as commands that are printed hold it


def test_home_and_the_other_spelling_of_an_accent_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "e\u0301.csv").touch()
    read = OverridesParser.create().parse_override(path_as_typed("data.manifest=~/\u00e9.csv"))
    assert os.path.isfile(str(read.value()))


def test_every_path_of_every_corpus_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    keys = {key for it in CORPORA.values() for key in it.paths if key in it.model_fields}
    assert keys > {"root", "manifest", "sessions", "speakers_table"}
    for key in keys:
        assert path_as_typed(f"data.{key}=~/x") == f"data.{key}=/home/me/x"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("data=unheard_of", "data has: "),
        ("data=mine.csv", "write data=manifest data.manifest=mine.csv"),
        ("model=LSTM1", "Did you mean model=lstm1?"),
        ("data=manifest data.root=x", "data=manifest needs your table of recordings"),
        ("data=minsk2020 data.manifest=x.csv", "data=minsk2020 needs the folder"),
        ("data=manifest data.manifest=données.csv", "such as data.name=donnees"),
        ("fold=all", "as in train -m fold=all"),
        ("-m fold=range(8,20)", "fold = 10 to 19: protocol novel_speakers has folds 0 to 9"),
        ("outputs_dir=a,b", shlex.quote('outputs_dir="a,b"')),
    ],
)
def test_choices_and_places_are_shown(
    words: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    monkeypatch.setattr(sys, "argv", ["train", *words.split()])
    with pytest.raises(SystemExit) as stop:
        run_command(import_module("dysarthria_lightning.train").main)
    assert said in str(stop.value.code)
