"""What Slurm and Ray are asked for: ``conf/hydra/launcher/`` says what each key means."""

from typing import Any, TypeVar

from omegaconf import DictConfig, OmegaConf
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from dysarthria_lightning.config.schema import check_section
from dysarthria_lightning.config.section import Section


class SlurmSettings(Section):
    """Jobs that each train several runs."""

    partition: str | None
    account: str | None
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
