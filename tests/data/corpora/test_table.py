"""The user's own table: what it may look like."""

import csv
import io
import os
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from configurations import read_corpus
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_tables import PATHS, make_files, read_csv, refusal, rows

from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.speaker_ids import destroyed_ids
from dysarthria_lightning.errors import CorpusError


def test_a_table_becomes_a_manifest(folder):
    manifest = read_csv(
        folder,
        "path,speaker_id,label,gender,syllable,syllable_type,age,severity,notes\n"
        "a.wav,007,healthy,F,ba1,monophthong,41.5,,first\n"
        "sub/c.wav,008,dysarthric,male,,,,2,\n",
    )
    first, second = manifest.itertuples(index=False)
    assert first.recording_id == "a.wav"
    assert first.path == str((folder / "a.wav").resolve())
    assert first.row == "row 2"
    assert (first.speaker_id, first.label, first.gender, first.age) == ("007", 0, "female", 41.5)
    assert (first.syllable, first.syllable_type) == ("ba1", "monophthong")
    assert second.recording_id == "sub/c.wav"
    assert (second.speaker_id, second.label, second.gender) == ("008", 1, "male")
    assert second.severity == 2
    assert pd.isna(first.severity)
    assert all(pd.isna(value) for value in (second.syllable, second.syllable_type, second.age))


def test_the_configuration_leads_to_the_table(folder, make_config):
    rows().to_csv(folder / "mine.csv", index=False)
    config = make_config("data=manifest", f"data.manifest={folder}/mine.csv")
    assert list(read_corpus(config)["recording_id"]) == list(PATHS)


def test_absolute_paths_work_from_anywhere(folder, monkeypatch):
    monkeypatch.chdir(os.sep)
    manifest = read_csv(folder, rows(path=[str(folder / path) for path in PATHS]))
    assert list(manifest["path"]) == [str((folder / path).resolve()) for path in PATHS]


def test_links_lead_to_the_files_themselves(folder):
    (folder / "link.wav").symlink_to(folder / "a.wav")
    (folder / "shortcut").symlink_to(folder / "sub")
    (folder / "sub" / "back").symlink_to(folder)
    paths = ["link.wav", "shortcut/c.wav", "sub/back/sub/.././b.wav"]
    manifest = read_csv(folder, rows(path=paths))
    assert list(manifest["path"]) == [
        str(folder.resolve() / name) for name in ("a.wav", "sub/c.wav", "b.wav")
    ]
    message = refusal(folder, rows(path=["a.wav", "link.wav", "shortcut/c.wav"]))
    assert f"{(folder / 'a.wav').resolve()} is listed more than once (row 2, row 3)" in message


def test_relative_paths_start_at_the_table_wherever_one_works(folder, monkeypatch):
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    rows().to_csv(folder / "mine.csv", index=False)
    manifest = read_manifest("../mine.csv")
    assert list(manifest["path"]) == [str((folder / path).resolve()) for path in PATHS]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_tables_as_spreadsheets_save_them(folder, separator, encoding, line_end):
    text = rows(syllable=["bā", "b;o", "b,u"]).to_csv(
        index=False, sep=separator, lineterminator=line_end
    )
    manifest = read_csv(folder, text.encode(encoding))
    assert list(manifest["speaker_id"]) == ["A", "B", "C"]
    assert list(manifest["syllable"]) == ["bā", "b;o", "b,u"]


def test_blanks_around_cells_and_column_names_do_no_harm(folder):
    manifest = read_csv(
        folder, "path , speaker_id , label \n a.wav , 007 , 0 \nb.wav,8 ,  dysarthric\n"
    )
    assert list(manifest["recording_id"]) == ["a.wav", "b.wav"]
    assert list(manifest["speaker_id"]) == ["007", "8"]
    assert list(manifest["label"]) == [0, 1]


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title, str.swapcase])
def test_labels_are_read_in_any_case(folder, change):
    spelt = [change("healthY"), f"  {change('Dysarthric')}", f"{change('dysarthriC')} "]
    assert list(read_csv(folder, rows(label=spelt))["label"]) == [0, 1, 1]


def test_labels_may_be_numbers(folder):
    assert list(read_csv(folder, rows(label=["0", " 1", "1  "]))["label"]) == [0, 1, 1]


@pytest.mark.parametrize(
    ("spelt", "gender"), [("f", "female"), ("F", "female"), ("Female", "female"), ("MALE", "male")]
)
def test_genders_are_read_in_any_case(folder, spelt, gender):
    assert list(read_csv(folder, rows(gender=[spelt] * 3))["gender"]) == [gender] * 3


# Letters, digits, punctuation and symbols of any script, as text that a cell may hold.
CELLS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)


