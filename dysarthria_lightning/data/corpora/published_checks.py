"""What is refused of a published corpus, and what its user is told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dysarthria_lightning.data.corpora.takes import Take
from dysarthria_lightning.data.manifest_schema import LABEL_NAMES, bullet_list
from dysarthria_lightning.errors import CorpusError

if TYPE_CHECKING:
    from dysarthria_lightning.data.corpora.published import PublishedCorpus

#: Keys that choose among the recordings of a corpus that has them.
_CHOOSING = ("tasks", "groups", "pathologies", "utterances", "microphone", "variant")
_ARCHIVES = {".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"}
_MAX_NAMED = 20


def check_packagings(corpus: PublishedCorpus, parsed: Mapping[PurePosixPath, Take]) -> None:
    """Refuse a folder that holds the corpus in two forms: one may repeat the other."""
    first: dict[str, PurePosixPath] = {}
    for file, take in parsed.items():
        first.setdefault(take.packaging, file)
    if len(first) > 1:
        forms = [f"{name}: {file}" for name, file in sorted(first.items())]
        raise CorpusError(
            f"{corpus.place} holds {corpus.title} in {len(first)} packagings; name the folder of "
            f"one:\n{bullet_list(forms)}"
        )


def check_twice(corpus: PublishedCorpus, parsed: Mapping[PurePosixPath, Take]) -> None:
    """Refuse two files that are one recording by their names."""
    files: dict[str, list[str]] = {}
    for file, take in parsed.items():
        files.setdefault(take.recording_id, []).append(str(file))
    twice = [" and ".join(paths) for paths in files.values() if len(paths) > 1]
    if twice:
        raise CorpusError(
            f"{corpus.place}: {len(twice)} recordings lie there more than once; remove one, or "
            f"name the folder of one copy of the corpus:\n{bullet_list(twice)}"
        )


def notes(
    corpus: PublishedCorpus,
    chosen: Collection[Take],
    others: Collection[Take],
    speakers_there: Set[str],
) -> Iterator[str]:
    """Say what the user should know.

    Args:
        corpus: Whose recordings these are.
        chosen: What is read.
        others: Of groups that are not read.
        speakers_there: Who has a sound recording of the chosen groups.
    """
    n_speakers = len({take.speaker_id for take in chosen})
    n_of_age = len({take.speaker_id for take in chosen if take.age is not None})
    if corpus.table and all(take.age is None and take.gender is None for take in chosen):
        yield (
            f"{corpus.title}: sex and age are not known: {corpus.table} is not there, or names "
            "none of its speakers."
        )
    elif not n_of_age and not corpus.table:
        yield f"{corpus.title}: ages are not published."
    elif n_of_age < n_speakers:
        yield f"{corpus.title}: the age of {n_speakers - n_of_age} of {n_speakers} is not known."
    if others:
        n_others = len({take.speaker_id for take in others})
        left_out = ", ".join(sorted({str(take.group) for take in others}))
        yield (
            f"{corpus.title}: {len(others):,} recordings of {n_others} speakers of the groups "
            f"that {corpus.groups_key} leaves out ({left_out}) are not read."
        )
    if lost := sorted(speakers_there - {take.speaker_id for take in chosen}):
        more = f" and {len(lost) - _MAX_NAMED} more" if len(lost) > _MAX_NAMED else ""
        yield (
            f"{corpus.title}: speakers without a recording of the chosen task, microphone and "
            f"variant: {', '.join(lost[:_MAX_NAMED])}{more}."
        )
    yield from (f"{corpus.title}: {remark}" for remark in corpus.remarks(chosen))
    numbers = Counter((take.microphone, take.label) for take in chosen)
    names = sorted({name for name, _ in numbers if name})
    if names:
        of_each = "; ".join(
            f"{name} "
            + ", ".join(f"{numbers[name, label]:,} {LABEL_NAMES[label]}" for label in (1, 0))
            for name in names
        )
        yield f"{corpus.title}, recordings by microphone: {of_each}."


def choices(corpus: PublishedCorpus) -> str:
    """Write the keys that choose among recordings as one types them."""
    values = {key: getattr(corpus, key) for key in _CHOOSING if key in type(corpus).model_fields}
    return ", ".join(f"data.{key} = {_as_typed(value)}" for key, value in values.items())


def _as_typed(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return "null" if value is None else str(value)


def what_is_there(takes: Iterable[Take]) -> str:
    """Count sound recordings by task, microphone and variant."""
    there = Counter((take.task, take.microphone, take.variant) for take in takes if not take.fault)
    return "; ".join(
        f"{number:,} {', '.join(filter(None, kind)) or 'recordings'}"
        for kind, number in sorted(there.items(), key=str)
    )


def unpack_hint(files: Sequence[PurePosixPath]) -> str:
    """Say what to do where archives lie and nothing else."""
    packed = [file for file in files if file.suffix.lower() in _ARCHIVES]
    if not packed:
        return ""
    first = "" if len(packed) == 1 else f" and {len(packed) - 1} more"
    return f". There are archives, which are not read: unpack {packed[0]}{first}"
