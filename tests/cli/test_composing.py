"""A command composes its configuration once, though Hydra asks for it twice."""

from pathlib import Path
from typing import Any

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.errors import HydraException
from hydra.types import RunMode

from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.config.safe_loader import CheckedConfigLoader


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The words of all that is composed."""
    words = []
    compose = ConfigLoaderImpl._load_configuration_impl

    def note(loader: ConfigLoaderImpl, **arguments: Any) -> Any:
        words.append(list(arguments["overrides"]))
        return compose(loader, **arguments)

    monkeypatch.setattr(ConfigLoaderImpl, "_load_configuration_impl", note)
    return words


@pytest.fixture
def loader() -> CheckedConfigLoader:
    return CheckedConfigLoader(create_config_search_path(CONF_DIR))


def look_up_the_mode(loader: CheckedConfigLoader, words: list[str], name: str = "config") -> None:
    loader.load_configuration(name, words, RunMode.MULTIRUN, validate_sweep_overrides=False)


WORDS = ["model=bilstm1", "tag=x", "hydra.verbose=true"]


def test_the_second_answer_is_what_composing_again_would_give(
    loader: CheckedConfigLoader, composed: list[list[str]]
) -> None:
    words = [*WORDS, "hydra.mode=RUN"]
    afresh = loader.load_configuration("config", words, RunMode.RUN)
    look_up_the_mode(loader, WORDS)
    assert loader.load_configuration("config", words, RunMode.RUN) == afresh
    assert composed == [words, WORDS]
    # The jobs of a sweep are composed afresh.
    job = [*WORDS, "hydra.mode=MULTIRUN"]
    assert loader.load_configuration("config", job, RunMode.RUN) != afresh
    assert composed[2:] == [job]


def test_other_words_are_composed_of_their_own(
    loader: CheckedConfigLoader, composed: list[list[str]]
) -> None:
    for words in ([*WORDS, "seed=3"], ["tag=x", "hydra.mode=RUN"], WORDS):
        look_up_the_mode(loader, WORDS)
        loader.load_configuration("config", words, RunMode.RUN)
        assert composed[-2:] == [WORDS, words]


def test_several_values_are_refused_though_the_mode_was_looked_up(
    loader: CheckedConfigLoader,
) -> None:
    look_up_the_mode(loader, ["fold=0,1"])
    with pytest.raises(HydraException, match="Ambiguous value"):
        loader.load_configuration("config", ["fold=0,1", "hydra.mode=RUN"], RunMode.RUN)


def test_a_choice_that_is_left_open_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("defaults: [config, override model: '???', _self_]\n")
    loader = CheckedConfigLoader(create_config_search_path(str(tmp_path)))
    words = [f"hydra.searchpath=[{CONF_DIR}]"]
    look_up_the_mode(loader, words, "mine")
    with pytest.raises(HydraException, match="You must specify 'model'"):
        loader.load_configuration("mine", [*words, "hydra.mode=RUN"], RunMode.RUN)
