"""VOICED: paths after its naming rule."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.voiced import VoicedData
from dysarthria_lightning.errors import CorpusError


def info(speaker: str, age: str, gender: str, diagnosis: str, score: str) -> str:
    return (
        f"ID:\t{speaker}\t\n\nAge:\t{age}\nGender:\t{gender}\nDiagnosis:\t{diagnosis}\n"
        f"Occupation status:\tResearcher\n\nVoice Handicap Index (VHI) Score:\t{score}\n"
        "Reflux Symptom Index (RSI) Score:\t5\nNumber of cigarettes smoked per day:\tNU\n"
    )


class TestVoiced(PublishedContract):
    choice = "voiced"
    files = ("voice001.wav", "voice002.wav", "voice208.wav")
    counts = {"voice001": 1, "voice002": 1, "voice208": 1}  # noqa: RUF012
    stranger = "voice1.wav"

    def make_tables(self, folder: Path) -> None:
        for speaker, text in {
            "voice001": info("voice001", "32", "m", "hyperkinetic dysphonia", "15"),
            "voice002": info("voice002", "44", "f", "Healthy ", "NU"),
            # The ID in it is another speaker's.
            "voice208": info("voice002", "51", "f", "reflux laryngitis", "26"),
        }.items():
            (folder / f"{speaker}-info.txt").write_text(text)
            for ending in (".dat", ".hea", ".txt"):
                (folder / f"{speaker}{ending}").write_text("0.1\n")

    def test_what_files_say_of_speakers(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("speaker_id")
        columns = ["label", "gender", "age", "severity", "text"]
        assert manifest.loc["voice001", columns].tolist() == [1, "male", 32, 15, "a"]
        assert manifest.loc["voice002", columns[:3]].tolist() == [0, "female", 44]
        assert manifest["severity"].isna().tolist() == [False, True, False]
        assert manifest.loc["voice208", columns[:3]].tolist() == [1, "female", 51]

    def test_signals_without_wav_are_to_be_converted(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        (tmp_path / "corpus" / "voice002.wav").unlink()
        with pytest.raises(CorpusError, match=r"1 of its signals .* voice002\. .*wfdb") as refused:
            read_corpus(config)
        # The command as it would be typed: everything between the quotes is Python.
        code = str(refused.value).split('"')[1]
        compile(code, "typed", "exec")
        assert "soundfile" in code

    def test_somebody_of_whom_nothing_is_known(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        (tmp_path / "corpus" / "voice208-info.txt").unlink()
        with pytest.raises(CorpusError, match=r"- voice208-info\.txt"):
            read_corpus(config)

    @pytest.mark.parametrize("text", ["", "Gender:\tm\n", info("voice001", "32", "x", "cyst", "1")])
    def test_a_file_without_a_diagnosis(
        self, configure: Callable[..., Config], tmp_path: Path, text: str
    ) -> None:
        config = configure()
        (tmp_path / "corpus" / "voice001-info.txt").write_text(text)
        with pytest.raises(CorpusError, match=r"voice001-info\.txt: Diagnosis = "):
            read_corpus(config)


def test_as_distributed_it_is_to_be_converted() -> None:
    files = [PurePosixPath(file) for file in listed("voiced_constructed.txt")]
    data = VoicedData.model_validate({"layout": "voiced", "root": "VOICED"})
    with pytest.raises(CorpusError, match="208 of its signals"):
        data.list_recordings(files, Path("/VOICED"), {})
    converted = [*files, *(file.with_suffix(".wav") for file in files if file.suffix == ".dat")]
    details = {f"voice{n:03d}": {"label": int(n > 58)} for n in range(1, 209)}
    assert len(data.list_recordings(converted, Path("/VOICED"), details)) == 208
