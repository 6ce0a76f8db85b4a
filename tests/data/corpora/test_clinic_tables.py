"""Tables as clinics save them are read without an edit, or say what to do."""

import sys
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_corpora import composed
from small_tables import PATHS, read_csv, refusal, rows, speakers

from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError, CorpusError

PLAIN = "path,speaker_id,label\na.wav,A,0\nb.wav,B,1\n"


def prepare(table: Path, *overrides: str) -> FeatureStore:
    config = composed(*overrides)
    data = config.data.model_copy(update={"manifest": str(table)})
    outputs_dir = f"{table.parent}/outputs"
    return prepare_corpus(config.model_copy(update={"data": data, "outputs_dir": outputs_dir}))


def check_speakers(store: FeatureStore, listed: list[tuple[str, str, int, float, str]]) -> None:
    stored = store.recordings.set_index("recording_id")
    assert len(stored) == len(listed)
    for file, name, label, age, gender in listed:
        row = stored.loc[file]
        assert (row.speaker_id, row.label, row.age) == (name, label, age)
        assert row.gender == {"m": "male", "f": "female"}[gender]


def test_a_german_spreadsheet_saved_as_csv_is_prepared(tmp_path, caplog):
    listed = speakers(tmp_path)
    lines = ["Datei;Patient;Gruppe;Alter;Geschlecht;Bemerkung"]
    for file, name, label, age, gender in listed:
        words = ("Kontrolle", "Dysarthrie")[label], f"{age:.1f}".replace(".", ",")
        lines.append(f"{file};{name};{';'.join(words)};{'w' if gender == 'f' else 'm'};")
    (tmp_path / "clinic.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    with caplog.at_level("INFO"):
        check_speakers(prepare(tmp_path / "clinic.csv"), listed)
    said = caplog.text
    assert "Windows-1252" in said
    assert "Patient as speaker_id" in said
    assert "columns that nothing reads: Bemerkung" in said


def test_an_english_spreadsheet_is_prepared(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    listed = speakers(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["# recorded in 2021"])
    book.active.append(["File", "Patient ID", "Diagnosis", "Age", "Sex", None])
    for file, name, label, age, gender in listed:
        diagnosis = ("Healthy Control", "Dysarthria")[label]
        book.active.append([file, name, diagnosis, age, gender.upper()])
    book.save(tmp_path / "clinic.xlsx")
    check_speakers(prepare(tmp_path / "clinic.xlsx"), listed)
    book.create_sheet("Legend", 0)
    book["Sheet"]["C5"] = "unclear"
    book.save(tmp_path / "clinic.xlsx")
    # An empty sheet before it is passed over.
    with pytest.raises(CorpusError, match="row 5: label = 'unclear'"):
        read_manifest(tmp_path / "clinic.xlsx")


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [
        ("000", "007"),
        ('"S"000', "S007"),
        (r"\P00;-0", "P07"),
        ("General", "7"),
        ("0", "7"),
        ('0" yrs"', "7"),
        ("00-00", "7"),
    ],
)
def test_a_number_with_zeros_before_it_is_read_as_it_is_shown(folder, number_format, expected):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in [*rows().columns], ["a.wav", 7, 0], ["b.wav", "B", 1]:
        book.active.append(row)
    book.active["B2"].number_format = number_format
    book.save(folder / "clinic.xlsx")
    manifest = read_manifest(folder / "clinic.xlsx")
    assert list(manifest["speaker_id"]) == [expected, "B"]


def test_a_spreadsheet_without_the_library_for_it_is_refused(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with zipfile.ZipFile(folder / "mine.csv", "w") as file:
        file.writestr("xl/workbook.xml", "")
    with pytest.raises(CorpusError, match=r"openpyxl, which is not installed.*or save the table"):
        read_manifest(folder / "mine.csv")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 cut off", "damaged or cut off"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"...", "old spreadsheet"),
    ],
)
def test_what_is_no_whole_spreadsheet_is_refused(folder, content, said):
    assert said in refusal(folder, content)


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\n" + PLAIN.replace(",", ";"),
        '"sep=,"\r\n' + PLAIN,
        "SEP=|\n" + PLAIN.replace(",", "|"),
        "# made by hand, in 2021\n\n" + PLAIN,
        "\n;;;\n# made by hand;;\n" + PLAIN.replace(",", ";"),
        "#" + PLAIN,
        " Path ,SPEAKER ID,Label\na.wav,A,0\nb.wav,B,1\n",
        "path,speaker_id,label,,\na.wav,A,0,,\nb.wav,B,1,,\n",
    ],
)
def test_what_programs_write_around_a_table_does_no_harm(folder, content):
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le"):
        manifest = read_csv(folder, content.encode(encoding))
        assert list(manifest["recording_id"]) == ["a.wav", "b.wav"]
        assert list(manifest["speaker_id"]) == ["A", "B"]


