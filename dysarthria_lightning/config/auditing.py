"""What ``audit`` adds to the configuration of a run."""

from typing import Annotated, Literal

from omegaconf import DictConfig, OmegaConf
from pydantic import Field, PositiveInt

from dysarthria_lightning.config.schema import Config, Seed, check_section
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.schema.automatic import auto_or_at_least
from dysarthria_lightning.schema.base import Section


class AuditSettings(Section):
    """How thoroughly a corpus and a model are audited.

    Attributes:
        permutations: Of the speakers' labels, in every test. With fewer than 199 eight tests that
            count together could hardly be below 0.05, whatever they find.
        partitions: Of speakers into folds, for every labeling.
        power: Whether recordings are also measured with known changes, to say which would be
            noticed.
        retrainings: How often the model is trained with permuted labels; ``auto``: 19 times if it
            is fitted without gradient steps, else never.
        nonspeech_network: Whether LSTM-1 is trained on the non-speech alone.
        seed: Deals labels and partitions.
    """

    permutations: Annotated[int, Field(ge=199, le=100_000)]
    partitions: PositiveInt
    power: bool
    retrainings: Annotated[int | Literal["auto"], auto_or_at_least(0)]
    nonspeech_network: bool
    seed: Seed


def check_audit(composed: DictConfig) -> tuple[Config, AuditSettings]:
    """Check the configuration of an audit.

    Args:
        composed: Hydra's, without its ``hydra`` node.

    Raises:
        ConfigError: One line for each wrong key, with its value and what is allowed.
    """
    values = OmegaConf.to_container(composed, resolve=True)
    assert isinstance(values, dict)
    audit = values.pop("audit", None)
    if not isinstance(audit, dict):
        raise ConfigError("audit: expected permutations, partitions and the like")
    config = check_section(Config, values)
    return config, check_section(AuditSettings, audit, "audit.")
