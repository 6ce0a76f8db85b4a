"""The words that ask for a recorded cross-validation ask for that one and no other."""

from collections.abc import Callable

import pytest

from dysarthria_lightning.config import Config
from dysarthria_lightning.gathering.typed_settings import config_words


@pytest.mark.parametrize(
    "typed",
    [
        [],
        ["data=synthetic_quick", "model=functionals", "data.permuted_labels=1"],
        ["features=log_mel", "features.n_mels=30", "tag=mel"],
        ["data=manifest", "data.name=own", "features=matrix"],
        ["features.cmn=recording", "n_mfcc=19"],
        ["protocol=known_speakers", "model=lstm2", "model.hidden_size=7"],
        ["data=manifest", "data.name=own", "model=demographics", "protocol.folds=3"],
        ["data=manifest", "data.name=own", "protocol=across_corpora", "protocol.test_corpus=b"],
        ["subset=no_cv", "trainer.learning_rate=0.5"],
    ],
    ids=" ".join,
)
def test_the_words_of_a_configuration_make_it_again(
    typed: list[str], make_config: Callable[..., Config]
) -> None:
    config = make_config(*typed)
    assert make_config(*config_words(config)) == config