@pytest.mark.parametrize(("above", "row"), [("sep=,\n", 3), ("# one\n\n", 5)])
def test_rows_are_counted_from_the_file_s_beginning(folder, above, row):
    # Spreadsheets take sep= for no row.
    text = above + PLAIN.replace("B,1", "B,sick")
    assert f"row {row}: label = 'sick'" in refusal(folder, text)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Дмитрий", "cp1251"),
        ("男", "gbk"),
        ("健康", "gbk"),
        ("Müller", "mac-roman"),
        ("Müller Ω", "utf-8"),
    ],
)
def test_an_encoding_in_doubt_is_refused(folder, name, encoding):
    content = PLAIN.replace("A,", f"{name},").encode(encoding)
    if encoding == "utf-8":
        content += b"c.wav,\xe4,1\n"  # two encodings in one file
    assert "not UTF-8 text; save the table as CSV in UTF-8" in refusal(folder, content)


def test_columns_and_labels_may_be_told(folder):
    table = rows().set_axis(["Ton", "Patient Nr.", "Arm"], axis=1)
    table["Arm"] = ["HC", "ALS", "Bögen"]
    table.to_csv(folder / "mine.csv", index=False)
    config = composed(
        'data.columns={path: Ton, speaker_id: "Patient Nr.", label: arm}',
        'data.labels={ALS: dysarthric, HC: healthy, dysarthric: ["Bögen"]}',
    )
    manifest = read_manifest(
        folder / "mine.csv", columns=config.data.columns, labels=config.data.labels
    )
    assert list(manifest["label"]) == [0, 1, 1]
    numbered = rows(label=["1", "2", "2"])
    numbered.to_csv(folder / "mine.csv", index=False)
    labels = composed("data.labels={1: healthy, 2: dysarthric}").data.labels
    assert list(read_manifest(folder / "mine.csv", labels=labels)["label"]) == [0, 1, 1]
    assert list(read_csv(folder, rows(label=["0.0", "1.0", "1.0"]))["label"]) == [0, 1, 1]
    with pytest.raises(CorpusError, match=r"Patiend, which is not there \(did you mean Patient"):
        read_manifest(table_of(folder, table), columns={"speaker_id": "Patiend"})


def table_of(folder: Path, table: pd.DataFrame) -> Path:
    table.to_csv(folder / "mine.csv", index=False)
    return folder / "mine.csv"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("data.labels={ALS: ill}", "ALS: ill: expected healthy or dysarthric"),
        ("data.labels={ALS: dysarthric, als: healthy}", "as healthy and as dysarthric"),
        ("data.columns={speaker: Patient}", "speaker: expected path, speaker_id"),
    ],
)
def test_what_cannot_be_told_is_refused(override, said):
    with pytest.raises(ConfigError, match=said):
        composed(override)


def test_columns_in_doubt_are_asked_for(folder):
    table = rows().rename(columns={"label": "Group"}).assign(Diagnosis=["HC"] * 3)
    message = refusal(folder, table)
    assert "Group and Diagnosis may each be label" in message
    assert "data.columns='{label: \"Group\"}'" in message
    # What has the right name is read, whatever else there is.
    manifest = read_csv(folder, rows(Group=["x"] * 3, Sex=["F"] * 3, Geschlecht=["m"] * 3, Agee=1))
    assert manifest["gender"].isna().all()
    notes = "\n".join(manifest.attrs["notes"])
    assert "Sex and Geschlecht may each be gender" in notes
    assert "Agee (did you mean age?)" in notes
    assert "\x1b" not in "".join(read_csv(folder, rows(**{"\x1b[2J": 1})).attrs["notes"])


