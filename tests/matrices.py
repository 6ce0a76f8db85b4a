"""A small corpus of feature matrices."""

from pathlib import Path

import numpy as np
import pandas as pd


def matrix_table(folder: Path, n_columns: int) -> Path:
    """Write matrices of 12 speakers, two each, and the table that names them."""
    rng = np.random.default_rng(n_columns)
    rows = []
    for number in range(24):
        label = number // 2 % 2
        np.save(folder / f"{number}.npy", rng.normal(label, 1, (rng.integers(10, 20), n_columns)))
        rows.append({"path": f"{number}.npy", "speaker_id": f"S{number // 2:02d}", "label": label})
    table = folder / "matrices.csv"
    pd.DataFrame(rows).to_csv(table, index=False)
    return table
