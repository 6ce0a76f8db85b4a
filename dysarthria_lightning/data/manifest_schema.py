"""The manifest: one row per recording, checked column by column and across rows.

A manifest is a data frame with the columns of :data:`COLUMNS`. Every corpus layout ends in one,
and nothing later in the pipeline knows where the recordings came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from dysarthria_lightning.data.speaker_ids import destroyed_ids, one_person_twice
from dysarthria_lightning.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd

HEALTHY, DYSARTHRIC = 0, 1
LABEL_NAMES = {HEALTHY: "healthy", DYSARTHRIC: "dysarthric"}
GENDERS = ("female", "male")
SyllableType = Literal["monophthong", "compound_vowel", "consonant_a"]
SYLLABLE_TYPES = get_args(SyllableType)
OnTwoLabels = Literal["error", "drop"]

#: What a reader may say of a recording, or leave out.
OPTIONAL_COLUMNS = (
    "gender",  # female, male or missing
    "age",  # years or missing
    "severity",  # the corpus's own scale or missing
    "syllable",  # the syllable that was read, or missing
    "syllable_type",  # one of SYLLABLE_TYPES or missing
    "session",  # which of a speaker's visits
    "microphone",  # what it was recorded with
    "task",  # what was asked for, such as a sustained vowel or a sentence
    "text",  # what was read
    "take_id",  # the same for all recordings of one utterance, such as those of two microphones
    "corpus",  # where it comes from, if the manifest joins several
)

COLUMNS = (
    "recording_id",  # unique; what outputs call the recording
    "path",  # absolute path of the audio file or .npy matrix; never written to outputs
    "row",  # where the recording is listed, for messages: "row 7" or a file name
    "speaker_id",
    "label",  # 0 healthy, 1 dysarthric
    *OPTIONAL_COLUMNS,
)

#: What outputs keep of a recording besides its id.
METADATA = ["speaker_id", "label", *OPTIONAL_COLUMNS]

#: Where a manifest keeps, in its ``attrs``, who was left out: a text by speaker.
TWO_LABELS = "two_labels"

_MAX_LISTED = 20


@cache
def _schema() -> Any:
    import pandera.pandas as pa  # takes most of a second

    def one_of(*allowed: object) -> pa.Check:
        return pa.Check.isin(allowed, error=f"expected one of {', '.join(map(str, allowed))}")

    filled = pa.Check(lambda text: text.str.len() > 0, error="is empty")
    labels = pa.Check.isin(LABEL_NAMES, error="expected one of 0, 1, healthy, dysarthric")
    years = pa.Check.in_range(0, 130, error="expected 0 to 130 years")
    checked = {
        "recording_id": pa.Column(),
        "path": pa.Column(),
        "row": pa.Column(),
        "speaker_id": pa.Column(checks=filled),
        "label": pa.Column(checks=labels),
        "gender": pa.Column(checks=one_of(*GENDERS), nullable=True),
        "age": pa.Column(float, years, nullable=True),
        "severity": pa.Column(float, nullable=True),
        "syllable_type": pa.Column(checks=one_of(*SYLLABLE_TYPES), nullable=True),
    }
    free = {name: pa.Column(nullable=True) for name in OPTIONAL_COLUMNS if name not in checked}
    return pa.DataFrameSchema(checked | free)


def check_manifest(
    manifest: pd.DataFrame, source: str, on_two_labels: OnTwoLabels = "error"
) -> pd.DataFrame:
    """Check a manifest's columns and what its rows say of each other.

    Args:
        manifest: Rows with some or all of :data:`COLUMNS`; missing optional ones are filled.
        source: The table or folder it came from, for messages.
        on_two_labels: Whether speakers with both labels are refused or left out.

    Returns:
        The manifest with all :data:`COLUMNS` in order, sorted by ``recording_id``. Its ``attrs``
        hold under :data:`TWO_LABELS` who was left out, if anyone was.

    Raises:
        CorpusError: A value is not allowed, a recording is listed twice, a speaker has two labels
            or genders, two ids read as one or an id was destroyed by a program, or one class is
            absent. The message names the rows.
    """
    if manifest.empty:
        raise CorpusError(f"{source}: no recordings are listed")
    manifest = manifest.reindex(columns=list(COLUMNS))
    problems = list(_column_problems(manifest))
    # Cross-row checks presuppose sound columns.
    left_out: dict[str, str] = {}
    if not problems:
        problems = [*_duplicate_rows(manifest), *_unclear_speakers(manifest)]
        if on_two_labels == "drop":
            left_out = _speakers_of_two_labels(manifest)
            manifest = manifest[~manifest["speaker_id"].isin(left_out)]
        problems += _inconsistent_speakers(manifest)
    if problems:
        raise CorpusError(f"{source}:\n{bullet_list(problems)}")
    if manifest.empty:
        raise CorpusError(
            f"{source}: every speaker has both labels and is left out (data.on_two_labels=drop)"
        )
    classes = set(manifest["label"])
    if len(classes) == 1:
        only = LABEL_NAMES[classes.pop()]
        raise CorpusError(
            f"{source}: every speaker is {only}; both healthy and dysarthric speakers are needed"
        )
    checked = manifest.sort_values("recording_id", ignore_index=True)
    if left_out:
        checked.attrs[TWO_LABELS] = left_out
    return checked


def bullet_list(problems: list[str]) -> str:
    """Put each problem on a line of its own, and count those beyond the first twenty."""
    lines = [f"  - {problem}" for problem in problems[:_MAX_LISTED]]
    if len(problems) > _MAX_LISTED:
        lines.append(f"  ... and {len(problems) - _MAX_LISTED} more")
    return "\n".join(lines)


def _column_problems(manifest: pd.DataFrame) -> Iterator[str]:
    from pandera.errors import SchemaErrors

    try:
        _schema().validate(manifest, lazy=True)
    except SchemaErrors as invalid:
        for case in invalid.failure_cases.itertuples():
            row = manifest["row"].get(case.index, "the table")
            if case.check == "not_nullable":
                yield f"{row}: {case.column} is missing"
            else:
                yield f"{row}: {case.column} = {case.failure_case!r}: {case.check}"


def _duplicate_rows(manifest: pd.DataFrame) -> Iterator[str]:
    # One path twice is one id twice in most layouts: say it once.
    column = "path" if manifest["path"].duplicated().any() else "recording_id"
    for value, rows in manifest[manifest.duplicated(column, keep=False)].groupby(column):
        yield f"{value} is listed more than once ({', '.join(rows['row'])})"


def _unclear_speakers(manifest: pd.DataFrame) -> Iterator[str]:
    rows_of_ids = manifest.groupby("speaker_id", sort=False)["row"].agg(list).to_dict()
    yield from destroyed_ids(rows_of_ids)
    yield from one_person_twice(rows_of_ids)


def _speakers_of_two_labels(manifest: pd.DataFrame) -> dict[str, str]:
    """Say of each speaker with both labels how many recordings have which."""
    counts = manifest.groupby(["speaker_id", "label"]).size().unstack()
    both = counts[counts.notna().sum(axis=1) > 1]
    return {
        str(speaker): ", ".join(
            f"{int(number)} {LABEL_NAMES[label]}" for label, number in numbers.items()
        )
        for speaker, numbers in both.to_dict("index").items()
    }


def _inconsistent_speakers(manifest: pd.DataFrame) -> Iterator[str]:
    what_else = {"label": ", or leave such speakers out with data.on_two_labels=drop"}
    for column in ("label", "gender"):
        n_values = manifest.groupby("speaker_id")[column].nunique()
        for speaker in n_values.index[n_values > 1]:
            rows = manifest[manifest["speaker_id"] == speaker]
            first_rows = rows.drop_duplicates(column)
            values = ", ".join(sorted(str(value) for value in first_rows[column]))
            yield (
                f"speaker {speaker} has {column}s {{{values}}} ({', '.join(first_rows['row'])}); "
                f"expected one{what_else.get(column, '')}"
            )
