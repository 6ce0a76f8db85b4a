"""The user's own table, of three speakers."""

from pathlib import Path

import pandas as pd
import pytest
from small_corpora import encoded, noise

from dysarthria_lightning.data.corpora.manifest import read_manifest
from dysarthria_lightning.errors import CorpusError

NAMES = ["Jörg Möller", "Zoé", "Ana Muñoz", "François", "Groß"]
PATHS = ("a.wav", "b.wav", "sub/c.wav")


def make_files(folder: Path) -> None:
    for path in PATHS:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(b"")


def rows(**columns: list) -> pd.DataFrame:
    """A sound table of three speakers, with some columns added or replaced."""
    sound = {"path": list(PATHS), "speaker_id": ["A", "B", "C"], "label": ["0", "1", "1"]}
    return pd.DataFrame(sound | columns)


def read_csv(folder: Path, content: str | bytes | pd.DataFrame) -> pd.DataFrame:
    if isinstance(content, pd.DataFrame):
        content = content.to_csv(index=False)
    if isinstance(content, str):
        content = content.encode()
    (folder / "mine.csv").write_bytes(content)
    return read_manifest(str(folder / "mine.csv"))


def refusal(folder: Path, content: str | bytes | pd.DataFrame) -> str:
    with pytest.raises(CorpusError) as refused:
        read_csv(folder, content)
    assert str(folder / "mine.csv") in str(refused.value)
    return str(refused.value)


def speakers(folder: Path) -> list[tuple[str, str, int, float, str]]:
    """Record 24 speakers; file, name, label, age and gender of each."""
    listed = []
    for number in range(24):
        (folder / f"{number}.wav").write_bytes(encoded(noise(number, 1600)))
        name = f"{NAMES[number % 5]} {number:03}"
        listed.append((f"{number}.wav", name, number % 2, 50.5 + number, "mf"[number // 2 % 2]))
    return listed
