"""EasyCall: a sample of its real paths, and all of them where they are listed."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.easycall import EasyCallData
from dysarthria_lightning.data.corpora.known_faults import read_faults


class TestEasyCall(PublishedContract):
    choice = "easycall"
    files = (
        "f01/Sessione_01/f01_01_Aggiungi ai preferiti.wav",
        "f01/Sessione_01/f01_01_Scorri verso l’alto.wav",
        "f02/Sessione_05/f02_05_Tra.wav",
        "fc05/Sessione_07/fc05_07_Stop.wav",
        "fc05/Sessione_07/fc05_07bis_Stop.wav",
        "fc09/Sessione_01/fc09_01_Esci_da_rubrica.wav",
        "fc09/Sessione_01/fc09_01_Scorri_verso_l_alto.wav",
        "m13/Sessione_03/m13 _03_Sette.wav",
        "m13/Sessione_03/m13_03_Apri_rubrica_1.wav",
        "m13/Sessione_03/m13_03_Apri_rubrica_2.wav",
        "mc04/Sessione_02/mc04_02_Muto.wav",
    )
    passed_over = (
        "m13/Sessione_04/m13_04_Cancella.wav",  # known to be silent
        "m13/Sessione_06/m13_06_Cancella_tutto.wav",
        "f02/Sessione_05/f02_05_Apri.wav",  # known to be others' too
    )
    counts = {"f01": 2, "f02": 1, "fc05": 2, "fc09": 2, "m13": 3, "mc04": 1}  # noqa: RUF012
    stranger = "m13/Sessione_03/m14_03_Due.wav"

    def test_spellings_of_one_command(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("recording_id")
        texts = manifest["text"]
        assert texts["f01-01-Scorri_verso_l_alto"] == "Scorri verso l'alto"
        assert texts["fc09-01-Scorri_verso_l_alto"] == "Scorri verso l'alto"
        assert texts["f01-01-Aggiungi_ai_preferiti"] == "Aggiungi ai preferiti"
        assert texts["m13-03-Sette"] == "Sette"

    def test_repeats_are_one_command(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("recording_id")
        assert manifest.loc["m13-03-Apri_rubrica_1", "text"] == "Apri rubrica"
        assert manifest.loc["m13-03-Apri_rubrica_2", "text"] == "Apri rubrica"
        assert manifest.loc["fc05-07bis-Stop", ["text", "session"]].tolist() == ["Stop", "07"]

    def test_controls_are_told_by_the_c_in_their_names(
        self, configure: Callable[..., Config]
    ) -> None:
        manifest = read_corpus(configure()).drop_duplicates("speaker_id").set_index("speaker_id")
        assert manifest["label"].to_dict() == {
            **{"f01": 1, "f02": 1, "m13": 1},
            **{"fc05": 0, "fc09": 0, "mc04": 0},
        }
        assert manifest.loc["mc04", "gender"] == "male"
        assert manifest["severity"].dropna().to_dict() == {"f01": 1, "f02": 3, "m13": 1}

    @pytest.mark.parametrize(("task", "number"), [("words", 5), ("sentences", 6)])
    def test_tasks(self, configure: Callable[..., Config], task: str, number: int) -> None:
        assert len(read_corpus(configure(f"data.tasks=[{task}]"))) == number


def list_all(files: list[str]) -> pd.DataFrame:
    data = EasyCallData.model_validate({"layout": "easycall", "root": "EasyCall"})
    return data.list_recordings([PurePosixPath(file) for file in files], Path("/EasyCall"))


def test_all_of_the_listing() -> None:
    files = listed("easycall.txt")
    manifest = list_all(files)
    silent = {line.split("\t")[0] for line in listed("easycall_silent.tsv")}
    same = {}
    for line in listed("easycall_duplicates.tsv"):
        group, file = line.split("\t")
        same.setdefault(group, []).append(file)
    twice = {file for group in same.values() if not silent.issuperset(group) for file in group}
    assert len(silent) == 27
    assert set(manifest["row"]) == set(files) - silent - twice
    # Not all of the silent ones are among the paths of the listing.
    assert {reason: len(names) for reason, names in manifest.attrs["left_out"].items()} == {
        "digital silence": len(silent & set(files)),
        "one recording under three speakers' names, of both classes": 3,
    }
    known = read_faults("easycall")
    assert len(known) == 27 + 3
    sessions = {(row.speaker_id, row.session) for row in manifest.itertuples()}
    assert sessions == {
        (name, session.removeprefix("Sessione_"))
        for name, session, _ in (file.split("/") for file in files)
    }
    found = manifest.drop_duplicates("speaker_id").set_index("speaker_id")
    speakers = [line.split("\t") for line in listed("easycall_speakers.tsv")]
    assert set(found.index) == {name for name, *_ in speakers}
    for name, kind, sex, _, score in speakers:
        row = found.loc[name]
        assert (row["label"], row["gender"][0]) == (int(kind != "control"), sex)
        # The table has the scale turned round.
        given = score.split(";")[0].partition("=")[2]
        assert row["severity"] == 6 - float(given) if given else pd.isna(row["severity"])
    assert Counter(found["label"]) == {1: 30, 0: 24}
    assert manifest.groupby("text")["task"].nunique().max() == 1
    assert manifest["text"].nunique() == 66
