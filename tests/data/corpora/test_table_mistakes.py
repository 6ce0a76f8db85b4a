"""Mistakes in the user's own table, and how they are named."""

from collections.abc import Callable

import pytest
from small_tables import refusal, rows

from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.errors import CorpusError


def test_a_table_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"data\.manifest = .*absent\.csv: there is no such file"):
        read_manifest(str(tmp_path / "absent.csv"))


@pytest.mark.parametrize("column", ["path", "speaker_id", "label"])
def test_a_missing_column_is_named_with_what_is_needed(folder, column):
    message = refusal(folder, rows().drop(columns=column))
    assert f"column {column} missing" in message
    for needed in (
        "path",
        "speaker_id",
        "label",
        "optional gender, age, severity, syllable, syllable_type",
    ):
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
            "path,speaker_id,label\na.wav,Иван,0\n".encode("koi8-r"),
            "not UTF-8 text; save the table as CSV in UTF-8",
            id="koi8-r",
        ),
        pytest.param(
            "path,speaker_id,label\na.wav,A,0\n".encode("utf-16")[:-1],
            "not UTF-16 text, though it begins so",
            id="half a character of utf-16",
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
        read_manifest(str(file))
