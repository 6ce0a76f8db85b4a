"""What every section of the configuration has in common."""

from pydantic import (
    BaseModel,
    ConfigDict,
)

FOLDER_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"


class Section(BaseModel):
    """Base of every section: unknown keys are errors, values do not change after checking."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, coerce_numbers_to_str=True
    )
