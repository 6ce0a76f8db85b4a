"""The configurations of ``predict`` and ``bundle``: whom to score, with what, what to pass on."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from dysarthria_lightning.config.schema import check_section
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.schema.base import Section

#: Who is one person: what is given decides, everything is of one, each folder is one, each file.
People = Literal["auto", "one", "folders", "files"]

_EXAMPLE = "predict model=outputs/runs/.../seed0 recordings=FOLDER"


def _threshold(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if value in ("specificity", "sensitivity") or (is_number and 0 <= value <= 1):
        return value
    raise ValueError(
        f"threshold = {value!r}: expected a score from 0 to 1, specificity or sensitivity"
    )


Threshold = Annotated[float | Literal["specificity", "sensitivity"], BeforeValidator(_threshold)]


class GivenTable(Section):
    """How a table of recordings is read, as ``data=manifest`` reads it.

    Attributes:
        columns: By what is read, the name of its column in the table; None: it is not read.
        labels: By spelling in the table, ``healthy`` or ``dysarthric``.
        on_bad_file: What becomes of recordings that cannot be used.
    """

    columns: dict[str, str | None] | None
    labels: dict[str, str | list[str]] | None
    on_bad_file: Literal["error", "skip"]


class Predicting(Section):
    """What ``predict`` is asked for.

    Attributes:
        model: Folder of a run or of a cross-validation.
        recordings: A folder, a table or one file.
        out: Where scores are written; None: a folder of their own under ``outputs_dir``.
        outputs_dir: The folder that everything is written to.
        people: Who is one person.
        threshold: A score, or the share that it shall keep on the model's own test speakers.
        data: How a table is read.
        plots: Whether to draw a figure for each person.
    """

    model: str
    recordings: str
    out: str | None
    outputs_dir: str
    people: People
    threshold: Threshold
    data: GivenTable
    plots: bool


class Bundling(Section):
    """What ``bundle`` is asked for.

    Attributes:
        model: Folder of a run or of a cross-validation.
        out: The bundle.
        threshold: A score, or the share that it shall keep on the model's own test speakers.
        page: Whether to write a page, too.
        onnx: Whether to write a graph, too.
        onnx_rate_hz: The sample rate that the graph takes.
    """

    model: str
    out: str
    threshold: Threshold
    page: bool
    onnx: bool
    onnx_rate_hz: Annotated[int, Field(ge=1000, le=192_000)]


def check_bundling(values: dict[str, Any]) -> Bundling:
    """Check the configuration of ``bundle``.

    Raises:
        ConfigError: One line for each wrong key, with its value and what is allowed.
    """
    _need(values, ("model", "out"), "bundle model=outputs/runs/.../seed0 out=lstm1.bundle")
    return check_section(Bundling, values)


def check_predicting(values: dict[str, Any]) -> Predicting:
    """Check the configuration of ``predict``.

    Raises:
        ConfigError: One line for each wrong key, with its value and what is allowed.
    """
    _need(values, ("model", "recordings"), _EXAMPLE)
    return check_section(Predicting, values)


def _need(values: dict[str, Any], keys: tuple[str, ...], example: str) -> None:
    missing = [key for key in keys if not values.get(key)]
    if missing:
        raise ConfigError(f"{' and '.join(missing)} missing, as in: {example}")
