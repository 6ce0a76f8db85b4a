"""Italian Parkinson's Voice and Speech: vowels, syllables, words, phrases and a text.

Dimauro & Girardi, 2019. Folders hold people's names and files' names their letters, so speakers get
pseudonyms and no path reaches the outputs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import Field

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.corpora.pseudonyms import pseudonym, read_key
from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.speaker_tables import read_rows
from dysarthria_lightning.data.corpora.takes import Take, Task, path_ending
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY, bullet_list
from dysarthria_lightning.errors import CorpusError

Group: TypeAlias = Literal["patients", "elderly", "young"]

_GROUPS: dict[str, Group] = {"28": "patients", "22": "elderly", "15": "young"}
_GROUP = (
    r"(?P<group>15 young healthy control|22 elderly healthy control|"
    r"28 people with parkinson['’ ]?s disease)"
)
_FOLDERS = path_ending(
    rf"(?P<place>{_GROUP}(/\d+-\d+)?/(?P<name>(?!\d+-\d+$)[^/]+))", re.IGNORECASE
)
_SHEET = path_ending(rf"{_GROUP}/(15 yhc|tab 3|tab 5)\.xlsx", re.IGNORECASE)
#: What was asked for, letters of the name, year of birth, sex, date and time; without blanks.
_CODE = re.compile(
    r"(?P<task>FB|PR|V[AEIOU]|B|D)(?P<repeat>\d\d?)(?P<letters>\D+)(?P<year>\d\d)"
    r"(?P<sex>[MF])(?P<day>\d\d)(?P<month>\d\d)(20)?(?P<in_year>\d\d)(?P<time>\d{4})\.*"
)
_TASKS: dict[str, Task] = {
    **{f"V{vowel}": "vowels" for vowel in "AEIOU"},
    **{"D": "syllables", "PR": "words", "FB": "sentences", "B": "reading"},
}
_SEXES = {"F": "female", "M": "male"}
_CODED: tuple[Group, ...] = ("patients", "elderly")
#: How many people the coded groups have.
_WHOLE: dict[Group, int] = {"patients": 25, "elderly": 22}


@dataclass(frozen=True)
class _File:
    """What a path says.

    Attributes:
        group: Which of the three.
        place: The folders from the group's on, in lower case.
        folder_name: The person's folder's name.
        name: The file's, without blanks, in upper case.
        task: As coded, with the repeat.
        person: Sorted letters, year of birth and sex, as coded.
        when: Date and time, to be sorted by.
    """

    group: Group
    place: str
    folder_name: str
    name: str
    task: str
    person: tuple[str, str, str]
    when: tuple[str, str]


class ItalianPvsData(PublishedCorpus):
    """``data=italian_pvs``: Italian Parkinson's Voice and Speech.

    Files' names hold letters of a person's name, the year of birth and the sex; a folder's person
    is who most of its files say. The young controls' all say the same, so there it is the folder.
    An age is what the sheets say, or else the years from birth to recording.

    Attributes:
        groups: Whose recordings are read. The young controls are students with three tasks of the
            sixteen: whoever tells them from the patients may tell age or text.
        pseudonym_key_file: A file with a secret that keeps pseudonyms from being undone.
    """

    places = CorpusSection.places | {"pseudonym_key_file"}
    paths = CorpusSection.paths | {"pseudonym_key_file"}

    title = "Italian Parkinson's Voice and Speech"
    classes = (
        "25 people with Parkinson's disease (in 28 folders) are called dysarthric, whether or not "
        "their speech is affected; 22 elderly healthy, and 15 young ones if data.groups has them"
    )
    get = "Get it from IEEE DataPort (doi:10.21227/aw6b-tg17); CC BY 4.0"
    citation = (
        "Dimauro G, Girardi F. Italian Parkinson's Voice and Speech. IEEE DataPort, 2019. "
        "doi:10.21227/aw6b-tg17"
    )
    example = "22 Elderly Healthy Control/OLGA Z/VA1OZLEGNAIT49F230320171029.wav"
    lists: ClassVar[Mapping[str, str]] = {"groups": f"groups, of {', '.join(get_args(Group))}"}
    tasks_there = ("vowels", "syllables", "words", "sentences", "reading")

    layout: Literal["italian_pvs"]
    corpus: Literal["italian_pvs"] = "italian_pvs"
    groups: list[Group] = Field(default=["patients", "elderly"])
    pseudonym_key_file: str | None = None

    def chosen_groups(self) -> Collection[str] | None:
        """Return the groups of ``data.groups``."""
        return self.groups

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says alone; :meth:`settle` says who speaks."""
        found = _read_path(file)
        if not found:
            return None
        return Take(
            speaker_id="-".join(found.person),
            label=DYSARTHRIC if found.group == "patients" else HEALTHY,
            take_id=found.name,
            group=found.group,
            task=_TASKS[found.task.rstrip("0123456789")],
        )

    def settle(self, takes: Mapping[PurePosixPath, Take]) -> Mapping[PurePosixPath, Take]:
        """Say who speaks, in which session; see :meth:`PublishedCorpus.settle`."""
        key = read_key(self.pseudonym_key_file)
        files = {path: found for path in takes if (found := _read_path(path))}
        owners = _owners(files)
        self._check_namesakes(files, owners)
        people = _people(files, owners)
        copies = _copies(files, people)
        days = defaultdict[str, set[str]](set)
        same = defaultdict[tuple[str, str, str], set[tuple[str, str]]](set)
        for path, file in files.items():
            days[people[path]].add(file.when[0])
            if path not in copies:
                same[people[path], file.when[0], file.task].add((file.when[1], file.name))
        settled = {}
        for path, take in takes.items():
            file, person = files[path], people[path]
            coded = person.split("/") if file.group in _CODED else None
            gender = _SEXES[coded[-1]] if coded else None
            speaker = pseudonym(person, gender, take.label, key)
            session = f"S{sorted(days[person]).index(file.when[0]) + 1}"
            takes_of_task = sorted(same[person, file.when[0], file.task])
            identity = (file.when[1], file.name)
            number = takes_of_task.index(identity) if identity in takes_of_task else 0
            take_id = f"{speaker}-{session}-{file.task}" + (f".{number + 1}" if number else "")
            settled[path] = replace(
                take,
                speaker_id=speaker,
                session=session,
                take_id=f"{take_id}-copy" if path in copies else take_id,
                gender=gender,
                age=2000.0 + int(min(days[person])[:2]) - 1900 - int(coded[-2]) if coded else None,
                fault="a copy of a file in another folder" if path in copies else None,
            )
        return settled

    def speaker_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read its sheets; see :meth:`PublishedCorpus.speaker_details`."""
        said = defaultdict[tuple[Group, str], set[tuple[str | None, float]]](set)
        for sheet in files:
            if found := _SHEET.fullmatch(str(sheet).replace("_", " ")):
                for name, sex, age in _read_sheet(folder / sheet):
                    said[_GROUPS[found["group"][:2]], name].add((sex, age))
        entries = defaultdict[str, set[tuple[str | None, float]]](set)
        coded = set[str]()
        for path, take in self.settle(dict(self._parse_each(files))).items():
            if file := _read_path(path):
                entries[take.speaker_id] |= said.get((file.group, _key(file.folder_name)), set())
                if take.gender:
                    coded.add(take.speaker_id)
        details: dict[str, dict[str, Any]] = {}
        for speaker, known in entries.items():
            # Two people of one name: which row is whose is not said.
            if len(known) == 1:
                ((sex, age),) = known
                details[speaker] = {"age": age, **({} if speaker in coded else {"gender": sex})}
        return details

    def _check_namesakes(
        self,
        files: Mapping[PurePosixPath, _File],
        owners: Mapping[PurePosixPath, tuple[str, str, str]],
    ) -> None:
        """Refuse two folders that are one person's by all but the letters in files' names."""
        folders = defaultdict[tuple[str, str, str, str], dict[str, PurePosixPath]](dict)
        for path, file in files.items():
            if file.group in _CODED and file.group in self.groups:
                letters, year, sex = owners[path.parent]
                alike = folders[file.group, _key(file.folder_name), year, sex]
                alike.setdefault(letters, path.parent)
        unclear = [
            " and ".join(map(str, alike.values())) for alike in folders.values() if len(alike) > 1
        ]
        if unclear:
            raise CorpusError(
                f"{self.place}: folders of the same name whose files agree in sex and year of "
                "birth, but not in the letters of the name. If they are of one person, move the "
                "files into one of the folders; if not, rename one of the folders:\n"
                f"{bullet_list(unclear)}"
            )

    def remarks(self, takes: Collection[Take]) -> Iterable[str]:
        """Say who is missing or not known; see :meth:`PublishedCorpus.remarks`."""
        for group, whole in _WHOLE.items():
            there = len({take.speaker_id for take in takes if take.group == group})
            if group in self.groups and there != whole:
                yield f"{there} speakers of the group {group}; the whole corpus has {whole}."
        if unknown := {take.speaker_id for take in takes if take.age is None}:
            yield (
                f"sex and age of {len(unknown)} young controls are not known: 15 YHC.xlsx does not "
                "lie in their group's folder, or does not name them as their folders do."
            )


def _read_path(path: PurePosixPath) -> _File | None:
    composed = PurePosixPath(unicodedata.normalize("NFC", str(path)))
    folders = _FOLDERS.fullmatch(f"{composed.parent}".replace("_", " "))
    name = re.sub(r"[\s_]", "", composed.stem).upper()
    code = _CODE.fullmatch(name)
    if not (folders and code):
        return None
    return _File(
        group=_GROUPS[folders["group"][:2]],
        place=folders["place"].casefold(),
        folder_name=folders["name"],
        name=name.rstrip("."),
        task=code["task"] + code["repeat"],
        person=(_sorted_letters(code["letters"]), code["year"], code["sex"]),
        when=(code["in_year"] + code["month"] + code["day"], code["time"]),
    )


def _sorted_letters(text: str) -> str:
    """Return what is the same in every mixture of a name's letters."""
    return "".join(sorted(filter(str.isalpha, unicodedata.normalize("NFKD", text))))


