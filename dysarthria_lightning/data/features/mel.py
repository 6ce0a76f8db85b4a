"""What the kinds that are computed from mel spectra have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from dysarthria_lightning.data.features.base import AudioFeatures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dysarthria_lightning.data.features.base import FrameExtractor


class MelFeatures(AudioFeatures):
    """Base of the kinds that are computed from mel spectra.

    Attributes:
        n_mels: Filters, evenly spaced in mel.
        f_min_hz: Where the lowest begins.
        f_max_hz: Where the highest ends; None: half the sample rate.
    """

    n_mels: PositiveInt
    f_min_hz: Annotated[float, Field(ge=0)]
    f_max_hz: PositiveFloat | None

    @model_validator(mode="after")
    def _filters_fit_the_sample_rate(self) -> MelFeatures:
        nyquist = self.sample_rate_hz / 2
        top = nyquist if self.f_max_hz is None else self.f_max_hz
        if not self.f_min_hz < top <= nyquist:
            raise ValueError(
                f"f_min_hz = {self.f_min_hz} and f_max_hz = {self.f_max_hz} must lie in order "
                f"between 0 and half the sample rate, {nyquist:g} Hz"
            )
        return self

    @abstractmethod
    def projection(self, n_columns: int) -> NDArray[np.float32] | None:
        """Return what a frame's logarithms of mel energies are multiplied by.

        Returns:
            (n_mels, n_columns) float32; None leaves them as they are.
        """

    def frame_extractor(self, n_columns: int) -> FrameExtractor:
        """Return what computes a clip's frames, of torchaudio's window and filters."""
        import torch
        import torchaudio

        from dysarthria_lightning.data.framing import MelFraming

        bank = torchaudio.functional.melscale_fbanks(
            n_freqs=self.window_samples // 2 + 1,
            f_min=self.f_min_hz,
            f_max=self.sample_rate_hz // 2 if self.f_max_hz is None else self.f_max_hz,
            n_mels=self.n_mels,
            sample_rate=self.sample_rate_hz,
        )
        return MelFraming(
            window=torch.hann_window(self.window_samples).numpy(),
            hop_samples=self.hop_samples,
            bank=bank.numpy(),
            projection=self.projection(n_columns),
        )
