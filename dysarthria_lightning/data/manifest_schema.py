"""The manifest: one row per recording, checked column by column and across rows.

A manifest is a data frame with the columns of :data:`COLUMNS`. Every corpus layout ends in one,
and nothing later in the pipeline knows where the recordings came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from dysarthria_lightning.data.excerpts import PART, shared_sound
from dysarthria_lightning.data.problems import by_cell
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
    "start",  # seconds at which the recording begins in its file; missing: where the file does
    "end",  # seconds at which it ends; missing: where the file does
    "channel",  # which channel of the file it is, from 1; missing: as for all recordings
    "row",  # where the recording is listed, for messages: "row 7" or a file name
    "speaker_id",
    "label",  # 0 healthy, 1 dysarthric
    *OPTIONAL_COLUMNS,
)

#: What outputs keep of a recording besides its id.
METADATA = ["speaker_id", "label", *OPTIONAL_COLUMNS]

#: Where a manifest keeps, in its ``attrs``, who was left out: a text by speaker.
TWO_LABELS = "two_labels"
#: Where it keeps recordings that are known to be of no use: by reason, their ids.
LEFT_OUT = "left_out"

_MAX_LISTED = 20


@cache
def _schema() -> Any:
    import pandera.pandas as pa  # takes most of a second

    def one_of(*allowed: object) -> pa.Check:
        return pa.Check.isin(allowed, error=f"expected one of {', '.join(map(str, allowed))}")

    filled = pa.Check(lambda text: text.str.len() > 0, error="is empty")
    labels = pa.Check.isin(LABEL_NAMES, error="expected one of 0, 1, healthy, dysarthric")
    years = pa.Check.in_range(0, 130, error="expected 0 to 130 years")
    # Any value may stand in the other columns, or none.
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
    return pa.DataFrameSchema(checked)


def check_manifest(
    manifest: pd.DataFrame,
    source: str,
    on_two_labels: OnTwoLabels = "error",
    found: Sequence[str] = (),
    label_hint: Callable[[str], str] | None = None,
) -> pd.DataFrame:
    """Check a manifest's columns and what its rows say of each other.

    Args:
        manifest: Rows with some or all of :data:`COLUMNS`; missing optional ones are filled.
        source: The table or folder it came from, for messages.
        on_two_labels: Whether speakers with both labels are refused or left out.
        found: Problems that are known already; they are reported with those found here.
        label_hint: What to do about a label of an unknown spelling.

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
    cells, unsound = _column_problems(manifest, label_hint)
    # Cross-row checks presuppose sound rows.
    sound = manifest[~manifest.index.isin(unsound)]
    twice, unclear = list(_duplicate_rows(sound)), list(_unclear_speakers(sound))
    left_out: dict[str, str] = {}
    if on_two_labels == "drop":
        left_out = _speakers_of_two_labels(sound)
        manifest = manifest[~manifest["speaker_id"].isin(left_out)]
        sound = sound[~sound["speaker_id"].isin(left_out)]
    inconsistent = list(_inconsistent_speakers(sound))
    kinds = [[*found], cells, twice, shared_sound(sound), unclear, inconsistent]
    if any(kinds):
        lists = "\n".join(bullet_list(problems) for problems in kinds if problems)
        raise CorpusError(f"{source}:\n{lists}")
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


def _column_problems(
    manifest: pd.DataFrame, label_hint: Callable[[str], str] | None
) -> tuple[list[str], set[Any]]:
    """Return what is wrong with single cells, and the rows that hold them."""
    from pandera.errors import SchemaErrors

    try:
        _schema().validate(manifest, lazy=True)
    except SchemaErrors as invalid:
        cases, unsound = [], set()
        for case in invalid.failure_cases.itertuples():
            row = manifest["row"].get(case.index, "the table")
            unsound.add(case.index)
            if case.check == "not_nullable":
                cases.append((row, f"{case.column} is missing", ""))
                continue
            expected = str(case.check)
            if case.column == "label" and label_hint and isinstance(case.failure_case, str):
                expected += f"; {label_hint(case.failure_case)}"
            cases.append((row, f"{case.column} = {case.failure_case!r}", expected))
        return by_cell(cases), unsound
    return [], set()


def _duplicate_rows(manifest: pd.DataFrame) -> Iterator[str]:
    # One path twice is one id twice in most layouts: say it once.
    part = ["path", *PART]
    columns = part if manifest.duplicated(part).any() else ["recording_id"]
    repeated = manifest.duplicated(columns, keep=False)
    if not repeated.any():
        return
    for _, rows in manifest[repeated].groupby(columns, dropna=False):
        yield f"{rows[columns[0]].iloc[0]} is listed more than once ({', '.join(rows['row'])})"


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
    what_else = {
        "label": ", or leave such speakers out with data.on_two_labels=drop",
        "corpus": ". If it is one person, write the same corpus in all rows; if they are two, give "
        "each an id of its own",
    }
    speakers = manifest.groupby("speaker_id")
    for column, several in (("label", "labels"), ("gender", "genders"), ("corpus", "corpora")):
        n_values = speakers[column].nunique()
        for speaker in n_values.index[n_values > 1]:
            rows = manifest[manifest["speaker_id"] == speaker]
            first_rows = rows.drop_duplicates(column)
            values = ", ".join(sorted(str(value) for value in first_rows[column]))
            yield (
                f"speaker {speaker} has {several} {{{values}}} ({', '.join(first_rows['row'])}); "
                f"expected one{what_else.get(column, '')}"
            )
