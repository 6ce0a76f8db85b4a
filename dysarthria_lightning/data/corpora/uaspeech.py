"""UA-Speech: single words of 15 speakers with dysarthria of cerebral palsy and 13 without.

Kim et al., Interspeech 2008.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.takes import Take, first_match, path_ending, plain_path
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY
from dysarthria_lightning.data.table_columns import plain_name
from dysarthria_lightning.errors import CorpusError

# Digits, letters, computer commands, common and uncommon words.
_UTTERANCE = (
    r"(?P<speaker>C?[FM]\d\d)_(?P<block>B[1-3])_"
    r"(?P<key>D\d|L[A-Z]|C1?\d|[CU]W(?:100|[1-9]\d?))_(?P<mic>M[2-8])"
)
_SPEAKER_AND_FILE = rf"(?P<folder>C?[FM]\d\d)/(?=(?P=folder)_){_UTTERANCE}\.wav"
#: By packaging, the more particular first.
_LAYOUTS = {
    "a folder per variant": path_ending(
        rf"(?P<variant>original|noisereduced?|normalized)/(?:control/)?{_SPEAKER_AND_FILE}"
    ),
    "one variant": path_ending(_SPEAKER_AND_FILE),
}
_LABEL = re.compile(rf'/?{_UTTERANCE}\.lab"\s+(?:\d+\s+\d+\s+)?(?P<word>[^\s.]\S*)')
_WORD_LIST = re.compile(r"speaker[ _]wordlist\.(xlsx|csv|tsv|txt)", re.IGNORECASE)

#: Words that listeners understood, in percent: the corpus's own table (sheet Speaker), as
#: karkirowle/pathbench gives it; M16 as others quote it.
_INTELLIGIBILITY = {
    **{"M04": 2.0, "F03": 6.0, "M12": 7.4, "M01": 15.0, "M07": 28.0, "F02": 29.0, "M16": 43.0},
    **{"M05": 58.0, "F04": 62.0, "M11": 62.0, "M09": 86.0, "M14": 90.4, "M08": 93.0, "M10": 93.0},
    "F05": 95.0,
}
#: Where they are given (the same source); of no control.
_AGES = {
    **{"F02": 30.0, "F03": 51.0, "F04": 18.0, "M05": 21.0, "M07": 58.0, "M08": 28.0},
    **{"M09": 18.0, "M10": 21.0, "M11": 48.0, "M12": 19.0, "M14": 40.0},
}


class UASpeechData(PublishedCorpus):
    """``data=uaspeech``: the UA-Speech corpus.

    ``severity`` is intelligibility in percent: higher is better; controls have none.

    Attributes:
        microphone: Which of an array's seven is read. M5 is the one that all speakers share.
        variant: Which of the forms that the publishers make of every recording is read. Noise
            reduction and normalisation change speakers of the two classes differently, so the
            default is what was recorded.
    """

    title = "UA-Speech"
    classes = "15 speakers with dysarthria of cerebral palsy, 13 without"
    get = "Get it on request from the University of Illinois (isle.illinois.edu/sst/data/UASpeech)"
    citation = (
        "Kim H, Hasegawa-Johnson M, Perlman A, Gunderson J, Huang T, Watkin K, Frame S. Dysarthric "
        "speech database for universal access research. Interspeech 2008, 1741-1744. "
        "doi:10.21437/Interspeech.2008-480"
    )
    example = "audio/original/F02/F02_B1_CW10_M5.wav"
    tasks_there = ("words",)

    layout: Literal["uaspeech"]
    corpus: Literal["uaspeech"] = "uaspeech"
    microphone: Literal["M2", "M3", "M4", "M5", "M6", "M7", "M8", "all"] = "M5"
    variant: Literal["original", "noisereduce", "normalized"] = "original"

    def microphones(self) -> Sequence[str] | None:
        """Return the microphones to take."""
        return None if self.microphone == "all" else (self.microphone,)

    def variants(self) -> Sequence[str | None]:
        """Return the variant to take, or the only one."""
        return (self.variant, None)

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        packaging, found = first_match(_LAYOUTS.items(), file)
        if not found:
            return None
        parts = found.groupdict()
        speaker, variant = parts["speaker"], parts.get("variant")
        return Take(
            speaker_id=speaker,
            label=HEALTHY if speaker[0] == "C" else DYSARTHRIC,
            take_id=_take_id(parts),
            gender="female" if "F" in speaker else "male",
            age=_AGES.get(speaker),
            severity=_INTELLIGIBILITY.get(speaker),
            microphone=parts["mic"],
            variant="noisereduce" if variant == "noisereduced" else variant,
            task="words",
            packaging=packaging,
        )

    def take_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read the words; see :meth:`PublishedCorpus.take_details`.

        They are in a file of labels per speaker, or in the corpus's list of words.
        """
        labels = [file for file in files if file.name.endswith("_word.mlf")]
        if labels:
            return {
                take_id: {"text": word}
                for file in labels
                for take_id, word in _read_labels(folder / file)
            }
        word_list = next((file for file in files if _WORD_LIST.fullmatch(file.name)), None)
        if word_list is None:
            return {}
        words = _read_word_list(folder / word_list)
        # Uncommon words have one number in every block, and are others.
        found = (first_match(_LAYOUTS.items(), plain_path(file))[1] for file in files)
        return {
            _take_id(match): {"text": words[key]}
            for match in filter(None, found)
            for key in (match["key"], f"{match['block']}_{match['key']}")
            if key in words
        }

    def remarks(self, takes: Collection[Take]) -> Iterable[str]:
        """Say that words are not known; see :meth:`PublishedCorpus.remarks`."""
        if not any(take.text for take in takes):
            yield (
                "the words are not known: neither mlf/F02/F02_word.mlf and so on "
                "nor speaker_wordlist.csv lies there. Old spreadsheets (.xls) are not read: save "
                "the sheet Word_filename of speaker_wordlist.xls as speaker_wordlist.csv"
            )


def _take_id(parts: Mapping[str, str] | re.Match[str]) -> str:
    return f"{parts['speaker']}-{parts['block']}-{parts['key']}"


def _read_labels(path: Path) -> Iterator[tuple[str, str]]:
    """Read HTK's labels: a file's name in quotation marks, the word, and a full stop."""
    labels = list(_LABEL.finditer(path.read_text(encoding="utf-8-sig", errors="replace")))
    if not labels:
        raise CorpusError(
            f'{path}: no labels in it; expected lines such as "*/F02_B1_C1_M5.lab", each with a '
            "word on the line after it"
        )
    yield from ((_take_id(label), label["word"]) for label in labels)


def _read_word_list(path: Path) -> dict[str, str]:
    from dysarthria_lightning.data.tables import open_table  # takes pandas, and that half a second

    table = open_table(path, lambda names: names, sheet="Word_filename")
    columns = {plain_name(name): name for name in table.names}
    missing = [name for name in ("WORD", "FILE NAME") if plain_name(name) not in columns]
    if missing:
        raise CorpusError(
            f"{path}: column {' and '.join(missing)} missing; expected WORD and FILE NAME, as in "
            "the sheet Word_filename"
        )
    rows = table.rows[[columns["file_name"], columns["word"]]].dropna().astype(str)
    return {key.strip(): word.strip() for key, word in rows.itertuples(index=False)}
