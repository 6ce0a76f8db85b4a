"""PC-GITA: a sample of its real paths, and all of them where they are listed."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import openpyxl
import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.pcgita import PcGitaData
from dysarthria_lightning.data.manifest_schema import LEFT_OUT
from dysarthria_lightning.errors import CorpusError

_HEADER = "RECODING ORIGINAL NAME;UPDRS;UPDRS-speech ;H/Y;SEX;AGE;time after diagnosis"
_ROWS = """\
AVPEPUDEA0001;28;1;2;M;64;3
 AVPEPUDEA0015;28;1,5;2,5;F;66;0,4
AVPEPUDEAC0012;;;;F;61,0;
AVPEPUDEAC0041;;;;M;-;
;;;;;;
mean;;;;;62,1;"""


class TestPcGita(PublishedContract):
    choice = "pcgita"
    files = (
        "DDK_analysis/ka-ka-ka/sin_normalizar/hc/AVPEPUDEAC0012_ka.wav",
        "DDK_analysis/pataka/sin_normalizar/PD/AVPEPUDEA0001_pataka.wav",
        "DDK_analysis/ta-ta-ta/sin_normalizar/hc/AVPEPUDEAC0012-ta.wav",  # odd
        "monologue/sin_normalizar/pd/AVPEPUDEA0001-Monologo-NR.wav",
        "monologue/sin_normalizar/pd/AVPEPUDEA0041-Monologo-NR.wav",  # the patient has one
        "read_text/ayerfuialmedico/sin_normalizar/pd/AVPEPUDEA0002readtext.wav",  # odd
        "read_text/ayerfuialmedico/sin_normalizar/hc/AVPEPUDEAC0041_readtext.wav",
        "sentences/laura/sin_normalizar/PD/AVPEPUDEA0001_laura.wav",
        "sentences2/4_preocupado/non-normalized/hc/AVPEPUDEAC0012_precupado.wav",  # odd
        "sentences2/4_preocupado/non-normalized/pd/AVPEPUDEA0001_preocupado.wav",
        "Vowels/Control/A/AVPEPUDEAC0012a1.wav",
        "Vowels/Patologicas/A/AVPEPUDEA0001a1.wav",
        "Vowels/Patologicas/A/AVPEPUDEA0001a2.wav",
        "Words/Sin normalizar/Patologica/apto/AVPEPUDEA0015_apto.wav",
        "modulated vowels/hc/E/AVPEPUDEAC0012_E.wav",
    )
    passed_over = (
        "DDK_analysis/ka-ka-ka/con_normalizar/hc/AVPEPUDEAC0012_ka.wav",
        "sentences2/4_preocupado/normalized/pd/AVPEPUDEA0001_preocupado.wav",
        "sentences/laura/sin_normalizar/HC_sobraron/AVPEPUDEAC0002_laura.wav",
        "Vowels/Control/los_que_sobran/AVPEPUDEAC0002a1.wav",
    )
    counts = {  # noqa: RUF012
        **{"AVPEPUDEAC0012": 5, "AVPEPUDEA0001": 6, "AVPEPUDEA0002": 1, "AVPEPUDEA0015": 1},
        # One number, two people.
        **{"AVPEPUDEA0041": 1, "AVPEPUDEAC0041": 1},
    }
    stranger = "sentences/laura/sin_normalizar/PD/AVPEPUDEAC0001_laura.wav"

    def make_tables(self, folder: Path) -> None:
        (folder / "Copia de PCGITA_metadata.csv").write_text(f"{_HEADER}\n{_ROWS}\n")

    def test_blanks_and_underscores_are_one(self) -> None:
        spaced = [file.replace("_normalizar", " normalizar") for file in self.files]
        spaced = [f.replace("DDK_", "DDK ").replace("read_text", "read text") for f in spaced]
        assert spaced != [*self.files]
        assert list_all(spaced)["take_id"].tolist() == list_all(self.files)["take_id"].tolist()

    def test_variants(self, configure: Callable[..., Config]) -> None:
        words = ("data.variant=normalised", "data.tasks=[syllables,sentences]")
        assert read_corpus(configure(*words))["recording_id"].tolist() == [
            "AVPEPUDEA0001-sentence-preocupado-normalised",
            "AVPEPUDEAC0012-ddk-ka-ka-ka-normalised",
        ]

    def test_variants_are_not_mixed(self, configure: Callable[..., Config]) -> None:
        utterances = read_corpus(configure())["take_id"]
        assert utterances.is_unique
        assert "AVPEPUDEA0001-vowel-a2" in set(utterances)

    def test_what_was_left_over_is_counted(self, configure: Callable[..., Config]) -> None:
        (left_out,) = read_corpus(configure()).attrs[LEFT_OUT].values()
        assert len(left_out) == 2

    def test_its_table(self, configure: Callable[..., Config]) -> None:
        speakers = read_corpus(configure()).drop_duplicates("speaker_id").set_index("speaker_id")
        told = ["gender", "age", "severity"]
        assert speakers.loc["AVPEPUDEA0015", told].tolist() == ["female", 66, 1.5]
        assert speakers.loc["AVPEPUDEAC0012", "age"] == 61
        assert speakers.loc["AVPEPUDEAC0041", "age":"severity"].isna().all()
        assert speakers.loc["AVPEPUDEA0002", told].isna().all()  # is not in it

    def test_its_table_as_a_spreadsheet_below_a_title(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        plain = read_corpus(configure())
        (table,) = (tmp_path / "corpus").glob("*.csv")
        book = openpyxl.Workbook()
        book.active.append(["PC-GITA"])
        for line in (_HEADER, *_ROWS.splitlines()):
            cells = [cell.replace(",", ".") for cell in line.split(";")]
            book.active.append([float(c) if c.replace(".", "").isdigit() else c for c in cells])
        book.save(table.with_name("PCGITA_metadata.xlsx"))
        table.unlink()
        assert read_corpus(configure()).equals(plain)

    def test_its_table_may_be_absent(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        (tmp_path / "corpus" / "Copia de PCGITA_metadata.csv").unlink()
        manifest = read_corpus(config)
        assert manifest["age"].isna().all()
        assert "PCGITA_metadata.xlsx is not there" in " ".join(manifest.attrs["notes"])

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            (f"{_HEADER.replace('SEX', 'sexo')}\n{_ROWS}", "there is no column SEX"),
            (f"{_HEADER}\nAVPEPUDEA0001;28;1;2;M;old;3", "row 2: AGE = 'old': expected a number"),
            (f"{_HEADER}\nAVPEPUDEA0001;28;1;2;X;64;3", "row 2: SEX = 'X': expected one of F, M"),
            (f"{_HEADER}\n{_ROWS}\nAVPEPUDEA0001;;;;F;;", "speaker AVPEPUDEA0001 has gender"),
            ("", "cannot be read as a table: it is empty"),
        ],
    )
    def test_mistakes_in_its_table_are_named(
        self, configure: Callable[..., Config], tmp_path: Path, table: str, message: str
    ) -> None:
        config = configure()
        file = tmp_path / "corpus" / "Copia de PCGITA_metadata.csv"
        file.write_text(table)
        with pytest.raises(CorpusError) as refused:
            read_corpus(config)
        assert message in str(refused.value)
        assert str(file) in str(refused.value)


def list_all(files: "list[str] | tuple[str, ...]") -> pd.DataFrame:
    data = PcGitaData.model_validate({"layout": "pcgita", "root": "PC-GITA"})
    return data.list_recordings([PurePosixPath(file) for file in files], Path("/PC-GITA"))


def test_all_of_the_listing() -> None:
    manifest = list_all(listed("pcgita.txt"))
    assert len(manifest) == 1799
    assert Counter(zip(manifest["task"], manifest["label"], strict=True)) == {
        ("syllables", 0): 300,
        ("syllables", 1): 300,
        ("sentences", 0): 500,
        ("sentences", 1): 500,
        ("reading", 0): 50,
        ("reading", 1): 50,
        ("speech", 0): 49,
        ("speech", 1): 50,
    }
    speakers = [line.split("\t")[:2] for line in listed("pcgita_speakers.tsv")]
    labels = manifest.drop_duplicates("speaker_id").set_index("speaker_id")["label"]
    assert labels.to_dict() == {name: int(status == "pd") for name, status in speakers}
    without = set(labels.index) - set(manifest.loc[manifest["task"] == "speech", "speaker_id"])
    assert without == {"AVPEPUDEAC0041"}


def test_speakers_of_the_listing(tmp_path: Path) -> None:
    rows = [line.split("\t") for line in listed("pcgita_speakers.tsv")]
    order = (0, 4, 5, 6, 2, 3, 7)
    table = "\n".join([_HEADER, *(";".join(row[place] for place in order) for row in rows)])
    (tmp_path / "PCGITA_metadata.csv").write_text(table)
    data = PcGitaData.model_validate({"layout": "pcgita", "root": str(tmp_path)})
    details = data.speaker_details(tmp_path, [PurePosixPath("PCGITA_metadata.csv")])
    assert len(details) == 100
    assert Counter(said["gender"] for said in details.values()) == {"female": 50, "male": 50}
    assert sum("severity" in said for said in details.values()) == 50
