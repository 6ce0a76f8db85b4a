"""A part of the page."""

from dataclasses import dataclass, field

from dysarthria_lightning.reporting.display import TextTable
from dysarthria_lightning.reporting.drawings import Drawing


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        name: Its id.
        title: Stands above it.
        text: What the reader must know, in a sentence or two.
        files: Under ``tables/``, where the numbers are.
        tables: Shown first.
        charts: Shown below.
        tables_below: Shown under the charts.
        folded_title: Of what is shown on demand.
        folded_tables: Shown on demand.
        folded_charts: Charts shown on demand.
        only_text: Shown though it has nothing but its text.
        reading: How to read it, shown on demand.
    """

    name: str
    title: str
    text: str
    files: tuple[str, ...]
    tables: list[TextTable] = field(default_factory=list)
    charts: list[Drawing] = field(default_factory=list)
    tables_below: list[TextTable] = field(default_factory=list)
    folded_title: str = ""
    folded_tables: list[TextTable] = field(default_factory=list)
    folded_charts: list[Drawing] = field(default_factory=list)
    only_text: bool = False
    reading: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        shown = self.tables or self.charts or self.tables_below or self.only_text
        return not (shown or self.folded_tables or self.folded_charts)
