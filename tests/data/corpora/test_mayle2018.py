"""The paper's own layout: its folders, its file names, and the pseudonyms of its speakers."""

import tempfile
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from configurations import read_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

from dysarthria_lightning.data.corpora import mayle2018
from dysarthria_lightning.errors import CorpusError

HEALTHY, PATIENT = "female healthy/1-Li Na-a", "male patient/2-Wang Wei-b-c"


def make_corpus(folder: Path, *files: str) -> str:
    """Make recordings without content; two speakers, one of each class, are always there."""
    for file in (f"{HEALTHY}/a1.wav", f"{PATIENT}/a1.wav", *files):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return str(folder)


def read(folder: Path, *files: str, key_file: Path | None = None) -> pd.DataFrame:
    return mayle2018.read(make_corpus(folder, *files), key_file and str(key_file))


def refusal(folder: Path, *files: str) -> str:
    with pytest.raises(CorpusError) as refused:
        read(folder, *files)
    return str(refused.value)


def row_of(manifest: pd.DataFrame, file: str) -> pd.Series:
    (row,) = [row for _, row in manifest.iterrows() if row["row"] == file]
    return row


def test_class_and_gender_come_from_the_folder(tmp_path):
    groups = ("female healthy", "female patient", "male healthy", "male patient")
    files = [f"{group}/9-Chen-x/ba1.wav" for group in groups]
    manifest = read(tmp_path, *files)
    found = {file: row_of(manifest, file) for file in files}
    assert [(row.gender, row.label) for row in found.values()] == [
        *(("female", 0), ("female", 1), ("male", 0), ("male", 1)),
    ]
    assert found[files[0]].path == str((tmp_path / files[0]).resolve())
    # One name in four groups is four people.
    assert len({row.speaker_id for row in found.values()}) == 4


@pytest.mark.parametrize(
    ("stem", "syllable", "syllable_type", "ending"),
    [
        ("ba1", "ba1", "monophthong", "-ba1"),
        ("ba1-2", "ba1", "monophthong", "-ba1-2"),
        ("3", "3", "monophthong", "-3"),
        ("z-bing", "bing", "compound_vowel", "-z-bing"),
        ("z-bing(bin)", "bing", "compound_vowel", "-z-bing"),
        ("z-bing-1 (bin)", "bing", "compound_vowel", "-z-bing-1"),
        ("zz-ha-2(发音错误)", "ha", "consonant_a", "-zz-ha-2"),
        ("zz-ha-2（发音错误）", "ha", "consonant_a", "-zz-ha-2"),
        ("zz-ha（发音错误）-2", "ha", "consonant_a", "-zz-ha-2"),
        ("zz-ha(one)(two)", "ha", "consonant_a", "-zz-ha"),
        ("zz-zi【noise】", "zi", "consonant_a", "-zz-zi"),
        ("zi[noise]", "zi", "monophthong", "-zi"),
        ("zz-ha-２", "ha", "consonant_a", "-zz-ha-2"),
        ("ZZ-Ha", "ha", "consonant_a", "-zz-ha"),
    ],
)
def test_file_names_of_every_kind(tmp_path, stem, syllable, syllable_type, ending):
    file = f"{PATIENT}/{stem}.wav"
    row = row_of(read(tmp_path, file), file)
    assert (row.syllable, row.syllable_type) == (syllable, syllable_type)
    assert row.recording_id == f"{row.speaker_id}-2{ending}"


