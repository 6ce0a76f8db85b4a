"""Corpora of a few noises or matrices, made file by file."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from configurations import compose_config
from sounds import encoded

from dysarthria_lightning.config import Config

RATE_HZ = 16_000
WINDOW, HOP = 400, 160


def noise(seed: int, n: int = 3200) -> np.ndarray:
    """Noise on 16-bit steps, so that every container holds the same samples; (n,) float64."""
    return np.random.default_rng(seed).integers(-9000, 9000, n) / 2**15


def npy(matrix: np.ndarray) -> bytes:
    """The bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, matrix)
    return file.getvalue()


def matrix(seed: int, n_frames: int = 20, n_columns: int = 25) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n_frames, n_columns))


class Corpus:
    """A folder of files and their table, which starts with a sound recording of each class."""

    def __init__(self, folder: Path, extension: str = "wav", **matrix_shape: int) -> None:
        self.folder = folder
        self.rows: list[dict[str, Any]] = []
        folder.mkdir()
        for seed, (speaker, label) in enumerate([("H", 0), ("D", 1)]):
            sound = (
                encoded(noise(seed)) if extension == "wav" else npy(matrix(seed, **matrix_shape))
            )
            self.add(f"{speaker}.{extension}", sound, speaker, label)

    def add(
        self,
        name: str,
        content: bytes | np.ndarray,
        speaker: str = "X",
        label: int = 1,
        **also: Any,
    ) -> None:
        """Add a recording, given as a file's bytes or as 16 kHz samples."""
        if isinstance(content, np.ndarray):
            content = encoded(content)
        (self.folder / name).write_bytes(content)
        self.rows.append({"path": name, "speaker_id": speaker, "label": label, **also})

    def table(self) -> Path:
        """Write the table and say where it is."""
        table = self.folder / "mine.csv"
        pd.DataFrame(self.rows).to_csv(table, index=False)
        return table


def composed(*overrides: str) -> Config:
    return compose_config(Path("outputs"), "data=manifest", "data.manifest=mine.csv", *overrides)


def stores(tmp_path: Path) -> list[Path]:
    """The folders of stores in the outputs, whole or not."""
    return [path for path in (tmp_path / "outputs").glob("features/*/*") if path.is_dir()]


def leftovers(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "outputs").rglob("*.tmp-*"))


def line_of(message: str, name: str) -> str:
    (line,) = [line for line in message.splitlines() if name in line.split(": ")[0]]
    return line
