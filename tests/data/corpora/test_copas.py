"""COPAS: a sample of its real paths, and all of them where they are listed."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.copas import COPASData
from dysarthria_lightning.errors import ConfigError, CorpusError

_SPEAKERS = "Speaker,Sex,Age,Intelligibility\nD67,f,12.5,84\nN31,M,40,\nN98,F,,\n"


class TestCOPAS(PublishedContract):
    choice = "copas"
    files = (
        "Data/Data/DIA/D67_A18.wav",
        "Data/Data/DIA/D67_B9.wav",
        "Data/Data/DIA/D67_C29.wav",
        "Data/Data/DIA/N98_A2.wav",
        "Data/Data/S1/D67_S1.wav",
        "Data/Data/S1/N31_S1.wav",
        "Data/Data/S2/N98_S2.wav",
    )
    passed_over = (
        "Data/Data/DIA/C10_A10.wav",  # cleft palate
        "Data/Data/DIA/C10_B20.wav",
        "Data/Data/S2/V1_S2.wav",  # a disorder of the voice
    )
    counts = {"D67": 4, "N98": 2, "N31": 1}  # noqa: RUF012
    stranger = "Data/Data/S1/N31_S2.wav"

    def test_other_groups_are_left_out_and_counted(self, configure: Callable[..., Config]) -> None:
        notes = " ".join(read_corpus(configure()).attrs["notes"])
        assert "3 recordings of 2 speakers of the groups" in notes
        assert "(C, V)" in notes

    def test_other_groups_are_taken_on_demand(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure("data.groups=[C, V]"))
        assert Counter(manifest["speaker_id"]) == {"C10": 2, "V1": 1, "N98": 2, "N31": 1}
        assert set(manifest.loc[manifest["label"] == 1, "speaker_id"]) == {"C10", "V1"}
        assert "36 of C; of N, none" in " ".join(manifest.attrs["notes"])

    @pytest.mark.parametrize("groups", ["[]", "[N]", "[X]"])
    def test_groups_that_are_none_of_patients_are_refused(
        self, configure: Callable[..., Config], groups: str
    ) -> None:
        with pytest.raises(ConfigError, match="groups"):
            configure(f"data.groups={groups}")

    def test_a_table_says_who_speaks(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        plain = read_corpus(configure())
        assert "sex and age are not known: data.speakers_table" in " ".join(plain.attrs["notes"])
        assert "13 of D; of N, none" in " ".join(plain.attrs["notes"])
        (tmp_path / "mine.csv").write_text(_SPEAKERS)
        told = configure(f"data.speakers_table={tmp_path}/mine.csv")
        manifest = read_corpus(told)
        assert "1 of the 3 speakers are younger than 18" in " ".join(manifest.attrs["notes"])
        speakers = manifest.drop_duplicates("speaker_id").set_index("speaker_id")
        assert speakers.loc["D67", ["gender", "age", "severity"]].tolist() == ["female", 12.5, 84]
        assert speakers.loc["N31", "gender"] == "male"
        assert told.data.settings() == configure().data.settings()

    def test_rows_that_name_no_speaker_are_passed_over(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        averages = ",f,41.2,\n,m,43.5,\n-,12 f/8 m,mean 42,\n"
        (tmp_path / "mine.csv").write_text(_SPEAKERS + averages)
        told = read_corpus(configure(f"data.speakers_table={tmp_path}/mine.csv"))
        (tmp_path / "mine.csv").write_text(_SPEAKERS)
        assert read_corpus(configure(f"data.speakers_table={tmp_path}/mine.csv")).equals(told)

    def test_a_table_without_a_column_is_named(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        (tmp_path / "mine.csv").write_text("speaker,sex,intelligibility\nD67,f,84\n")
        with pytest.raises(CorpusError, match=r"mine\.csv: there is no column age"):
            read_corpus(configure(f"data.speakers_table={tmp_path}/mine.csv"))


def list_all(files: list[str], **keys: object) -> pd.DataFrame:
    data = COPASData.model_validate({"layout": "copas", "root": "COPAS", **keys})
    return data.list_recordings([PurePosixPath(file) for file in files], Path("/COPAS"))


def test_all_of_the_listing() -> None:
    files = listed("copas.txt")
    everyone = list_all(files, groups=["A", "C", "D", "G", "H", "L", "V"])
    assert len(everyone) == len(files)
    assert Counter(everyone["task"]) == {"words": 1035, "sentences": 334}
    manifest = list_all(files)
    speakers = manifest.drop_duplicates("speaker_id").set_index("speaker_id")["label"]
    known = {line.split("\t")[0]: line.split("\t")[1] for line in listed("copas_speakers.tsv")}
    assert set(everyone["speaker_id"]) == set(known)
    assert speakers.to_dict() == {
        name: int(kind != "control") for name, kind in known.items() if name[0] in "DN"
    }
    assert Counter(speakers) == {1: 87, 0: 131}


def test_minors_of_the_listing() -> None:
    ages = [line.split("\t") for line in listed("copas_speakers.tsv")]
    minors = Counter(name[0] for name, _, _, age, _ in ages if age != "N/A" and float(age) < 18)
    notes = " ".join(
        list_all(listed("copas.txt"), groups=["A", "C", "D", "G", "H", "L", "V"]).attrs["notes"]
    )
    assert ", ".join(f"{number} of {name}" for name, number in sorted(minors.items())) in notes
