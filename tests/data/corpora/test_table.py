"""The user's own table: what it may look like, and how its mistakes are named."""

import csv
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dysarthria_lightning.data.corpora import read_corpus, table
from dysarthria_lightning.errors import CorpusError

PATHS = ("a.wav", "b.wav", "sub/c.wav")


def make_files(folder: Path) -> None:
    for path in PATHS:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"")


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with the files that tables name."""
    make_files(tmp_path)
    return tmp_path


def rows(**columns: list) -> pd.DataFrame:
    """A sound table of three speakers, with some columns added or replaced."""
    sound = {"path": list(PATHS), "speaker_id": ["A", "B", "C"], "label": ["0", "1", "1"]}
    return pd.DataFrame(sound | columns)


def read_csv(folder: Path, content: str | bytes | pd.DataFrame) -> pd.DataFrame:
    if isinstance(content, pd.DataFrame):
        content = content.to_csv(index=False)
    if isinstance(content, str):
        content = content.encode()
    (folder / "mine.csv").write_bytes(content)
    return table.read(str(folder / "mine.csv"))


def refusal(folder: Path, content: str | bytes | pd.DataFrame) -> str:
    with pytest.raises(CorpusError) as refused:
        read_csv(folder, content)
    assert str(folder / "mine.csv") in str(refused.value)
    return str(refused.value)


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
    manifest = table.read("../mine.csv")
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


BLANKS = st.sampled_from(["", " ", "   "])


@given(
    name=st.sampled_from(["healthy", "dysarthric", "0", "1"]),
    upper=st.lists(st.booleans(), min_size=10, max_size=10),
    before=BLANKS,
    after=BLANKS,
)
@settings(max_examples=30, deadline=None)
def test_labels_are_read_in_any_case(name, upper, before, after):
    spelt = "".join(
        letter.upper() if up else letter for letter, up in zip(name, upper, strict=False)
    )
    label = int(name in ("dysarthric", "1"))
    with tempfile.TemporaryDirectory() as name_of_folder:
        make_files(Path(name_of_folder))
        written = rows(label=[before + spelt + after, "healthy", "dysarthric"])
        assert list(read_csv(Path(name_of_folder), written)["label"]) == [label, 0, 1]


@pytest.mark.parametrize(
    ("spelt", "gender"), [("f", "female"), ("F", "female"), ("Female", "female"), ("MALE", "male")]
)
def test_genders_are_read_in_any_case(folder, spelt, gender):
    assert list(read_csv(folder, rows(gender=[spelt] * 3))["gender"]) == [gender] * 3


# Letters, digits, punctuation and symbols of any script, as text that a cell may hold.
CELLS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8).filter(
    lambda text: text != "NA"
)


@given(speaker=CELLS.filter(lambda text: text.casefold() != "a"), syllable=CELLS)
@settings(max_examples=60, deadline=None)
def test_speakers_and_syllables_stay_as_they_are_written(speaker, syllable):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["path", "speaker_id", "label", "syllable"])
    writer.writerows([["a.wav", "A", "0", ""], ["b.wav", speaker, "1", syllable]])
    with tempfile.TemporaryDirectory() as name_of_folder:
        make_files(Path(name_of_folder))
        manifest = read_csv(Path(name_of_folder), text.getvalue())
    assert manifest["speaker_id"][1] == speaker
    assert manifest["syllable"][1] == syllable


# "nan" is a syllable of Mandarin; readers of tables like to take it for no value.
@pytest.mark.parametrize("text", ["007", "0", "1e5", "1.0", "nan", "null", "None", "True"])
@pytest.mark.parametrize("column", ["speaker_id", "syllable"])
def test_text_that_looks_like_something_else_stays_text(folder, column, text):
    values = ["A", text, "C"]
    assert list(read_csv(folder, rows(**{column: values}))[column]) == values


@pytest.mark.parametrize("column", ["speaker_id", "syllable"])
def test_a_column_of_numbers_keeps_its_leading_zeros(folder, column):
    values = ["007", "08", "9"]
    assert list(read_csv(folder, rows(**{column: values}))[column]) == values


def read_parquet(folder: Path, content: pd.DataFrame) -> pd.DataFrame:
    content.to_parquet(folder / "mine.parquet")
    return table.read(str(folder / "mine.parquet"))


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


def test_a_table_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"data\.manifest = .*absent\.csv: there is no such file"):
        table.read(str(tmp_path / "absent.csv"))


@pytest.mark.parametrize("column", ["path", "speaker_id", "label"])
def test_a_missing_column_is_named_with_what_is_needed(folder, column):
    message = refusal(folder, rows().drop(columns=column))
    assert f"column {column} missing" in message
    for needed in ("path", "speaker_id", "label", "optional gender, syllable, syllable_type"):
        assert needed in message


def test_a_file_that_does_not_exist_is_named_with_its_row(folder):
    message = refusal(folder, rows(path=["a.wav", "sub/gone.wav", "/gone/too.wav"]))
    assert f"row 3: there is no file {(folder / 'sub/gone.wav').resolve()}" in message
    assert "row 4: there is no file /gone/too.wav" in message
    assert "row 2" not in message


def test_a_folder_in_place_of_a_file_is_named(folder):
    assert "row 2: there is no file" in refusal(folder, rows(path=["sub", "b.wav", "sub/c.wav"]))


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("label", "sick", "row 3: label = 'sick': expected one of 0, 1, healthy, dysarthric"),
        ("gender", "x", "row 3: gender = 'x': expected one of female, male"),
        ("syllable_type", "vowel", "row 3: syllable_type = 'vowel': expected one of monophthong"),
        ("age", "old", "row 3: age = 'old' is no number"),
        ("age", "200", "row 3: age = 200.0: expected 0 to 130 years"),
        ("severity", "mild", "row 3: severity = 'mild' is no number"),
        ("label", "", "row 3: label is missing"),
        ("speaker_id", "", "row 3: speaker_id is missing"),
        ("speaker_id", "  ", "row 3: speaker_id is missing"),
        ("path", "", "row 3: path is missing"),
    ],
)
def test_a_wrong_cell_is_named_with_what_is_allowed(folder, column, value, expected):
    values = list(rows()[column]) if column in rows() else ["", "", ""]
    values[1] = value
    message = refusal(folder, rows(**{column: values}))
    assert expected in message
    assert "row 2" not in message
    assert "row 4" not in message


@pytest.mark.parametrize("column", ["gender", "syllable", "syllable_type", "age", "severity"])
def test_an_optional_cell_may_be_empty(folder, column):
    sound = {"gender": "f", "syllable": "a", "syllable_type": "monophthong"}.get(column, "1")
    manifest = read_csv(folder, rows(**{column: [sound, "", sound]}))
    assert list(manifest[column].isna()) == [False, True, False]


def test_na_is_how_r_writes_that_a_value_is_missing(folder):
    manifest = read_csv(folder, rows(gender=["f", "NA", "m"], age=["41", "NA", "60"]))
    assert list(manifest["gender"].isna()) == [False, True, False]
    assert list(manifest["age"].isna()) == [False, True, False]
    assert "row 3: speaker_id is missing" in refusal(folder, rows(speaker_id=["A", "NA", "C"]))


def test_rows_are_counted_as_spreadsheets_count_them(folder):
    text = "path,speaker_id,label\na.wav,A,0\n\n\nb.wav,B,sick\n"
    assert "row 5: label = 'sick'" in refusal(folder, text)


def test_a_row_listed_twice_is_named_however_the_path_is_written(folder):
    message = refusal(folder, rows(path=["a.wav", "b.wav", "sub/../a.wav"]))
    assert f"{(folder / 'a.wav').resolve()} is listed more than once (row 2, row 4)" in message


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("label", ["0", "1", "1"], "speaker A has labels {0, 1} (row 2, row 3); expected one"),
        ("gender", ["f", "m", ""], "speaker A has genders {female, male} (row 2, row 3)"),
    ],
)
def test_a_speaker_who_contradicts_themself_is_named(folder, column, values, expected):
    contradictory = rows(speaker_id=["A", "A", "C"], label=["0", "0", "1"]).assign(
        **{column: values}
    )
    assert expected in refusal(folder, contradictory)


def test_one_class_alone_is_refused(folder):
    message = refusal(folder, rows(label=["healthy"] * 3))
    assert "every speaker is healthy; both healthy and dysarthric speakers are needed" in message


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "cannot be read as a table", id="empty"),
        pytest.param(b"path,speaker_id,label\n", "no recordings are listed", id="header only"),
        pytest.param(
            "path,speaker_id,label\na.wav,é,0\n".encode("latin-1"),
            "not UTF-8 text; save the table as CSV in UTF-8",
            id="latin-1",
        ),
        pytest.param(
            "path,speaker_id,label\na.wav,é,0\n".encode("utf-16"), "not UTF-8 text", id="utf-16"
        ),
        pytest.param(
            b"path,speaker_id,label\na.wav,A,0\nb.wav,B,1,x\n",
            "row 3 has more",
            id="a cell too many",
        ),
        pytest.param(
            b'path,speaker_id,label\n"a.wav,A,0\nb.wav,B,1\n', "cannot be read", id="open quote"
        ),
    ],
)
def test_a_table_that_cannot_be_read_says_why(folder, content, expected):
    assert expected in refusal(folder, content)


def cut_in_half(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("spoil", [cut_in_half, lambda content: b"", lambda content: b"no parquet"])
def test_a_damaged_parquet_is_named(folder, spoil: Callable[[bytes], bytes]):
    file = folder / "mine.parquet"
    rows().to_parquet(file)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(CorpusError, match=r"mine\.parquet: cannot be read as a table"):
        table.read(str(file))