# Ids that say that a program has lost who it was, such as null and #N/A, are refused.
@given(
    speaker=CELLS.filter(lambda it: not any(destroyed_ids({"another one": ["1"], it: ["2"]}))),
    syllable=CELLS,
)
@example(speaker="nulls", syllable="null")
@settings(max_examples=25, deadline=None)
def test_speakers_and_syllables_stay_as_they_are_written(speaker, syllable):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["path", "speaker_id", "label", "syllable"])
    writer.writerows([["a.wav", "another one", "0", ""], ["b.wav", speaker, "1", syllable]])
    with tempfile.TemporaryDirectory() as name_of_folder:
        make_files(Path(name_of_folder))
        manifest = read_csv(Path(name_of_folder), text.getvalue())
    assert manifest["speaker_id"][1] == speaker
    assert manifest["syllable"][1] == syllable


# "nan" is a syllable of Mandarin; readers of tables like to take it for no value. NA may be
# somebody's initials.
@pytest.mark.parametrize(
    ("column", "text"),
    [
        *[("speaker_id", text) for text in ("007", "0", "1e5", "1.0", "True", "NA", "Nan")],
        *[("syllable", text) for text in ("007", "1.0", "nan", "null", "None", "NA", "N/A")],
        ("text", "NA"),
    ],
)
def test_text_that_looks_like_something_else_stays_text(folder, column, text):
    values = ["A", text, "C"]
    assert list(read_csv(folder, rows(**{column: values}))[column]) == values


@pytest.mark.parametrize("column", ["speaker_id", "syllable"])
def test_a_column_of_numbers_keeps_its_leading_zeros(folder, column):
    values = ["007", "08", "9"]
    assert list(read_csv(folder, rows(**{column: values}))[column]) == values


def read_parquet(folder: Path, content: pd.DataFrame) -> pd.DataFrame:
    content.to_parquet(folder / "mine.parquet")
    return read_manifest(str(folder / "mine.parquet"))


@pytest.mark.parametrize(
    ("speakers", "expected"),
    [
        ([7, 8, 9], ["7", "8", "9"]),
        ([7.0, 8.0, 9.0], ["7", "8", "9"]),
        (["007", "8", "9"], ["007", "8", "9"]),
        (pd.Categorical(["x", "y", "z"]), ["x", "y", "z"]),
    ],
)
@pytest.mark.parametrize(
    "labels", [[0, 1, 1], [0.0, 1.0, 1.0], ["healthy", "dysarthric", "1"]], ids=str
)
def test_parquet_with_numbers_or_text(folder, speakers, expected, labels):
    manifest = read_parquet(folder, rows(speaker_id=speakers, label=labels))
    assert list(manifest["speaker_id"]) == expected
    assert list(manifest["label"]) == [0, 1, 1]


def test_parquet_with_numbers_that_floats_cannot_hold(folder):
    with pytest.raises(
        CorpusError, match=r"row 2: speaker_id = '1\.2345678901234568e\+17' is a num"
    ):
        read_parquet(folder, rows(speaker_id=[7.0, 123456789012345678.0, 8.0]))


def test_parquet_with_missing_optional_values(folder):
    manifest = read_parquet(
        folder, rows(gender=["f", None, "m"], age=[41.5, None, 60], syllable=[None, "a", "b"])
    )
    assert list(manifest["age"].isna()) == [False, True, False]
    assert list(manifest["gender"].isna()) == [False, True, False]
    assert list(manifest["syllable"].isna()) == [True, False, False]


def test_rows_of_parquet_are_counted_from_one(folder):
    with pytest.raises(CorpusError, match="row 2: label = 'sick'"):
        read_parquet(folder, rows(label=["0", "sick", "1"]))


def test_parquet_with_lists_in_a_column_of_the_user_s_own(folder):
    manifest = read_parquet(folder, rows(embedding=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    assert list(manifest["recording_id"]) == list(PATHS)


@pytest.mark.parametrize("column", ["gender", "syllable", "syllable_type", "age", "severity"])
def test_an_optional_cell_may_be_empty(folder, column):
    sound = {"gender": "f", "syllable": "a", "syllable_type": "monophthong"}.get(column, "1")
    manifest = read_csv(folder, rows(**{column: [sound, "", sound]}))
    assert list(manifest[column].isna()) == [False, True, False]


@pytest.mark.parametrize("read", [read_csv, read_parquet])
def test_na_is_how_r_writes_that_a_value_is_missing(folder, read):
    columns = {"gender": ["f", "NA", "m"], "age": ["41", "NA", "60"], "severity": ["NA", "2", ""]}
    manifest = read(folder, rows(syllable_type=["NA"] * 3, **columns))
    assert list(manifest["gender"].isna()) == [False, True, False]
    assert list(manifest["age"].isna()) == [False, True, False]
    assert list(manifest["severity"].isna()) == [True, False, True]
    assert manifest["syllable_type"].isna().all()


def test_a_label_that_is_na_is_missing(folder):
    assert "row 3: label is missing" in refusal(folder, rows(label=["0", "NA", "1"]))
