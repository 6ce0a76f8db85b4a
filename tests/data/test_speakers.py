"""Who is who: one person under two ids, ids that programs destroyed, and people with two labels."""

import unicodedata

import pandas as pd
import pytest
from small_corpora import noise

from dysarthria_lightning.data.corpora import mayle2018
from dysarthria_lightning.data.manifest_schema import check_manifest
from dysarthria_lightning.data.preparation import describe_problems
from dysarthria_lightning.errors import CorpusError


def table(*speakers: str) -> pd.DataFrame:
    """A sound manifest of speakers with two recordings each, from row 2."""
    ids = [speaker for speaker in (*speakers, "Healthy", "Patient") for _ in range(2)]
    return pd.DataFrame(
        {
            "recording_id": [f"{number}.wav" for number in range(len(ids))],
            "path": [f"/c/{number}.wav" for number in range(len(ids))],
            "row": [f"row {number + 2}" for number in range(len(ids))],
            "speaker_id": ids,
            "label": [0] * (len(ids) - 2) + [1] * 2,
        }
    )


def refused(*speakers: str) -> str:
    with pytest.raises(CorpusError) as error:
        check_manifest(table(*speakers), "mine.csv")
    return str(error.value)


# Two spellings of one person, and what the message calls them where they look the same.
SPELLINGS = {
    "zeros": ("007", "7", "'007' (row 2, row 3) and '7' (row 4, row 5)"),
    "decimals": ("7.00", "7", "how a number is written"),
    "zeros after letters": ("S07", "s7", "'S07' (row 2, row 3) and 's7' (row 4, row 5)"),
    "digits of another script": ("S\u0667", "S7", r"'S\u0667'"),
    "accents": ("Jos\u00e9", "Jose\u0301", r"and 'Jose\u0301' (row 4, row 5) differ only in how"),
    "zero width": ("A1", "A\u200b1", r"'A\u200b1'"),
    "an accent after a zero width": ("e\u200d\u0301", "\u00e9", r"'e\u200d\u0301'"),
    "a variation selector": ("A1", "A1\ufe0f", r"'A1\ufe0f'"),
    "no-break blank": ("A 1", "A\u00a01", r"'A\u00a01'"),
    "double blank": ("A 1", "A  1", "'A  1'"),
    "full-width blank": ("A 1", "A\u30001", r"'A\u30001'"),
    "full-width letters": ("A1", "\uff21\uff11", r"'\uff21\uff11'"),
    "non-breaking hyphen": ("A-1", "A\u20111", r"'A\u20111'"),
    "minus": ("A\u22121", "A\u20131", r"'A\u22121' (row 2, row 3) and 'A\u20131'"),
    "apostrophe": ("O'Neill", "O\u2019Neill", r"'O\u2019Neill'"),
    "case": ("STRASSE", "stra\u00dfe", "'stra\u00dfe'"),
    "Cyrillic": ("P\u0410", "pa", r"'P\u0410'"),
}


@pytest.mark.parametrize(("one", "other", "shown"), SPELLINGS.values(), ids=SPELLINGS)
def test_one_person_under_two_spellings_is_refused(one, other, shown):
    message = refused(one, other)
    assert shown in message
    assert message.count("if one person, write one id") == 1
    assert "row 4, row 5" in message


def test_people_whose_ids_differ_are_several():
    people = ["1.1", "1.10", "2.01", "2.1", "P10", "P1", "Ren\u00e9", "Rene", "A1", "A_1", "\u674e"]
    ids = [*people, "\u5f20", "7", "70", "0", "00a", "\u0412\u0430\u0441\u044f", "NA", "N-A"]
    assert len(check_manifest(table(*ids), "mine.csv")) == 2 * len(ids) + 4


def test_many_rows_are_counted():
    manifest = pd.concat([table("7"), table(*["007"] * 9).iloc[:18]], ignore_index=True)
    manifest["recording_id"] = manifest["path"] = [f"{n}" for n in range(len(manifest))]
    with pytest.raises(CorpusError, match=r"'007' \(row 2, .*, row 6 and 13 more\)"):
        check_manifest(manifest, "mine.csv")


