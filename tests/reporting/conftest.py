"""Contents of reports; no test changes what they hold."""

import pytest
from report_contents import build_content

from dysarthria_lightning.reporting.content import ReportContent
from dysarthria_lightning.reporting.paper import values as paper


@pytest.fixture(scope="session")
def content() -> ReportContent:
    """Everything finished, one repeat."""
    return build_content()


@pytest.fixture(scope="session")
def few() -> ReportContent:
    """A report on two cells, which is rendered quickly."""
    cells = (paper.KNOWN_CELLS[1], paper.NOVEL_CELLS[1])
    return build_content(cells=cells, asked=cells)
