"""Italian Parkinson's Voice and Speech: its layout with invented people, as names must not spread.

They have what the real ones have: one in two folders, two of one folder name, two controls whose
letters are the same, a wrong year and a wrong sex, and young controls who share one code.
"""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import openpyxl
import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, write_tone

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.italian_pvs import ItalianPvsData
from dysarthria_lightning.data.manifest_schema import LEFT_OUT
from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
from dysarthria_lightning.errors import CorpusError

_PATIENTS = "28 People with Parkinson's disease"
_ELDERLY = "22 Elderly Healthy Control"
_YOUNG = "15 Young Healthy Control"
_NAMES = ("bruno", "quarz", "olga", "zenit", "egon", "wanda", "kolb", "lara", "ulmo")

# Letters of the names, mixed; the second visit mixes them otherwise.
_BRUNO = tuple(
    f"{_PATIENTS}/1-5/Bruno Q/{task}bqruuanro46M1606161{minute}.wav"
    for task, minute in (("B1", "659"), ("VA1", "701"), ("VA2", "702"))
)
_BRUNO_AGAIN = tuple(
    f"{_PATIENTS}/11-16/Bruno Q/{task}BQURUARNO46M24012017{time}.wav"
    for task, time in (("B1", "1859"), ("VA1", "1901"), ("VA1", "1902"))
)
_OTHER_BRUNO = (
    f"{_PATIENTS}/17-28/Bruno Q/FB1BQRUUIONRT51M100220171328.wav",
    f"{_PATIENTS}/17-28/Bruno Q/PR1BQRUU_IONRT51M100220171329.wav",
    f"{_PATIENTS}/17-28/Bruno Q/D1BQRUU IONRT63M100220171330.wav",  # a wrong year
)
_ELDERLY_FILES = (
    f"{_ELDERLY}/BRUNO Q/B1BQRUUANRO50M220220171000.wav",  # has a patient's name and letters
    f"{_ELDERLY}/OLGA Z/B1OZLEGNAIT49F230320171029.wav",
    f"{_ELDERLY}/OLGA Z/VU2OZLEGNAIT49F230320171031.wav",
    f"{_ELDERLY}/OLGA Z/D2OZLEGNAIT49M230320171033.wav",  # a wrong sex
    f"{_ELDERLY}/GALO Z/B1ZOGEALNTI55F300320171237.wav",  # the same letters
)
_YOUNG_FILES = tuple(
    f"{_YOUNG}/{name}/{task}EKGOLNB94M10012017{time}.wav"
    for name, task, time in (
        ("Egon K", "B1", "1015"),
        ("Egon K", "PR1", "1016."),  # two full stops
        ("Wanda Lara U", "B1", "1021"),
        ("Wanda Lara U", "PR11", "1022"),  # a repeat too many
    )
)


