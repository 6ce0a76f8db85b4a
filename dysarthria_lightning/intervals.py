"""``python -m dysarthria_lightning.intervals``: judge scores of any program, with intervals."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.errors import CorpusError, UserError
from dysarthria_lightning.version import __version__

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = """\
columns of the table (CSV or Parquet)
  speaker_id   who speaks; a speaker may have several rows, one for each recording
  label        0 or healthy, 1 or dysarthric
  score        higher for dysarthric, on any scale; several columns, such as score_a
               and score_b, are compared with each other; without one, probability
               is taken, or else logit
  fold         the fold whose model judged the speaker, where there were several
  repeat       which of several cross-validations the row is of

A speaker's score is the mean of their rows: of probability, that is soft majority.

examples
  python -m dysarthria_lightning.intervals predictions.csv
  python -m dysarthria_lightning.intervals predictions.csv --scores ours theirs
"""


def main() -> None:
    """Print the AUROC of each score with its interval, and how scores compare."""
    if "--version" in sys.argv[1:]:
        print(f"dysarthria-lightning {__version__}")
        return
    arguments = _parse(sys.argv[1:])
    # Pandas takes most of a second; --help answers before.
    from rich.console import Console

    from dysarthria_lightning.data.tables import read_table, without_na
    from dysarthria_lightning.evaluation.score_tables import (
        check_scores,
        choose_scores,
        judge_scores,
    )
    from dysarthria_lightning.reporting.render.latex_and_terminal import terminal_table
    from dysarthria_lightning.reporting.scores import comparisons_table, scores_table

    if not arguments.table.is_file():
        raise CorpusError(f"{arguments.table}: there is no such file")
    if arguments.csv and arguments.csv.resolve() == arguments.table.resolve():
        raise UserError(f"{arguments.csv}: the values would take the place of the scores")
    _, names = read_table(arguments.table, ())
    scores = choose_scores(names, arguments.scores)
    known = ["speaker_id", "label", "fold", "repeat", *scores]
    rows, _ = read_table(arguments.table, known)
    table = check_scores(without_na(rows, known), scores, arguments.table)
    values, comparisons = judge_scores(table, arguments.seed, arguments.draws)
    shown = scores_table(table, values, arguments.table.name, arguments.draws)
    console = Console()
    console.print(terminal_table(shown))
    if len(comparisons):
        console.print(terminal_table(comparisons_table(comparisons)))
    if arguments.csv:
        _write(values, arguments.csv)
        console.print(f"Values: {arguments.csv}", markup=False, highlight=False, soft_wrap=True)


def _write(values: "pd.DataFrame", path: Path) -> None:
    try:
        values.to_csv(path, index=False)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror or error}") from None


def _parse(words: list[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m dysarthria_lightning.intervals",
        description="Judge scores of any program: AUROC of speakers never heard in training, with "
        "95 % intervals from a bootstrap of speakers, beside what chance gives.",
        epilog=_COLUMNS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("table", type=Path, help="predictions, one row for each recording")
    parser.add_argument(
        "--scores", nargs="+", default=[], metavar="COLUMN", help="the columns of scores"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the values there too")
    parser.add_argument(
        "--draws", type=_Between(100, 100_000), default=10_000, help="bootstrap samples (10000)"
    )
    parser.add_argument("--seed", type=_Between(0), default=0, help="draws them (0)")
    return parser.parse_args(words)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> "None":  # type: ignore[override]
        raise UserError(f"{message}\n{self.format_usage().strip()}; --help explains")


class _Between:
    def __init__(self, least: int, most: int | None = None) -> None:
        self.least, self.most = least, most

    def __call__(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text} is no whole number") from None
        if number < self.least:
            raise argparse.ArgumentTypeError(f"{text}: at least {self.least}")
        if self.most is not None and number > self.most:
            raise argparse.ArgumentTypeError(f"{text}: at most {self.most}")
        return number


if __name__ == "__main__":
    run_command(main)
