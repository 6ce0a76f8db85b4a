"""One model of all speakers, as commands train it: after its cross-validation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dysarthria_lightning.cli.following import crossvalidation_command
from dysarthria_lightning.data.protocols import ALL_SPEAKERS
from dysarthria_lightning.errors import RunError

if TYPE_CHECKING:
    from dysarthria_lightning.config import Config


def look_up_epochs(config: "Config", store_key: str, words: Sequence[str]) -> "Config":
    """Look up for how many epochs one model of all speakers is trained.

    Args:
        config: Any run's; it is returned as it is unless its fold is ``all_speakers``.
        store_key: Of the corpus.
        words: Its overrides.

    Raises:
        RunError: The cross-validation is not there; says how to train it.
    """
    if config.fold != ALL_SPEAKERS:
        return config
    from dysarthria_lightning.runs.crossvalidation import MissingFoldsError
    from dysarthria_lightning.scoring.estimate import with_tested_epochs

    try:
        return with_tested_epochs(config, store_key)
    except MissingFoldsError as missing:
        raise RunError(
            "one model of all speakers is trained for as many epochs as its cross-validation says, "
            f"which is not finished: {missing}. Train it first:\n"
            f"  {crossvalidation_command(words)}\nor name another with from=FOLDER"
        ) from None
