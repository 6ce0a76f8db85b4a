"""One person in two corpora, found by a recording that both have."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from dysarthria_lightning.data.manifest_schema import bullet_list
from dysarthria_lightning.data.protocols import AcrossCorpora, AnyProtocol
from dysarthria_lightning.errors import ConfigError

#: Where a feature store says, in its ``about``, who was left out so.
SAME_PEOPLE = "same_people"


def speakers_met_before(groups: Iterable[Sequence[Any]], corpora: Sequence[str]) -> dict[str, str]:
    """Find speakers who are in an earlier corpus, too.

    Args:
        groups: Rows of the manifest that are the same audio, one group for each audio.
        corpora: Their names; the first keeps its speakers.

    Returns:
        By speaker of a later corpus, the one of the earlier who has the same recording.
    """
    rank = {name: number for number, name in enumerate(corpora)}
    met: dict[str, str] = {}
    for rows in groups:
        first = min(rows, key=lambda row: rank[row.corpus])
        for row in rows:
            if row.corpus != first.corpus:
                met.setdefault(row.speaker_id, first.speaker_id)
    return met


def describe_same_people(met: Mapping[str, str]) -> str:
    """Say in a paragraph who was left out.

    Args:
        met: What :func:`speakers_met_before` returned.
    """
    lines = [f"{speaker} is {other}" for speaker, other in sorted(met.items())]
    return (
        f"{len(lines)} speakers are left out, with all their recordings, as an earlier corpus has "
        f"a recording of theirs (data.on_shared_speaker=keep_first):\n{bullet_list(lines)}"
    )


def hint_at_same_people(manifest: pd.DataFrame, shared: Iterable[Sequence[str]]) -> str:
    """Say what else can be done where two corpora have the same audio; nothing where none have.

    Args:
        manifest: The corpus's recordings.
        shared: Ids of recordings that are the same audio, one group for each audio.
    """
    if not corpora_with_shared_people(manifest, shared):
        return ""
    return (
        ", which leaves out these recordings and not the people, who stay in both corpora; "
        "data.on_shared_speaker=keep_first leaves the people out of the corpus that is named later"
    )


def corpora_with_shared_people(
    manifest: pd.DataFrame, shared: Iterable[Sequence[str]]
) -> list[list[str]]:
    """List corpora that have the same audio, and so the same people.

    Args:
        manifest: The corpus's recordings.
        shared: Ids of recordings that are the same audio, one group for each audio.

    Returns:
        Their names in order, two at least, each such group of corpora once.
    """
    corpora = manifest.set_index("recording_id")["corpus"]
    found = {tuple(sorted(corpora[list(group)].dropna().unique())) for group in shared}
    return [[*names] for names in sorted(found) if len(names) > 1]


def check_people_apart(protocol: AnyProtocol, shared: Iterable[Sequence[str]]) -> None:
    """Refuse to train across corpora that have people in common.

    Args:
        protocol: Says which corpora are trained on and tested.
        shared: What :func:`corpora_with_shared_people` returned.

    Raises:
        ConfigError: Two of the corpora have.
    """
    if not isinstance(protocol, AcrossCorpora):
        return
    for names in shared:
        used = {str(protocol.test_corpus), *protocol.sources(names)} & {*names}
        if len(used) > 1:
            raise ConfigError(
                f"protocol=across_corpora: {' and '.join(sorted(used))} have people in common, as "
                "recordings that they share show; nobody may be trained on and tested. Leave the "
                "people out of the corpus that is named later with "
                "data.on_shared_speaker=keep_first (data=several), or take them out of your table"
            )