@given(
    prefix=st.sampled_from(["", "z-", "zz-"]),
    syllable=st.from_regex(r"[a-y][a-z]{0,4}[1-4]?", fullmatch=True),
    repeat=st.one_of(st.none(), st.integers(1, 99)),
    remark=st.text(st.characters(categories=["Ll", "Lo", "Nd", "Zs"]), max_size=6),
    brackets=st.sampled_from(["()", "（）", "[]", "【】", "（)", None]),
    suffix=st.sampled_from([".wav", ".WAV"]),
)
@settings(max_examples=20, deadline=None)
def test_a_file_name_made_of_parts_gives_the_parts(
    prefix, syllable, repeat, remark, brackets, suffix
):
    stem = f"{prefix}{syllable}" + ("" if repeat is None else f"-{repeat}")
    written = stem if brackets is None else f"{stem}{brackets[0]}{remark}{brackets[1]}"
    file = f"{PATIENT}/{written}{suffix}"
    with tempfile.TemporaryDirectory() as folder:
        row = row_of(read(Path(folder), file), file)
    kind = {"": "monophthong", "z-": "compound_vowel", "zz-": "consonant_a"}[prefix]
    assert (row.syllable, row.syllable_type) == (syllable, kind)
    assert row.recording_id.removesuffix(".2") == f"{row.speaker_id}-2-{stem}"


def test_one_text_with_and_without_remark_is_two_recordings(tmp_path):
    manifest = read(tmp_path, f"{PATIENT}/ha.wav", f"{PATIENT}/ha(noise).wav")
    ids = manifest.loc[manifest["syllable"] == "ha", "recording_id"]
    assert ids.nunique() == 2


def test_one_speaker_may_have_several_folders(tmp_path):
    again = "male patient/14-Wang Wei-later"
    manifest = read(tmp_path, f"{again}/a1.wav")
    first, second = row_of(manifest, f"{PATIENT}/a1.wav"), row_of(manifest, f"{again}/a1.wav")
    assert first.speaker_id == second.speaker_id
    assert first.recording_id != second.recording_id


def test_two_folders_of_one_number_and_speaker_are_two_visits(tmp_path):
    manifest = read(tmp_path, "male patient/2-Wang Wei-later/a1.wav")
    assert len(manifest) == 3
    assert manifest["recording_id"].nunique() == 3
    assert manifest["speaker_id"].nunique() == 2


@pytest.mark.parametrize(
    "hidden",
    [
        ".DS_Store",
        ".git/config",
        "male patient/.DS_Store",
        f"{PATIENT}/._a1.wav",
        f"{PATIENT}/Thumbs.db",
        "female healthy/desktop.ini",
    ],
)
def test_hidden_files_are_ignored(tmp_path, hidden):
    assert len(read(tmp_path, hidden)) == 2


@pytest.mark.parametrize(
    ("file", "named", "allowed"),
    [
        ("male patients/3-Zhao-x/a1.wav", "male patients", '"male patient"'),
        ("notes.txt", "notes.txt", '"female healthy"'),
        ("male patient/list.txt", "male patient/list.txt", "<number>-<speaker>-<note>"),
        ("male patient/Zhao/a1.wav", "male patient/Zhao", "<number>-<speaker>-<note>"),
        ("male patient/3-/a1.wav", "male patient/3-", "<number>-<speaker>-<note>"),
        ("male patient/Zhao-3-x/a1.wav", "male patient/Zhao-3-x", "<number>-<speaker>-<note>"),
        (f"{PATIENT}/a1.mp3", f"{PATIENT}/a1.mp3", "<syllable>.wav"),
        (f"{PATIENT}/x-ha.wav", f"{PATIENT}/x-ha.wav", "zz-<syllable>.wav"),
        (f"{PATIENT}/ha-2-3.wav", f"{PATIENT}/ha-2-3.wav", "-<number> for a repeat"),
        (f"{PATIENT}/ha(noise.wav", f"{PATIENT}/ha(noise.wav", "remarks in brackets"),
        (f"{PATIENT}/z-.wav", f"{PATIENT}/z-.wav", "z-<syllable>.wav"),
        (f"{PATIENT}/more/a1.wav", f"{PATIENT}/more", "<syllable>.wav"),
    ],
)
def test_an_unknown_folder_or_file_is_named_with_what_is_expected(tmp_path, file, named, allowed):
    message = refusal(tmp_path, file)
    assert f"{tmp_path / named}: expected" in message
    assert allowed in message


