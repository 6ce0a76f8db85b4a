"""MDSC: a sample of its real paths in both packagings, and all of them where they are listed."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.mdsc import MDSCData
from dysarthria_lightning.errors import CorpusError


class TestMDSC(PublishedContract):
    choice = "mdsc"
    files = (
        "Control/dev/wav/CF0010/CF0010_0001.wav",
        "Control/test/wav/CF0005/CF0005_0001.wav",
        "Control/train/wav/CM0002/CM0002_0001.wav",
        "Control/train/wav/CM0002/CM0002_0405.wav",
        "Uncontrol/train/wav/DF0001/DF0001_0003.wav",
        "Uncontrol/dev/enrollment/wav/DF0014/DF0014_0015.wav",
        "Uncontrol/dev/eval/wav/DF0014/DF0014_0006.wav",
        "Uncontrol/dev/eval/wav/DF0014/DF0014_0013.wav",
        "Uncontrol/test/eval/wav/DM0012/DM0012_0001.wav",
    )
    counts = {"CF0010": 1, "CF0005": 1, "CM0002": 2, "DF0001": 1, "DF0014": 3, "DM0012": 1}  # noqa: RUF012
    stranger = "Control/train/wav/DF0001/DF0001_0004.wav"
    other_packaging = "train/Control/wav/CM0003/CM0003_0001.wav"

    def make_tables(self, folder: Path) -> None:
        texts = folder / "Control/train/transcript"
        texts.mkdir(parents=True)
        (texts / "label.txt").write_text(
            "CM0002_0001 小度小度\nCM0002_0405\t打开 空调\n", encoding="utf-8-sig"
        )
        (folder / "README.txt").write_text("about")

    def test_a_mark_before_the_first_text_is_no_part_of_it(
        self, configure: Callable[..., Config]
    ) -> None:
        texts = read_corpus(configure()).set_index("take_id")["text"]
        assert texts["CM0002_0001"] == "小度小度"
        assert texts["CM0002_0405"] == "打开 空调"
        assert pd.isna(texts["DF0001_0003"])

    def test_uncontrol_are_the_patients(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).drop_duplicates("speaker_id").set_index("speaker_id")
        assert manifest["label"].to_dict() == {
            name: int(name.startswith("D")) for name in self.counts
        }
        assert manifest.loc["DM0012", ["gender", "severity"]].tolist() == ["male", 52]

    def test_texts_that_cannot_be_read_are_named(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        file = tmp_path / "corpus/Control/train/transcript/label.txt"
        file.write_bytes("CM0002_0001 小度小度".encode("gb18030"))
        with pytest.raises(CorpusError, match=r"label\.txt: not UTF-8 text; expected lines"):
            read_corpus(configure())


def list_all(files: list[str]) -> pd.DataFrame:
    data = MDSCData.model_validate({"layout": "mdsc", "root": "MDSC"})
    return data.list_recordings([PurePosixPath(file) for file in files], Path("/MDSC"))


def test_the_challenge_has_halves_without_a_folder_of_a_class() -> None:
    manifest = list_all(
        [
            "lrdwws/train/Control/wav/CM0002/CM0002_0001.wav",
            "lrdwws/train/Uncontrol/wav/DF0001_0001.wav",
            "lrdwws/dev/enrollment/wav/DF0016/DF0016_0002.wav",
            "lrdwws/dev/eval/wav/DF0016/DF0016_0003.wav",
            "lrdwws/test-b/eval/wav/DM0031/DM0031_0003.wav",
        ]
    )
    assert manifest["speaker_id"].tolist() == ["CM0002", "DF0001", "DF0016", "DF0016", "DM0031"]
    assert manifest["severity"].tolist()[1:] == [91.65, 93.73, 93.73, 89.73]


def test_a_file_in_another_speakers_folder_does_not_fit() -> None:
    with pytest.raises(CorpusError, match="do not lie as expected"):
        list_all(["Control/dev/wav/CF0010/CF0011_0001.wav"])


@pytest.mark.parametrize("name", ["mdsc_aishell.txt", "mdsc_lrdwws.txt"])
def test_all_of_the_listings(name: str) -> None:
    files = listed(name)
    manifest = list_all(files)
    assert len(manifest) == len(files)
    speakers = {line.split("\t")[0]: line.split("\t") for line in listed("mdsc_speakers.tsv")}
    found = manifest.drop_duplicates("speaker_id").set_index("speaker_id")
    if "aishell" in name:
        assert set(found.index) == set(speakers)
    for row in found.itertuples():
        _, kind, sex, _, score = speakers[row.Index]
        assert (row.label, row.gender[0]) == (int(kind != "control"), sex)
        given = score.split(";")[0].partition("=")[2]
        assert row.severity == float(given) if given else pd.isna(row.severity)
