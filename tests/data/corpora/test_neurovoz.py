"""NeuroVoz: a sample of its real paths, and all of its sentences where they are listed."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.neurovoz import NeuroVozData
from dysarthria_lightning.errors import CorpusError

_HEALTHY = "ID,Sex,Age,Audio\n45,1,63.0,a.wav\n45,1,63.0,b.wav\n145,0,,c.wav\n"
_PATIENTS = "ID,Sex,Age,UPDRS scale,H-Y Stadium,Audio\n7.0,1.0,67,24,2,d.wav\n8,,59,NaN,2,e.wav\n"


class TestNeuroVoz(PublishedContract):
    choice = "neurovoz"
    files = (
        "data/audios/HC_ACAMPADA_0045.wav",
        "data/audios/HC_A1_0045.wav",
        "data/audios/HC_PETACA_BLANCA_0145.wav",  # two words
        "data/audios/PD_PAN_VINO_0007.wav",
        "data/audios/PD_PATAKA_0007.wav",
        "data/audios/PD_ESPONTANEA_0007.wav",
        "data/audios/PD_PATATA_BLANDA_0008.wav",
        "data/audios/PD_FREE_0023.wav",
    )
    counts = {"0045": 2, "0145": 1, "0007": 3, "0008": 1, "0023": 1}  # noqa: RUF012
    stranger = "data/audios/PD_BLANDA_0007.wav"

    def make_tables(self, folder: Path) -> None:
        (folder / "data/metadata").mkdir()
        (folder / "data/metadata/metadata_hc.csv").write_text(_HEALTHY)
        (folder / "data/metadata/metadata_pd.csv").write_text(_PATIENTS)

    def test_the_speaker_follows_the_last_underscore(self) -> None:
        speakers = list_all([*self.files]).set_index("take_id")["speaker_id"]
        assert speakers["0007-PAN_VINO"] == "0007"
        assert speakers["0145-PETACA_BLANCA"] == "0145"

    def test_tasks(self, configure: Callable[..., Config]) -> None:
        tasks = read_corpus(configure()).set_index("take_id")["task"]
        assert tasks["0045-A1"] == "vowels"
        assert tasks["0007-PATAKA"] == "syllables"
        assert tasks["0007-PAN_VINO"] == "sentences"
        assert tasks["0007-ESPONTANEA"] == tasks["0023-FREE"] == "speech"

    def test_one_id_in_both_classes_is_no_two_people(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        (tmp_path / "corpus/data/audios/HC_A2_0007.wav").touch()
        with pytest.raises(CorpusError, match="speaker 0007 has labels"):
            read_corpus(config)

    @pytest.mark.parametrize("name", ["metadata/metadata", "metadata/data"])
    def test_its_tables(self, configure: Callable[..., Config], tmp_path: Path, name: str) -> None:
        config = configure()
        for group in ("hc", "pd"):
            table = tmp_path / f"corpus/data/metadata/metadata_{group}.csv"
            table.rename(tmp_path / f"corpus/data/{name}_{group}.csv")
        manifest = read_corpus(config)
        speakers = manifest.drop_duplicates("speaker_id").set_index("speaker_id")
        told = ["gender", "age", "severity"]
        assert speakers.loc["0007", told].tolist() == ["male", 67, 24]
        assert speakers.loc["0145", "gender"] == "female"
        assert speakers.loc["0145", ["age", "severity"]].isna().all()
        assert speakers.loc["0008", ["gender", "severity"]].isna().all()
        assert "1 is read as male" in " ".join(manifest.attrs["notes"])

    def test_its_tables_may_be_absent(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        for table in (tmp_path / "corpus/data/metadata").iterdir():
            table.unlink()
        assert "metadata_pd.csv is not there" in " ".join(read_corpus(config).attrs["notes"])

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            ("ID,Sex,Age\n7,1,67\n", "there is no column UPDRS scale; its first row holds ID"),
            (_PATIENTS + "7,1,68,24,2,f.wav\n", "speaker 0007 has age 68.0, and 67.0"),
            (_PATIENTS + "9,2,68,24,2,f.wav\n", "row 4: Sex = '2': expected one of F, M, 1, 0"),
        ],
    )
    def test_mistakes_in_its_tables_are_named(
        self, configure: Callable[..., Config], tmp_path: Path, table: str, message: str
    ) -> None:
        config = configure()
        file = tmp_path / "corpus/data/metadata/metadata_pd.csv"
        file.write_text(table)
        with pytest.raises(CorpusError) as refused:
            read_corpus(config)
        assert message in str(refused.value)
        assert str(file) in str(refused.value)


def list_all(files: list[str]) -> pd.DataFrame:
    data = NeuroVozData.model_validate({"layout": "neurovoz", "root": "NeuroVoz"})
    return data.list_recordings([PurePosixPath(file) for file in files], Path("/NeuroVoz"))


def test_all_of_the_listing() -> None:
    manifest = list_all(listed("neurovoz.txt"))
    assert len(manifest) == 1655
    assert set(manifest["task"]) == {"sentences"}
    assert Counter(manifest["label"]) == {0: 862, 1: 793}
    speakers = [line.split("\t")[:2] for line in listed("neurovoz_speakers.tsv")]
    labels = manifest.drop_duplicates("speaker_id").set_index("speaker_id")["label"]
    assert labels.to_dict() == {name: int("patient" in status) for name, status in speakers}
    assert Counter(labels) == {0: 56, 1: 50}