class TestItalianPvs(PublishedContract):
    choice = "italian_pvs"
    files = (*_BRUNO, *_BRUNO_AGAIN, *_OTHER_BRUNO, *_ELDERLY_FILES)
    passed_over = (
        *_YOUNG_FILES,
        f"{_PATIENTS}/17-28/Bruno Q/VA2bqruuanro46M1606161702.wav",  # lies in another folder
    )
    counts = {  # noqa: RUF012
        **{"MD6b77ef53": 6, "MD1cbc90db": 3, "MH27c262e2": 1, "FH6d106dfe": 3},
        **{"FH260c50bc": 1},
    }
    stranger = f"{_ELDERLY}/OLGA Z/VX1OZLEGNAIT49F230320171029.wav"

    def make_tables(self, folder: Path) -> None:
        for name, rows in (
            (f"{_YOUNG}/15 YHC", [("Egon", "K", "M", 21), ("Lara", "U", "F", 19)]),
            (f"{_ELDERLY}/Tab 3", [("Bruno'", "Q", "M", 66), ("OLGA", "Z", "F", "-")]),
            (f"{_PATIENTS}/TAB 5", [("Bruno", "Q", "M", 71), ("Bruno", "Q", "M", 70)]),
        ):
            book = openpyxl.Workbook()
            book.active.append([None, "Speakers"])
            book.active.append([None, " name", "surname", "sex", "age ", "from"])
            for row in rows:
                book.active.append(["1-5", *row])
            book.active.append([None, "average", None, None, 20.5])
            book.active.append([None, "* of little quality"])
            book.save(folder / f"{name}.xlsx")
        (folder / f"{_YOUNG}/FILE CODES.xlsx").write_bytes(b"of no interest")

    def test_who_is_who(self, configure: Callable[..., Config]) -> None:
        speakers = who(read_corpus(configure()))
        bruno = {speakers[file] for file in (*_BRUNO, *_BRUNO_AGAIN)}
        other = {speakers[file] for file in _OTHER_BRUNO}
        olga = {speakers[file] for file in _ELDERLY_FILES[1:4]}
        assert len(bruno) == len(other) == len(olga) == 1
        # A patient and a control of one name, and two controls of the same letters, are others.
        people = bruno | other | olga | {speakers[_ELDERLY_FILES[0]], speakers[_ELDERLY_FILES[4]]}
        assert len(people) == 5

    def test_the_numbers_of_the_whole_corpus_are_compared(
        self, configure: Callable[..., Config]
    ) -> None:
        notes = " ".join(read_corpus(configure()).attrs["notes"])
        assert "2 speakers of the group patients; the whole corpus has 25" in notes
        assert "3 speakers of the group elderly; the whole corpus has 22" in notes

    def test_sessions_and_repeats_number_recordings(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("row")
        speaker = manifest.loc[_BRUNO[0], "speaker_id"]
        of_bruno = manifest[manifest["speaker_id"] == speaker]["recording_id"]
        assert [name.removeprefix(f"{speaker}-") for name in of_bruno] == [
            *("S1-B1", "S1-VA1", "S1-VA2", "S2-B1", "S2-VA1", "S2-VA1.2")
        ]

    def test_a_file_in_two_folders_counts_once(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure())
        assert manifest.attrs[LEFT_OUT] == {
            "a copy of a file in another folder": [f"{who(manifest)[_BRUNO[2]]}-S1-VA2-copy"]
        }

    def test_sex_and_age(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("row")
        told = ["gender", "age"]
        # Two people of this name are in the sheet; the years from birth to the first visit.
        assert manifest.loc[_BRUNO_AGAIN[0], told].tolist() == ["male", 70]
        assert manifest.loc[_OTHER_BRUNO[2], told].tolist() == ["male", 66]
        assert manifest.loc[_ELDERLY_FILES[0], told].tolist() == ["male", 66]  # the sheet: not 67
        assert manifest.loc[_ELDERLY_FILES[3], told].tolist() == ["female", 68]

    def test_young_controls_are_read_on_demand(self, configure: Callable[..., Config]) -> None:
        without = read_corpus(configure())
        assert "4 recordings of 2 speakers" in " ".join(without.attrs["notes"])
        manifest = read_corpus(configure("data.groups=[patients,young]"))
        young = manifest[manifest["label"] == 0].set_index("row")
        assert set(young.index) == {*_YOUNG_FILES}
        assert young["speaker_id"].nunique() == 2
        assert young.loc[_YOUNG_FILES[0], ["gender", "age"]].tolist() == ["male", 21]
        # Her sheet lacks a name, and the code is not hers.
        assert young.loc[_YOUNG_FILES[2], ["gender", "age"]].isna().all()
        assert "sex and age of 1 young controls" in " ".join(manifest.attrs["notes"])

    def test_tasks(self, configure: Callable[..., Config]) -> None:
        tasks = read_corpus(configure()).set_index("row")["task"]
        assert tasks[list(_OTHER_BRUNO)].tolist() == ["sentences", "words", "syllables"]
        assert tasks[list(_BRUNO[:2])].tolist() == ["reading", "vowels"]

    def test_pseudonyms_depend_on_the_person_and_the_key_alone(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        whole = who(read_corpus(configure()))
        part = who(list_all([*_BRUNO_AGAIN, *_ELDERLY_FILES]))
        assert part.items() <= whole.items()
        (tmp_path / "key").write_text("a secret")
        keyed = who(read_corpus(configure(f"data.pseudonym_key_file={tmp_path}/key")))
        assert not {*keyed.values()} & {*whole.values()}

    def test_no_name_reaches_outputs(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure("data.groups=[patients,elderly,young]")
        store = prepare_corpus(config)
        said = [str(read_corpus(config).drop(columns=["path", "row"]).to_dict())]
        said += [*read_corpus(config).attrs["notes"], *describe_problems(store)]
        said += [str(store.recordings.to_dict()), str(store.about)]
        outputs = [path for path in (tmp_path / "outputs").rglob("*") if path.is_file()]
        said += [str(path.relative_to(tmp_path)) for path in outputs]
        said += [path.read_bytes().decode("latin-1") for path in outputs if path.suffix != ".npy"]
        plain = [re.sub("[ _]", "", Path(file).name.lower()) for file in self.files]
        letters = {re.findall("[a-z]{6,}", name)[0] for name in plain}
        for text in said:
            assert not [name for name in (*_NAMES, *letters) if name in text.lower()]

    @pytest.mark.parametrize(
        ("header", "message"),
        [(["name", "surname", "sex"], "there is no column age"), ([], "there is no column name")],
    )
    def test_a_sheet_that_lacks_a_column_is_named(
        self,
        configure: Callable[..., Config],
        tmp_path: Path,
        header: list[str],
        message: str,
    ) -> None:
        config = configure()
        book = openpyxl.Workbook()
        book.active.append(header)
        book.active.append(["Olga", "Z", "F"])
        sheet = tmp_path / "corpus" / _ELDERLY / "Tab 3.xlsx"
        book.save(sheet)
        with pytest.raises(CorpusError) as refused:
            read_corpus(config)
        assert str(sheet) in str(refused.value)
        assert message in str(refused.value)

    def test_without_sheets_ages_follow_from_names(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        for sheet in (tmp_path / "corpus").rglob("*.xlsx"):
            sheet.unlink()
        assert read_corpus(config)["age"].tolist().count(67) == 1

    def test_accents_and_apostrophes(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        plain = who(read_corpus(configure()))
        corpus = tmp_path / "corpus"
        (corpus / _PATIENTS).rename(corpus / "28_People_with_Parkinson’s_disease")
        write_tone(corpus / _ELDERLY / "Nicolo\u0300 U/B1NUILCMOOL\u00d240M230320171029.wav", 99)
        found = who(read_corpus(configure()))
        assert {*plain.values()} < {*found.values()}


def test_folders_that_are_one_persons_by_all_but_the_letters_are_refused() -> None:
    again = [file.replace("BQURUARNO", "BQURUARN") for file in _BRUNO_AGAIN]
    files = [*_BRUNO, *again, *_ELDERLY_FILES]
    with pytest.raises(CorpusError, match="not in the letters of the name") as refused:
        list_all(files)
    assert str(PurePosixPath(_BRUNO[0]).parent) in str(refused.value)
    assert str(PurePosixPath(again[0]).parent) in str(refused.value)
    # What the message advises helps.
    moved = [file.replace("/11-16/", "/1-5/") for file in again]
    assert len({who(list_all([*_BRUNO, *moved, *_ELDERLY_FILES]))[file] for file in moved}) == 1
    assert len({*who(list_all([*_BRUNO, *moved, *_ELDERLY_FILES])).values()}) == 4
    renamed = [file.replace("/Bruno Q/", "/Bruno Q 2/") for file in again]
    assert len({*who(list_all([*_BRUNO, *renamed, *_ELDERLY_FILES])).values()}) == 5


def who(manifest: pd.DataFrame) -> dict[str, str]:
    """Say who speaks in each file."""
    return dict(zip(manifest["row"], manifest["speaker_id"], strict=True))


def list_all(files: list[str]) -> pd.DataFrame:
    data = ItalianPvsData.model_validate({"layout": "italian_pvs", "root": "PVS"})
    return data.list_recordings([PurePosixPath(file) for file in files], Path("/PVS"))
