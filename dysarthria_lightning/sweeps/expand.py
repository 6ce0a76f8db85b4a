"""From the words of a command line to the runs that they describe, each composed and checked."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep
from omegaconf import DictConfig, OmegaConf, open_dict

from dysarthria_lightning.cli.typed_words import as_typed
from dysarthria_lightning.config import check_config
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.sweeps.plan import PlannedRun

_MAX_RUNS = 100_000
# In place of a fold's number.
_ALL = "all"
_NUMBERS = ("fold", "repeat", "seed", "split_seed", "n_mfcc")
_NUMBER = re.compile(rf"({'|'.join(_NUMBERS)})=\d+|fold={_ALL}")

Words = list[str]


def swept_parameters(master: DictConfig) -> Words:
    """Return what a sweep's experiment varies.

    Args:
        master: Hydra's configuration of the sweep, with its ``hydra`` node.
    """
    parameters = master.hydra.sweeper.params or {}
    return [as_typed(f"{key}={value}") for key, value in parameters.items()]


def combine(words: Words) -> list[Words]:
    """List the overrides of each run of a sweep: every combination of the values it gives.

    Args:
        words: Overrides; of several that set one key the last counts.

    Raises:
        ConfigError: There are more than 100 000 runs, which is found before they are listed, as
            they take memory; or several experiments, whose runs would be the same.
        HydraException: A word is no override.
    """
    loader = GlobalHydra.instance().config_loader()
    overrides = OverridesParser.create(loader).parse_overrides(words)
    for override in overrides:
        if override.key_or_group == "experiment" and override.is_sweep_override():
            raise ConfigError(
                f"{override.input_line}: a sweep takes one experiment; give the command once for "
                "each, or reproduce 'experiments=[table2,table3]'"
            )
    n_values = {override.get_key_element(): _n_values(override) for override in overrides}
    if math.prod(n_values.values()) > _MAX_RUNS:
        raise ConfigError(f"the sweep has more than {_MAX_RUNS} runs; split it")
    (combinations,) = BasicSweeper.split_arguments(overrides, max_batch_size=None)
    return combinations


def _n_values(override: Override) -> int:
    """Count the values that a sweep gives a key, up to one more than it may have."""
    value = override.value()
    if isinstance(value, RangeSweep):
        if not value.step:
            raise ConfigError(f"{override.input_line}: the step of a range cannot be 0")
        return sum(1 for _ in islice(value.range(), _MAX_RUNS + 1))
    if isinstance(value, ChoiceSweep):
        return len(value.list)
    return sum(1 for _ in override.sweep_iterator()) if override.is_discrete_sweep() else 1


def plan_runs(
    combinations: Iterable[Words], compose: Callable[[Words], DictConfig]
) -> list[PlannedRun]:
    """Compose and check every run of a sweep.

    Args:
        combinations: The overrides of each run.
        compose: Composes the configuration of one, with its ``hydra`` node.

    Raises:
        ConfigError: Configurations are wrong; says what is wrong with all of them.
    """
    runs: list[PlannedRun] = []
    composed: dict[tuple[str, ...], DictConfig] = {}
    written: dict[tuple[str, ...], dict[str, Any]] = {}
    problems: dict[str, None] = {}
    for words in combinations:
        # Composing takes a tenth of a second, and folds and repeats differ in their numbers only.
        others, numbers = _without_numbers(words)
        key = tuple(others)
        if key not in composed:
            composed[key] = compose(others)
            with open_dict(composed[key]):
                del composed[key]["hydra"]
            written[key] = _written_numbers(composed[key])
        fold = numbers.pop("fold", None)
        of_run = {name: int(number) for name, number in numbers.items()}
        composed[key].update(written[key] | of_run)
        for of_fold, number in _folds(words, fold, composed[key]):
            if number is not None:
                composed[key]["fold"] = number
            try:
                runs.append(PlannedRun(check_config(composed[key]), of_fold))
            except ConfigError as error:
                problems |= dict.fromkeys(str(error).splitlines())
    if problems:
        raise ConfigError("\n".join(_gathered(problems)) + "\nNothing was started.")
    return runs


def _gathered(problems: Iterable[str]) -> list[str]:
    """Put folds that there are not, of which each has a line, into one."""
    lines: dict[tuple[str, str], list[int]] = {}
    for problem in problems:
        match = re.fullmatch(r"  fold = (\d+): (protocol .*)", problem)
        key = ("  fold", match[2]) if match else (problem, "")
        lines.setdefault(key, []).extend([int(match[1])] if match else [])
    return [
        start if not numbers else f"{start} = {_ranges(numbers)}: {end}; write fold=all for all"
        for (start, end), numbers in lines.items()
    ]


def _ranges(numbers: Sequence[int]) -> str:
    """Write numbers as in "3, 10 to 19"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{it[0]} to {it[-1]}" if len(it) > 1 else str(it[0]) for it in runs)


def _written_numbers(composed: DictConfig) -> dict[str, Any]:
    """Return what a configuration says of each number itself, interpolations as they are."""
    said = OmegaConf.to_container(composed, throw_on_missing=False)
    assert isinstance(said, dict)
    return {name: said[name] for name in _NUMBERS if name in said}


def _without_numbers(words: Sequence[str]) -> tuple[Words, dict[str, str]]:
    """Take the fold, repeat, seeds and coefficients, if plain numbers, out of a run's overrides.

    The fold may be ``all``, too. Of several numbers of one key the last counts. A key that is also
    set otherwise, as in ``++n_mfcc=25``, stays with all its words: Hydra knows which counts.
    """
    by_key = [(word.partition("=")[0].lstrip("+~"), word) for word in words]
    staying = {key for key, word in by_key if not _NUMBER.fullmatch(word)}
    others = [word for key, word in by_key if key in staying]
    return others, dict(word.split("=") for key, word in by_key if key not in staying)


def _folds(
    words: Sequence[str], fold: str | None, composed: DictConfig
) -> Iterator[tuple[tuple[str, ...], int | None]]:
    """Yield the overrides of each fold that a run's overrides stand for, and its number."""
    n_folds = _count_folds(composed) if fold == _ALL else 0
    if isinstance(n_folds, int) and n_folds > 0:
        for number in range(n_folds):
            yield tuple(f"fold={number}" if it == f"fold={_ALL}" else it for it in words), number
    else:  # or a number of folds that is none, which the check will name
        yield tuple(words), int(fold) if fold and fold != _ALL else None


def _count_folds(composed: DictConfig) -> object:
    """Return how many folds there are, which a protocol may decide itself."""
    try:
        return check_config(composed).protocol.folds
    except ConfigError:  # which the check of each run will explain
        return OmegaConf.select(composed, "protocol.folds", default=1)
