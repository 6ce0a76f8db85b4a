"""Which runs the chosen experiments come to, each once though several tables share it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from omegaconf import OmegaConf, open_dict

from dysarthria_lightning.cli.entry import CONF_DIR
from dysarthria_lightning.config import (
    REPRODUCTION_KEYS,
    Config,
    Reproduction,
    check_config,
)
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.sweeps.plan import PlannedRun

#: What the experiments vary; a reproduction as a whole has no single value of them.
VARIED = ("experiment", "protocol", "subset", "n_mfcc", "model", "fold")


@dataclass(frozen=True)
class ReproductionRun(PlannedRun):
    """One run of a reproduction.

    Attributes:
        repeat: From 0.
    """

    repeat: int

    @property
    def cell(self) -> Cell:
        """The entry of the paper's tables that it belongs to."""
        return Cell.of(self.config)


def job_overrides(reproduction: Reproduction, command_line: list[str]) -> list[str]:
    """Return what every run has in common: the profile's settings, then the command line's.

    Args:
        reproduction: The chosen profile.
        command_line: The overrides given to ``reproduce``.

    Raises:
        ConfigError: One of them sets what the experiments vary.
    """
    common: dict[str, str] = {
        key: f"{key}={value}" for key, value in reproduction.profiles[reproduction.profile].items()
    }
    for override in OverridesParser.create().parse_overrides(command_line):
        key = override.key_or_group
        if key in VARIED:
            raise ConfigError(
                f"{override.input_line}: the experiments vary {', '.join(VARIED[1:])} themselves; "
                "choose among them with experiments=[table2,table3], or sweep by hand with "
                "train -m"
            )
        if key not in REPRODUCTION_KEYS and key.split(".")[0] != "profiles":
            common[key] = str(override.input_line)
    return list(common.values())


def compose_run(loader: ConfigLoader, overrides: list[str]) -> Config:
    """Compose and check the configuration of one run.

    Raises:
        ConfigError: A setting is wrong.
    """
    composed = loader.load_configuration("config", overrides, RunMode.RUN)
    with open_dict(composed):
        del composed["hydra"]
    return check_config(composed)


def plan_runs(
    loader: ConfigLoader, reproduction: Reproduction, common: list[str]
) -> list[ReproductionRun]:
    """List the runs of all experiments and repeats.

    Args:
        loader: Hydra's.
        reproduction: Experiments and repeats.
        common: What :func:`job_overrides` returned.

    Returns:
        The runs in the order of the tables; repeats count up from the seeds.

    Raises:
        ConfigError: The settings do not fit an experiment.
    """
    base = compose_run(loader, common)
    planned: dict[Path, ReproductionRun] = {}
    for repeat in range(reproduction.repeats):
        seeds = [f"split_seed={base.split_seed + repeat}", f"seed={base.seed + repeat}"]
        shared = [word for word in common if word.split("=")[0] not in ("split_seed", "seed")]
        for experiment in reproduction.experiments:
            for varied in _combinations(loader, experiment, shared):
                words = [*_fitting(shared, varied), *varied, *seeds]
                for run in _folds(loader, words, repeat):
                    planned.setdefault(run.folder, run)
    return list(planned.values())


def possible_runs(
    planned: list[ReproductionRun], store: FeatureStore
) -> tuple[list[ReproductionRun], list[str]]:
    """Leave out runs that a corpus cannot have, and say why.

    Args:
        planned: All runs.
        store: The corpus.

    Returns:
        The runs that remain, and notes for the report.
    """
    notes = []
    if not store.recordings["syllable_type"].notna().all():
        kept = [run for run in planned if not run.config.subset.exclude]
        if len(kept) < len(planned):
            notes.append(
                "Without compound vowels and without consonant-/a/: left out, for the corpus does "
                "not name every recording's syllable type."
            )
        planned = kept
    kept = [run for run in planned if (run.config.n_mfcc or 0) <= store.n_columns]
    if len(kept) < len(planned):
        notes.append(
            f"More than {store.n_columns} coefficients: left out, since the corpus's feature "
            "matrices have no more."
        )
    return kept, notes


def _combinations(loader: ConfigLoader, experiment: str, shared: list[str]) -> Iterator[list[str]]:
    """Yield the values of all that an experiment varies but the fold, as overrides."""
    words = [*_fitting(shared, []), f"+experiment={experiment}"]
    master = loader.load_configuration("config", words, RunMode.MULTIRUN)
    parameters = OmegaConf.to_container(master.hydra.sweeper.params)
    assert isinstance(parameters, dict)
    parameters.pop("fold", None)
    parsed = OverridesParser.create().parse_overrides(
        [f"{key!s}={value}" for key, value in parameters.items()]
    )
    for batch in BasicSweeper.split_arguments(parsed, max_batch_size=None):
        for combination in batch:
            yield list(combination)


def _fitting(shared: list[str], varied: list[str]) -> list[str]:
    """Drop settings of a protocol from runs under the other one."""
    name = next(
        (word.split("=")[1] for word in varied if word.startswith("protocol=")), "novel_speakers"
    )
    keys = OmegaConf.load(Path(CONF_DIR) / "protocol" / f"{name}.yaml")
    return [
        word
        for word in shared
        if not word.startswith("protocol.")
        or word.split("=")[0].removeprefix("protocol.") in keys
        or not _is_protocol_key(word)
    ]


def _is_protocol_key(word: str) -> bool:
    """Whether any protocol has the key; one that none has is an error to be shown."""
    key = word.split("=")[0].removeprefix("protocol.")
    return any(key in OmegaConf.load(file) for file in (Path(CONF_DIR) / "protocol").glob("*.yaml"))


def _folds(loader: ConfigLoader, words: list[str], repeat: int) -> Iterator[ReproductionRun]:
    """Yield a run for each fold of a cell; composing once, for it takes a while."""
    config = compose_run(loader, words)
    for fold in range(config.protocol.folds):
        yield ReproductionRun(
            config.model_copy(update={"fold": fold}), (*words, f"fold={fold}"), repeat
        )
