"""The same audio more than once: inside one speaker, and across speakers."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from dysarthria_lightning.data.manifest_schema import bullet_list
from dysarthria_lightning.errors import CorpusError

_MAX_OTHERS = 5


def shared_across_speakers(groups: Iterable[Sequence[Any]]) -> list[list[str]]:
    """List recordings that several speakers have.

    Args:
        groups: Rows of the manifest that are the same audio, one group for each audio.
    """
    return [[row.recording_id for row in rows] for rows in groups if _n_speakers(rows) > 1]


def copies_within_speaker(groups: Iterable[Sequence[Any]]) -> list[list[str]]:
    """List recordings that one speaker alone has more than once, in the order of their rows.

    Args:
        groups: Rows of the manifest that are the same audio, one group for each audio.
    """
    return [
        [row.recording_id for row in sorted(rows, key=lambda row: _place(row.row))]
        for rows in groups
        if len(rows) > 1 and _n_speakers(rows) == 1
    ]


def describe_shared(
    manifest: pd.DataFrame, shared: Iterable[Sequence[str]], name_rows: bool = False
) -> dict[str, str]:
    """Give the reason for each recording that another speaker has too.

    Args:
        manifest: The corpus's recordings.
        shared: What :func:`shared_across_speakers` returned.
        name_rows: Whether to say where the others are listed. Outputs do not: some corpora are
            listed under people's names.
    """
    reasons = {}
    rows = _rows_of(manifest, shared)
    for group in shared:
        for recording in group:
            speaker = rows[recording].speaker_id
            others = [rows[name] for name in group if rows[name].speaker_id != speaker]
            named = ", ".join(
                f"{other.recording_id} (speaker {other.speaker_id}"
                + (f", {other.row})" if name_rows else ")")
                for other in others[:_MAX_OTHERS]
            )
            if len(others) > _MAX_OTHERS:
                named += f" and {len(others) - _MAX_OTHERS} more"
            reasons[recording] = f"of speaker {speaker}, and the same audio as {named}"
    return reasons


def refuse_copies(manifest: pd.DataFrame, copies: Sequence[Sequence[str]]) -> None:
    """Refuse recordings that one speaker has more than once.

    Args:
        manifest: The corpus's recordings.
        copies: What :func:`copies_within_speaker` returned.

    Raises:
        CorpusError: There are any.
    """
    if not copies:
        return
    rows = _rows_of(manifest, copies)
    lines = [
        f"speaker {rows[group[0]].speaker_id}: "
        + " = ".join(f"{name} ({rows[name].row})" for name in group)
        for group in copies
    ]
    raise CorpusError(
        f"{len(lines)} times one speaker has the same audio more than once:\n{bullet_list(lines)}\n"
        "Take the copies out of the table, leave all but the first out with "
        "data.on_duplicate=keep_first, or count each with data.on_duplicate=count"
    )


def describe_copies(copies: Sequence[Sequence[str]], kept_first: bool) -> str:
    """Say in a paragraph what became of recordings that one speaker has more than once.

    Args:
        copies: What :func:`copies_within_speaker` returned.
        kept_first: Whether the others were left out.
    """
    what = (
        "the first counts and the others are left out (data.on_duplicate=keep_first)"
        if kept_first
        else "it counts as often (data.on_duplicate=keep_first counts it once)"
    )
    lines = [" = ".join(group) for group in copies]
    return (
        f"{len(lines)} times one speaker has the same audio more than once; {what}:\n"
        + bullet_list(lines)
    )


def _n_speakers(rows: Sequence[Any]) -> int:
    return len({row.speaker_id for row in rows})


def _rows_of(manifest: pd.DataFrame, groups: Iterable[Sequence[str]]) -> dict[str, Any]:
    named = manifest[manifest["recording_id"].isin({name for group in groups for name in group})]
    return {str(row.recording_id): row for row in named.itertuples()}


def _place(row: str) -> list[tuple[int, str]]:
    """Order "row 9" before "row 10"."""
    parts = re.split(r"([0-9]+)", row)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
