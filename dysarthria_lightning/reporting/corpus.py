"""What must be known of a corpus's recordings before anything is trained on them."""

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.manifest_schema import DYSARTHRIC, HEALTHY, LABEL_NAMES
from dysarthria_lightning.reporting.display import Text, TextTable, capitalised


def duration_table(recordings: pd.DataFrame) -> TextTable:
    """Show by class how long the recordings are, what is cut from them, and sample rates.

    All of these can give a class away without any dysarthria being heard.

    Args:
        recordings: One row per instance, with ``label``, ``n_frames``, ``source_id``,
            ``source_duration_s`` and ``sample_rate_hz``.
    """
    header = ["Class", "Recording, mean ± SD, s", "Range, s", "Instances", "Frames", "kHz"]
    rows = []
    for label in (DYSARTHRIC, HEALTHY):
        of_class = recordings[recordings["label"] == label]
        sources = of_class.drop_duplicates("source_id")
        seconds, frames = sources["source_duration_s"], of_class["n_frames"]
        rates = sources["sample_rate_hz"].value_counts()
        texts = [
            f"{seconds.mean():.2f} ± {seconds.std(ddof=0):.2f}",
            f"{seconds.min():.2f}–{seconds.max():.2f}",
            f"{len(of_class):,}",
            f"{frames.min()}–{frames.max()}",
            ", ".join(_rate(int(rate), count) for rate, count in rates.items()),
        ]
        rows.append((capitalised(LABEL_NAMES[label]), [Text(text) for text in texts]))
    return TextTable("durations", "Durations", header, rows, [])


def origin_note(config: Config) -> str:
    """Say that a corpus is synthetic, or whom a published one is of; lines of their own."""
    if config.data.disclaimer:
        return f"{config.data.disclaimer.capitalize()}.\n"
    return "".join(f"{name}: {text}\n" for name, text in config.data.origin().items())


def _rate(rate_hz: int, count: int) -> str:
    return f"features ×{count}" if rate_hz == 0 else f"{rate_hz / 1000:g} ×{count}"
