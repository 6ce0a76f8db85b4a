"""VOC-ALS: paths after its naming rule."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import openpyxl
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.voc_als import VocAlsData
from dysarthria_lightning.errors import CorpusError

COLUMNS = ["ID", "Category", "Sex", "Age (years)", "ALSFRS-R_TotalScore", "ALSFRS-R_SpeechSubscore"]
ROWS = [
    ["CT001", "HC", "F", 58, "-", "-"],
    ["PZ001", "ALS", "M", 63, 38, 2],
    ["PZ102", "ALS", "F", None, 41, 4],
]


def write_table(file: Path, columns: list[str]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Demographic and clinical data", None, None, None, "Scales"])
    for row in (columns, *ROWS):
        book.active.append(row)
    book.save(file)


class TestVocAls(PublishedContract):
    choice = "voc_als"
    files = (
        "phonationA/CT001_phonationA.wav",
        "phonationA/PZ001_phonationA.wav",
        "phonationU/PZ102_phonationU.wav",
        "rhythmKA/PZ001_rhythmKA.wav",
        "rhythmPA/CT001_rhythmPA.wav",
    )
    counts = {"CT001": 2, "PZ001": 2, "PZ102": 1}  # noqa: RUF012
    stranger = "phonationA/XX001_phonationA.wav"

    def make_tables(self, folder: Path) -> None:
        write_table(folder / "VOC-ALS.xlsx", COLUMNS)

    def test_the_table_has_its_header_in_the_second_row(
        self, configure: Callable[..., Config]
    ) -> None:
        manifest = read_corpus(configure()).set_index("recording_id")
        columns = ["label", "gender", "age", "severity", "task", "text"]
        assert manifest.loc["PZ001_phonationA", columns].tolist() == [
            *(1, "male", 63, 2, "vowels", "a")
        ]
        assert manifest.loc["PZ001_rhythmKA", ["task", "text"]].tolist() == ["syllables", "ka"]
        assert manifest.loc["CT001_rhythmPA", ["label", "gender"]].tolist() == [0, "female"]
        assert manifest["severity"].isna()[["CT001_rhythmPA", "PZ102_phonationU"]].tolist() == [
            *(True, False)  # controls have a dash
        ]

    def test_one_task(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure("data.tasks=[syllables]"))
        assert manifest["recording_id"].tolist() == ["CT001_rhythmPA", "PZ001_rhythmKA"]

    def test_without_the_table(self, configure: Callable[..., Config], tmp_path: Path) -> None:
        config = configure()
        (tmp_path / "corpus" / "VOC-ALS.xlsx").unlink()
        assert "VOC-ALS.xlsx is not there" in " ".join(read_corpus(config).attrs["notes"])

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("no age", r"VOC-ALS\.xlsx: there is no column Age \(years\)"),
            ("text", r"VOC-ALS\.xlsx: there is no column ID, Sex, "),
            ("damaged", r"VOC-ALS\.xlsx: cannot be read as a table"),
            ("sex", r"VOC-ALS\.xlsx, row 3: Sex = 'x': expected one of F, M"),
        ],
    )
    def test_a_table_that_is_another_is_refused(
        self, configure: Callable[..., Config], tmp_path: Path, content: str, said: str
    ) -> None:
        config = configure()
        table = tmp_path / "corpus" / "VOC-ALS.xlsx"
        if content == "no age":
            write_table(table, [*COLUMNS[:3], "Years", *COLUMNS[4:]])
        elif content == "sex":
            book = openpyxl.load_workbook(table)
            book.active["C3"] = "x"
            book.save(table)
        else:
            table.write_bytes({"text": b"a,b\n1,2\n", "damaged": b"PK\x03\x04 no more"}[content])
        with pytest.raises(CorpusError, match=said):
            read_corpus(config)


def test_the_naming_rule() -> None:
    files = [PurePosixPath(file) for file in listed("voc_als_constructed.txt")]
    data = VocAlsData.model_validate({"layout": "voc_als", "root": "VOC-ALS"})
    manifest = data.list_recordings(files, Path("/VOC-ALS"))
    assert manifest.groupby("label").size().to_dict() == {0: 24, 1: 24}
    assert manifest["task"].value_counts().to_dict() == {"vowels": 30, "syllables": 18}
