"""Where the numbers come from: code, corpus, machines and time."""

import pandas as pd

from dysarthria_lightning.reporting.content import RUN_COLUMNS, ReportContent


def provenance(content: ReportContent) -> list[tuple[str, str]]:
    """List facts about the finished runs.

    Args:
        content: Of the report.

    Returns:
        Terms and facts; a fact that differs between runs says of how many each is true.
    """
    finished = content.runs[content.runs["state"] == "finished"]
    facts = [
        ("Corpus", content.corpus),
        *content.origin.items(),
        ("Key of the corpus's content", content.corpus_key),
        ("Profile", content.profile),
    ]
    names = {
        "version": "dysarthria_lightning",
        "git_commit": "Git commit",
        "torch": "PyTorch",
        "lightning": "PyTorch Lightning",
        "torchaudio": "torchaudio",
        "hydra": "Hydra",
        "numpy": "NumPy",
        "sklearn": "scikit-learn",
        "python": "Python",
        "host": "Machine",
        "device": "Device",
        "precision": "Precision",
        "processor": "Processor",
        "cpus": "Cores",
    }
    facts += [
        (name, _values(finished[column]))
        for column, name in names.items()
        # What older runs have not noted is left out; elsewhere the page says that it is unknown.
        if column in finished and (column in RUN_COLUMNS or finished[column].notna().any())
    ]
    times = finished["wall_time_s"].dropna()
    facts.append(
        (
            "Time trained, summed over runs",
            f"{duration(times.sum())} in {len(times)} {'run' if len(times) == 1 else 'runs'}"
            if len(times)
            else "–",
        )
    )
    dates = sorted(finished["finished"].dropna().astype(str).str[:10])
    facts.append(("Trained", " to ".join(dict.fromkeys([dates[0], dates[-1]])) if dates else "–"))
    return facts


def duration(seconds: float) -> str:
    """Write a time in the two largest units that matter."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _values(column: pd.Series) -> str:
    if column.empty:
        return "–"
    counts = column.map(_as_text).value_counts().sort_index()
    if len(counts) == 1:
        return str(counts.index[0])
    return ", ".join(
        f"{value} ({count} run{'' if count == 1 else 's'})" for value, count in counts.items()
    )


def _as_text(value: object) -> str:
    if pd.isna(value):
        return "unknown"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
