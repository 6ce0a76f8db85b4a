"""The table of a corpus as people read it: its speakers and recordings."""

import pandas as pd

from dysarthria_lightning.reporting.display import Text, TextTable, percent
from dysarthria_lightning.reporting.nouns import Noun


def corpus_table(
    counts: pd.DataFrame, title: str, noun: Noun, *, beside_paper: bool = True
) -> TextTable:
    """Show how many speakers and recordings a corpus has: Table I.

    Args:
        counts: What :func:`tables.corpus_counts` returned.
        title: Stands above it.
        noun: What its recordings are called.
        beside_paper: Whether the paper's counts stand beside them.
    """
    columns = list(dict.fromkeys(counts["column"]))
    rows = []
    for row, entries in counts.groupby("row", sort=False):
        by_column = entries.set_index("column")
        total = by_column.loc["Total"]
        pairs = [(f"{percent(total['share'])} %", f"{percent(total['paper_share'])} %")]
        pairs += [_counts(by_column.loc[column]) for column in columns]
        rows.append((str(row), [_beside(*pair, beside_paper) for pair in pairs]))
    notes = [("", f"The ratio is of {noun.plural}.")]
    return TextTable("table1", title, ["Class", "Ratio", *columns], rows, notes)


def _beside(ours: str, theirs: str, beside_paper: bool) -> Text:
    if not (beside_paper and theirs):
        return Text(ours)
    return Text(ours, paper=theirs)


def _counts(entry: pd.Series) -> tuple[str, str]:
    """Return our counts and the paper's, which may have none."""
    ours = f"{entry['n_speakers']:,} [{entry['n_recordings']:,}]"
    if pd.isna(entry["paper_n_speakers"]):
        return ours, ""
    return ours, f"{entry['paper_n_speakers']:,} [{entry['paper_n_recordings']:,}]"
