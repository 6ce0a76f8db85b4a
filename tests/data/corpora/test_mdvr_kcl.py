"""MDVR-KCL: a sample of its real paths, and all of them where they are listed."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.mdvr_kcl import MdvrKclData


class TestMdvrKcl(PublishedContract):
    choice = "mdvr_kcl"
    files = (
        "ReadText/HC/ID22_hc_0_0_0.wav",
        "ReadText/HC/ID31_hc_0_1_1.wav",
        "ReadText/PD/ID02_pd_2_0_0.wav",
        "ReadText/PD/ID18_pd_4_3_3.wav",  # has no dialogue
        "SpontaneousDialogue/HC/ID22hc_0_0_0.wav",  # lacks an underscore
        "SpontaneousDialogue/HC/ID31_hc_0_1_1.wav",
        "SpontaneousDialogue/PD/ID02_pd_2_0_0.wav",
    )
    counts = {"ID22": 2, "ID31": 2, "ID02": 2, "ID18": 1}  # noqa: RUF012
    stranger = "ReadText/PD/ID07_hc_2_0_0.wav"  # the folder says otherwise

    @pytest.mark.parametrize("outer", ["26-29_09_2017_KCL", "26_29_09_2017_KCL/26-29_09_2017_KCL"])
    def test_both_spellings_of_the_outer_folder(self, outer: str) -> None:
        manifest = list_all([f"{outer}/{file}" for file in self.files])
        assert len(manifest) == len(self.files)

    def test_severity_is_the_last_field(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("recording_id")
        assert manifest.loc["ID18-ReadText", "severity"] == 3
        assert manifest.loc["ID31-SpontaneousDialogue", ["severity", "label"]].tolist() == [1, 0]

    @pytest.mark.parametrize(("tasks", "heard"), [("[reading]", False), ("[speech]", True)])
    def test_it_says_where_the_clinician_is_heard(
        self, configure: Callable[..., Config], tasks: str, heard: bool
    ) -> None:
        manifest = read_corpus(configure(f"data.tasks={tasks}"))
        assert set(manifest["task"]) == {tasks.strip("[]")}
        assert ("clinician is heard" in " ".join(manifest.attrs["notes"])) == heard


def list_all(files: list[str]) -> pd.DataFrame:
    data = MdvrKclData.model_validate({"layout": "mdvr_kcl", "root": "KCL"})
    return data.list_recordings([PurePosixPath(file) for file in files], Path("/KCL"))


def test_all_of_the_listing() -> None:
    manifest = list_all(listed("mdvr_kcl.txt"))
    speakers = manifest.drop_duplicates("speaker_id")
    assert len(manifest) == 73
    assert Counter(speakers["label"]) == {0: 21, 1: 16}
    assert Counter(zip(manifest["task"], manifest["label"], strict=True)) == {
        ("reading", 0): 21,
        ("reading", 1): 16,
        ("speech", 0): 21,
        ("speech", 1): 15,
    }
