"""What every model has: the keys of its section, and how it is built or fitted."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PositiveInt

from dysarthria_lightning.schema.base import FOLDER_NAME, Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from torch import nn


class ModelSection(Section):
    """Base of the ``model`` sections: one architecture each.

    A member adds ``architecture`` (a ``Literal``) and keys of its own, and derives from
    :class:`NetworkSection` or :class:`EstimatorSection`.

    Attributes:
        name: Names the model in ``outputs/`` and in reports.
    """

    name: Annotated[str, Field(pattern=f"^{FOLDER_NAME}$")]

    if TYPE_CHECKING:

        @property
        def architecture(self) -> str:
            """Names the architecture."""

    def check_corpus(self, recordings: pd.DataFrame) -> None:
        """Check that a corpus says what the model needs; most need frames and labels alone.

        Args:
            recordings: The store's recordings, of all sides.

        Raises:
            ConfigError: It does not; the message says what is missing.
        """
        return


class NetworkSection(ModelSection):
    """Base of the models that are trained by gradient steps.

    Attributes:
        hidden_size: Units of a hidden layer.
        l2: Strength of the penalty on squared weights.
    """

    hidden_size: PositiveInt
    l2: Annotated[float, Field(ge=0)]

    @abstractmethod
    def build(self, n_columns: int, max_frames: int) -> nn.Module:
        """Build the network.

        Args:
            n_columns: Columns of a frame.
            max_frames: Frames of the corpus's longest recording.

        Returns:
            A module that maps features (batch, frames, columns), zero beyond each length, and
            lengths (batch,) to logits of dysarthria (batch,).
        """


@dataclass(frozen=True)
class LabelledFrames:
    """Recordings as a model without gradient steps sees them.

    Attributes:
        frames: (n_frames, n_columns) float64 for each recording, as extracted.
        speakers: (n_recordings,) whose each is.
        labels: (n_recordings,) 0 or 1; None where they are not known.
        ages: (n_recordings,) of the speakers in years, NaN where unknown; None: all unknown.
        genders: (n_recordings,) ``female``, ``male``, or anything else where unknown; None: all
            unknown.
    """

    frames: Sequence[NDArray[np.float64]]
    speakers: NDArray[np.object_]
    labels: NDArray[np.int64] | None = None
    ages: NDArray[np.float64] | None = None
    genders: NDArray[np.object_] | None = None

    @classmethod
    def gather(
        cls, frames: Sequence[NDArray[np.float64]], recordings: pd.DataFrame
    ) -> LabelledFrames:
        """Take what a table says of recordings.

        Args:
            frames: Of each recording.
            recordings: One row each: ``speaker_id``, ``label``, ``age`` and ``gender``.
        """
        import numpy as np

        return cls(
            frames,
            recordings["speaker_id"].to_numpy(dtype=object),
            recordings["label"].to_numpy(np.int64),
            # A pandas.NA compares as neither true nor false.
            recordings["age"].to_numpy(dtype=np.float64, na_value=np.nan),
            recordings["gender"].to_numpy(dtype=object, na_value=None),
        )


class EstimatorSection(ModelSection):
    """Base of the models that are fitted without gradient steps."""

    @abstractmethod
    def fit(self, recordings: LabelledFrames) -> dict[str, Any]:
        """Fit the model.

        Args:
            recordings: Of the training side, with labels.

        Returns:
            What :meth:`score` needs: numbers, texts and lists of them, nested as they may be.
        """

    @abstractmethod
    def score(self, fitted: dict[str, Any], recordings: LabelledFrames) -> NDArray[np.float64]:
        """Score recordings.

        Args:
            fitted: What :meth:`fit` returned.
            recordings: Labels are not looked at.

        Returns:
            (n_recordings,) logits of dysarthria.
        """
