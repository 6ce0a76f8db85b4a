"""The list of 82 syllables that every speaker reads.

Three types, as in the paper's corpus: 38 monophthongs (seven syllables in all four tones and the
numerals one to ten, which are counted with them although san, liu and jiu hold more than one
vowel quality), 23 compound vowels and 21 consonant-/a/ items (which include the apical vowels
after sibilants). The published list names two more compound-vowel items, gu and xi, which would
make 84: both are monophthongs, and xi stands among the consonant items too, so they are left out.
Items whose tone the corpus does not mark are read in tone 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from dysarthria_lightning.data.manifest_schema import SyllableType

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcs")
_FOUR_TONES = ("a", "ba", "bo", "bi", "du", "ge", "yu")
_NUMERALS = ("yi1", "er4", "san1", "si4", "wu3", "liu4", "qi1", "ba1", "jiu3", "shi2")
_COMPOUND_VOWELS = [
    "bai",
    "ban",
    "bang",
    "bao",
    "bei",
    "ben",
    "beng",
    "bian",
    "biao",
    "bie",
    "bin",
    "bing",
    "diu",
    "gou",
    "gua",
    "guai",
    "guan",
    "guang",
    "gui",
    "guo",
    "xia",
    "xiong",
    "xue",
]
_CONSONANT_A = [
    "ba",
    "pa",
    "ma",
    "fa",
    "da",
    "ta",
    "na",
    "la",
    "ga",
    "ka",
    "ha",
    "ji",
    "qi",
    "xi",
    "zhi",
    "chi",
    "shi",
    "ri",
    "zi",
    "ci",
    "si",
]

#: How demanding the initial is for a weak tongue, 0 to 1. Affricates are mastered last (Zhu and
#: Dodd 2000, Journal of Child Language 27, 3-42); children with functional dysarthria err least
#: on labials (Lin et al. 2019, Rehabilitation Medicine, doi 10.3724/SP.J.1329.2019.06010). The
#: numbers are ours.
_INITIAL_DIFFICULTY = {
    **dict.fromkeys(("", "b", "m", "p"), 0.2),
    **dict.fromkeys(("d", "n", "h", "f", "t", "l"), 0.4),
    **dict.fromkeys(("g", "k", "j", "x"), 0.6),
    **dict.fromkeys(("q", "z", "s", "r"), 0.8),
    **dict.fromkeys(("zh", "ch", "sh", "c"), 1.0),
}


@dataclass(frozen=True)
class Prompt:
    """One item of the list.

    Attributes:
        syllable: Pinyin with the tone's number, ``"guang1"``; ``yu`` and ``xue`` as spelt.
        initial: Initial consonant in pinyin, empty for none.
        final: Key of :data:`vowels.FINALS`.
        tone: Lexical tone, 1 to 4.
        syllable_type: The type under which the corpus files it.
        difficulty: Articulatory demand, 0 to 1.
    """

    syllable: str
    initial: str
    final: str
    tone: int
    syllable_type: SyllableType
    difficulty: float


def split_pinyin(letters: str) -> tuple[str, str]:
    """Split pinyin without a tone into initial and final, undoing the spelling rules.

    ``y`` and ``w`` are spellings of a zero initial; after j, q, x the letter u stands for ü;
    the i of zi, ci, si and of zhi, chi, shi, ri is an apical vowel ("-i" dental, "-r" retroflex).
    """
    spelt_without_initial = {"yi": "i", "wu": "u", "yu": "v"}
    if letters in spelt_without_initial:
        return "", spelt_without_initial[letters]
    initial = next((i for i in _INITIALS if letters.startswith(i)), "")
    final = letters[len(initial) :]
    if initial in ("j", "q", "x") and final.startswith("u"):
        final = "v" + final[1:]
    if final == "i" and initial in ("z", "c", "s"):
        final = "-i"
    if final == "i" and initial in ("zh", "ch", "sh", "r"):
        final = "-r"
    return initial, final


def _prompt(syllable: str, syllable_type: SyllableType) -> Prompt:
    initial, final = split_pinyin(syllable[:-1])
    difficulty = _INITIAL_DIFFICULTY[initial]
    # A glide or a nasal coda is a second target to reach in the same time.
    moves = len(final.replace("ng", "n").removeprefix("-")) - 1 if final != "er" else 1
    difficulty = min(1.0, 0.6 * difficulty + 0.2 + 0.15 * moves)
    return Prompt(syllable, initial, final, int(syllable[-1]), syllable_type, difficulty)


#: The prompts in reading order.
PROMPTS: tuple[Prompt, ...] = (
    *(_prompt(f"{s}{tone}", "monophthong") for s in _FOUR_TONES for tone in (1, 2, 3, 4)),
    *(_prompt(s, "monophthong") for s in _NUMERALS),
    *(_prompt(f"{s}1", "compound_vowel") for s in _COMPOUND_VOWELS),
    *(_prompt(f"{s}1", "consonant_a") for s in _CONSONANT_A),
)


def read_prompts(count: int) -> list[Prompt]:
    """Return what a speaker with ``count`` recordings read: whole passes, then a part of one.

    The part takes prompts at even distances, so that even ten prompts hold all three types.

    Args:
        count: Number of recordings, 1 or more.

    Returns:
        ``count`` prompts; from the 83rd on they repeat.
    """
    passes, rest = divmod(count, len(PROMPTS))
    part = [PROMPTS[index * len(PROMPTS) // rest] for index in range(rest)]
    return list(PROMPTS) * passes + part
