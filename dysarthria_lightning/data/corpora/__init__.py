"""Corpus layouts: a folder or table on disk becomes a manifest. One file a layout."""

from typing import assert_never

import pandas as pd

from dysarthria_lightning.config import (
    Config,
    ManifestData,
    Mayle2018Data,
    Minsk2020Data,
    SyntheticData,
)
from dysarthria_lightning.data.corpora import manifest as table
from dysarthria_lightning.data.corpora import mayle2018, minsk2020, synthetic


def read_corpus(config: Config) -> pd.DataFrame:
    """List a corpus's recordings.

    Args:
        config: Its ``data`` section names the corpus; a synthetic one is made under
            ``outputs_dir`` where it is not there yet.

    Returns:
        The checked manifest, see :mod:`dysarthria_lightning.data.manifest_schema`.

    Raises:
        CorpusError: The corpus is not there, or is not laid out as expected.
    """
    data = config.data
    match data:
        case ManifestData():
            return table.read(data.manifest)
        case Minsk2020Data():
            return minsk2020.read(data.root)
        case Mayle2018Data():
            return mayle2018.read(data.root, data.pseudonym_key_file)
        case SyntheticData():
            return synthetic.read(data.parameters(), config.outputs_dir)
        case _:
            assert_never(data)
