"""What corpora that others have published have in common: they are read as they lie on disk.

A reader says what a path says (:meth:`PublishedCorpus.parse`) and, where the corpus has tables,
what these say of speakers (:meth:`PublishedCorpus.speaker_details`). What follows is the same for
all: a path that does not fit is an error and no guess, recordings with known faults are left out
and counted, and one microphone and one variant of every utterance is taken.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import model_validator

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.corpora.known_faults import read_faults
from dysarthria_lightning.data.corpora.published_checks import (
    check_packagings,
    check_twice,
    choices,
    notes,
    unpack_hint,
    what_is_there,
)
from dysarthria_lightning.data.corpora.takes import Take, Task, plain_path, prefer
from dysarthria_lightning.data.folders import files_below
from dysarthria_lightning.data.manifest_schema import (
    LEFT_OUT,
    bullet_list,
    check_manifest,
)
from dysarthria_lightning.errors import CorpusError

if TYPE_CHECKING:
    import pandas as pd


class PublishedCorpus(CorpusSection):
    """Base of the sections of corpora that have a layout of their own.

    A member adds ``layout`` and ``corpus`` (each a ``Literal``), the texts below,
    :meth:`parse`, and :meth:`speaker_details` if the corpus has tables.

    Attributes:
        root: The folder that holds the corpus, unpacked; folders that stand above the layout do no
            harm.
        tasks: Which tasks are read; None: all.
    """

    title: ClassVar[str]
    classes: ClassVar[str]
    citation: ClassVar[str]
    #: Where to get it, and under which terms.
    get: ClassVar[str]
    #: A path that fits, for messages.
    example: ClassVar[str]
    #: The table that says sex and age of speakers, for messages; None: the corpus has none.
    table: ClassVar[str | None] = None
    #: Endings of the files that are recordings, in lower case; others are not looked at.
    suffixes: ClassVar[tuple[str, ...]] = (".wav",)
    #: The key that :meth:`chosen_groups` goes by, for messages.
    groups_key: ClassVar[str] = "data.groups"
    #: Keys besides ``tasks`` whose list must not be empty, each with what it may name.
    lists: ClassVar[Mapping[str, str]] = {}
    #: Tasks the corpus has.
    tasks_there: ClassVar[tuple[Task, ...]]

    root: str | None
    tasks: list[Task] | None = None

    @model_validator(mode="after")
    def _names_some(self) -> PublishedCorpus:
        for key, allowed in self.lists.items():
            if getattr(self, key) == []:
                raise ValueError(f"data.{key} = []: name {allowed}")
        return self

    @model_validator(mode="after")
    def _has_the_tasks(self) -> PublishedCorpus:
        unknown = [task for task in self.tasks or () if task not in self.tasks_there]
        if unknown or self.tasks == []:
            raise ValueError(
                f"data.tasks = {self.tasks}: {self.title} has {', '.join(self.tasks_there)}"
            )
        return self

    @abstractmethod
    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says.

        Args:
            file: Of a recording, below ``root``, as :func:`~.takes.plain_path` writes it.

        Returns:
            The recording; None if the path does not fit the corpus's layout.
        """

    def passed_over(self, file: PurePosixPath) -> bool:
        """Say whether a file with the ending of a recording is none, such as one of an EGG.

        Args:
            file: As :meth:`parse` takes it.
        """
        return False

    def settle(self, takes: Mapping[PurePosixPath, Take]) -> Mapping[PurePosixPath, Take]:
        """Correct what no path says alone, such as who is who; comes before tables are heard.

        Args:
            takes: What each path says.
        """
        return takes

    def speaker_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read what the corpus's own tables say of its speakers.

        Args:
            folder: The corpus's.
            files: All files below it, of every ending.

        Returns:
            By speaker, values of :class:`Take`'s attributes; empty where there are no tables.

        Raises:
            CorpusError: A table cannot be read.
        """
        return {}

    def take_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read what files beside the recordings say of single utterances, such as their texts.

        Args:
            folder: The corpus's.
            files: All files below it, of every ending.

        Returns:
            By :attr:`Take.take_id`, values of :class:`Take`'s attributes.
        """
        return {}

    def microphones(self) -> Sequence[str] | None:
        """Return the microphones to take, the one to be preferred first; None: all of them."""
        return None

    def variants(self) -> Sequence[str | None] | None:
        """Return the variants to take, the one to be preferred first; None: all of them."""
        return None

    def asks_for(self, take: Take) -> bool:
        """Say whether a recording is among those that the configuration asks for."""
        return self.tasks is None or take.task in self.tasks

    def chosen_groups(self) -> Collection[str] | None:
        """Return the groups of speakers to take; None: all of them."""
        return None

    def remarks(self, takes: Collection[Take]) -> Iterable[str]:
        """Say what the user should know of the recordings that are taken.

        Args:
            takes: These recordings.
        """
        return ()

    def read(self, outputs_dir: str) -> pd.DataFrame:
        """List the recordings below ``root``; see :meth:`list_recordings`."""
        if self.root is None:
            raise CorpusError(
                f"data.root is needed: the folder that holds {self.title}. {self.get}"
            )
        folder = Path(self.root)
        if not folder.is_dir():
            raise CorpusError(
                f"data.root = {self.root}: there is no such folder; expected the one that holds "
                f"{self.title}. {self.get}"
            )
        found = files_below(folder)
        speakers = self.speaker_details(folder, found)
        takes = self.take_details(folder, found)
        return self.list_recordings(found, folder, speakers, takes)

    def list_recordings(
        self,
        files: Sequence[PurePosixPath],
        folder: Path,
        speakers: Mapping[str, Mapping[str, Any]] | None = None,
        takes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> pd.DataFrame:
        """Make the manifest from paths; the files themselves are not opened.

        Args:
            files: All files below the corpus's folder.
            folder: The corpus's folder.
            speakers: What tables say of speakers.
            takes: What tables say of utterances.

        Returns:
            The checked manifest. Its ``attrs`` hold under ``notes`` what the user should know, and
            under :data:`LEFT_OUT` recordings with known faults, by reason.

        Raises:
            CorpusError: A path does not fit, two packagings are mixed, or there is no recording.
        """
        import pandas as pd

        parsed = dict(self._parse_all(files, speakers or {}, takes or {}))
        if not parsed:
            raise CorpusError(
                f"{self.place}: no recordings below it; expected {self._expected}"
                + unpack_hint(files)
            )
        check_packagings(self, parsed)
        check_twice(self, parsed)
        groups = self.chosen_groups()
        in_groups = {
            file: take for file, take in parsed.items() if groups is None or take.group in groups
        }
        others = [take for file, take in parsed.items() if file not in in_groups]
        sound = {file: take for file, take in in_groups.items() if not take.fault}
        chosen = self._choose(sound)
        # A fault is told of where the recording would have been taken.
        left_out: dict[str, list[str]] = {}
        for take in self._choose(in_groups).values():
            if take.fault:
                left_out.setdefault(take.fault, []).append(take.recording_id)
        speakers_there = {take.speaker_id for take in sound.values()}
        if not chosen:
            unusable = "".join(f"; {len(ids)}: {reason}" for reason, ids in left_out.items())
            raise CorpusError(
                f"{self.place}: none of the {len(parsed)} recordings is left by {choices(self)}; "
                f"there are {what_is_there(parsed.values()) or 'none without a fault'}{unusable}"
            )
        rows = [
            {
                "recording_id": take.recording_id,
                "path": str((folder / file).absolute()),
                "row": str(file),
                **{name: getattr(take, name) for name in _COLUMNS},
            }
            for file, take in chosen.items()
        ]
        frame = pd.DataFrame(rows).astype({"age": float, "severity": float})
        manifest = check_manifest(frame, self.place)
        manifest.attrs["notes"] = list(notes(self, chosen.values(), others, speakers_there))
        if left_out:
            manifest.attrs[LEFT_OUT] = left_out
        return manifest

    def _choose(self, takes: Mapping[PurePosixPath, Take]) -> dict[PurePosixPath, Take]:
        """Keep what is asked for, in one variant and by one microphone."""
        asked = {file: take for file, take in takes.items() if self.asks_for(take)}
        asked = prefer(asked, "variant", self.variants())
        return prefer(asked, "microphone", self.microphones())

    @property
    def place(self) -> str:
        """Where the corpus lies, for messages."""
        return f"data.root = {self.root}"

    @property
    def _expected(self) -> str:
        return f"the layout of {self.title}, such as {self.example}"

    def _parse_all(
        self,
        files: Iterable[PurePosixPath],
        speakers: Mapping[str, Mapping[str, Any]],
        takes: Mapping[str, Mapping[str, Any]],
    ) -> Iterator[tuple[PurePosixPath, Take]]:
        faults = read_faults(self.corpus)
        for file, take in self.settle(dict(self._parse_each(files))).items():
            details = {**speakers.get(take.speaker_id, {}), **takes.get(take.take_id, {})}
            take = replace(take, **details) if details else take
            known = next(filter(None, map(faults.get, take.known_as)), None)
            yield file, replace(take, fault=known) if known else take

    def _parse_each(self, files: Iterable[PurePosixPath]) -> Iterator[tuple[PurePosixPath, Take]]:
        wrong = []
        for file in files:
            plain = plain_path(file)
            if plain.suffix not in self.suffixes or self.passed_over(plain):
                continue
            take = self.parse(plain)
            if take is None:
                wrong.append(str(file))
                continue
            yield file, take
        if wrong:
            raise CorpusError(
                f"{self.place}: {len(wrong)} of its recordings do not lie as expected; expected "
                f"{self._expected}:\n{bullet_list(wrong)}"
            )


_COLUMNS = (
    *("speaker_id", "label", "gender", "age", "severity", "session", "microphone"),
    *("task", "text", "take_id"),
)
