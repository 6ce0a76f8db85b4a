"""Where tables and their recordings lie."""

from pathlib import Path

import pytest
from small_tables import make_files


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with the files that tables name."""
    make_files(tmp_path)
    return tmp_path
