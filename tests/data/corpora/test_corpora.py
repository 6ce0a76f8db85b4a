"""Every corpus keeps the contracts."""

import importlib
from collections.abc import Iterator
from pathlib import Path

from corpus_contracts import CorpusContract
from small_tables import make_files, rows

from dysarthria_lightning.config.members import CORPORA


class TestManifest(CorpusContract):
    choice = "manifest"
    place = "data.manifest"

    def make(self, folder: Path) -> list[str]:
        make_files(folder)
        rows().to_csv(folder / "mine.csv", index=False)
        return [f"data.manifest={folder}/mine.csv"]


class TestMayle2018(CorpusContract):
    choice = "mayle2018"

    def make(self, folder: Path) -> list[str]:
        for speaker in ("female healthy/1-Li Na-a", "male patient/2-Wang Wei-b"):
            (folder / speaker).mkdir(parents=True)
            (folder / speaker / "a1.wav").touch()
        return [f"data.root={folder}"]


class TestMinsk2020(CorpusContract):
    choice = "minsk2020"

    def make(self, folder: Path) -> list[str]:
        for name in ("ALS/008_a.wav", "HC/024_i.wav"):
            (folder / name).parent.mkdir()
            (folder / name).touch()
        table = "ID,Sex,Age,Diagnosis (ALS)\n8,M,58,1\n24,F,67,0\n"
        (folder / "Minsk2020_ALS_dataset.csv").write_text(table)
        return [f"data.root={folder}"]


class TestSynthetic(CorpusContract):
    choice = "synthetic"
    place = None

    def make(self, folder: Path) -> list[str]:
        return ["data.speakers=2", "data.recordings_per_speaker=2"]


def test_every_corpus_keeps_its_contracts() -> None:
    for file in Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(file.stem)
    assert set(_choices(CorpusContract)) == set(CORPORA)


def _choices(contract: type[CorpusContract]) -> Iterator[str]:
    if hasattr(contract, "choice"):
        yield contract.choice
    for member in contract.__subclasses__():
        yield from _choices(member)
