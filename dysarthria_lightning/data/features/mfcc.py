"""``features=mfcc``: mel-frequency cepstral coefficients (paper, section II)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveInt, model_validator

from dysarthria_lightning.data.features.mel import MelFeatures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MFCCFeatures(MelFeatures):
    """Cepstral coefficients, from the lowest quefrency up.

    Attributes:
        n_stored: Coefficients extracted once; ``n_mfcc`` takes the first of them.
    """

    # Cepstra of other filter banks: the first of their columns are used.
    matrices_decide = True

    kind: Literal["mfcc"]
    n_stored: PositiveInt

    @model_validator(mode="after")
    def _filters_are_enough(self) -> MFCCFeatures:
        if self.n_stored > self.n_mels:
            raise ValueError(f"n_stored = {self.n_stored} exceeds n_mels = {self.n_mels}")
        return self

    def short_name(self, n_mfcc: int | None) -> str:
        """Return ``mfcc13`` and the like."""
        return f"mfcc{n_mfcc}"

    def n_columns(self, n_mfcc: int | None) -> int:
        """Return how many coefficients are stored."""
        return max(self.n_stored, n_mfcc or 0)

    def can_have(self, n_columns: int) -> bool:
        """Say whether the filters give so many coefficients."""
        return n_columns <= self.n_mels

    def check(self, n_mfcc: int | None) -> None:
        """Check that there are as many coefficients."""
        if n_mfcc is None:
            raise ValueError("n_mfcc: features=mfcc needs the number of coefficients to use")
        if n_mfcc > self.n_mels:
            raise ValueError(
                f"n_mfcc = {n_mfcc}: features.n_mels = {self.n_mels} mel filters give at most "
                f"{self.n_mels} coefficients"
            )

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide the values.

        How many coefficients are stored changes none of them. The kind is left out: stores and
        runs from before there were others are found again.
        """
        return self.model_dump(exclude={"kind", "n_stored"})

    def projection(self, n_columns: int) -> NDArray[np.float32]:
        """Return torchaudio's cosine transform."""
        import torchaudio

        matrix: NDArray[np.float32] = torchaudio.functional.create_dct(
            n_columns, self.n_mels, norm="ortho"
        ).numpy()
        return matrix
