"""Saarbrücken Voice Database: samples of its three layouts, and all of it where it is listed."""

import csv
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import pandas as pd
import pytest
from configurations import read_corpus
from published_contracts import PublishedContract, listed, write_tone

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.corpora.svd import DYSARTHRIA, SvdData, Utterance
from dysarthria_lightning.errors import ConfigError, CorpusError

GERMAN = (
    "AufnahmeID,AufnahmeTyp,AufnahmeDatum,Diagnose,SprecherID,Geburtsdatum,Geschlecht,Pathologien"
)
ENGLISH = "sessionid,sessiontype,talkerid,talkersex,talkerage,pathologies"
#: Days of birth and of recording are made up.
ROWS = [
    "1,n,1997-11-20,,1,1977-11-20,w,",
    "2,n,1997-11-20,,2,1977-11-21,w,",
    "64,n,1998-01-12,,64,1932-12-14,w,",
    '127,p,1998-01-28,"Altersstimme, hyperfunktionell",64,1932-12-14,w,"Dysodie, Vox senilis"',
    "106,p,1998-01-21,Fibrom,1303,1938-08-11,m,Fibrom",
    "139,p,1998-02-04,,1318,1979-12-27,m,Laryngitis",
    "921,p,2000-02-04,,1513,1958-12-27,m,Dysarthrophonie",
    "1199,p,2000-05-04,,1513,1958-12-27,m,Dysarthrophonie",
    '2001,p,2000-05-04,,2210,1990-12-27,m,"Dysphonie, Zentral-laryngale Bewegungsstörung"',
    "2451,p,2000-05-04,,2585,1990-12-27,w,Zentral-laryngale Bewegungsstörung",
]


