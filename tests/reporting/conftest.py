"""Contents of reports."""

import pytest
from report_contents import build_content

from dysarthria_lightning.reporting.content import ReportContent


@pytest.fixture(scope="session")
def content() -> ReportContent:
    """Everything finished, one repeat."""
    return build_content()
