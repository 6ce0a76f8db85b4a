"""The configuration: every file composes, every mistake is explained before any work."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from dysarthria_lightning import train
from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.config import Config, check_config
from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.errors import ConfigError

OPTIONS = sorted(
    path.relative_to(CONF_DIR).with_suffix("").as_posix()
    for path in Path(CONF_DIR).rglob("*.yaml")
    if path.parent != Path(CONF_DIR)
)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_file_composes_and_is_instantiated(
    option: str, make_config: Callable[..., Config]
) -> None:
    group, name = option.rsplit("/", 1)
    if group.startswith("hydra/"):
        with initialize_config_dir(CONF_DIR, version_base="1.3"):
            composed = compose("config", [f"{group}={name}"], return_hydra_config=True)
        HydraConfig.instance().set_config(composed)
        assert HydraConfig.get().runtime.choices[group] == name
        return
    required = {
        "data/manifest": ["data.manifest=table.csv"],
        "data/several": ["data.corpora=[torgo,minsk2020]"],
        "protocol/across_corpora": [
            *("data=several", "data.corpora=[torgo,minsk2020]", "protocol.test_corpus=torgo"),
        ],
    }.get(option, [])
    # Experiments are added, because by default there is none.
    config = make_config(f"{'+' if group == 'experiment' else ''}{group}={name}", *required)
    if group == "model":
        assert config.model.name == name


def test_the_papers_settings_are_the_defaults(make_config: Callable[..., Config]) -> None:
    config = make_config()
    assert config.model.name == "lstm1"
    assert config.model.hidden_size == 200
    assert config.n_mfcc == 13
    assert (config.features.window_s, config.features.hop_s) == (0.025, 0.010)
    assert (config.trainer.max_epochs, config.trainer.batch_size) == (40, 64)
    assert config.trainer.learning_rate == 1e-3
    assert config.trainer.early_stopping.alpha == 0.075
    assert config.trainer.early_stopping.patience == 5
    assert (config.protocol.folds, config.protocol.validation_speakers) == (10, 9)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["n_mfcc=41"], "n_mfcc = 41: features.n_mels = 40 mel filters give at most 40"),
        (["n_mfcc=0"], "n_mfcc = 0: input should be greater than 0"),
        (["fold=10"], "fold = 10: protocol novel_speakers has folds 0 to 9"),
        (["protocol=known_speakers", "fold=1"], "protocol known_speakers has fold 0 only"),
        (["fold=-1"], "fold = -1"),
        (["trainer.batch_size=-64"], "trainer.batch_size = -64"),
        (["model.hidden_size=0"], "model.hidden_size = 0"),
        (["model=lstm2", "model.dropout=1"], "model.dropout = 1: input should be less than 1"),
        (["model.l2=-1"], "model.l2 = -1"),
        (["features.n_stored=41"], "n_stored = 41 exceeds n_mels = 40"),
        (["features.f_max_hz=9000"], "half the sample rate, 8000 Hz"),
        (["features.window_s=0.00001"], "at least 2 and 1 are needed"),
        (["data.segment_s=0.01"], "shorter than one frame, 0.025 s"),
        (["data.on_bad_file=ignore"], "input should be 'error' or 'skip'"),
        (["trainer.accelerator=tpu"], "input should be 'auto', 'cpu' or 'gpu'"),
        (["tag=a/b"], "tag = 'a/b'"),
        (["tag=.."], "tag = '..'"),
        (["data=manifest"], "data.manifest is needed"),
        (["data.speakers=-3"], "data.speakers is -3; it must be a whole number of at least 2"),
        (["data.recordings_per_speaker=0"], "it must be a whole number of at least 1"),
        (["data.dysarthric_share=1"], "a corpus of one class only cannot train"),
        (["data.severity_max=1.5"], "severity runs from 0 (as healthy) to 1 (severe)"),
        (["data.severity_min=0.9", "data.severity_max=0.5"], "may not exceed severity_max"),
        (["data.confound=age"], "data.confound = 'age': input should be 'none' or 'channel'"),
        (["data.scale=0"], "data.scale is 0"),
        (["data=manifest", "data.manifest='a b.csv'"], "name the corpus with data.name"),
        (["seed=abc"], "seed = 'abc': input should be a valid integer"),
        (["overwrite=maybe"], "overwrite = 'maybe': expected true or false"),
        (["data.null=2"], "data.null = 2: expected true or false"),
        (["+trainer.epochs=3"], "trainer.epochs: there is no such key; trainer has: max_epochs"),
        (["subset.exclude=[vowels]"], "'monophthong', 'compound_vowel' or 'consonant_a'"),
    ],
)
def test_values_out_of_range_are_explained(
    overrides: list[str], message: str, make_config: Callable[..., Config]
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_config(*overrides)
    assert message in str(caught.value)


def test_settings_leave_out_where_and_on_what_a_run_is_made(
    make_config: Callable[..., Config],
) -> None:
    minsk = "data=minsk2020"
    here = make_config(minsk)
    there = make_config(minsk, "trainer.accelerator=cpu", "data.root=elsewhere")
    assert here.settings() == there.settings()
    assert here.settings() != make_config(minsk, "trainer.learning_rate=0.01").settings()
    assert here.settings() != make_config(minsk, "seed=1").settings()
    assert here.settings() != make_config(minsk, "data.segment_s=1").settings()


@pytest.mark.parametrize(
    ("words", "messages"),
    [
        (
            ["modle=lstm1"],
            ["modle: there is no such key. Did you mean model?", "data, features, protocol"],
        ),
        (["trainer.max_epoch=3"], ["Did you mean max_epochs?", "trainer has: max_epochs"]),
        (["fold=10"], ["folds 0 to 9"]),
        (["data=minsk2020", "data.root=nowhere"], ["data.root = nowhere", "git clone"]),
        (["-m", "fold=range(12)", "n_mfcc=13,50"], ["folds 0 to 9", "Nothing was started"]),
    ],
)
def test_mistakes_on_the_command_line_get_a_message(
    words: list[str], messages: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", *words])
    with pytest.raises(SystemExit) as stop:
        run_command(train.main)
    said = str(stop.value.code)
    assert said.startswith("error: ")
    for message in messages:
        assert message in said
    assert not (tmp_path / "outputs" / "runs").exists()


def test_a_mistake_ends_the_process_with_1_and_no_traceback(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "dysarthria_lightning.train", "fold=10"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: in the configuration:")
    assert "Traceback" not in result.stderr


def test_help_shows_the_groups_without_importing_torch(tmp_path: Path) -> None:
    code = (
        "import sys, runpy; sys.argv = ['train', '--help']\n"
        "try: runpy.run_module('dysarthria_lightning.train', run_name='__main__')\n"
        "finally: print('torch' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    _, _, models = result.stdout.partition("choices of model=")
    for name in ("attention", "baseline", "bilstm1", "demographics", "functionals", "lstm2"):
        assert f"    {name} " in models
    assert result.stdout.strip().endswith("False")


@pytest.mark.parametrize("key", ["tag", "data.name", "model.name", "subset.name"])
@pytest.mark.parametrize("name", ["../x", "/x", "a/b", "..", ".x", "a\\b", "a\nb", "-x", " "])
def test_no_name_leads_out_of_the_outputs(
    key: str, name: str, make_config: Callable[..., Config]
) -> None:
    config = make_config("data=manifest", "data.manifest=x.csv")
    values = config.model_dump()
    section = values
    *sections, last = key.split(".")
    for part in sections:
        section = section[part]
    section[last] = name
    with pytest.raises(ConfigError):
        check_config(OmegaConf.create(values))
