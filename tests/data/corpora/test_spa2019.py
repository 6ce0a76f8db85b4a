"""SPA2019 ALS voices: a sample of the real paths, and all of them where they are listed."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.spa2019 import Spa2019Data
from dysarthria_lightning.errors import CorpusError

README = """# Bulbar ALS
*Table - ALS patients*

| ID   | Age  |  Sex |
| :--: | :--: | :--: |
| 008  | 51   | male |
| 021   | 59   | male |

*Table - Healthy controls*

| 002  | 64   | female    |
| 021  | 29   | male|
"""


class TestSpa2019(PublishedContract):
    choice = "spa2019"
    files = ("Control/002.wav", "Control/021.wav", "Pathology/008.wav", "Pathology/021.wav")
    counts = dict.fromkeys(["Control002", "Control021", "Pathology008", "Pathology021"], 1)
    stranger = "Patients/009.wav"

    def make_tables(self, folder: Path) -> None:
        (folder / "README.md").write_text(README)
        (folder / "Database_description.xlsx").write_bytes(b"not read")

    def test_the_same_number_in_both_classes_is_two_people(
        self, configure: Callable[..., Config]
    ) -> None:
        manifest = read_corpus(configure()).set_index("speaker_id")
        columns = ["label", "age", "gender"]
        assert manifest.loc["Pathology021", columns].tolist() == [1, 59, "male"]
        assert manifest.loc["Control021", columns].tolist() == [0, 29, "male"]
        assert manifest.loc["Control002", columns].tolist() == [0, 64, "female"]
        assert set(manifest["task"]) == {"vowels"}

    def test_recordings_of_minsk2020_are_told_of(self, configure: Callable[..., Config]) -> None:
        (note,) = read_corpus(configure()).attrs["notes"]
        assert "32 of the 54 recordings" in note
        assert "data=minsk2020" in note

    def test_without_the_readme_sex_and_age_are_not_known(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        (tmp_path / "corpus" / "README.md").unlink()
        manifest = read_corpus(config)
        assert manifest[["age", "gender"]].isna().all(axis=None)
        assert "README.md is not there" in " ".join(manifest.attrs["notes"])


@pytest.mark.parametrize("above", ["", "Troparion/SPA2019/"])
def test_speakers_of_the_listing(above: str) -> None:
    files = [PurePosixPath(above + file) for file in listed("spa2019_als.txt")]
    data = Spa2019Data.model_validate({"layout": "spa2019", "root": "SPA2019"})
    manifest = data.list_recordings(files, Path("/SPA2019"))
    assert manifest.groupby("label")["speaker_id"].nunique().to_dict() == {0: 39, 1: 15}
    assert len(manifest) == 54


def test_copies_in_the_repositorys_other_folders_are_refused() -> None:
    files = [
        PurePosixPath(f"{folder}/Control/006.wav") for folder in ("SPA2019", "Interspeech2019")
    ]
    data = Spa2019Data.model_validate({"layout": "spa2019", "root": "Troparion"})
    with pytest.raises(CorpusError, match="more than once"):
        data.list_recordings(files, Path("/Troparion"))
