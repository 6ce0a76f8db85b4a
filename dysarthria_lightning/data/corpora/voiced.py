"""VOICED: five seconds of /a/ by 208 adults, 150 of them with a disorder of the voice.

Cesari et al., Computers & Electrical Engineering 68:310-321, 2018. The label is the disorder of the
voice; nobody was examined for dysarthria.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.takes import Take, path_ending, plain_path
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY, bullet_list
from dysarthria_lightning.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd

_FILE = path_ending(r"(?P<speaker>voice\d{3})\.wav")
_INFO = path_ending(r"(?P<speaker>voice\d{3})-info\.txt")
_SIGNAL = path_ending(r"(?P<speaker>voice\d{3})\.(hea|dat)")
_GENDERS = {"m": "male", "f": "female"}
#: What makes WAVs of the signals, with the values as they are.
_CONVERT = (
    'python -c "import glob, soundfile, wfdb; '
    "[soundfile.write(name + '.wav', record.p_signal, int(record.fs), 'FLOAT') "
    "for name in (file[:-4] for file in glob.glob('**/voice*.hea', recursive=True)) "
    'for record in [wfdb.rdrecord(name)]]"'
)


class VoicedData(PublishedCorpus):
    """``data=voiced``: the VOICED database.

    The severity is the Voice Handicap Index: 0 (none) to 120, as people judge themselves.
    """

    title = "VOICED"
    classes = (
        "150 adults with a disorder of the voice are called dysarthric, though nobody was examined "
        "for dysarthria; 58 healthy"
    )
    get = (
        "Get it from PhysioNet (voice-icar-federico-ii, doi:10.13026/C25Q2N), and convert its "
        "signals to WAV; for terms see its distributor"
    )
    citation = (
        "Cesari U, De Pietro G, Marciano E, Niri C, Sannino G, Verde L. A new database of healthy "
        "and pathological voices. Computers & Electrical Engineering 68:310-321, 2018. "
        "doi:10.1016/j.compeleceng.2018.04.008"
    )
    example = "voice001.wav"
    tasks_there = ("vowels",)

    layout: Literal["voiced"]
    corpus: Literal["voiced"] = "voiced"

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says, which is not the label; see :meth:`PublishedCorpus.parse`."""
        found = _FILE.fullmatch(str(file))
        if not found:
            return None
        return Take(
            speaker_id=found["speaker"],
            label=HEALTHY,
            take_id=f"{found['speaker']}-a",
            task="vowels",
            text="a",
        )

    def speaker_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read the files of each speaker; see :meth:`PublishedCorpus.speaker_details`."""
        return {
            found["speaker"]: read_info(folder / file)
            for file in files
            if (found := _INFO.fullmatch(str(file)))
        }

    def list_recordings(
        self,
        files: Sequence[PurePosixPath],
        folder: Path,
        speakers: Mapping[str, Mapping[str, Any]] | None = None,
        takes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> pd.DataFrame:
        """Make the manifest from paths; see :meth:`PublishedCorpus.list_recordings`."""
        plain = [str(plain_path(file)) for file in files]
        there = {found["speaker"] for file in plain if (found := _FILE.fullmatch(file))}
        signals = {found["speaker"] for file in files if (found := _SIGNAL.fullmatch(str(file)))}
        if signals - there:
            raise CorpusError(
                f"{self.place}: {len(signals - there)} of its signals (.dat and .hea) have no WAV "
                f"file, beginning with {min(signals - there)}. Convert them with the package wfdb "
                f"(pip install wfdb); type in that folder:\n{_CONVERT}"
            )
        unknown = sorted(there - (speakers or {}).keys())
        if unknown:
            names = [f"{speaker}-info.txt" for speaker in unknown]
            raise CorpusError(
                f"{self.place}: files that say who is healthy are missing; expected them beside "
                f"the recordings:\n{bullet_list(names)}"
            )
        return super().list_recordings(files, folder, speakers, takes)


def read_info(file: Path) -> dict[str, Any]:
    """Read what is known of a speaker.

    Args:
        file: ``voiceNNN-info.txt``: lines of a name with a colon, a tab and a value. The ID in it
            is not read: in some files it is another speaker's.

    Returns:
        Values of :class:`Take`'s attributes.

    Raises:
        CorpusError: It has no diagnosis, or a sex that is not known.
    """
    lines = (line.split(":", 1) for line in file.read_text("utf-8", "replace").splitlines())
    info = {pair[0].strip().casefold(): pair[1].strip() for pair in lines if len(pair) == 2}
    diagnosis, gender = info.get("diagnosis", ""), info.get("gender", "").casefold()
    if not diagnosis or gender not in ("", *_GENDERS):
        raise CorpusError(
            f"{file}: Diagnosis = {diagnosis!r}, Gender = {gender!r}; expected healthy or the name "
            "of a disorder, and m or f"
        )
    score = next((text for name, text in info.items() if "(vhi)" in name), "")
    return {
        "label": HEALTHY if diagnosis.casefold() == "healthy" else DYSARTHRIC,
        "gender": _GENDERS.get(gender),
        "age": _number(info.get("age", "")),
        "severity": _number(score),
    }


def _number(text: str) -> float | None:
    """Read a number; many words say that there is none, such as NU for not used."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
