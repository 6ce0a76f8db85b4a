"""What a message about too few speakers proposes, works."""

import re
from typing import Any

import pandas as pd
import pytest
import yaml

from dysarthria_lightning.data.protocols import NovelSpeakers
from dysarthria_lightning.data.splits import make_split
from dysarthria_lightning.errors import ConfigError

PAPER = {"folds": 10, "validation_speakers": 9}
ROTATING = {"folds": 10, "validation_speakers": "auto", "validation": "rotating", "stratify": True}
ONE_OUT = {"folds": 20, "validation_speakers": 4, "stratify": True}


def recordings(healthy: int, dysarthric: int) -> pd.DataFrame:
    n = healthy + dysarthric
    ids = [f"s{number}" for number in range(n)]
    return pd.DataFrame(
        {
            "speaker_id": ids,
            "label": [0] * healthy + [1] * dysarthric,
            "gender": None,
            "source_id": ids,
            "source_digest": ids,
        }
    )


@pytest.mark.parametrize("asked", [PAPER, ROTATING, ONE_OUT])
@pytest.mark.parametrize("counts", [(4, 4), (3, 3), (3, 9), (5, 3)])
def test_the_settings_that_are_proposed_divide_the_speakers(
    counts: tuple[int, int], asked: dict[str, Any]
) -> None:
    corpus = recordings(*counts)
    protocol = NovelSpeakers(name="novel_speakers", **asked)
    with pytest.raises(ConfigError) as refused:
        make_split(corpus, protocol, [], 0, 0)
    proposed = str(refused.value).splitlines()[-1]
    assert proposed.startswith(f"This works with {sum(counts)} speakers: protocol.folds=")
    changed = dict(re.findall(r"protocol\.(\w+)=(\S+)", proposed))
    other = NovelSpeakers.model_validate(
        protocol.model_dump() | {key: yaml.safe_load(value) for key, value in changed.items()}
    )
    for seed in range(3):
        for fold in range(other.folds):
            split = make_split(corpus, other, [], fold, seed)
            for side in (split.train, split.validation):
                assert set(corpus["label"].iloc[side]) == {0, 1}


def test_nothing_is_proposed_where_no_folds_are_possible() -> None:
    with pytest.raises(ConfigError) as refused:
        make_split(recordings(9, 2), NovelSpeakers(name="novel_speakers", **ROTATING), [], 0, 0)
    assert "This works" not in str(refused.value)
    assert "with 2 dysarthric speakers: at least 3 of each class" in str(refused.value)
