"""What is trained on this disk: one row per cross-validation."""

from dataclasses import dataclass
from pathlib import Path

from dysarthria_lightning.evaluation.study import Cell
from dysarthria_lightning.reporting.display import Text, TextTable, with_interval
from dysarthria_lightning.reporting.paper import values as paper

HEADER = ["Cross-validation", "Repeats", "Speakers", "AUROC (%)", "Trained"]
#: Of the column of AUROCs.
ABOUT_AUROC = (
    "AUROC: of whole speakers (soft majority), mean of the finished repeats, with its 95 % "
    "interval."
)


@dataclass(frozen=True)
class Listed:
    """A cross-validation on disk, with all of its repeats.

    Attributes:
        corpus: Its name; ``NAME-permuted1`` where labels were dealt anew.
        tag: Names a variant; empty for most.
        cell: Protocol, subset, features and model.
        finished: How many repeats are complete.
        begun: How many repeats have been begun, the finished ones among them.
        n_speakers: Tested; None where no repeat is finished.
        auroc: Speaker level, soft majority: value, lower and upper end from 0 to 1; NaN where not
            defined.
        reason: Why there is no interval.
        date: The last day on which a run was finished; empty where none is.
        command: Reports on it.
        page: Its page, where one has been written.
    """

    corpus: str
    tag: str
    cell: Cell
    finished: int
    begun: int
    n_speakers: int | None
    auroc: tuple[float, float, float]
    reason: str
    date: str
    command: str
    page: Path | None = None

    @property
    def repeats(self) -> str:
        """Finished and begun repeats, as in ``3 of 5``."""
        return f"{self.finished} of {self.begun}"

    @property
    def auroc_text(self) -> str:
        """The AUROC with its interval; empty where nothing is finished."""
        return with_interval(*self.auroc, reason=self.reason) if self.finished else ""


@dataclass(frozen=True)
class Listing:
    """Everything that is trained in an outputs folder.

    Attributes:
        outputs_dir: The folder.
        rows: One per cross-validation.
        notes: Folders and repeats that are left out, and why.
    """

    outputs_dir: Path
    rows: list[Listed]
    notes: list[str]

    def commands(self) -> list[str]:
        """Say what reports on each row, by its number in :func:`listing_table`."""
        if not self.rows:
            return [f"Nothing is trained in {self.outputs_dir / 'runs'}."]
        numbered = (f"  {number}: {it.command}" for number, it in enumerate(self.rows, 1))
        return ["To report on one of them, by its number:", *numbered]


def listing_table(listing: Listing) -> TextTable:
    """Show a listing as a table for the terminal, with numbered rows.

    Args:
        listing: What is on disk.
    """
    rows = []
    for number, it in enumerate(listing.rows, 1):
        cell = it.cell
        parts = [
            it.corpus,
            *([f"tag {it.tag}"] if it.tag else []),
            cell.protocol.replace("_", " "),
            *(f"subset {cell.subset}" for _ in [cell] if cell.subset != "all"),
            cell.features,
            paper.model_name(cell.model),
        ]
        speakers = "" if it.n_speakers is None else f"{it.n_speakers:,}"
        texts = [Text(value) for value in (it.repeats, speakers, it.auroc_text, it.date)]
        rows.append((f"{number} {', '.join(parts)}", texts))
    title = f"Cross-validations in {listing.outputs_dir / 'runs'}"
    return TextTable("listing", title, HEADER, rows, [("", ABOUT_AUROC)])
