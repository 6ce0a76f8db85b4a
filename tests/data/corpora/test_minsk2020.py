"""Minsk2020 ALS: a small copy of its layout, and the recordings themselves where they are."""

from pathlib import Path

import pytest
from configurations import read_corpus

from dysarthria_lightning.data.corpora import minsk2020
from dysarthria_lightning.errors import CorpusError

HEADER = "ID,Sex,Age,J1_a,Diagnosis (ALS)"
SPEAKERS = ("8,M,58,0.3,1", "24,F,67,0.4,1", "24,M,40,0.1,0", "31,F,35.5,0.2,0")
FILES = ("ALS/008_a", "ALS/008_i", "ALS/024_a", "HC/024_a", "HC/024_i", "HC/031_i")
TABLE = "Minsk2020_ALS_dataset.csv"
REAL = Path(__file__).parents[3].parent / "shared" / "minsk2020_als"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Four speakers, six recordings without content."""
    for name in FILES:
        path = tmp_path / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    write_table(tmp_path, *SPEAKERS)
    return tmp_path


def write_table(folder: Path, *speakers: str, header: str = HEADER) -> None:
    (folder / TABLE).write_text("\n".join([header, *speakers]))


def refusal(folder: Path) -> str:
    with pytest.raises(CorpusError) as refused:
        minsk2020.read(str(folder))
    return str(refused.value)


def test_the_layout_becomes_a_manifest(folder):
    manifest = minsk2020.read(str(folder)).set_index("recording_id")
    assert list(manifest.index) == [
        *("ALS008_a", "ALS008_i", "ALS024_a"),
        *("HC024_a", "HC024_i", "HC031_i"),
    ]
    patient = manifest.loc["ALS008_i"]
    assert (patient.speaker_id, patient.label, patient.gender) == ("ALS008", 1, "male")
    assert (patient.age, patient.syllable, patient.syllable_type) == (58, "i", "monophthong")
    assert patient.path == str((folder / "ALS/008_i.wav").resolve())
    assert patient.row == "ALS/008_i.wav"
    healthy = manifest.loc["HC031_i"]
    assert (healthy.speaker_id, healthy.label) == ("HC031", 0)
    assert (healthy.gender, healthy.age) == ("female", 35.5)


def test_one_number_in_both_classes_is_two_speakers(folder):
    manifest = minsk2020.read(str(folder)).set_index("recording_id")
    patient, healthy = manifest.loc["ALS024_a"], manifest.loc["HC024_a"]
    assert (patient.speaker_id, patient.gender, patient.age) == ("ALS024", "female", 67)
    assert (healthy.speaker_id, healthy.gender, healthy.age) == ("HC024", "male", 40)
    assert patient.path != healthy.path


def test_the_configuration_leads_to_the_folder(folder, make_config):
    manifest = read_corpus(make_config("data=minsk2020", f"data.root={folder}"))
    assert len(manifest) == len(FILES)


def test_without_a_folder_the_error_says_how_to_get_the_corpus(make_config):
    config = make_config("data=minsk2020")
    with pytest.raises(CorpusError, match=r"data\.root is needed.*git clone https://github\.com/"):
        read_corpus(config)


@pytest.mark.parametrize("absent", ["ALS", "HC", TABLE])
def test_an_incomplete_folder_says_what_is_absent_and_how_to_get_it(folder, absent):
    (folder / absent).rename(folder / "elsewhere")
    message = refusal(folder)
    assert f"data.root = {folder}: {absent} not found there" in message
    assert "git clone https://github.com/Mak-Sim/Minsk2020_ALS_database" in message


def test_a_folder_that_does_not_exist_says_how_to_get_the_corpus(tmp_path):
    message = refusal(tmp_path / "absent")
    assert f"ALS, HC, {TABLE} not found there" in message
    assert "git clone" in message


@pytest.mark.parametrize(
    "speakers",
    [
        pytest.param(SPEAKERS[1:], id="unknown number"),
        pytest.param(("8,M,58,0.3,0", *SPEAKERS[1:]), id="number of the other class"),
    ],
)
def test_a_recording_without_a_row_in_the_table_is_named(folder, speakers):
    write_table(folder, *speakers)
    message = refusal(folder)
    assert str(folder / "ALS/008_a.wav") in message
    assert f"{TABLE} has no speaker 8 with diagnosis 1" in message


@pytest.mark.parametrize(
    "name", ["008_u.wav", "8_a.wav", "008_a.mp3", "008_a (2).wav", "notes.txt"]
)
def test_an_unknown_file_is_named(folder, name):
    (folder / "ALS" / name).write_bytes(b"")
    message = refusal(folder)
    assert str(folder / "ALS" / name) in message
    assert "expected a name such as 008_a.wav (number, vowel a or i)" in message


def test_hidden_files_are_ignored(folder):
    (folder / "HC" / "._031_i.wav").write_bytes(b"")
    (folder / "HC" / ".DS_Store").write_bytes(b"")
    (folder / "HC" / "Thumbs.db").write_bytes(b"")
    assert len(minsk2020.read(str(folder))) == len(FILES)


@pytest.mark.parametrize("column", ["ID", "Sex", "Age", "Diagnosis (ALS)"])
def test_a_missing_column_of_the_table_is_named(folder, column):
    write_table(folder, *SPEAKERS, header=HEADER.replace(column, "other"))
    message = refusal(folder)
    assert str(folder / TABLE) in message
    assert f"column {column} missing" in message


@pytest.mark.parametrize(
    ("speaker", "expected"),
    [
        pytest.param(
            "8,X,58,0.3,1",
            "gender = 'X' in 2 rows (first: ALS/008_a.wav): expected one of female",
            id="X",
        ),
        pytest.param(
            "8,M,580,0.3,1",
            "age = 580.0 in 2 rows (first: ALS/008_a.wav): expected 0 to 130",
            id="580",
        ),
        pytest.param("8,M,old,0.3,1", "row 2: Age is no number (ID 8)", id="no number"),
        pytest.param(
            "8,M,58,0.3,1\n8,F,60,0.3,1",
            "row 3: this speaker has a row above (ID 8)",
            id="two rows of one speaker",
        ),
    ],
)
def test_a_wrong_value_in_the_table_is_named(folder, speaker, expected):
    write_table(folder, speaker, *SPEAKERS[1:])
    message = refusal(folder)
    assert str(folder) in message
    assert expected in message


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00 no text", b'ID,Sex\n"8,M\n'])
def test_a_table_that_cannot_be_read_is_named(folder, content):
    (folder / TABLE).write_bytes(content)
    assert str(folder / TABLE) in refusal(folder)


@pytest.mark.skipif(
    not (REAL / TABLE).exists(),
    reason="the recordings are not there: ../shared/minsk2020_als beside the repository",
)
def test_the_real_corpus():
    manifest = minsk2020.read(str(REAL))
    assert len(manifest) == 128
    speakers = manifest.groupby("speaker_id").first()
    assert len(speakers) == 64
    assert list(speakers["label"].value_counts().sort_index()) == [33, 31]
    assert list(manifest.groupby("speaker_id")["syllable"].apply("".join).unique()) == ["ai"]
    assert speakers["gender"].isin(["female", "male"]).all()
    assert speakers["age"].between(18, 100).all()
    assert {"ALS024", "HC024", "ALS028", "HC028", "ALS042", "HC042"} <= set(speakers.index)
