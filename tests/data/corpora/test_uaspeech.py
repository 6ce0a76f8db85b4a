"""UA-Speech: a sample of its real paths, and all of them where they are listed."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed, write_tone

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.uaspeech import UASpeechData
from dysarthria_lightning.errors import CorpusError

_LABELS = '#!MLF!#\n"*/F02_B1_UW10_M5.lab"\nENTERTAINER\n.\n"*/F02_B2_UW10_M5.lab"\nMOUTH\n.\n'


class TestUASpeech(PublishedContract):
    choice = "uaspeech"
    files = (
        "audio/original/CF02/CF02_B1_C11_M5.wav",
        "audio/original/CM13/CM13_B3_LA_M5.wav",
        "audio/original/CM13/CM13_B3_LA_M8.wav",
        "audio/original/F02/F02_B1_CW100_M5.wav",
        "audio/original/F02/F02_B1_UW10_M5.wav",
        "audio/original/F02/F02_B2_UW10_M5.wav",
        "audio/original/M16/M16_B1_D4_M5.wav",
        "audio/noisereduce/M16/M16_B1_D4_M5.wav",
        "audio/normalized/M16/M16_B1_D4_M5.wav",
        "audio/original/M04/M04_B2_UW10_M3.wav",
    )
    passed_over = ("audio/original/F03/F03_B3_C3_M5.wav",)  # known to be empty
    counts = {"CF02": 1, "CM13": 1, "F02": 3, "M16": 1}  # noqa: RUF012
    stranger = "audio/original/M04/M04_B2_UW10_M9.wav"
    other_packaging = "audio/control/CF03/CF03_B1_C1_M5.wav"

    def make_tables(self, folder: Path) -> None:
        (folder / "mlf" / "F02").mkdir(parents=True)
        (folder / "mlf" / "F02" / "F02_word.mlf").write_text(_LABELS)

    def test_a_number_is_another_word_in_each_block(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("take_id")
        assert manifest.loc["F02-B1-UW10", "text"] == "ENTERTAINER"
        assert manifest.loc["F02-B2-UW10", "text"] == "MOUTH"
        assert manifest.loc["F02-B2-UW10", ["severity", "age", "gender"]].tolist() == [
            *(29, 30, "female")
        ]

    def test_what_is_not_taken_is_said(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure())
        notes = " ".join(manifest.attrs["notes"])
        assert "without a recording of the chosen task, microphone and variant: M04." in notes
        assert "the age of 3 of 4 is not known" in notes
        assert list(manifest.attrs["left_out"]) == ["an empty file"]

    @pytest.mark.parametrize(("microphone", "number"), [("M8", 1), ("all", 8)])
    def test_microphones(
        self, configure: Callable[..., Config], tmp_path: Path, microphone: str, number: int
    ) -> None:
        write_tone(tmp_path / "corpus" / "audio/original/M16/M16_B1_D4_M8.wav", 50)
        manifest = read_corpus(configure(f"data.microphone={microphone}"))
        assert len(manifest) == number + 1

    def test_one_variant(self, configure: Callable[..., Config], tmp_path: Path) -> None:
        write_tone(tmp_path / "corpus" / "audio/noisereduce/CF02/CF02_B1_C11_M5.wav", 50)
        manifest = read_corpus(configure("data.variant=noisereduce"))
        assert manifest["recording_id"].tolist() == [
            "CF02-B1-C11-M5-noisereduce",
            "M16-B1-D4-M5-noisereduce",
        ]

    def test_a_list_of_words(self, configure: Callable[..., Config], tmp_path: Path) -> None:
        folder = tmp_path / "corpus"
        (folder / "mlf/F02/F02_word.mlf").unlink()
        assert any(
            "words are not known" in note for note in read_corpus(configure()).attrs["notes"]
        )
        words = pd.DataFrame(
            {"WORD": ["HOUSE", "ENTERTAINER"], "FILE NAME": ["C11", "B1_UW10"]}, dtype=object
        )
        (folder / "doc").mkdir()
        with pd.ExcelWriter(folder / "doc" / "speaker_wordlist.xlsx") as book:
            words.rename(columns=str.lower).to_excel(book, sheet_name="Speaker", index=False)
            words.to_excel(book, sheet_name="Word_filename", index=False)
        manifest = read_corpus(configure()).set_index("take_id")["text"]
        assert manifest["CF02-B1-C11"] == "HOUSE"
        assert manifest["F02-B1-UW10"] == "ENTERTAINER"
        assert pd.isna(manifest["F02-B2-UW10"])

    def test_what_cannot_be_read_is_named(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        labels = tmp_path / "corpus/mlf/F02/F02_word.mlf"
        labels.write_text("rubbish")
        with pytest.raises(CorpusError, match=r"F02_word\.mlf: no labels in it; expected"):
            read_corpus(configure())
        labels.unlink()
        (tmp_path / "corpus" / "speaker_wordlist.csv").write_text("WORD,KEY\nHOUSE,C11\n")
        with pytest.raises(CorpusError, match="column FILE NAME missing; expected WORD"):
            read_corpus(configure())


def list_all(files: list[str], **keys: str) -> pd.DataFrame:
    data = UASpeechData.model_validate({"layout": "uaspeech", "root": "UASpeech", **keys})
    return data.list_recordings([PurePosixPath(file) for file in files], Path("/UASpeech"))


@pytest.mark.parametrize("variant", ["", "original/"])
def test_controls_may_have_a_folder_of_their_own(variant: str) -> None:
    manifest = list_all(
        [
            f"audio/{variant}F02/F02_B1_C1_M5.wav",
            f"audio/{variant}control/CF02/CF02_B1_C1_M5.wav",
        ]
    )
    assert manifest["speaker_id"].tolist() == ["CF02", "F02"]
    assert manifest["label"].tolist() == [0, 1]


def test_control_is_no_speaker() -> None:
    with pytest.raises(CorpusError, match="do not lie as expected"):
        list_all(["audio/control/CF02_B1_C1_M5.wav", "audio/F02/F02_B1_C1_M5.wav"])


def test_what_was_not_asked_for_is_not_left_out() -> None:
    empty = "audio/original/F03/F03_B3_C3_M5.wav"
    files = [f"audio/original/{who}/{who}_B1_C1_M8.wav" for who in ("CF02", "F03")]
    assert "left_out" not in list_all([empty, *files], microphone="M8").attrs
    noisy = [file.replace("original", "noisereduce") for file in files]
    more = {"microphone": "all", "variant": "noisereduce"}
    assert "left_out" not in list_all([empty, *noisy], **more).attrs
    assert list_all([empty, *files], microphone="all").attrs["left_out"] == {
        "an empty file": ["F03-B3-C3-M5-original"]
    }


def test_a_variant_that_is_not_there_is_explained() -> None:
    left_by = r"left by data\.tasks = null, data\.microphone = M5, data\.variant = original; "
    with pytest.raises(CorpusError, match=f"{left_by}there are 1 words, M5, noisereduce"):
        list_all(["audio/noisereduce/F02/F02_B1_C1_M5.wav"])


def test_all_of_the_listing() -> None:
    files = listed("uaspeech.txt")
    manifest = list_all(files, microphone="all")
    n_left_out = sum(map(len, manifest.attrs["left_out"].values()))
    assert len(manifest) + n_left_out == len(files)
    assert n_left_out == 15
    of_each = Counter(file[-6:-4] for file in files)
    known = Counter(name.split("-")[3] for it in manifest.attrs["left_out"].values() for name in it)
    assert Counter(manifest["microphone"]) == of_each - known
    assert len(list_all(files)) == of_each["M5"] - known["M5"]
    speakers = [line.split("\t") for line in listed("uaspeech_speakers.tsv")]
    found = manifest.drop_duplicates("speaker_id").set_index("speaker_id")
    assert set(found.index) == {"M16", *(name for name, *_ in speakers)}
    for name, kind, sex, age, score in speakers:
        row = found.loc[name]
        assert row["label"] == (kind != "control")
        assert row["gender"][0] == sex
        assert row["age"] == float(age) if age != "N/A" else pd.isna(row["age"])
        given = score.split(";")[0].partition("=")[2]
        assert row["severity"] == float(given) if given else pd.isna(row["severity"])


def test_every_key_of_the_list_of_words_fits() -> None:
    keys = [line.split("\t")[0] for line in listed("uaspeech_mlf_words.txt")]
    files = [key if key.startswith("B") else f"B3_{key}" for key in keys]
    paths = [f"audio/original/{who}/{who}_{key}_M5.wav" for key in files for who in ("F05", "CM01")]
    assert len(list_all(paths)) == 2 * 455