def _owners(files: Mapping[PurePosixPath, _File]) -> dict[PurePosixPath, tuple[str, str, str]]:
    """Say by folder which coded person most of its files name."""
    said = defaultdict[PurePosixPath, Counter[tuple[str, str, str]]](Counter)
    for path, file in files.items():
        said[path.parent][file.person] += 1
    return {
        folder: min(counts, key=lambda person: (-counts[person], person))
        for folder, counts in said.items()
    }


def _people(
    files: Mapping[PurePosixPath, _File], owners: Mapping[PurePosixPath, tuple[str, str, str]]
) -> dict[PurePosixPath, str]:
    """Say who speaks in each file.

    A folder is one person's, in spite of a wrong year or sex in a file's name; unless the file is
    of somebody who has a folder of the group's.
    """
    with_folders = {(file.group, owners[path.parent]) for path, file in files.items()}
    people = {}
    for path, file in files.items():
        if file.group not in _CODED:
            people[path] = f"{file.group}/{_key(file.folder_name)}"
            continue
        is_owner = (file.group, file.person) in with_folders
        owner = file.person if is_owner else owners[path.parent]
        people[path] = "/".join((file.group, *owner))
    return people


def _copies(
    files: Mapping[PurePosixPath, _File], people: Mapping[PurePosixPath, str]
) -> set[PurePosixPath]:
    """Find files that also lie, under the same name, in another folder of the corpus's."""
    alike = defaultdict[tuple[str, str], list[PurePosixPath]](list)
    owned = Counter((files[path].place, people[path]) for path in files)
    for path, file in files.items():
        alike[people[path], file.name].append(path)
    copies = set[PurePosixPath]()
    for (person, _), paths in alike.items():
        # The folder that holds most of the person's files is taken for the file's own.
        home = min(
            (files[path].place for path in paths), key=lambda place: (-owned[place, person], place)
        )
        copies.update(path for path in paths if files[path].place != home)
    return copies


def _read_sheet(sheet: Path) -> Iterable[tuple[str, str | None, float]]:
    """Read names, sexes and ages; other rows hold averages and remarks."""
    columns = {"name": ("name",), "surname": ("surname",), "sex": ("sex",), "age": ("age",)}
    for row in read_rows(sheet, columns):
        name, surname = row.text("name"), row.text("surname")
        if name and surname and (age := row.number("age")) is not None:
            yield _key(f"{name} {surname}"), row.gender("sex"), age


def _key(name: str) -> str:
    """Return what is the same in sheets and folders: words without accents, in any order."""
    plain = unicodedata.normalize("NFKD", name.replace("_", " ")).casefold()
    words = ("".join(filter(str.isalnum, word)) for word in plain.split())
    return " ".join(sorted(filter(None, words)))
