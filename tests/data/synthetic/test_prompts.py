"""The list of 82 prompts."""

from collections import Counter

import pytest

from dysarthria_lightning.data.synthetic.consonants import CODAS, INITIALS
from dysarthria_lightning.data.synthetic.prompts import PROMPTS, read_prompts, split_pinyin
from dysarthria_lightning.data.synthetic.tones import TONE_TARGETS
from dysarthria_lightning.data.synthetic.vowels import FINALS, QUALITIES


def test_the_list_has_82_items_of_three_types() -> None:
    assert len(PROMPTS) == 82
    assert Counter(prompt.syllable_type for prompt in PROMPTS) == {
        "monophthong": 38,
        "compound_vowel": 23,
        "consonant_a": 21,
    }


def test_seven_syllables_are_read_in_all_four_tones() -> None:
    first = [prompt.syllable for prompt in PROMPTS[:28]]
    assert first == [
        f"{s}{t}" for s in ["a", "ba", "bo", "bi", "du", "ge", "yu"] for t in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("letters", "parts"),
    [
        ("a", ("", "a")),
        ("yi", ("", "i")),
        ("wu", ("", "u")),
        ("yu", ("", "v")),
        ("er", ("", "er")),
        ("xue", ("x", "ve")),
        ("guo", ("g", "uo")),
        ("zhi", ("zh", "-r")),
        ("ri", ("r", "-r")),
        ("ci", ("c", "-i")),
        ("qi", ("q", "i")),
        ("guang", ("g", "uang")),
        ("liu", ("l", "iu")),
    ],
)
def test_pinyin_is_split_by_its_spelling_rules(letters: str, parts: tuple[str, str]) -> None:
    assert split_pinyin(letters) == parts


def test_every_prompt_can_be_pronounced() -> None:
    for prompt in PROMPTS:
        assert prompt.initial in INITIALS
        assert prompt.tone in TONE_TARGETS
        final = FINALS[prompt.final]
        assert all(quality in QUALITIES for quality, _ in final.path)
        assert final.coda == "" or final.coda in CODAS
        assert 0 <= prompt.difficulty <= 1


def test_harder_syllables_are_rated_harder() -> None:
    rating = {prompt.syllable: prompt.difficulty for prompt in PROMPTS}
    assert rating["bo1"] < rating["ge1"] < rating["zhi1"]
    assert rating["ba1"] < rating["bai1"] < rating["biao1"] < rating["guai1"]


@pytest.mark.parametrize("count", [1, 10, 38, 81, 82, 83, 164, 215])
def test_a_speaker_reads_as_many_prompts_as_asked(count: int) -> None:
    read = read_prompts(count)
    assert len(read) == count
    times = Counter(id(prompt) for prompt in read)
    assert max(times.values()) - min(times.values()) <= 1


def test_ten_prompts_hold_all_three_types() -> None:
    assert {prompt.syllable_type for prompt in read_prompts(10)} == {
        "monophthong",
        "compound_vowel",
        "consonant_a",
    }