def test_a_missing_folder_says_how_to_get_the_corpus(tmp_path, make_config):
    with pytest.raises(CorpusError, match=r"data\.root is needed: the folder that holds .female"):
        read_corpus(make_config("data=mayle2018"))
    absent = tmp_path / "absent"
    with pytest.raises(CorpusError, match="ask its authors") as refused:
        read_corpus(make_config("data=mayle2018", f"data.root={absent}"))
    assert f"data.root = {absent}: there is no such folder" in str(refused.value)
    assert '"female healthy", "female patient", "male healthy", "male patient"' in str(
        refused.value
    )


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="no recordings are listed") as refused:
        mayle2018.read(str(tmp_path))
    assert str(tmp_path) in str(refused.value)


def test_pseudonyms_do_not_depend_on_who_else_is_there(tmp_path):
    before = row_of(read(tmp_path / "x"), f"{PATIENT}/a1.wav").speaker_id
    larger = read(tmp_path / "y", "male patient/1-Zhao-x/a1.wav", f"{PATIENT}/zz-ha.wav")
    assert row_of(larger, f"{PATIENT}/a1.wav").speaker_id == before
    renumbered = read(tmp_path / "z", "male patient/77-Wang Wei/a1.wav")
    assert row_of(renumbered, "male patient/77-Wang Wei/a1.wav").speaker_id == before


def test_pseudonyms_are_the_same_from_release_to_release(tmp_path):
    assert row_of(read(tmp_path), f"{PATIENT}/a1.wav").speaker_id == "MD0e5b836d"


def test_pseudonyms_change_with_the_key(tmp_path):
    ids = []
    for name, secret in {"1": "a secret", "2": "a secret\n", "3": "another", "4": "a" * 99}.items():
        (tmp_path / name).write_text(secret)
        manifest = read(tmp_path / "corpus", f"{PATIENT}/zz-ha.wav", key_file=tmp_path / name)
        ids.append(set(manifest["speaker_id"]))
    without = set(read(tmp_path / "corpus")["speaker_id"])
    assert ids[0] == ids[1]
    assert len(without | ids[0] | ids[2] | ids[3]) == 8


def test_the_whole_key_counts_however_long(tmp_path):
    ids = set()
    for ending in "xy":
        (tmp_path / "key").write_text("a" * 200 + ending)
        ids |= set(read(tmp_path / "corpus", key_file=tmp_path / "key")["speaker_id"])
    assert len(ids) == 4


def test_the_key_s_file_comes_from_the_configuration(tmp_path, make_config):
    root = make_corpus(tmp_path / "corpus")
    (tmp_path / "key").write_text("ours")
    plain, keyed = (
        read_corpus(make_config("data=mayle2018", f"data.root={root}", *key))
        for key in ([], [f"data.pseudonym_key_file={tmp_path}/key"])
    )
    assert not set(plain["speaker_id"]) & set(keyed["speaker_id"])


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_a_key_s_file_without_a_key_is_named(tmp_path, content):
    key_file = tmp_path / "key"
    if content is not None:
        key_file.write_text(content)
    with pytest.raises(CorpusError) as refused:
        read(tmp_path / "corpus", key_file=key_file)
    assert f"data.pseudonym_key_file = {key_file}: " in str(refused.value)


def test_a_name_is_one_speaker_however_its_accents_are_stored(tmp_path):
    composed = unicodedata.normalize("NFC", "male patient/5-Lǚ Bù/a1.wav")
    decomposed = unicodedata.normalize("NFD", "male patient/6-Lǚ Bù/a1.wav")
    manifest = read(tmp_path, composed, decomposed)
    assert row_of(manifest, composed).speaker_id == row_of(manifest, decomposed).speaker_id