def test_a_guess_that_does_not_fit_can_be_withdrawn(folder):
    table = rows(Sex=["1", "2", "1"])
    message = refusal(folder, table)
    assert "gender = '1' in 2 rows (first: row 2)" in message
    assert "Sex as gender (data.columns='{gender: null}' leaves one out)" in message
    assert "gender = '1' in 2 rows" in refusal(folder, table.rename(columns={"Sex": "Gender"}))
    assert len(read_manifest(table_of(folder, table), columns={"gender": None})) == 3


def test_a_length_is_no_end(folder):
    message = refusal(folder, rows(start=[0, 1, 0], Duration=[1, 1, 1]))
    assert "column Duration is not read beside start: give the end" in message


def test_decimal_commas_where_a_comma_divides_nothing(folder):
    table = rows(age=["61,5", "70", "58,25"])
    assert list(read_csv(folder, table.to_csv(index=False, sep=";"))["age"]) == [61.5, 70, 58.25]
    assert "age = '61,5' is no number" in refusal(folder, table)


def test_files_are_found_in_another_spelling(folder):
    name = unicodedata.normalize("NFD", "Zoé.wav")
    (folder / "sub" / name).write_bytes(b"")
    paths = ["A.WAV", "SUB\\C.wav", "sub/Zoé.wav"]
    manifest = read_csv(folder, rows(path=paths))
    real = {path.name for path in map(Path, manifest["path"])}
    assert real == {"a.wav", "c.wav", name}
    assert list(manifest["recording_id"]) == sorted(paths)
    assert "one each fits: 3, such as A.WAV (row 2)" in manifest.attrs["notes"][0]


def test_a_spelling_that_fits_several_files_is_refused(folder):
    if (folder / "A.wav").exists():
        pytest.skip("the disk makes no difference between a and A")
    (folder / "A.wav").write_bytes(b"")
    message = refusal(folder, rows(path=["a.WAV", "b.wav", "sub/c.wav"]))
    assert "row 2: a.WAV may be each of A.wav, a.wav" in message
    assert len(read_csv(folder, rows(path=["a.wav", "A.wav", "b.wav"]))) == 3


def test_all_kinds_of_problems_are_said_at_once(folder):
    n = 72
    table = pd.DataFrame(
        {
            "path": ["a.wav", "gone.wav", *[f"{i}.wav" for i in range(n)]],
            "speaker_id": ["A", "", *[f"S{i}" for i in range(n)]],
            "label": ["0", "1", *["ALS"] * n],
            "age": ["old", *["50"] * n, "140"],
            "gender": ["x"] * (n + 2),
        }
    )
    for i in range(n):
        (folder / f"{i}.wav").write_bytes(b"")
    message = refusal(folder, table)
    assert "label = 'ALS' in 72 rows (first: row 4): expected one of 0, 1, healthy" in message
    assert "data.labels='{ALS: dysarthric}'" in message
    assert "gender = 'x' in 74 rows (first: row 2): expected one of female, male" in message
    for said in ("row 2: age = 'old' is no number", "row 3: there is no file", "row 75: age = 140"):
        assert said in message
    assert "row 3: speaker_id is missing" in message
    assert len(message.splitlines()) < 12


@pytest.mark.parametrize("name", ["absent.csv", ""])
def test_who_names_no_table_is_shown_one(folder, name):
    with pytest.raises(CorpusError, match="path,speaker_id,label") as refused:
        read_manifest(folder / name)
    example = str(refused.value).split("start from it:\n")[1]
    for line in example.splitlines()[1:]:
        (folder / line.split(",")[0]).write_bytes(b"")
    assert len(read_csv(folder, example)) == 3


def test_the_values_of_older_tables_stay(folder):
    """What was read before is read the same, with nothing to note."""
    manifest = read_csv(folder, rows(gender=["f", "m", "f"], age=["50", "60.5", ""]))
    assert list(manifest["recording_id"]) == list(PATHS)
    assert manifest.attrs["notes"] == []
    assert np.array_equal(manifest["age"], [50, 60.5, np.nan], equal_nan=True)
