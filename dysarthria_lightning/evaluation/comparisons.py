"""Every pair of models that was tested on the same speakers."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from dysarthria_lightning.evaluation.delong import compare_aurocs, correct_holm
from dysarthria_lightning.evaluation.levels import SPEAKER_LEVELS, Level, score_speakers
from dysarthria_lightning.evaluation.study import CrossValidation, Study


def comparisons_table(study: Study) -> pd.DataFrame:
    """Compare models on novel speakers, speaker by speaker and repeat by repeat.

    Repeats are tested apart: their speakers are the same people, so pooling them would count each
    as several. Holm's correction is over all pairs of one subset, kind of features, repeat and
    level.

    Args:
        study: The cross-validations.

    Returns:
        Rows of ``subset``, ``features``, ``repeat``, ``level``, ``model``, ``other`` (in
        alphabetical order), the columns of :class:`delong.Comparison` and ``p_holm``.
    """
    families: dict[tuple[str, str, int], list[CrossValidation]] = defaultdict(list)
    for cell, repeats in sorted(study.of_protocol("novel_speakers"), key=lambda item: item[0]):
        for repeat in repeats:
            families[cell.subset, cell.features, repeat.repeat].append(repeat)
    rows: list[dict[str, Any]] = []
    for (subset, features, number), members in sorted(families.items(), key=lambda item: item[0]):
        for level in SPEAKER_LEVELS.values():
            pairs = list(_compare(members, level))
            corrected = correct_holm(np.array([pair["p_value"] for pair in pairs], dtype=float))
            place = {"subset": subset, "features": features, "repeat": number, "level": level.key}
            rows += [
                {**place, **pair, "p_holm": p_holm}
                for pair, p_holm in zip(pairs, corrected, strict=True)
            ]
    return pd.DataFrame(rows)


def _compare(members: list[CrossValidation], level: Level) -> Iterator[dict[str, Any]]:
    scored = {member.cell: score_speakers(member.test, level) for member in members}
    for cell, other in combinations(scored, 2):
        # Only speakers whom both have judged.
        both = scored[cell].assign(other_score=scored[other]["score"]).dropna()
        comparison = compare_aurocs(
            both["label"].to_numpy(np.int64),
            both["score"].to_numpy(np.float64),
            both["other_score"].to_numpy(np.float64),
        )
        yield {"model": cell.model, "other": other.model, **comparison._asdict()}
