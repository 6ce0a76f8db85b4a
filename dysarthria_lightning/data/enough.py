"""Whether a corpus has speakers enough to be divided as a protocol asks."""

from collections.abc import Iterable

from dysarthria_lightning.data.manifest_schema import LABEL_NAMES
from dysarthria_lightning.data.protocols import NovelSpeakers
from dysarthria_lightning.errors import ConfigError

# To train, to validate, to be tested: of each class.
_SIDES = 3
_CLASSES = len(LABEL_NAMES)


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