class TestSvd(PublishedContract):
    choice = "svd"
    files = (
        "1-a_n.wav",
        "1-i_lhl.wav",
        "1-phrase.wav",
        "2-u_h.wav",
        "921-a_n.wav",
        "1199-a_n.wav",
        "2001-phrase.wav",
    )
    passed_over = (
        "1-a_n-egg.wav",
        "1-phrase-egg.wav",
        "1-iau.wav",  # the vowels are cut from it
        "64-a_n.wav",  # healthy then, and a patient in session 127
        "106-a_n.wav",  # another diagnosis
        "139-a_n.wav",
        "2451-a_n.wav",  # known: damaged
    )
    counts = {"1": 3, "2": 1, "1513": 2, "2210": 1}  # noqa: RUF012
    stranger = "1-o_n.wav"
    other_packaging = "data/2/vowels/2-a_h.nsp"

    def make_tables(self, folder: Path) -> None:
        text = "\n".join([GERMAN, *ROWS])
        # Names in the publishers' table have their accents in characters of their own.
        (folder / "summary.csv").write_text(unicodedata.normalize("NFD", text), encoding="utf-8")

    def test_people_are_not_sessions(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure()).set_index("recording_id")
        columns = ["speaker_id", "session", "label", "gender", "age", "task", "text"]
        assert manifest.loc["1199-a_n", columns].tolist() == [
            *("1513", "1199", 1, "male", 41, "vowels", "a")
        ]
        assert manifest.loc["1-i_lhl", columns[:4]].tolist() == ["1", "1", 0, "female"]
        assert manifest.loc["2001-phrase", "task"] == "sentences"
        # The birthday is the day of the recording, and the day after it.
        assert manifest.loc[["1-a_n", "2-u_h"], "age"].tolist() == [20, 19]

    def test_who_and_what_is_left_out_is_counted(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure())
        assert manifest.attrs["left_out"] == {
            "person who is healthy in one session and a patient in another": ["64-a_n"],
            "damaged": ["2451-a_n"],
        }
        assert (
            "2 recordings of 2 speakers of the groups that data.pathologies leaves out (patients "
            "with other diagnoses)"
        ) in " ".join(manifest.attrs["notes"])

    def test_what_was_not_asked_for_is_not_left_out(self, configure: Callable[..., Config]) -> None:
        assert "left_out" not in read_corpus(configure("data.utterances=[phrase]")).attrs

    def test_other_diagnoses(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure("data.pathologies=[Fibrom]"))
        assert set(manifest["speaker_id"]) == {"1", "2", "1303"}
        with pytest.raises(CorpusError, match=r"data\.pathologies: Fibrome: not in .* Fibrom, "):
            read_corpus(configure("data.pathologies=[Fibrom, Fibrome]"))
        with pytest.raises(ConfigError, match=r"pathologies = \[\]: "):
            configure("data.pathologies=[]")

    def test_utterances(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure("data.utterances=[iau, a_n]"))
        assert manifest["recording_id"].tolist() == ["1-a_n", "1-iau", "1199-a_n", "921-a_n"]
        assert len(read_corpus(configure("data.tasks=[sentences]"))) == 2

    def test_without_a_table_nobody_knows_who_speaks(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config, table = configure(), tmp_path / "corpus" / "summary.csv"
        with_it = read_corpus(config)
        table.rename(tmp_path / "mine.csv")
        with pytest.raises(CorpusError, match=r"summary\.csv is not there.*data\.sessions=FILE"):
            read_corpus(config)
        named = configure(f"data.sessions={tmp_path}/mine.csv")
        # The configuration makes the corpus's table again; the one that is named is read.
        table.unlink(missing_ok=True)
        assert read_corpus(named).equals(with_it)
        assert named.data.settings() == config.data.settings()
        with pytest.raises(CorpusError, match=r"data\.sessions = .*absent"):
            read_corpus(configure(f"data.sessions={tmp_path}/absent.csv"))

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("1,n,1997-11-20,,1,1977,w,", r"row 12: born '1977', .*expected days"),
            (
                "1,n,1997-11-20,,1,1977-11-20,x,",
                r"row 12: Geschlecht = 'x': expected one of F, ",
            ),
            ("1,?,1997-11-20,,1,1977-11-20,w,", r"row 12: .*expected a number, a person and n"),
            ("1,n,1997-11-20,,,1977-11-20,w,", r"row 12: .*expected a number, a person and n"),
            ("1,n,1997-11-20,,3,1977-11-20,w,", r"row 12: session 1 has another row above"),
            (None, r"summary\.csv: there is no column SprecherID or talkerid"),
        ],
    )
    def test_a_table_with_mistakes(
        self, configure: Callable[..., Config], tmp_path: Path, row: str | None, said: str
    ) -> None:
        config, table = configure(), tmp_path / "corpus" / "summary.csv"
        text = table.read_text(encoding="utf-8")
        table.write_text(text.replace("SprecherID", "ID") if row is None else f"{text}\n{row}\n")
        with pytest.raises(CorpusError, match=said):
            read_corpus(config)

    def test_a_session_that_the_table_does_not_have(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        write_tone(tmp_path / "corpus" / "3000-a_n.wav", 0)
        with pytest.raises(CorpusError, match=r"1 sessions have no row in .*summary\.csv.*: 3000"):
            read_corpus(config)


def list_all(folder: Path, files: Iterable[str], table: str, **keys: Any) -> pd.DataFrame:
    """List recordings by their paths alone; the table is written."""
    (folder / "summary.csv").write_text(table, encoding="utf-8")
    data = SvdData.model_validate({"layout": "svd", "root": str(folder), **keys})
    paths = [PurePosixPath(file) for file in ("summary.csv", *files)]
    return data.list_recordings(paths, folder, takes=data.take_details(folder, paths))


def test_folders_by_diagnosis(tmp_path: Path) -> None:
    files = [
        "healthy/export/1-phrase.wav",
        "Dysarthrophonie/export/921-phrase.wav",
        "Dysarthrophonie/export/2001-phrase.wav",
        "Dysarthrophonie/export/2001-phrase-egg.wav",
        "Zentral-laryngale Bewegungsstörung/export/2001-phrase.wav",
        "Fibrom/export/106-phrase.wav",
    ]
    manifest = list_all(tmp_path, files, "\n".join([GERMAN, *ROWS]))
    # The session with two diagnoses lies in two folders.
    assert manifest["recording_id"].tolist() == ["1-phrase", "2001-phrase", "921-phrase"]
    assert "1 files lie in the folders of several" in " ".join(manifest.attrs["notes"])
    with pytest.raises(CorpusError, match="more than once"):
        list_all(tmp_path, [*files, f"copy/{files[1]}"], "\n".join([GERMAN, *ROWS]))


def test_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="none of the 1 recordings") as refused:
        list_all(tmp_path, ["106-a_n.wav"], "\n".join([GERMAN, *ROWS]), pathologies=["Laryngitis"])
    for choice in (
        "data.tasks = null",
        "data.pathologies = [Laryngitis]",
        "data.utterances = null",
    ):
        assert choice in str(refused.value)
    assert "None" not in str(refused.value)


