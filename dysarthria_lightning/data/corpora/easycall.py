"""EasyCall: Italian commands of 31 speakers with dysarthria and 24 without.

Turrisi et al., Interspeech 2021.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.takes import Take, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

# One speaker's files of one session begin with "m13 _03_" in one copy; another speaker's session
# has a second file of a command, under 07bis.
_LAYOUT = path_ending(
    r"(?P<speaker>[fm](?P<control>c?)\d\d)/Sessione_(?P<session>\d\d)/"
    r"(?P=speaker) ?_(?P=session)(?P<again>bis)?_(?P<command>[^/]+)\.wav"
)
#: A command that was said three times.
_REPEATED = re.compile(r"(.*\D)_([1-3])")

#: The neurologists' Therapy Outcome Measure, as karkirowle/pathbench gives it
#: (extract_easycall_paths.py before it turned the scale round); f04 is not in it.
_THERAPY_OUTCOME = {
    **{"f01": 1.0, "f02": 3.0, "f03": 1.0, "f05": 1.0, "f06": 1.0, "f07": 1.0, "f08": 1.0},
    **{"f09": 1.0, "f10": 5.0, "f11": 2.0, "m01": 3.0, "m02": 1.0, "m03": 3.0, "m04": 1.0},
    **{"m05": 4.0, "m06": 4.0, "m07": 4.0, "m08": 3.0, "m09": 1.0, "m10": 3.0, "m11": 5.0},
    **{"m12": 1.0, "m13": 1.0, "m14": 5.0, "m15": 1.0, "m16": 3.0, "m17": 1.0, "m18": 1.0},
    **{"m19": 3.0, "m20": 1.0},
}


class EasyCallData(PublishedCorpus):
    """``data=easycall``: the EasyCall corpus.

    ``severity`` is the Therapy Outcome Measure as the corpus has it, 1 (mild) to 5 (severe);
    controls have none. Others turn the scale round. Commands of one word are ``words``, those of
    several ``sentences``.
    """

    title = "EasyCall"
    classes = "31 speakers with dysarthria, 24 without"
    get = "Get it from the University of Ferrara (neurolab.unife.it/easycallcorpus)"
    citation = (
        "Turrisi R, Braccia A, Emanuele M, Giulietti S, Pugliatti M, Sensi M, Fadiga L, Badino L. "
        "EasyCall corpus: a dysarthric speech dataset. Interspeech 2021, 41-45. "
        "doi:10.21437/Interspeech.2021-549"
    )
    example = "fc09/Sessione_01/fc09_01_Apri_rubrica_2.wav"
    tasks_there = ("words", "sentences")

    layout: Literal["easycall"]
    corpus: Literal["easycall"] = "easycall"

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        found = _LAYOUT.fullmatch(str(file))
        if not found:
            return None
        speaker, session = found["speaker"], found["session"]
        # Older files have spaces and an apostrophe where newer ones have underscores.
        command = re.sub(r"[ ’']+", "_", found["command"].strip())
        repeated = _REPEATED.fullmatch(command)
        words = (repeated[1] if repeated else command).split("_")
        return Take(
            speaker_id=speaker,
            label=HEALTHY if found["control"] else DYSARTHRIC,
            take_id=f"{speaker}-{session}{found['again'] or ''}-{command}",
            gender="female" if speaker[0] == "f" else "male",
            severity=_THERAPY_OUTCOME.get(speaker),
            session=session,
            task="words" if len(words) == 1 else "sentences",
            text=" ".join(words).replace(" l alto", " l'alto"),
        )
