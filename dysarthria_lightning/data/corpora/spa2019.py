"""SPA2019: sustained /a/ of 15 people with bulbar ALS and 39 healthy ones.

Vashkevich, Petrovsky & Rushkevich, Signal Processing: Algorithms, Architectures, Arrangements, and
Applications (SPA), 2019. The label is ALS with bulbar signs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.corpora.takes import Take, path_ending, plain_path
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY

_FILE = path_ending(r"(?P<group>Control|Pathology)/(?P<number>\d{3})\.wav")
_GROUPS = {"Control": HEALTHY, "Pathology": DYSARTHRIC}
#: Titles of the tables of speakers in the corpus's README.
_TITLES = {"ALS patients": "Pathology", "Healthy controls": "Control"}
_ROW = re.compile(r"\|\s*(\d{3})\s*\|\s*(\d+)\s*\|\s*(male|female)\s*\|")


class Spa2019Data(PublishedCorpus):
    """``data=spa2019``: the voices of SPA 2019, in the repository Mak-Sim/Troparion."""

    title = "SPA2019 ALS voices"
    classes = "15 people with ALS and bulbar signs are called dysarthric; 39 healthy"
    get = (
        "Get it with: git clone https://github.com/Mak-Sim/Troparion (MPL-2.0); its folder SPA2019"
    )
    citation = (
        "Vashkevich M, Petrovsky A, Rushkevich Y. Bulbar ALS detection based on analysis of voice "
        "perturbation and vibrato. Signal Processing: Algorithms, Architectures, Arrangements, and "
        "Applications (SPA), 2019"
    )
    example = "Control/002.wav"
    table = "README.md"
    tasks_there = ("vowels",)

    layout: Literal["spa2019"]
    corpus: Literal["spa2019"] = "spa2019"

    def parse(self, file: PurePosixPath) -> Take | None:
        """Say what a path says; see :meth:`PublishedCorpus.parse`.

        The same number in both classes is two people.
        """
        found = _FILE.fullmatch(str(file))
        if not found:
            return None
        speaker = found["group"] + found["number"]
        return Take(
            speaker_id=speaker,
            label=_GROUPS[found["group"]],
            take_id=f"{speaker}-a",
            task="vowels",
            text="a",
        )

    def speaker_details(
        self, folder: Path, files: Sequence[PurePosixPath]
    ) -> Mapping[str, Mapping[str, Any]]:
        """Read the README's tables of speakers; see :meth:`PublishedCorpus.speaker_details`."""
        beside = {file.parent.parent for file in files if _FILE.fullmatch(str(plain_path(file)))}
        details: dict[str, dict[str, Any]] = {}
        for place in sorted(beside):
            if place / "README.md" in files:
                text = (folder / place / "README.md").read_text(encoding="utf-8", errors="replace")
                details |= read_tables(text)
        return details

    def remarks(self, takes: Collection[Take]) -> Iterator[str]:
        """Say what the user should know; see :meth:`PublishedCorpus.remarks`."""
        yield (
            "32 of the 54 recordings are also in Minsk2020 ALS (data=minsk2020), sample for "
            "sample: a model trained on one must not be tested on the other."
        )


def read_tables(readme: str) -> dict[str, dict[str, Any]]:
    """Read the tables of speakers in the corpus's README.

    Args:
        readme: Its text.

    Returns:
        By speaker, sex and age. The README's summary counts 16 women among the controls, its table
        has 17.
    """
    group, details = None, {}
    for line in readme.splitlines():
        group = next((name for title, name in _TITLES.items() if title in line), group)
        if group and (row := _ROW.match(line.strip())):
            details[group + row[1]] = {"age": float(row[2]), "gender": row[3]}
    return details
