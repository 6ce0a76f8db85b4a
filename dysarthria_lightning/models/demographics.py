"""``model=demographics``: logistic regression on a speaker's age and sex; it hears nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveFloat

from dysarthria_lightning.errors import ConfigError, CorpusError
from dysarthria_lightning.models.base import EstimatorSection, LabelledFrames

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class Demographics(EstimatorSection):
    """Logistic regression on the age (years) and the sex of a speaker.

    What a model reaches that has never heard anything: if patients of a corpus are older than its
    healthy speakers, a voice that sounds old says as much. All recordings of a speaker get the
    speaker's logit. Where a corpus has ages only, or genders only, it uses those; what it used
    stands in what is fitted, under ``columns``.

    Attributes:
        c: Inverse strength of the L2 penalty on the standardised columns.
    """

    architecture: Literal["demographics"]
    c: PositiveFloat

    def check_corpus(self, recordings: pd.DataFrame) -> None:
        """Check that ages or genders are known.

        Args:
            recordings: Rows with ``speaker_id``, ``age`` and ``gender``.

        Raises:
            ConfigError: They are not, or of some speakers only.
        """
        _known_columns(_traits(LabelledFrames.gather([], recordings))[0])

    def fit(self, recordings: LabelledFrames) -> dict[str, Any]:
        """Fit the regression; see :meth:`EstimatorSection.fit`.

        Raises:
            ConfigError: Neither age nor gender is known, or one of them of some speakers only.
        """
        import numpy as np

        from dysarthria_lightning.models.parts.regression import fit_regression

        assert recordings.labels is not None
        traits, places = _traits(recordings)
        columns = _known_columns(traits)
        rows = np.column_stack([traits[column] for column in columns])
        return {
            "columns": columns,
            **fit_regression(rows, places, recordings.labels, self.c),
        }

    def score(self, fitted: dict[str, Any], recordings: LabelledFrames) -> NDArray[np.float64]:
        """Score each recording as its speaker; see :meth:`EstimatorSection.score`.

        Raises:
            CorpusError: The age or gender of a speaker is missing that the fit has used.
        """
        import numpy as np

        from dysarthria_lightning.models.parts.regression import regression_logits

        traits, places = _traits(recordings)
        missing = _missing({column: traits[column] for column in fitted["columns"]})
        if missing:
            raise CorpusError(
                f"model=demographics judges by {' and '.join(fitted['columns'])}: "
                f"{_describe(missing, traits)}; fill in years, and female or male, for every "
                "speaker"
            )
        rows = np.column_stack([traits[column] for column in fitted["columns"]])
        scores: NDArray[np.float64] = regression_logits(fitted, rows)[places]
        return scores


def _traits(
    recordings: LabelledFrames,
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64]]:
    """Gather what is known of each speaker, NaN where it is not known.

    Returns:
        (n_speakers,) ``age`` in years, the mean where recordings of a speaker differ, and
        ``gender``, 0 female and 1 male; and (n_recordings,) each recording's speaker.
    """
    import numpy as np

    from dysarthria_lightning.models.parts.regression import number_speakers

    n_speakers, places = number_speakers(recordings.speakers)
    unknown = np.full(len(places), np.nan)
    ages = unknown if recordings.ages is None else recordings.ages
    genders = unknown if recordings.genders is None else recordings.genders
    values = {
        "age": np.where(np.isfinite(ages), ages, np.nan),
        "gender": np.select([genders == "female", genders == "male"], [0.0, 1.0], np.nan),
    }
    traits = {}
    for name, of_recordings in values.items():
        known = ~np.isnan(of_recordings)
        counts = np.bincount(places[known], minlength=n_speakers)
        sums = np.bincount(places[known], of_recordings[known], minlength=n_speakers)
        traits[name] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return traits, places


def _known_columns(traits: dict[str, NDArray[np.float64]]) -> list[str]:
    """List what is known of all speakers."""
    n_speakers = len(traits["age"])
    missing = _missing(traits)
    known = [name for name in traits if name not in missing]
    in_part = {name: n for name, n in missing.items() if n < n_speakers}
    if in_part:
        raise ConfigError(
            f"model=demographics needs the same of all speakers, and {_describe(in_part, traits)}; "
            "fill it in for every speaker, or leave the column out"
        )
    if not known:
        raise ConfigError(
            f"model=demographics needs ages or genders, and none of the {n_speakers} speakers has "
            "one; add a column age or gender, or choose another model"
        )
    return known


def _missing(traits: dict[str, NDArray[np.float64]]) -> dict[str, int]:
    """Count the speakers of whom something is not known, by its name."""
    import numpy as np

    counts = {name: int(np.isnan(values).sum()) for name, values in traits.items()}
    return {name: n for name, n in counts.items() if n}


def _describe(missing: dict[str, int], traits: dict[str, NDArray[np.float64]]) -> str:
    n_speakers = len(traits["age"])
    return " and ".join(
        f"{name} is missing for {n} of {n_speakers} speakers" for name, n in missing.items()
    )