def test_data_zip(tmp_path: Path) -> None:
    files = [
        "data/1/vowels/1-a_n.nsp",
        "data/1/vowels/1-a_n-egg.egg",
        "data/1/vowels/1-iau.nsp",
        "data/1/sentnces/1-phrase.nsp",
        "data/921/vowels/921-u_lhl.nsp",
    ]
    manifest = list_all(tmp_path, files, "\n".join([GERMAN, *ROWS]))
    assert manifest["recording_id"].tolist() == ["1-a_n", "1-phrase", "921-u_lhl"]


@pytest.mark.parametrize(
    ("born", "recorded", "age"),
    [("1977-11-20", "1997-11-20", 20), ("21.11.1977", "20.11.1997", 19), ("", "1997-11-20", None)],
)
def test_ages(tmp_path: Path, born: str, recorded: str, age: int | None) -> None:
    rows = [GERMAN, f"1,n,{recorded},,1,{born},w,", ROWS[6]]
    manifest = list_all(tmp_path, ["1-a_n.wav", "921-a_n.wav"], "\n".join(rows))
    ages = manifest.set_index("recording_id")["age"]
    assert ages["921-a_n"] == 41
    assert pd.isna(ages["1-a_n"]) if age is None else ages["1-a_n"] == age


def test_people_of_all_sessions(tmp_path: Path) -> None:
    lines = listed("svd_sessions.csv")
    rows = list(csv.DictReader([ENGLISH, *lines]))
    kinds: dict[str, set[str]] = {}
    for row in rows:
        kinds.setdefault(row["talkerid"], set()).add(row["sessiontype"])
    assert (len(rows), len(kinds)) == (2225, 1853)
    assert sum(len(its) == 2 for its in kinds.values()) == 21
    files = [f"data/{row['sessionid']}/sentnces/{row['sessionid']}-phrase.nsp" for row in rows]
    manifest = list_all(tmp_path, files, "\n".join([ENGLISH, *lines]))
    speakers = manifest.drop_duplicates("speaker_id")["label"].value_counts()
    assert speakers[1] == 33
    # The phrases of two of these, in sessions 980 and 1697, are electroglottograms.
    assert speakers[0] == sum(its == {"n"} for its in kinds.values()) - 2
    assert manifest["label"].value_counts()[1] == 35
    n_left_out = sum(map(len, manifest.attrs["left_out"].values()))
    n_others = 2225 - n_left_out - len(manifest)
    assert f"{n_others:,} recordings of " in " ".join(manifest.attrs["notes"])
    both = "person who is healthy in one session and a patient in another"
    assert len(manifest.attrs["left_out"][both]) == 46


@pytest.mark.parametrize(
    ("listing", "more", "pathologies"),
    [
        ("svd_web_export.txt", [], ["Cyste"]),
        ("svd_pathology_zips.txt", ["healthy/export/2-phrase.wav"], DYSARTHRIA),
        ("svd_zenodo_constructed.txt", ["data/921/vowels/921-a_n.nsp"], DYSARTHRIA),
    ],
)
def test_recordings_of_listings(
    tmp_path: Path, listing: str, more: list[str], pathologies: Sequence[str]
) -> None:
    files = [*(line.replace(".zip!", "/") for line in listed(listing)), *more]
    table = "\n".join([ENGLISH, *listed("svd_sessions.csv")])
    keys = {"pathologies": list(pathologies), "utterances": list(get_args(Utterance))}
    manifest = list_all(tmp_path, files, table, **keys)
    recordings = {file.split("/")[-1].split(".")[0] for file in files if "-egg." not in file}
    left_out = {name for names in manifest.attrs["left_out"].values() for name in names}
    assert {*manifest["recording_id"], *left_out} <= recordings
    n_others = len(recordings) - len(manifest) - len(left_out)
    assert not n_others or f"{n_others:,} recordings of " in " ".join(manifest.attrs["notes"])
