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
        drop_c0: Whether c0, which grows with loudness, is left out. Coefficients are counted from
            c1 then: ``n_mfcc=13`` takes c1 to c13, and c1 to c25 are stored.
    """

    # Cepstra of other filter banks: the first of their columns are used.
    matrices_decide = True

    kind: Literal["mfcc"]
    n_stored: PositiveInt
    drop_c0: bool = False

    @model_validator(mode="after")
    def _filters_are_enough(self) -> MFCCFeatures:
        if self.n_stored > self.n_available:
            raise ValueError(
                f"n_stored = {self.n_stored} exceeds "
                + ("n_mels - 1 (drop_c0 = true), " if self.drop_c0 else "")
                + f"n_mels = {self.n_mels}"
            )
        return self

    @property
    def n_available(self) -> int:
        """How many coefficients the filters give."""
        return self.n_mels - self.drop_c0

    def options(self) -> dict[str, str]:
        """Return the options that are on; see :meth:`FeatureSection.options`."""
        return super().options() | ({"drop_c0": "noc0"} if self.drop_c0 else {})

    def short_name(self, n_mfcc: int | None) -> str:
        """Return ``mfcc13`` and the like."""
        return f"mfcc{n_mfcc}"

    def n_columns(self, n_mfcc: int | None) -> int:
        """Return how many coefficients are stored."""
        return max(self.n_stored, n_mfcc or 0)

    def can_have(self, n_columns: int) -> bool:
        """Say whether the filters give so many coefficients."""
        return n_columns <= self.n_available

    def check(self, n_mfcc: int | None) -> None:
        """Check that there are as many coefficients."""
        if n_mfcc is None:
            raise ValueError("n_mfcc: features=mfcc needs the number of coefficients to use")
        if n_mfcc > self.n_available:
            raise ValueError(
                f"n_mfcc = {n_mfcc}: features.n_mels = {self.n_mels} mel filters give at most "
                f"{self.n_available} coefficients"
                + (" without c0 (features.drop_c0 = true)" if self.drop_c0 else "")
            )

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide the values.

        How many coefficients are stored changes none of them. The kind is left out: stores and
        runs from before there were others are found again. So are options that are off.
        """
        settings = super().settings()
        return {key: settings[key] for key in settings if key not in ("kind", "n_stored")}

    def projection(self, n_columns: int) -> NDArray[np.float32]:
        """Return torchaudio's cosine transform."""
        import torchaudio

        first = int(self.drop_c0)
        matrix: NDArray[np.float32] = torchaudio.functional.create_dct(
            first + n_columns, self.n_mels, norm="ortho"
        ).numpy()
        return matrix[:, first:]
