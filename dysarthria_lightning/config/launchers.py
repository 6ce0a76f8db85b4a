"""What Slurm and Ray are asked for: ``conf/hydra/launcher/`` says what each key means."""

import re
from typing import Annotated, Any, TypeVar

from omegaconf import DictConfig, OmegaConf
from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from dysarthria_lightning.config.schema import check_section
from dysarthria_lightning.schema.base import Section

# Submitit writes these into a script of shell, where a second line would be a command.
SlurmName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.,:@+-]*$")]


class SlurmSettings(Section):
    """Jobs that each train several runs."""

    partition: SlurmName | None
    account: SlurmName | None
    runs_per_job: PositiveInt
    runs_at_once: PositiveInt
    cpus_per_job: PositiveInt
    gpus_per_job: NonNegativeInt
    mem_gb: PositiveFloat | None
    time_limit_min: PositiveInt
    stop_before_limit_s: PositiveInt
    requeues: NonNegativeInt
    jobs_at_once: PositiveInt
    setup: list[str]
    options: dict[str, Any]

    @field_validator("options")
    @classmethod
    def _check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        for name, value in options.items():
            if not re.fullmatch("[A-Za-z][A-Za-z0-9_-]*", name):
                raise ValueError(f"options.{name!r} is no name of an option of sbatch")
            if value is not True and not (
                isinstance(value, str | int | float)
                and not isinstance(value, bool)
                and str(value).isprintable()
            ):
                raise ValueError(f"options.{name} = {value!r}: true, a number or a line of text")
        return options

    @model_validator(mode="after")
    def _check_times(self) -> "SlurmSettings":
        if self.stop_before_limit_s >= 60 * self.time_limit_min:
            raise ValueError(
                f"stop_before_limit_s={self.stop_before_limit_s} leaves nothing of "
                f"time_limit_min={self.time_limit_min}"
            )
        return self


class RaySettings(Section):
    """Tasks that each train one run."""

    address: str | None
    cpus_per_run: PositiveFloat
    gpus_per_run: NonNegativeFloat
    mem_gb_per_run: PositiveFloat | None
    runs_at_once: PositiveInt | None
    retries: NonNegativeInt


AnySettings = TypeVar("AnySettings", SlurmSettings, RaySettings)


def check_launcher(settings: type[AnySettings], launcher: DictConfig) -> AnySettings:
    """Check a launcher's keys.

    Args:
        settings: Which launcher's.
        launcher: The node ``hydra.launcher``.

    Raises:
        ConfigError: One of them is wrong.
    """
    values = OmegaConf.to_container(launcher, resolve=True)
    assert isinstance(values, dict)
    return check_section(
        settings,
        {key: value for key, value in values.items() if key != "_target_"},
        prefix="hydra.launcher.",
    )
