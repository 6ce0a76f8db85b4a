"""TORGO: a sample of its real paths, and all of them where they are listed."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed, write_tone

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.torgo import TorgoData, read_prompt


class TestTorgo(PublishedContract):
    choice = "torgo"
    files = (
        "F/F01/Session1/wav_arrayMic/0006.wav",
        "F/F01/Session1/wav_headMic/0006.wav",
        "F/F01/Session1/wav_headMic/0008.wav",
        "F/F04/Session1/wav_arrayMic/0012.wav",  # a session without the other microphone
        "FC/FC02/Session3/wav_arrayMic/0765.wav",
        "FC/FC02/Session3/wav_arrayMic/0767.wav",
        "M/M01/Session2_3/wav_headMic/0098.wav",
        "M/M03/Session2/wav_arrayMic/0003.wav",
        "MC/MC04/Session2/wav_arrayMic/0800.wav",
    )
    passed_over = (
        "F/F01/Session1/wav_headMic/0007.wav",  # known: its prompt holds a comment
        "M/M05/Session2/wav_headMic/0340.wav",  # known: hardly any sound
        "F/F01/Session1/wav_headMic/0009.wav",  # what its prompt says
    )
    counts = {"F01": 2, "F04": 1, "FC02": 2, "M01": 1, "M03": 1, "MC04": 1}  # noqa: RUF012
    stranger = "F/F01/Session1/wav_throatMic/0006.wav"
    other_packaging = "F_Con/wav_headMic_FC01S01/wav_headMic_FC01S01_0012.wav"

    def make_tables(self, folder: Path) -> None:
        prompts = folder / "F/F01/Session1/prompts"
        prompts.mkdir()
        (prompts / "0006.txt").write_text("stick")
        (prompts / "0008.txt").write_text("You wished to know all about my grandfather.\n")
        (prompts / "0009.txt").write_text("input/images/car.jpg\n")

    def test_head_microphone_else_array(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("recording_id")
        assert "F01-Session1-0006-head" in manifest.index
        assert "F01-Session1-0006-array" not in manifest.index
        assert "F04-Session1-0012-array" in manifest.index
        assert "head 3 dysarthric, 0 healthy" in " ".join(read_corpus(configure()).attrs["notes"])

    @pytest.mark.parametrize(("microphone", "number"), [("array", 6), ("all", 9)])
    def test_microphones(
        self, configure: Callable[..., Config], microphone: str, number: int
    ) -> None:
        manifest = read_corpus(configure(f"data.microphone={microphone}"))
        assert len(manifest) == number
        utterance = manifest[manifest["take_id"] == "F01-Session1-0006"]
        assert set(utterance["microphone"]) == (
            {"array", "head"} if microphone == "all" else {"array"}
        )

    def test_faults_are_told_of_the_microphone_that_is_read(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        def left_out(microphone: str) -> set[str]:
            manifest = read_corpus(configure(f"data.microphone={microphone}"))
            return {name for names in manifest.attrs["left_out"].values() for name in names}

        write_tone(tmp_path / "corpus/F/F01/Session1/wav_arrayMic/0007.wav", 50)
        write_tone(tmp_path / "corpus/FC/FC03/Session2/wav_headMic/0001.wav", 51)
        assert (
            left_out("head_else_array")
            == left_out("head")
            == {"F01-Session1-0007-head", "F01-Session1-0009-head", "M05-Session2-0340-head"}
        )
        assert left_out("array") == {"F01-Session1-0007-array"}

    def test_ages_are_not_published(self, configure: Callable[..., Config]) -> None:
        notes = " ".join(read_corpus(configure()).attrs["notes"])
        assert "TORGO: ages are not published." in notes
        assert "of 6 is not known" not in notes

    def test_prompts_and_sessions(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("take_id")
        assert manifest.loc["F01-Session1-0006", ["text", "task"]].tolist() == ["stick", "words"]
        assert manifest.loc["F01-Session1-0008", "task"] == "sentences"
        assert manifest.loc["M01-Session2_3-0098", "session"] == "Session2_3"
        assert manifest.loc["FC02-Session3-0765", "label"] == 0
        assert manifest.loc["FC02-Session3-0765", "gender"] == "female"


def test_prompts() -> None:
    assert read_prompt("stick") == {"text": "stick", "task": "words"}
    assert "fault" in read_prompt("[say Ah-P-Eee repeatedly]")
    assert "fault" in read_prompt("xxx")
    assert read_prompt("") == {}


def list_all(files: list[str], **keys: str) -> list[str]:
    """List recordings' ids; a control stands in where the files are of patients only."""
    data = TorgoData.model_validate({"layout": "torgo", "root": "TORGO", **keys})
    control = "FC03/Session2/wav_headMic/0001.wav"
    paths = [PurePosixPath(file) for file in dict.fromkeys([*files, control])]
    manifest = data.list_recordings(paths, Path("/TORGO"))
    return manifest["recording_id"].tolist()


def test_usable_and_unusable_utterances_of_the_listing() -> None:
    usable = [line.split("\t")[0] for line in listed("torgo_words.tsv")]
    unusable = [line.split("\t")[0] for line in listed("torgo_bad.txt")]
    assert len(list_all([*usable, *unusable], microphone="all")) == len(usable) + 1


def test_speakers_of_the_listing() -> None:
    speakers = {line.split("\t")[0]: line.split("\t")[1:3] for line in listed("torgo_speakers.tsv")}
    data = TorgoData.model_validate({"layout": "torgo", "root": "TORGO"})
    usable = [PurePosixPath(line.split("\t")[0]) for line in listed("torgo_words.tsv")]
    manifest = data.list_recordings(usable, Path("/TORGO")).drop_duplicates("speaker_id")
    found = {row.speaker_id: (row.label, row.gender) for row in manifest.itertuples()}
    assert found == {
        name: (int(kind != "control"), {"f": "female", "m": "male"}[sex])
        for name, (kind, sex) in speakers.items()
    }


@pytest.mark.parametrize("speaker", ["M03", "FC02", "F03"])
def test_a_repacked_name_without_a_session_is_of_a_speaker_who_has_one(speaker: str) -> None:
    def repacked(name: str) -> str:
        return f"x/wav_headMic_{name}/wav_headMic_{name}_0012.wav"

    data = TorgoData.model_validate({"layout": "torgo", "root": "TORGO"})
    for only_one in ("F01", "FC01"):
        take = data.parse(PurePosixPath(repacked(only_one)))
        assert take is not None
        assert take.session == "Session1"
    assert data.parse(PurePosixPath(repacked(speaker))) is None
    assert data.parse(PurePosixPath(repacked(f"{speaker}S02"))) is not None


@pytest.mark.parametrize("form", ["F_", "M_"])
def test_repacked_forms(form: str) -> None:
    files = [file for file in listed("torgo_repacked_constructed.txt") if file.startswith(form)]
    files = [file for file in files if "F_Con/F_Con" not in file and not file.endswith("/.wav")]
    data = TorgoData.model_validate({"layout": "torgo", "root": "TORGO", "microphone": "all"})
    manifest = data.list_recordings([PurePosixPath(file) for file in files], Path("/TORGO"))
    assert set(manifest["microphone"]) == {"array", "head"}
    n_left_out = sum(map(len, manifest.attrs["left_out"].values()))
    assert len(manifest) + n_left_out == len(files)
    assert manifest["speaker_id"].str.startswith(form[0]).all()
