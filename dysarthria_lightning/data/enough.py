"""Whether a corpus has speakers enough to be divided as a protocol asks."""

from collections.abc import Iterable, Iterator, Mapping

from dysarthria_lightning.data.folds import (
    Parts,
    Stratum,
    shuffle_speakers,
    stratify_speakers,
)
from dysarthria_lightning.data.manifest_schema import LABEL_NAMES
from dysarthria_lightning.data.protocols import NovelSpeakers
from dysarthria_lightning.errors import ConfigError

# To train, to validate, to be tested: of each class.
_SIDES = 3
_CLASSES = len(LABEL_NAMES)


# Of folds that are tried, the most that there may be first.
_FOLDS = range(10, 1, -1)
# Of repeats, whose partitions are to work too.
_SEEDS = range(5)


def divide(strata: Mapping[str, Stratum], protocol: NovelSpeakers, seed: int) -> Parts:
    """Divide speakers as a protocol says, whether or not there are enough of them.

    Args:
        strata: Each speaker's class and gender.
        protocol: How they are divided.
        seed: Draws the partition.
    """
    n_validation = protocol.n_validation(len(strata))
    if protocol.stratify:
        return stratify_speakers(dict(strata), n_validation, protocol.folds, seed)
    return shuffle_speakers([*strata], n_validation, protocol.folds, seed)


def describe_possible(strata: Mapping[str, Stratum], protocol: NovelSpeakers, seed: int) -> str:
    """Say which settings would work, if any do: they are tried.

    Args:
        strata: Each speaker's class and gender.
        protocol: The one with which there are too few speakers.
        seed: Draws the partition.

    Returns:
        A line to follow what is wrong: the settings, or how many speakers any would need; empty
        where neither is known.
    """
    seeds = {seed, *_SEEDS}
    tried = [*_alternatives(protocol, len(strata))]
    for least in (_CLASSES, 1):  # classes in each tested fold: without both it has no AUROC
        for other in tried:
            if all(_works(strata, other, each, least) for each in seeds):
                keys = ("folds", "validation_speakers", "validation", "stratify")
                words = [
                    f"protocol.{key}={str(getattr(other, key)).lower()}"
                    for key in keys
                    if key == "folds" or getattr(other, key) != getattr(protocol, key)
                ]
                return f"\nThis works with {len(strata)} speakers: {' '.join(words)}"
    labels = [stratum[0] for stratum in strata.values()]
    lacking = [
        f"{labels.count(label)} {name}"
        for label, name in LABEL_NAMES.items()
        if labels.count(label) < _SIDES
    ]
    if not lacking:
        return ""
    return (
        f"\nNo folds are possible with {' and '.join(lacking)} speakers: at least {_SIDES} of each "
        "class are needed"
    )


def _alternatives(protocol: NovelSpeakers, n_speakers: int) -> Iterator[NovelSpeakers]:
    """Yield protocols with fewer folds and validation speakers, the nearest first."""
    asked = protocol.validation_speakers
    numbers: list[int | str] = [asked]
    if protocol.validation != "rotating":
        automatic = protocol.model_copy(update={"validation_speakers": "auto"})
        numbers += [automatic.n_validation(n_speakers), 2]
    for stratify in dict.fromkeys((protocol.stratify, True)):
        for number in dict.fromkeys(numbers):
            for folds in dict.fromkeys((protocol.folds, *_FOLDS)):
                if folds <= protocol.folds:
                    update = {"folds": folds, "validation_speakers": number, "stratify": stratify}
                    yield protocol.model_copy(update=update)


def _works(strata: Mapping[str, Stratum], protocol: NovelSpeakers, seed: int, least: int) -> bool:
    """Whether every fold trains and validates on both classes, and tests so many."""
    try:
        check_numbers(protocol, len(strata))
        if protocol.stratify:
            check_classes(protocol, [stratum[0] for stratum in strata.values()])
        parts = divide(strata, protocol, seed)
    except ConfigError:
        return False
    for fold in range(protocol.folds):
        classes = {
            side: len({strata[speaker][0] for speaker in members})
            for side, members in parts.sides(fold).items()
        }
        if min(classes["train"], classes["validation"]) < _CLASSES or classes["test"] < least:
            return False
    return True


def check_numbers(protocol: NovelSpeakers, n_speakers: int) -> None:
    """Check that there are enough speakers for the folds, whatever their classes.

    Args:
        protocol: How they are to be divided.
        n_speakers: Of the corpus.

    Raises:
        ConfigError: There are not.
    """
    start = f"protocol.folds = {protocol.folds}: the corpus has {n_speakers} speakers; "
    rotating = protocol.validation == "rotating"
    n_validation = protocol.n_validation(n_speakers)
    # A fold that validates has one speaker of each class at least, one that does not has one.
    most = n_speakers // _CLASSES if rotating else n_speakers - n_validation
    if protocol.folds <= most:
        return
    if n_speakers < _SIDES * _CLASSES:
        raise ConfigError(f"{start}at least {_SIDES * _CLASSES} are needed")
    if rotating:
        raise ConfigError(
            f"{start}with protocol.validation=rotating each fold validates in turn, with two of "
            f"them at least, so at most {most} folds are possible; change protocol.folds, or use "
            "protocol.validation=fixed, as for leave-one-speaker-out"
        )
    leave = f"{start}{n_validation} for validation leave {max(most, 0)}, "
    if most < 2 * _CLASSES:  # no fold could be tested and both classes be trained on
        raise ConfigError(
            f"{leave}too few to train and test; protocol.validation_speakers can be at most "
            f"{n_speakers - 2 * _CLASSES}"
        )
    raise ConfigError(
        f"{leave}so at most {most} folds (leave-one-speaker-out) are possible; change "
        "protocol.folds or protocol.validation_speakers"
    )


def check_classes(protocol: NovelSpeakers, labels: Iterable[int]) -> None:
    """Check that there are enough speakers of each class for stratified parts.

    Args:
        protocol: It asks for stratified parts.
        labels: Of all speakers.

    Raises:
        ConfigError: There are not.
    """
    listed = list(labels)
    numbers = {name: listed.count(label) for label, name in LABEL_NAMES.items()}
    rarer = min(numbers, key=lambda name: numbers[name])
    least = numbers[rarer]
    start = f"protocol.stratify = true: the corpus has {least} {rarer} speakers"
    if least < _SIDES:
        raise ConfigError(
            f"{start}; at least {_SIDES} of each class are needed: to train, to validate, to test"
        )
    if protocol.validation == "rotating" and protocol.folds > least:
        raise ConfigError(
            f"{start}, and with protocol.validation=rotating each of the {protocol.folds} folds "
            f"needs one to validate, so at most {least} folds are possible; change "
            "protocol.folds, or use protocol.validation=fixed"
        )
