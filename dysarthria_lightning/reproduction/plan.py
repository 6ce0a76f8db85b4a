"""Which runs the chosen experiments come to, each once though several tables share it."""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from dysarthria_lightning.cli.typed_words import as_typed
from dysarthria_lightning.config import REPRODUCTION_KEYS, Config, Reproduction
from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.gathering.study_run import StudyRun
from dysarthria_lightning.reproduction import VARIED
from dysarthria_lightning.sweeps.expand import Words, combine, plan_runs, swept_parameters
from dysarthria_lightning.sweeps.plan import distinct_runs

if TYPE_CHECKING:
    from dysarthria_lightning.data.store import FeatureStore
    from dysarthria_lightning.models.base import ModelSection

_SEEDS = ("split_seed", "seed")
# Of conf/config.yaml, where an experiment does not say.
_DEFAULTS = ("protocol=novel_speakers", "model=lstm1")


def shared_words(reproduction: Reproduction, command_line: Words) -> dict[str, str]:
    """Return what every run has in common: the profile's settings, then the command line's.

    Args:
        reproduction: The chosen profile.
        command_line: The overrides given to ``reproduce``.

    Returns:
        Overrides by their keys.

    Raises:
        ConfigError: One of them sets what the experiments vary, or there is no such key.
    """
    profile = reproduction.profiles[reproduction.profile]
    shared = {key: as_typed(f"{key}={value}") for key, value in profile.items()}
    for override in OverridesParser.create().parse_overrides(command_line):
        key = override.key_or_group
        if key == "repeat":
            raise ConfigError(
                f"{override.input_line}: reproduce takes the number of repeats. Did you mean "
                "repeats=5?"
            )
        if key in VARIED:
            raise ConfigError(
                f"{override.input_line}: the experiments vary {', '.join(VARIED[1:])} themselves; "
                "choose among them with experiments=[table2,table3], or sweep by hand with "
                "train -m"
            )
        section = key.split(".")[0]
        if section in Config.model_fields:
            shared[key] = str(override.input_line)
        elif section not in REPRODUCTION_KEYS:
            keys = [it for it in (*Config.model_fields, *REPRODUCTION_KEYS) if it not in VARIED]
            raise ConfigError(
                f"{key}: there is no such key; the configuration has: {', '.join(keys)}"
            )
    return shared


def plan_reproduction(
    loader: ConfigLoader, reproduction: Reproduction, shared: dict[str, str]
) -> list[StudyRun]:
    """List the runs of all experiments and repeats.

    Args:
        loader: Hydra's.
        reproduction: Experiments and repeats.
        shared: What :func:`shared_words` returned.

    Returns:
        The runs in the order of the tables; repeats count up from the seeds.

    Raises:
        ConfigError: The settings do not fit an experiment, or two runs would share a folder.
    """
    compose = partial(loader.load_configuration, "config", run_mode=RunMode.RUN)
    combinations = [
        combination
        for experiment in reproduction.experiments
        for combination in combine(swept_parameters(compose_master(loader, experiment, shared)))
    ]
    (base,) = plan_runs([_fitting(shared, ())], compose)
    if base.config.n_mfcc is None:  # what varies their number comes to the same runs
        combinations = [
            [word for word in combination if not word.startswith("n_mfcc=")]
            for combination in combinations
        ]
    seeds = (
        {key: f"{key}={getattr(base.config, key) + repeat}" for key in _SEEDS}
        for repeat in range(reproduction.repeats)
    )
    words = (
        [*_fitting(shared | of_repeat, combination), *combination]
        for of_repeat in seeds
        for combination in combinations
    )
    return distinct_runs(
        StudyRun(run.config, run.overrides, run.config.seed - base.config.seed)
        for run in plan_runs(words, compose)
    )


def compose_master(
    loader: ConfigLoader, experiment: str, shared: dict[str, str], hydra_words: Sequence[str] = ()
) -> DictConfig:
    """Compose the configuration of the sweep that ``train -m +experiment=...`` is.

    Args:
        loader: Hydra's.
        experiment: One of the reproduction's.
        shared: What :func:`shared_words` returned.
        hydra_words: The ``hydra.…`` part of the command line.

    Returns:
        The configuration with its ``hydra`` node.
    """
    words = [*hydra_words, "hydra.mode=MULTIRUN", *_fitting(shared, ())]
    return loader.load_configuration(
        "config", [*words, f"+experiment={experiment}"], RunMode.MULTIRUN
    )


def possible_runs(
    planned: list[StudyRun], store: "FeatureStore"
) -> tuple[list[StudyRun], list[str]]:
    """Leave out runs that a corpus cannot have, and say why.

    Args:
        planned: All runs.
        store: The corpus.

    Returns:
        The runs that remain, and notes for the report.

    Raises:
        ConfigError: No run remains, because the corpus's matrices are too narrow for all.
    """
    from dysarthria_lightning.data.preparation import check_coefficients

    check_coefficients(store, min((run.config for run in planned), key=lambda c: c.n_mfcc or 0))
    notes = []
    if any(run.config.n_mfcc is None for run in planned):
        notes.append(
            "Numbers of cepstral coefficients: left out, because features="
            f"{planned[0].config.features.kind} has none."
        )
    if not store.recordings["syllable_type"].notna().all():
        kept = [run for run in planned if not run.config.subset.exclude]
        if len(kept) < len(planned):
            notes.append(
                "Without compound vowels and without consonant-/a/: left out, because the corpus "
                "does not name every recording's syllable type."
            )
        planned = kept
    models = {run.config.model.name: run.config.model for run in planned}
    lacking = {name: why for name, it in models.items() if (why := _lacks(it, store))}
    planned = [run for run in planned if run.config.model.name not in lacking]
    notes += [f"{name}: left out, because {why}." for name, why in lacking.items()]
    kept = [run for run in planned if (run.config.n_mfcc or 0) <= store.n_columns]
    if len(kept) < len(planned):
        notes.append(
            f"More than {store.n_columns} coefficients: left out, because the corpus's "
            "feature matrices have no more."
        )
    return kept, notes


def _lacks(model: "ModelSection", store: "FeatureStore") -> str:
    """Say what a model needs and a corpus does not have; nothing if it has all."""
    try:
        model.check_corpus(store.recordings)
    except ConfigError as error:
        return str(error)
    return ""


def _fitting(shared: dict[str, str], combination: Sequence[str]) -> list[str]:
    """Drop the settings of a protocol or model from the runs of one that does not have them."""
    choices = dict(word.split("=", 1) for word in (*_DEFAULTS, *combination))
    return [word for key, word in shared.items() if _fits(key, choices)]


def _fits(key: str, choices: dict[str, str]) -> bool:
    """Whether a run has a key, or no choice has it, which is an error to be shown."""
    group, *names = key.split(".")
    if group not in choices or not names:
        return True
    options = _options(group)
    return names[0] in options.get(choices[group], names) or not any(
        names[0] in keys for keys in options.values()
    )


@cache
def _options(group: str) -> dict[str, set[str]]:
    """Return the keys that each choice of a group has."""
    files = (Path(CONF_DIR) / group).glob("*.yaml")
    return {file.stem: {str(key) for key in OmegaConf.load(file)} for file in files}
