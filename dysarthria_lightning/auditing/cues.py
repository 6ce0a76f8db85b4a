"""Cues: what can be measured of a recording that is not how somebody speaks."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from dysarthria_lightning.auditing.regression import Floats, Integers


@dataclass(frozen=True)
class Cue:
    """A number about each recording.

    Attributes:
        column: Of the table of measurements.
        name: For people: "sample rate".
        unit: "kHz"; empty where there is none.
    """

    column: str
    name: str
    unit: str = ""

    def describe(self, healthy: float, dysarthric: float) -> str:
        """Say how the classes differ: "sample rate: patients 8 kHz, healthy speakers 44.1 kHz".

        Args:
            healthy: A typical value of healthy speakers.
            dysarthric: A typical value of patients.
        """
        theirs, others = (_with_unit(value, self.unit) for value in (dysarthric, healthy))
        return f"{self.name}: patients {theirs}, healthy speakers {others}"


class SpeakerRows(NamedTuple):
    """What cues say of each speaker.

    Attributes:
        rows: (n_speakers, n_columns) means, then standard deviations over a speaker's recordings,
            without the columns in which all speakers are alike.
        cues: (n_columns,) the cue behind each column.
        statistics: (n_columns,) "mean" or "SD".
    """

    rows: Floats
    cues: list[Cue]
    statistics: list[str]


def speaker_rows(measured: pd.DataFrame, cues: list[Cue], speakers: list[str]) -> SpeakerRows:
    """Average cues over each speaker's recordings.

    Cues that are not known of some speaker are left out.

    Args:
        measured: A row a recording: ``speaker_id`` and the cues' columns.
        cues: Which.
        speakers: In the order wanted.
    """
    columns = [cue.column for cue in cues]
    by_speaker = measured.groupby("speaker_id")[columns]
    tables = {"mean": by_speaker.mean(), "SD": by_speaker.std(ddof=0)}
    found: list[tuple[Floats, Cue, str]] = []
    for statistic, table in tables.items():
        for cue in cues:
            values = table.loc[speakers, cue.column].to_numpy(np.float64)
            if np.isfinite(values).all() and np.ptp(values) > 1e-9 * max(1.0, abs(values).max()):
                found.append((values, cue, statistic))
    rows = np.stack([values for values, _, _ in found], axis=1) if found else None
    return SpeakerRows(
        np.zeros((len(speakers), 0)) if rows is None else rows,
        [cue for _, cue, _ in found],
        [statistic for _, _, statistic in found],
    )


def strongest(found: SpeakerRows, labels: Integers) -> str:
    """Name the column that ranks all speakers best, whichever class has more of it.

    Args:
        found: What cues say of each speaker, in one column at least.
        labels: (n_speakers,) 0 or 1.
    """
    patients, healthy = found.rows[labels == 1], found.rows[labels == 0]
    # Mann and Whitney's statistic, of which the AUROC is the share.
    ranks = rankdata(found.rows, axis=0)[labels == 1].sum(axis=0)
    n_patients, n_healthy = len(patients), len(healthy)
    aurocs = (ranks - n_patients * (n_patients + 1) / 2) / (n_patients * n_healthy)
    best = int(np.argmax(np.abs(aurocs - 0.5)))
    cue, statistic = found.cues[best], found.statistics[best]
    named = Cue(cue.column, f"{'SD of ' if statistic == 'SD' else ''}{cue.name}", cue.unit)
    return named.describe(float(np.median(healthy[:, best])), float(np.median(patients[:, best])))


def _with_unit(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}".strip()
