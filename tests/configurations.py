"""Configurations as the command line composes them."""

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from dysarthria_lightning.config import Config, check_config
from dysarthria_lightning.config.location import CONF_DIR

_SMALL = "model.hidden_size=8"
#: Which epoch is tested, and of whom, as in the paper; as run on corpora that repeat it.
AS_IN_THE_PAPER = ["protocol.stratify=false", "trainer.monitor=error", "trainer.min_steps=0"]


def compose_config(outputs_dir: Path, *overrides: str) -> Config:
    """Compose and check a configuration as the command line does."""
    where = [word for word in overrides if word.startswith("outputs_dir=")]
    config = _compose(*(word for word in overrides if word not in where))
    folder = where[-1].removeprefix("outputs_dir=") if where else str(outputs_dir)
    return config.model_copy(update={"outputs_dir": folder})


@cache
def _compose(*overrides: str) -> Config:
    """Compose once for all tests, which is possible because configurations are frozen."""
    values = [word for word in overrides if _sets_a_value(word)]
    composed: Any = deepcopy(_compose_groups(*(word for word in overrides if word not in values)))
    parsed = OverridesParser.create().parse_overrides(values)
    ConfigLoaderImpl._apply_overrides_to_config(parsed, composed)
    return check_config(composed)


def _sets_a_value(word: str) -> bool:
    """Tell what sets a key from what chooses from a group, adds, takes out or is Hydra's own."""
    key = word.partition("=")[0]
    is_key = re.fullmatch(r"\w+(\.\w+)*", key) and not key.startswith("hydra.")
    return bool(is_key) and not (Path(CONF_DIR) / key).is_dir()


@cache
def _compose_groups(*overrides: str) -> DictConfig:
    """Compose what words choose but values; that takes a tenth of a second.

    Hydra sets values last, too.
    """
    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        return compose("config", list(overrides))


def read_corpus(config: Config) -> pd.DataFrame:
    """List the recordings of a configuration's corpus."""
    return config.data.read(config.outputs_dir)


def compose_tone_config(outputs_dir: Path, table: Path, *overrides: str) -> Config:
    """Compose for the corpus of tones: 3 folds, 3 validation speakers, 2 epochs, 8 units, fp32.

    Otherwise as in the paper.
    """
    novel = ["protocol.folds=3", "protocol.validation_speakers=3", *AS_IN_THE_PAPER]
    known = [word for word in AS_IN_THE_PAPER if word.startswith("trainer.")]
    return compose_config(
        outputs_dir,
        "data=manifest",
        f"data.manifest={table}",
        "trainer.max_epochs=2",
        "trainer.batch_size=8",
        "trainer.precision=32-true",
        *([] if {"model=functionals", "model=demographics"} & {*overrides} else [_SMALL]),
        *(known if "protocol=known_speakers" in overrides else novel),
        *overrides,
    )
