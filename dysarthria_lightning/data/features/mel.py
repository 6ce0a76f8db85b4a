"""What the kinds that are computed from mel spectra have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from dysarthria_lightning.data.features.base import AudioFeatures

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from dysarthria_lightning.data.features.base import FrameExtractor

    #: Turns (batch, n_samples) clips into (batch, n_columns, n_frames).
    Transform = Callable[[Tensor], Tensor]

#: Added to mel energies before the logarithm. It is not taken in decibels below the clip's peak: a
#: frame's values depend on that frame alone.
LOG_OFFSET = 1e-6


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
    def transform(self, n_columns: int) -> Transform:
        """Return what turns (batch, n_samples) clips into (batch, n_columns, n_frames)."""

    def frame_extractor(self, n_columns: int) -> FrameExtractor:
        """Return what extracts the frames of many clips at once."""
        from dysarthria_lightning.data.framing import PaddedFraming

        return PaddedFraming(self, self.transform(n_columns))

    def spectrum_settings(self) -> dict[str, Any]:
        """Return the arguments of ``torchaudio.transforms.MelSpectrogram`` but the sample rate."""
        return {
            "n_fft": self.window_samples,
            "win_length": self.window_samples,
            "hop_length": self.hop_samples,
            "n_mels": self.n_mels,
            "f_min": self.f_min_hz,
            "f_max": self.f_max_hz,
            "center": False,
        }
