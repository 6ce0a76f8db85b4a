"""What ``reproduce`` and ``report`` add to the configuration of a run."""

from typing import Annotated, Any, Literal

from omegaconf import DictConfig, OmegaConf
from pydantic import Field, PositiveInt

from dysarthria_lightning.config.schema import Config, check_section
from dysarthria_lightning.schema.base import Section


class ReportSettings(Section):
    """What the report is told that no recording says.

    Attributes:
        prevalences: Shares of people who are dysarthric, for predictive values; none leaves these
            out.
        study: A file with what the authors say of their study; None: ``study.yaml`` in the report's
            folder.
    """

    prevalences: list[Annotated[float, Field(gt=0, lt=1)]]
    study: str | None = None


class PageSettings(Section):
    """Whether ``report`` writes a page, and where.

    Attributes:
        page: False prints the table only.
        report_dir: None: the place that follows from the settings.
        report: What the page is told.
    """

    page: bool
    report_dir: str | None
    report: ReportSettings


class Reproduction(Section):
    """Which of the paper's experiments are run, how often, and where the report goes."""

    experiments: Annotated[
        list[Literal["table2", "table3", "table4", "table5"]], Field(min_length=1)
    ]
    repeats: PositiveInt
    profile: Literal["full", "quick"]
    train: bool
    report_dir: str
    report: ReportSettings
    profiles: dict[str, dict[str, Any]]


#: Keys of ``conf/reproduce.yaml`` that ``train`` does not have.
REPRODUCTION_KEYS = tuple(Reproduction.model_fields)


def check_reproduction(composed: DictConfig) -> Reproduction:
    """Check the keys that only ``reproduce`` has.

    Raises:
        ConfigError: One of them is wrong.
    """
    values = OmegaConf.to_container(composed, resolve=True)
    assert isinstance(values, dict)
    return check_section(Reproduction, {key: values.get(key) for key in REPRODUCTION_KEYS})


def check_report(composed: DictConfig) -> tuple[Config, PageSettings]:
    """Check the configuration of a report on one model.

    Args:
        composed: Hydra's, without its ``hydra`` node.

    Raises:
        ConfigError: One line for each wrong key, with its value and what is allowed.
    """
    values = OmegaConf.to_container(composed, resolve=True)
    assert isinstance(values, dict)
    own = {key: values.pop(key, None) for key in PageSettings.model_fields}
    config = check_section(Config, values)
    return config, check_section(PageSettings, own)
