"""Corpus layouts: a folder or table on disk becomes a manifest. One file a layout."""

from typing import assert_never

import pandas as pd

from dysarthria_lightning.config import (
    ManifestData,
    Mayle2018Data,
    Minsk2020Data,
)
from dysarthria_lightning.data.corpora import mayle2018, minsk2020, table


def read_corpus(data: ManifestData | Minsk2020Data | Mayle2018Data) -> pd.DataFrame:
    """List a corpus's recordings.

    Args:
        data: The ``data`` section of the configuration.

    Returns:
        The checked manifest, see :mod:`dysarthria_lightning.data.manifest`.

    Raises:
        CorpusError: The corpus is not there, or is not laid out as expected.
    """
    match data:
        case ManifestData():
            return table.read(data.manifest)
        case Minsk2020Data():
            return minsk2020.read(data.root)
        case Mayle2018Data():
            return mayle2018.read(data.root, data.pseudonym_key_file)
        case _:
            assert_never(data)