DESTROYED = ["1.23457E+11", "1,5e+07", "3E+05", "nan", "NaN", "None", "NULL", "<NA>", "#N/A"]
DESTROYED += ["#REF!", "#NAME?", "#BEZUG!", "####", "12345678901234567.0", "2026-03-01 00:00:00"]


def test_ids_that_a_program_destroyed_are_refused():
    message = refused(*DESTROYED)
    for number, speaker in enumerate(DESTROYED):
        assert f"row {2 * number + 2}, row {2 * number + 3}: speaker_id = {speaker!r} is" in message
    assert "write the id as it was given" in message


@pytest.mark.parametrize(
    ("destroyed", "neighbour"),
    [("12.0", "13"), ("123456789012.0", "P1"), ("01-Mar", "1-13")],
)
def test_some_ids_are_destroyed_beside_others(destroyed, neighbour):
    assert f"speaker_id = {destroyed!r} is" in refused(destroyed, neighbour)


def test_whole_numbers_that_are_all_written_as_decimals_are_ids():
    manifest = table("7.0", "123456789012.0")
    manifest["speaker_id"] = manifest["speaker_id"].replace({"Healthy": "8.0", "Patient": "9.0"})
    check_manifest(manifest, "mine.csv")


def test_names_are_compared_before_they_become_pseudonyms(tmp_path):
    for folder in ("1-Anna-x", "2-anna-x", "3-Nan-x"):
        (tmp_path / "female healthy" / folder).mkdir(parents=True)
        (tmp_path / "female healthy" / folder / "ba1.wav").write_bytes(b"")
    with pytest.raises(CorpusError) as error:
        mayle2018.read(str(tmp_path))
    assert "'Anna' (female healthy/1-Anna-x) and 'anna' (female healthy/2-anna" in str(error.value)


# --- Two labels, several ages -------------------------------------------------------------------


@pytest.fixture
def contradictory(corpus):
    """A corpus with a speaker who is both healthy and dysarthric."""
    corpus.add("x.wav", noise(5), "X", 0)
    corpus.add("y.wav", noise(6), "X", 1)
    corpus.add("z.wav", noise(7), "X", 1)
    return corpus


def test_who_has_both_labels_is_left_out_where_one_asks_for_it(contradictory, prepare, refusal):
    message = refusal(contradictory)
    assert "speaker X has labels {0, 1} (row 4, row 5)" in message
    assert "data.on_two_labels=drop" in message
    store = prepare(contradictory, "data.on_two_labels=drop")
    assert set(store.recordings["speaker_id"]) == {"H", "D"}
    (paragraph,) = describe_problems(store)
    assert "X: 1 healthy, 2 dysarthric" in paragraph


def test_what_was_left_out_of_one_corpus_is_not_said_of_another(contradictory, prepare, configure):
    dropped = prepare(contradictory, "data.on_two_labels=drop")
    del contradictory.rows[2:]
    without = prepare(contradictory)
    assert describe_problems(without) == []
    assert without.recordings.equals(dropped.recordings)
    assert configure(contradictory, "data.on_two_labels=drop").data.settings() == (
        configure(contradictory).data.settings()
    )


def test_a_corpus_where_all_have_both_labels_is_refused(corpus, refusal):
    corpus.add("x.wav", noise(5), "H", 1)
    corpus.add("y.wav", noise(6), "D", 0)
    assert "every speaker has both labels" in refusal(corpus, "data.on_two_labels=drop")


def test_several_ages_and_severities_are_said_with_what_uses_which(corpus, prepare):
    for number, (age, severity) in enumerate([(61, 2), (63.5, 2), (None, None), (61, 3)]):
        corpus.add(f"x{number}.wav", noise(5 + number), "X", age=age, severity=severity)
    corpus.add("y.wav", noise(20), "Y", age=50)
    ages, severities = describe_problems(prepare(corpus))
    assert "1 speaker has more than one age; model=demographics and the audit take the mean" in ages
    assert ages.endswith("  - X: 61, 63.5")
    assert "the report takes the first" in severities
    assert severities.endswith("  - X: 2, 3")


def test_spellings_in_a_table_are_compared_too(corpus, refusal):
    corpus.add("x.wav", noise(5), "Zo\u00eb")
    corpus.add("y.wav", noise(6), unicodedata.normalize("NFD", "Zo\u00eb"))
    assert r"'Zoe\u0308' (row 5)" in refusal(corpus)
