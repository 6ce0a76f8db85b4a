"""COPAS: Flemish words and sentences of people with seven disorders of speech, and without one.

Van Nuffelen, De Bodt, Middag & Martens, 2009. One of the seven is dysarthria.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.speaker_tables import details_of_speakers, read_rows
from dysarthria_lightning.data.corpora.takes import Take, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

_SPEAKER = r"(?P<speaker>(?P<group>[ACDGHLNV])\d+)"
_WORDS = path_ending(rf"DIA/{_SPEAKER}_(?P<item>[ABC]\d+)\.wav")
_SENTENCE = path_ending(rf"(?P<item>S[12])/{_SPEAKER}_(?P=item)\.wav")

Group = Literal["A", "C", "D", "G", "H", "L", "V"]
_CONTROLS = "N"
#: How many speakers of a group are younger than 18: karkirowle/pathbench, datasets/copas, spk2age.
_MINORS = {"A": 2, "C": 36, "D": 13}


class COPASData(PublishedCorpus):
    """``data=copas``: the Dutch Corpus of Pathological and Normal Speech.

    ``severity`` is intelligibility in percent, higher is better, where ``speakers_table`` says it.

    Attributes:
        groups: Whom to take for patients: D dysarthria, A articulation disorder, C cleft lip or
            palate, G glossectomy, H hearing impairment, L laryngectomy, V voice disorder.
        speakers_table: A table of the user's with the columns speaker, sex, age and
            intelligibility; None: there is none.
    """

    title = "COPAS"
    classes = (
        "speakers with dysarthria (group D) and without a disorder of speech (N); of any other "
        "groups in data.groups the label is their disorder, and not dysarthria"
    )
    get = "See its distributor, who may be the Dutch Language Institute (ivdnt.org)"
    citation = (
        "Van Nuffelen G, De Bodt M, Middag C, Martens J-P. Dutch Corpus of Pathological and Normal "
        "Speech (COPAS). Antwerp University Hospital and Ghent University, 2009"
    )
    example = "DIA/D67_B9.wav"
    table = "data.speakers_table"
    lists: ClassVar[Mapping[str, str]] = {
        "groups": f"groups of patients, of {', '.join(get_args(Group))}"
    }
    tasks_there = ("words", "sentences")
    places: ClassVar[frozenset[str]] = CorpusSection.places | {"speakers_table"}
    paths: ClassVar[frozenset[str]] = CorpusSection.paths | {"speakers_table"}

    layout: Literal["copas"]
    corpus: Literal["copas"] = "copas"
    groups: list[Group] = Field(default_factory=lambda: list[Group](["D"]))
    speakers_table: str | None = None

    def chosen_groups(self) -> Collection[str]:
        """Return the groups of patients to take, and the controls."""
        return {*self.groups, _CONTROLS}

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`."""
        words = _WORDS.fullmatch(str(file))
        found = words or _SENTENCE.fullmatch(str(file))
        return found and Take(
            speaker_id=found["speaker"],
            label=HEALTHY if found["group"] == _CONTROLS else DYSARTHRIC,
            take_id=f"{found['speaker']}-{found['item']}",
            group=found["group"],
            task="words" if words else "sentences",
        )

    def speaker_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read the user's table; see :meth:`PublishedCorpus.speaker_details`."""
        if self.speakers_table is None:
            return {}
        columns = {
            "speaker": ("speaker", "speaker_id", "spk"),
            "gender": ("sex", "gender"),
            "age": ("age",),
            "severity": ("intelligibility",),
        }
        return details_of_speakers(read_rows(Path(self.speakers_table), columns))

    def remarks(self, takes: Collection[Take]) -> Iterable[str]:
        """Say how many speakers are minors; see :meth:`PublishedCorpus.remarks`."""
        ages = {take.speaker_id: take.age for take in takes}
        if any(age is not None for age in ages.values()):
            n_minors = sum(age is not None and age < 18 for age in ages.values())
            yield f"{n_minors} of the {len(ages)} speakers are younger than 18."
        elif of_groups := [f"{_MINORS[name]} of {name}" for name in self.groups if name in _MINORS]:
            yield (
                "some speakers of the whole corpus are younger than 18, by the ages that "
                f"karkirowle/pathbench lists: {', '.join(of_groups)}; of N, none. A table of "
                "ages (data.speakers_table) tells them apart."
            )
