"""TORGO: words and sentences of 8 speakers with dysarthria and 7 without, with two microphones.

Rudzicz, Namasivayam & Wolff, Language Resources and Evaluation 46:523-541, 2012.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.takes import Take, Task, first_match, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

_SPEAKER = r"(?P<speaker>[FM]C?\d\d)"
#: By packaging: the end of a path.
_LAYOUTS = {
    "as distributed": path_ending(
        rf"{_SPEAKER}/(?P<session>Session\d(_\d)?)/wav_(?P<mic>array|head)Mic/(?P<number>\d{{4}})\.wav"
    ),
    "a folder per microphone": path_ending(
        rf"(wav_(array|head)Mic_{_SPEAKER}(S\d\d)?)/"
        r"wav_(?P<mic>array|head)Mic_(?P=speaker)(S(?P<session>\d\d))?_(?P<number>\d{4})\.wav"
    ),
    "flat, microphone not known": path_ending(
        rf"[FM]C?_{_SPEAKER}_(?P<session>Session\d(_\d)?)_(?P<number>\d{{4}})\.wav"
    ),
}
_PROMPT = path_ending(rf"{_SPEAKER}/(?P<session>Session\d(_\d)?)/prompts/(?P<number>\d{{4}})\.txt")

#: Means of the Frenchay assessment's intelligibility, 0 (none) to 8 (normal), as
#: hasteinmetz/transfer-learning-for-dysarthria tabulates them (doc/).
_FRENCHAY = {
    **{"F01": 2.33, "F03": 8.0, "F04": 8.0},
    **{"M01": 2.33, "M02": 2.33, "M03": 8.0, "M04": 1.66, "M05": 5.33},
}
#: Who has Session1 and no other; re-packed names may leave it out.
_ONE_SESSION = ("F01", "FC01")
_MICROPHONES = {"head_else_array": ("head", "array"), "head": ("head",), "array": ("array",)}


class TorgoData(PublishedCorpus):
    """``data=torgo``: the TORGO database.

    Attributes:
        microphone: Which recording of an utterance is read. Some sessions lack one of the two.
    """

    title = "TORGO"
    classes = "8 speakers with dysarthria of cerebral palsy or ALS, 7 without"
    get = (
        "Get it from the University of Toronto (archives F, FC, M, MC) or as LDC2012S02; its own "
        "licence, for research"
    )
    citation = (
        "Rudzicz F, Namasivayam AK, Wolff T. The TORGO database of acoustic and articulatory "
        "speech from speakers with dysarthria. Language Resources and Evaluation 46:523-541, 2012. "
        "doi:10.1007/s10579-011-9145-0"
    )
    example = "F01/Session1/wav_headMic/0001.wav"
    tasks_there = ("words", "sentences")

    layout: Literal["torgo"]
    corpus: Literal["torgo"] = "torgo"
    microphone: Literal["head_else_array", "head", "array", "all"] = "head_else_array"

    def microphones(self) -> Sequence[str] | None:
        """Return the microphones to take, best first. Where none is known there is no choice."""
        names = _MICROPHONES.get(self.microphone)
        return names and (*names, "unknown")

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        packaging, found = first_match(_LAYOUTS.items(), file)
        if not found:
            return None
        parts = found.groupdict()
        speaker, number = parts["speaker"], parts["number"]
        session = _session(speaker, parts["session"])
        if session is None:
            return None
        return Take(
            speaker_id=speaker,
            label=HEALTHY if speaker[1] == "C" else DYSARTHRIC,
            take_id=f"{speaker}-{session}-{number}",
            gender="female" if speaker[0] == "F" else "male",
            severity=_FRENCHAY.get(speaker),
            session=session,
            microphone=parts.get("mic", "unknown"),
            packaging=packaging,
        )

    def take_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read the prompts; see :meth:`PublishedCorpus.take_details`."""
        details = {}
        for file in files:
            if found := _PROMPT.fullmatch(str(file)):
                take_id = "{speaker}-{session}-{number}".format(**found.groupdict())
                text = (folder / file).read_text(encoding="utf-8", errors="replace").strip()
                details[take_id] = read_prompt(text)
        return details


def read_prompt(text: str) -> dict[str, Any]:
    """Say what a prompt asks for.

    Args:
        text: The prompt.

    Returns:
        Values of :class:`Take`'s attributes: text and task, or what is wrong with it.
    """
    if "[" in text:
        return {"text": text, "fault": "prompt is an instruction or holds a comment"}
    if re.search(r"\.(jpg|jpeg|gif|bmp|png)\b", text, re.IGNORECASE):
        return {"fault": "prompt is a picture, what was said is not known"}
    if text == "xxx":
        return {"fault": "prompt is xxx: not usable"}
    task: Task = "words" if len(text.split()) == 1 else "sentences"
    return {"text": text, "task": task} if text else {}


def _session(speaker: str, session: str | None) -> str | None:
    """Name the session; None: the path does not say it of somebody who has several, or another."""
    if session and session.startswith("Session"):
        return session
    if session is None and speaker not in _ONE_SESSION:
        return None
    number = int(session or 1)
    # There is no other second session of this speaker.
    return "Session2_3" if (speaker, number) == ("M01", 2) else f"Session{number}"
