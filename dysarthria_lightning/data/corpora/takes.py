"""What a path says of a recording: the take, the ways to read it, and the choice among several."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

#: Kinds of tasks, for ``data.tasks``.
Task = Literal["vowels", "syllables", "words", "sentences", "reading", "speech"]


def path_ending(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Compile what a path ends with, for ``fullmatch``: other folders may stand above a layout.

    Args:
        pattern: A regular expression for whole names of folders and a file.
        flags: Of :mod:`re`, such as ``re.IGNORECASE``.
    """
    return re.compile(rf"(?:.*/)?{pattern}", flags)


def plain_path(file: PurePosixPath) -> PurePosixPath:
    """Write a path in one way: composed accents (NFC), and a suffix in lower case."""
    composed = PurePosixPath(unicodedata.normalize("NFC", str(file)))
    return composed.with_suffix(composed.suffix.lower())


def first_match(
    layouts: Iterable[tuple[str, re.Pattern[str]]], file: PurePosixPath
) -> tuple[str, re.Match[str] | None]:
    """Find the first layout that a path fits.

    Args:
        layouts: By packaging, the more particular first.
        file: A path.

    Returns:
        The packaging and the match; None: the path fits none.
    """
    for packaging, layout in layouts:
        if found := layout.fullmatch(str(file)):
            return packaging, found
    return "", None


@dataclass(frozen=True)
class Take:
    """One audio file, as its path and the corpus's tables describe it.

    Attributes:
        speaker_id: The person, in every session and folder.
        label: 0 healthy, 1 dysarthric.
        take_id: Names the utterance: recordings of it by other microphones, and other variants of
            one recording, share it.
        gender: female, male or None.
        age: Years.
        severity: On the corpus's own scale.
        session: Which of the speaker's visits.
        microphone: What it was recorded with.
        variant: What was done to it later, such as a reduction of noise.
        group: Which of the corpus's groups of speakers the person is of.
        task: What was asked for.
        text: What was read.
        fault: Why the recording is known to be of no use; None: nothing is known.
        packaging: Which of the forms in which the corpus is passed on the path is of.
    """

    speaker_id: str
    label: int
    take_id: str
    gender: str | None = None
    age: float | None = None
    severity: float | None = None
    session: str | None = None
    microphone: str | None = None
    variant: str | None = None
    group: str | None = None
    task: Task | None = None
    text: str | None = None
    fault: str | None = None
    packaging: str = ""

    @property
    def recording_id(self) -> str:
        """What outputs call the recording; unique in the corpus."""
        return "-".join(filter(None, [self.take_id, self.microphone, self.variant]))

    @property
    def known_as(self) -> tuple[str, ...]:
        """Ids under which a fault may be known: of this, of every variant, of the utterance."""
        return self.recording_id, f"{self.take_id}-{self.microphone}", self.take_id


def prefer(
    takes: Mapping[PurePosixPath, Take],
    attribute: Literal["microphone", "variant"],
    order: Sequence[str | None] | None,
) -> dict[PurePosixPath, Take]:
    """Keep of every utterance the recordings of the first microphone or variant that it has.

    Args:
        takes: By file.
        attribute: What is chosen by. Variants are chosen first, for each microphone.
        order: What to take, the one to be preferred first; None: all.
    """
    if order is None:
        return dict(takes)
    ranks = {value: rank for rank, value in enumerate(order)}
    best: dict[tuple[str, str | None], int] = {}
    ranked = []
    for file, take in takes.items():
        rank = ranks.get(getattr(take, attribute))
        if rank is None:
            continue
        key = take.take_id, take.microphone if attribute == "variant" else None
        best[key] = min(rank, best.get(key, rank))
        ranked.append((file, take, key, rank))
    return {file: take for file, take, key, rank in ranked if best[key] == rank}
