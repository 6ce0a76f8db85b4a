"""``features=matrix``: features that were computed elsewhere, of any number of columns."""

from __future__ import annotations

from typing import Literal

from dysarthria_lightning.data.features.base import FeatureSection


class MatrixFeatures(FeatureSection):
    """Every recording is a ``.npy`` matrix, (frames, columns), all of them of equal width."""

    matrices_decide = True

    kind: Literal["matrix"]

    def short_name(self, n_mfcc: int | None) -> str:
        """Return ``matrix``: how wide it is stands in the store."""
        return "matrix"

    def n_columns(self, n_mfcc: int | None) -> None:
        """Leave it to the matrices."""
        return
