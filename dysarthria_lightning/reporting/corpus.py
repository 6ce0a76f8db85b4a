"""Tables for the terminal of what a corpus holds."""

import pandas as pd
from rich.table import Table

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, GENDERS, HEALTHY, LABEL_NAMES


def corpus_table(recordings: pd.DataFrame) -> Table:
    """Count speakers and recordings by class and gender, as the paper's Table I.

    Args:
        recordings: One row an instance, with ``speaker_id``, ``source_id``, ``label`` and
            ``gender``.
    """
    sources = recordings.drop_duplicates("source_id")
    genders: list[str | None] = [
        gender for gender in GENDERS if (sources["gender"] == gender).any()
    ]
    if sources["gender"].isna().any():
        genders.append(None)
    table = Table(title="Speakers \\[recordings]", caption_justify="left")
    table.add_column("")
    table.add_column("Ratio", justify="right")
    for gender in genders:
        table.add_column((gender or "gender unknown").capitalize(), justify="right")
    table.add_column("Total", justify="right")
    for label in (DYSARTHRIC, HEALTHY, None):
        rows = sources if label is None else sources[sources["label"] == label]
        cells = [_count(rows[_has_gender(rows, gender)]) for gender in genders]
        name = "Total" if label is None else LABEL_NAMES[label].capitalize()
        ratio = f"{100 * len(rows) / len(sources):.1f} %"
        table.add_row(name, ratio, *cells, _count(rows), end_section=label == HEALTHY)
    return table


def duration_table(recordings: pd.DataFrame) -> Table:
    """Show by class how long the recordings are, what is cut from them, and sample rates.

    All of these can give a class away without any dysarthria being heard.

    Args:
        recordings: One row an instance, with ``label``, ``n_frames``, ``source_id``,
            ``source_duration_s`` and ``sample_rate_hz``.
    """
    table = Table(title="Durations")
    headings = ("", "Recording, mean ± SD, s", "Range, s", "Instances", "Frames", "kHz")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "" else "right")
    for label in (DYSARTHRIC, HEALTHY):
        rows = recordings[recordings["label"] == label]
        sources = rows.drop_duplicates("source_id")
        seconds, frames = sources["source_duration_s"], rows["n_frames"]
        rates = sources["sample_rate_hz"].value_counts()
        table.add_row(
            LABEL_NAMES[label].capitalize(),
            f"{seconds.mean():.2f} ± {seconds.std(ddof=0):.2f}",
            f"{seconds.min():.2f}-{seconds.max():.2f}",
            f"{len(rows):,}",
            f"{frames.min()}-{frames.max()}",
            ", ".join(_rate(int(rate), count) for rate, count in rates.items()),
        )
    return table


def origin_note(config: Config) -> str:
    """Say that a corpus is synthetic, where it is; a line of its own."""
    return f"{config.data.disclaimer.capitalize()}.\n" if config.data.disclaimer else ""


def _has_gender(rows: pd.DataFrame, gender: str | None) -> "pd.Series[bool]":
    return rows["gender"].isna() if gender is None else rows["gender"] == gender


def _count(rows: pd.DataFrame) -> str:
    return f"{rows['speaker_id'].nunique()} \\[{len(rows):,}]"


def _rate(rate_hz: int, count: int) -> str:
    return f"features ×{count}" if rate_hz == 0 else f"{rate_hz / 1000:g} ×{count}"
