"""``study.yaml``: what the authors know of their study and no recording says."""

import reprlib
import textwrap
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, field_validator

from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.schema.base import Section

STUDY_FILE = "study.yaml"

_HEAD = """\
# What no recording says of your study. Fill in what applies and leave the rest empty: text between
# the quotes, or a list of texts. The next report takes it up in "For a paper": in the Methods and
# in the checklists. This file is never overwritten.
"""


class StudyDescription(Section):
    """What the authors say of their study; empty where they have not said it.

    The descriptions are the comments of the template.
    """

    title: str = Field("", description="The study's title.")
    objective: str = Field("", description="What the study asks, and what was expected.")
    intended_use: str = Field(
        "", description="What the model is for, and where in the care of whom it would be used."
    )
    users: str = Field("", description="Who would use it, and what they must know.")
    inequalities: str = Field(
        "", description="Known inequalities in health between groups of people, on this subject."
    )
    design: str = Field(
        "", description="Whether recordings were planned for this study, or were there before."
    )
    setting: str = Field("", description="Where people were recorded: kind of centre, place.")
    dates: str = Field("", description="When the first and the last person were recorded.")
    eligibility: str = Field("", description="Who could take part, and who could not.")
    recruitment: str = Field(
        "", description="How people were found; whether all in a row, at random or as they came."
    )
    treatments: str = Field("", description="Treatments, such as medication while recording.")
    devices: str = Field("", description="Microphones, recorders and rooms; what was asked for.")
    reference_standard: str = Field(
        "", description="How it was decided who is dysarthric, why in this way, and when."
    )
    raters: str = Field(
        "", description="Who decided it: number, profession, experience, and how they agreed."
    )
    blinding: str = Field(
        "",
        description="What raters knew of people and of the model, and the model's makers of both.",
    )
    sample_size: str = Field("", description="How the number of people was decided.")
    missing_data: str = Field("", description="What is missing of whom, why, and what was done.")
    adverse_events: str = Field("", description="Harm that came of recording or examining people.")
    ethics: str = Field("", description="The ethics committee and its number, or why none.")
    consent: str = Field("", description="How people consented.")
    patient_involvement: str = Field(
        "", description="How patients or the public took part in planning; or that they did not."
    )
    registration: str = Field("", description="Register and number; or that it was not registered.")
    protocol: str = Field("", description="Where the study's protocol is; or that there is none.")
    funding: str = Field("", description="Who paid, and what part they had in the study.")
    conflicts_of_interest: str = Field("", description="Of all authors, commercial ones too.")
    data_availability: str = Field("", description="Where the recordings are, and for whom.")
    code_availability: str = Field("", description="Where code and trained models are.")

    @field_validator("*", mode="before")
    @classmethod
    def _joins_lists(cls, value: Any) -> Any:
        if isinstance(value, list) and all(isinstance(it, str) for it in value):
            value = "; ".join(value)
        return " ".join(value.split()) if isinstance(value, str) else value

    def said(self, *keys: str) -> list[str]:
        """Return what is said under some keys, without those that are empty."""
        return [text for key in keys if (text := getattr(self, key))]

    def labelled(self, *keys: str) -> list[str]:
        """Return what is said under some keys, each with what it is about."""
        return [
            f"{key.replace('_', ' ').capitalize()}: {text}"
            for key in keys
            if (text := getattr(self, key))
        ]


def study_template() -> str:
    """Return ``study.yaml`` with every entry empty and what belongs there."""
    parts = [_HEAD]
    for key, field in StudyDescription.model_fields.items():
        comment = textwrap.fill(
            str(field.description), 98, initial_indent="# ", subsequent_indent="# "
        )
        parts.append(f'{comment}\n{key}: ""\n')
    return "\n".join(parts)


def read_study(report_dir: Path, given: str | None) -> StudyDescription:
    """Read what the authors say of their study.

    Args:
        report_dir: The report's folder, whose :data:`STUDY_FILE` is read where no other is given.
        given: Another file.

    Returns:
        What is said; nothing where the folder has no file.

    Raises:
        ConfigError: The file that is given is not there, or a file cannot be read or says what is
            not asked.
    """
    path = Path(given) if given else report_dir / STUDY_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if given:
            raise ConfigError(
                f"report.study = {given}: there is no such file; copy the template from "
                f"{report_dir / STUDY_FILE}, which a report without report.study writes"
            ) from None
        return StudyDescription()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as UTF-8 text: {error}") from None
    return _check(path, text)


class _Texts(yaml.BaseLoader):
    """Reads all as text, and no entry twice: one of the two would go unsaid."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Make the entries."""
        keys: set[str] = set()
        for key, _ in node.value:
            if key.value in keys:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value} is there twice; keep one", key.start_mark
                )
            keys.add(str(key.value))
        return super().construct_mapping(node, deep)


def _check(path: Path, text: str) -> StudyDescription:
    try:
        # All is text: no date, number or "no" is made of what somebody writes.
        values = yaml.load(text, Loader=_Texts) or {}
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        quotes = "; put text that has colons or begins with a sign between quotes"
        is_twice = isinstance(error, yaml.constructor.ConstructorError)
        raise ConfigError(f"{path}{line}: {error.problem}{'' if is_twice else quotes}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from None
    if not isinstance(values, dict):
        raise ConfigError(f'{path}: one line per entry is needed, as in: title: "…"')
    try:
        return StudyDescription.model_validate(values)
    except ValidationError as invalid:
        lines = "\n  ".join(_explain(it) for it in invalid.errors(include_url=False))
        raise ConfigError(f"{path}:\n  {lines}") from None


def _explain(error: Any) -> str:
    key = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{key}: there is no such entry; allowed: {', '.join(StudyDescription.model_fields)}"
    return f"{key} = {reprlib.repr(error['input'])}: a text or a list of texts is needed"
