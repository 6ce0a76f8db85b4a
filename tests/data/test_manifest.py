"""The manifest's checks: each wrong value and each contradiction is named with its row."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.data.manifest_schema import COLUMNS, bullet_list, check_manifest
from dysarthria_lightning.errors import CorpusError


def manifest(**columns: list) -> pd.DataFrame:
    """Four recordings of four speakers, two of each class, with some columns replaced."""
    sound = {
        "recording_id": ["d", "a", "c", "b"],
        "path": ["/c/d.wav", "/c/a.wav", "/c/c.wav", "/c/b.wav"],
        "row": ["row 2", "row 3", "row 4", "row 5"],
        "speaker_id": ["D", "A", "C", "B"],
        "label": [1, 0, 1, 0],
    }
    return pd.DataFrame(sound | columns)


def refusal(table: pd.DataFrame) -> str:
    with pytest.raises(CorpusError) as refused:
        check_manifest(table, "mine.csv")
    assert str(refused.value).startswith("mine.csv:")
    return str(refused.value)


def test_optional_columns_are_filled_and_rows_sorted():
    checked = check_manifest(manifest(notes=["x"] * 4), "mine.csv")
    assert tuple(checked.columns) == COLUMNS
    assert list(checked["recording_id"]) == ["a", "b", "c", "d"]
    assert list(checked["speaker_id"]) == ["A", "B", "C", "D"]
    assert list(checked.index) == [0, 1, 2, 3]
    assert checked[["gender", "age", "severity", "syllable", "syllable_type"]].isna().all(axis=None)


@given(order=st.permutations(range(4)))
def test_the_order_of_rows_does_not_matter(order):
    rows = manifest()
    pd.testing.assert_frame_equal(
        check_manifest(rows.iloc[order], "mine.csv"), check_manifest(rows, "mine.csv")
    )


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("label", 2, "expected one of 0, 1, healthy, dysarthric"),
        ("label", "sick", "expected one of 0, 1, healthy, dysarthric"),
        ("gender", "x", "expected one of female, male"),
        ("age", 131.0, "expected 0 to 130 years"),
        ("age", -1.0, "expected 0 to 130 years"),
        (
            "syllable_type",
            "vowel",
            "expected one of monophthong, compound_vowel, consonant_a",
        ),
        ("speaker_id", "", "is empty"),
    ],
)
def test_a_value_that_is_not_allowed_is_named(column, value, allowed):
    sound = {
        "label": [1, 0, 1, 0],
        "gender": ["male"] * 4,
        "age": [50.0] * 4,
        "syllable_type": ["monophthong"] * 4,
        "speaker_id": ["D", "A", "C", "B"],
    }
    values = [*sound[column]]
    values[2] = value
    message = refusal(manifest(**{column: values}))
    assert f"row 4: {column} = {value!r}: {allowed}" in message
    assert message.count("row ") == 1


@pytest.mark.parametrize("column", ["path", "speaker_id", "label"])
def test_a_value_that_is_missing_is_named(column):
    values = list(manifest()[column])
    values[1] = None
    assert f"row 3: {column} is missing" in refusal(manifest(**{column: values}))


def test_every_problem_is_listed_at_once():
    message = refusal(manifest(label=[1, 7, 1, 0], gender=["male", "male", "f", "male"]))
    assert "row 3: label = 7" in message
    assert "row 4: gender = 'f'" in message


def test_a_recording_listed_twice_is_named():
    path = "/c/a.wav"
    message = refusal(manifest(path=[path, path, "/c/c.wav", "/c/b.wav"]))
    assert "/c/a.wav is listed more than once (row 2, row 3)" in message


def test_two_recordings_of_one_id_are_named():
    message = refusal(manifest(recording_id=["d", "a", "a", "b"]))
    assert "a is listed more than once (row 3, row 4)" in message


def test_a_speaker_with_two_labels_is_named():
    message = refusal(manifest(speaker_id=["D", "A", "A", "B"]))
    assert "speaker A has labels {0, 1} (row 3, row 4); expected one" in message


def test_a_speaker_with_two_genders_is_named():
    rows = manifest(speaker_id=["D", "A", "D", "B"], gender=["male", "male", "female", None])
    assert "speaker D has genders {female, male} (row 2, row 4); expected one" in refusal(rows)


def test_a_speaker_of_two_corpora_is_named():
    rows = manifest(speaker_id=["D", "A", "D", "B"], corpus=["x", "y", "y", None])
    message = refusal(rows)
    assert "speaker D has corpora {x, y} (row 2, row 4); expected one" in message
    assert "an id of its own" in message


def test_speakers_who_differ_in_case_only_are_named():
    message = refusal(manifest(speaker_id=["D", "A", "d", "B"]))
    assert "speakers 'D' (row 2) and 'd' (row 4) differ only in case: if one person" in message


def test_a_gender_given_for_some_recordings_only_is_no_contradiction():
    rows = manifest(speaker_id=["D", "A", "D", "B"], gender=["male", "male", None, None])
    assert list(check_manifest(rows, "mine.csv")["gender"].isna()) == [False, True, True, False]


@pytest.mark.parametrize(("label", "name"), [(0, "healthy"), (1, "dysarthric")])
def test_one_class_alone_is_refused(label, name):
    message = refusal(manifest(label=[label] * 4))
    assert f"every speaker is {name}; both healthy and dysarthric speakers are needed" in message


def test_a_manifest_without_rows_is_refused():
    assert "no recordings are listed" in refusal(manifest().iloc[:0])
    assert "no recordings are listed" in refusal(pd.DataFrame([]))


@given(n=st.integers(0, 60))
def test_a_long_list_is_cut_and_counted(n):
    lines = bullet_list([f"problem {number}" for number in range(n)]).splitlines()
    shown = [line for line in lines if line.startswith("  - problem ")]
    assert len(shown) == min(n, 20)
    assert lines[20:] == ([f"  ... and {n - 20} more"] if n > 20 else [])
