"""Corpora of a few recordings, prepared or refused."""

from collections.abc import Callable

import pytest
from small_corpora import Corpus, composed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import CorpusError


@pytest.fixture
def corpus(tmp_path) -> Corpus:
    return Corpus(tmp_path / "corpus")


@pytest.fixture
def configure(tmp_path) -> Callable[..., Config]:
    """Make the configuration that prepares a corpus; outputs go to a temporary folder."""

    def configure(corpus: Corpus, *overrides: str) -> Config:
        config = composed(*overrides)
        data = config.data.model_copy(update={"manifest": str(corpus.table())})
        return config.model_copy(update={"data": data, "outputs_dir": f"{tmp_path}/outputs"})

    return configure


@pytest.fixture
def prepare(configure) -> Callable[..., FeatureStore]:
    return lambda corpus, *overrides: prepare_corpus(configure(corpus, *overrides))


@pytest.fixture
def refusal(prepare) -> Callable[..., str]:
    """Prepare a corpus that is refused and return the message."""

    def refusal(corpus: Corpus, *overrides: str, error: type[Exception] = CorpusError) -> str:
        with pytest.raises(error) as refused:
            prepare(corpus, *overrides)
        return str(refused.value)

    return refusal
