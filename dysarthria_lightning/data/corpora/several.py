"""``data=several``: several corpora as one.

Each is read as it is read alone, and cut as it is cut alone. In all that follows its speakers and
recordings have its name before their own, ``torgo:F01``, so that speakers of two corpora are never
taken for one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ValidationError, model_validator

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.corpora.choices import list_choices, read_defaults
from dysarthria_lightning.data.manifest_schema import LEFT_OUT, TWO_LABELS, check_manifest
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.schema.base import FOLDER_NAME
from dysarthria_lightning.schema.registry import find_members

if TYPE_CHECKING:
    import pandas as pd

#: Between a corpus's name and a speaker's.
SEPARATOR = ":"

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
# How each is cut is its own affair unless it is said of all; the others are of all alike.
_CUTTING = ("segment_s", "max_duration_s")
_OF_ALL = ("on_bad_file", "on_duplicate", "permuted_labels", "channel")
_HOW_TO_NAME = (
    "name a choice of data=..., or say what it is, such as "
    "'data.options={NAME: {layout: manifest, manifest: TABLE}}'"
)


class SeveralData(CorpusSection):
    """``data=several``: several corpora as one.

    Keys that all corpora have (``segment_s`` and ``max_duration_s`` excepted, of which None leaves
    each corpus its own) are of all corpora alike.

    Attributes:
        corpora: Their names, each a choice of ``data``, or one whose ``layout`` is in ``options``.
        roots: By name, the folder that holds it.
        options: By name, keys of its own, as ``data.KEY`` sets them where it is alone; and
            ``layout``, the choice of ``data`` whose keys and defaults it has.
        name: Names all of them in ``outputs/``; None: their names, joined.
        on_shared_speaker: What becomes of speakers of two corpora who have a recording in common,
            and so are one person: refused, or left out of the corpus that is named later.
    """

    places: ClassVar[frozenset[str]] = CorpusSection.places | {"roots", "options", "name"}

    is_one_corpus = False
    title = "Several corpora"

    layout: Literal["several"]
    corpora: list[str]
    roots: dict[str, str | None] | None = None
    options: dict[str, dict[str, Any] | None] | None = None
    name: str | None = None
    on_shared_speaker: Literal["error", "keep_first"] = "error"

    @model_validator(mode="after")
    def _has_sound_members(self) -> SeveralData:
        problems = [*self._wrong_names()]
        for name in self.corpora if not problems else ():
            try:
                self._member(name)
            except ValidationError as invalid:
                problems += [self._said_of(name, line) for line in _explained(invalid)]
            except ValueError as error:
                problems.append(str(error))
        if not problems and not re.fullmatch(FOLDER_NAME, self.corpus):
            problems.append(f"data.name = {self.name!r} cannot name a folder")
        if problems:
            raise ValueError("\n  ".join(problems))
        return self

    def _wrong_names(self) -> Iterator[str]:
        names = self.corpora
        if len(names) < 2:
            yield f"data.corpora = [{', '.join(names)}]: name two at least, as in [torgo,b]"
        for name in names:
            if not re.fullmatch(_NAME, name):
                yield f"data.corpora: {name!r}: names are of letters, digits, '.', '_' and '-'"
        if len({name.lower() for name in names}) < len(names):
            yield f"data.corpora = [{', '.join(names)}]: every corpus needs a name of its own"
        for key in ("roots", "options"):
            unknown = [name for name in getattr(self, key) or {} if name not in names]
            if unknown:
                yield (
                    f"data.{key}: {', '.join(unknown)}: not named in data.corpora = "
                    f"[{', '.join(names)}]"
                )

    def _layout(self, name: str) -> tuple[type[CorpusSection], str, dict[str, Any]]:
        """Return what a corpus is read as: the section, its choice and the choice's defaults."""
        choice = str(((self.options or {}).get(name) or {}).get("layout", name))
        values = read_defaults(choice)
        layouts = find_members("dysarthria_lightning.data.corpora", CorpusSection, "layout")  # type: ignore[type-abstract]
        if values is None or values["layout"] == "several":
            choices = [it for it in list_choices() if it != "several"]
            if choice != name:
                raise ValueError(
                    f"data.options.{name}.layout = {choice}: expected one of {', '.join(choices)}"
                )
            raise ValueError(
                f"data.corpora: there is no corpus {name}; {_HOW_TO_NAME}. There are "
                f"{', '.join(choices)}"
            )
        return layouts[values["layout"]], choice, values

    def _said_of(self, name: str, message: str) -> str:
        """Call the keys of one corpus as they are called among several."""
        keys = self._layout(name)[0].model_fields.keys() - {*_OF_ALL, "root"}
        # Not within a path, such as /corpora/data.csv.
        start = r"(?<![\w./\\-])data\."
        message = re.sub(rf"{start}root\b", f"data.roots.{name}", message)
        return re.sub(rf"{start}({'|'.join(sorted(keys))})\b", rf"data.options.{name}.\1", message)

    def _member(self, name: str) -> CorpusSection:
        """Make the section of one corpus.

        Raises:
            ValidationError: Its keys are wrong; they are called as where it is alone, such as
                ``data.root``.
            ValueError: There is no such corpus or key.
        """
        section, choice, values = self._layout(name)
        own = {
            key: value
            for key, value in ((self.options or {}).get(name) or {}).items()
            if key != "layout"
        }
        of_all = [key for key in _OF_ALL if key in own]
        if of_all:
            raise ValueError(
                "; ".join(
                    f"data.options.{name}.{key}: set data.{key} itself, for all corpora"
                    for key in of_all
                )
            )
        if "root" in own:
            raise ValueError(f"data.options.{name}.root: write it in data.roots")
        for key in own:
            if key not in section.model_fields or key == "corpus":
                hidden = (*_OF_ALL, "layout", "corpus", "root")
                valid = ", ".join(it for it in section.model_fields if it not in hidden)
                raise ValueError(
                    f"data.options.{name}.{key}: there is no such key; {choice} has: {valid}"
                )
        root = (self.roots or {}).get(name)
        if root is not None and "root" not in section.model_fields:
            raise ValueError(f"data.roots.{name} = {root}: {choice} has no root")
        values |= own | {key: getattr(self, key) for key in _OF_ALL}
        values |= {key: given for key in _CUTTING if (given := getattr(self, key)) is not None}
        if root is not None:
            values["root"] = root
        for key in section.paths:
            if values.get(key) is not None:
                values[key] = os.path.expanduser(str(values[key]))
        if values["layout"] == "manifest":
            values["name"] = values.get("name") or name
        return section.model_validate(values)

    @property
    def members(self) -> dict[str, CorpusSection]:
        """The sections of the corpora, by their names."""
        return {name: self._member(name) for name in self.corpora}

    @property
    def corpus(self) -> str:
        """The name of all of them in ``outputs/``, whatever their order."""
        return self.name or "-".join(sorted(self.corpora))

    @property
    def disclaimer(self) -> str | None:  # type: ignore[override]
        """What must be said beside every number, and of which corpora."""
        said: dict[str, list[str]] = {}
        for name, member in self.members.items():
            if member.disclaimer:
                said.setdefault(member.disclaimer, []).append(name)
        return "; ".join(f"{text} ({', '.join(names)})" for text, names in said.items()) or None

    @property
    def classes(self) -> str | None:  # type: ignore[override]
        """Whom each corpus takes for dysarthric, where that is known."""
        known = {name: it.classes for name, it in self.members.items() if it.classes}
        said = (f"{name}: {self._said_of(name, text)}" for name, text in known.items())
        return "; ".join(said) or None

    def origin(self) -> dict[str, str]:
        """Return what must be known of each corpus beside its numbers."""
        return {
            f"{what} ({name})": self._said_of(name, text)
            for name, member in self.members.items()
            for what, text in member.origin().items()
        }

    def is_given(self, outputs_dir: str) -> bool:
        """Say whether it is said where each of them is."""
        return all(member.is_given(outputs_dir) for member in self.members.values())

    def segment_lengths(self) -> dict[str, float | None]:
        """Return the length of each corpus's segments by its key."""
        if self.segment_s is not None:
            return super().segment_lengths()
        return {
            f"data.options.{name}.segment_s": member.segment_s
            for name, member in self.members.items()
        }

    def without_places(self) -> dict[str, Any]:
        """Return the section's values without where any of the corpora lies."""
        own = {
            name: {
                key: value
                for key, value in ((self.options or {}).get(name) or {}).items()
                if key not in member.places
            }
            for name, member in self.members.items()
        }
        return super().without_places() | {"options": own, "name": self.name}

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide a run's result: those of each corpus, and of all."""
        common = super().settings()
        del common["corpora"]
        # Their order decides who is left out, and nothing else.
        if common.pop("on_shared_speaker") == "keep_first":
            common["on_shared_speaker"] = f"keep_first of {', '.join(self.corpora)}"
        own = {
            name: {
                key: value
                for key, value in member.settings().items()
                if key not in _OF_ALL and (key not in _CUTTING or getattr(self, key) is None)
            }
            for name, member in sorted(self.members.items())
        }
        return {key: value for key, value in common.items() if value is not None} | {"of": own}

    def store_settings(self) -> dict[str, Any]:
        """Return how each corpus is cut, and whether people are looked for in all of them."""
        found: dict[str, Any] = {
            "cut": {
                name: [member.segment_s, member.max_duration_s]
                for name, member in sorted(self.members.items())
            }
        }
        if self.on_shared_speaker == "keep_first":
            found["on_shared_speaker"] = self.corpora
        return found

    def stretches(self, manifest: pd.DataFrame) -> Iterator[tuple[CorpusSection, pd.DataFrame]]:
        """Part the manifest by corpus; in it each one's recordings stand together."""
        members = self.members
        for name, rows in manifest.groupby("corpus", sort=False):
            yield members[str(name)], rows

    def read(self, outputs_dir: str) -> pd.DataFrame:
        """List the recordings of all corpora.

        Args:
            outputs_dir: Where corpora that are made on this machine lie.

        Returns:
            The checked manifest, with ``corpus``.

        Raises:
            CorpusError: A corpus cannot be read; says which.
        """
        import pandas as pd

        parts = []
        notes: list[str] = []
        two_labels: dict[str, str] = {}
        left_out: dict[str, list[str]] = {}
        for name, member in self.members.items():
            try:
                part = member.read(outputs_dir)
            except CorpusError as error:
                raise CorpusError(f"corpus {name}: {self._said_of(name, str(error))}") from None
            start = f"{name}{SEPARATOR}"
            notes += (self._said_of(name, note) for note in part.attrs.get("notes", ()))
            two_labels |= {start + it: said for it, said in part.attrs.get(TWO_LABELS, {}).items()}
            for reason, ids in part.attrs.get(LEFT_OUT, {}).items():
                left_out.setdefault(self._said_of(name, reason), []).extend(
                    start + it for it in ids
                )
            own = {it: start + part[it] for it in ("recording_id", "speaker_id")}
            part = part.assign(**own, row=f"{name}, " + part["row"], corpus=name)
            take = part["take_id"].where(
                part["take_id"].isna(), start + part["take_id"].astype(str)
            )
            # Else pandas warns that columns without values decide no more what a column holds.
            parts.append(part.assign(take_id=take).astype(object))
        joined = pd.concat(parts, ignore_index=True)
        numbers = dict.fromkeys(("start", "end", "age", "severity"), float)
        joined = joined.astype({**numbers, "label": int})
        checked = check_manifest(joined, "data=several")
        checked.attrs["notes"] = notes
        for key, said in ((TWO_LABELS, two_labels), (LEFT_OUT, left_out)):
            if said:
                checked.attrs[key] = said
        return checked


def _explained(invalid: ValidationError) -> Iterator[str]:
    for error in invalid.errors(include_url=False):
        message = error["msg"].removeprefix("Value error, ")
        if error["type"] == "value_error":
            yield message
        else:
            key = ".".join(["data", *map(str, error["loc"])])
            yield f"{key} = {error['input']!r}: {message[0].lower()}{message[1:]}"
