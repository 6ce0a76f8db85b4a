"""What every kind of features has, and what kinds computed from audio have besides."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, PositiveFloat, model_validator

from dysarthria_lightning.schema.base import Section

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    #: Takes a clip of (n_samples,) and gives (n_frames, n_columns).
    FrameExtractor = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class FeatureSection(Section):
    """Base of the ``features`` sections: one kind of features each.

    A member adds ``kind`` (a ``Literal``) and the keys that decide its values.

    Attributes:
        hop_s: Stride from one frame to the next, in seconds.
    """

    #: Whether matrices of features may have another number of columns than :meth:`n_columns`.
    matrices_decide: ClassVar[bool] = False

    #: Numbers the ways in which values have been computed from audio; None where they are not.
    #: It counts into the keys of stores of audio, and runs remember it. Raise it when the same
    #: settings begin to give other values.
    extraction: ClassVar[int | None] = None

    hop_s: PositiveFloat

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """Names the kind."""

    @abstractmethod
    def short_name(self, n_mfcc: int | None) -> str:
        """Return what run folders and tables call these features, such as ``mfcc13``.

        Args:
            n_mfcc: Cepstral coefficients used; None for kinds without any.
        """

    @abstractmethod
    def n_columns(self, n_mfcc: int | None) -> int | None:
        """Return how many columns are stored; None where the recordings' matrices decide.

        Args:
            n_mfcc: Cepstral coefficients used; None for kinds without any.
        """

    @property
    def shortest_s(self) -> float:
        """The shortest recording that has a frame, in seconds."""
        return self.hop_s

    def frames_in(self, duration_s: float) -> int:
        """Return how many frames a segment of a length has, in seconds."""
        return max(1, round(duration_s / self.hop_s))

    def check(self, n_mfcc: int | None) -> None:
        """Check the number of cepstral coefficients, of which most kinds have none.

        Raises:
            ValueError: It does not fit; the message names the key.
        """
        if n_mfcc is not None:
            raise ValueError(
                f"n_mfcc = {n_mfcc}: features={self.kind} has no cepstral coefficients to choose "
                "from and uses all of its columns; leave n_mfcc out"
            )

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide the values of the frames: of a store's key and a run."""
        return self.model_dump()


class AudioFeatures(FeatureSection):
    """Base of the kinds that are computed from audio.

    A frame needs a whole window: there is no centring and no padding.

    Attributes:
        sample_rate_hz: Recordings are resampled to this.
        window_s: Length of a frame's window, in seconds.
    """

    extraction = 2

    sample_rate_hz: Annotated[int, Field(ge=1000, le=192_000)]
    window_s: PositiveFloat

    @model_validator(mode="after")
    def _window_and_hop_are_samples(self) -> AudioFeatures:
        if self.window_samples < 2 or self.hop_samples < 1:
            raise ValueError(
                f"window_s = {self.window_s} and hop_s = {self.hop_s} are "
                f"{self.window_samples} and {self.hop_samples} samples at {self.sample_rate_hz} "
                "Hz; at least 2 and 1 are needed"
            )
        return self

    @property
    def window_samples(self) -> int:
        """Window length in samples."""
        return round(self.window_s * self.sample_rate_hz)

    @property
    def hop_samples(self) -> int:
        """Stride in samples."""
        return round(self.hop_s * self.sample_rate_hz)

    def n_frames(self, n_samples: int) -> int:
        """Frames that fit whole into ``n_samples`` samples (0 where not even one does)."""
        if n_samples < self.window_samples:
            return 0
        return 1 + (n_samples - self.window_samples) // self.hop_samples

    def frames_in(self, duration_s: float) -> int:
        """Return how many frames fit whole into a length, in seconds."""
        return self.n_frames(round(duration_s * self.sample_rate_hz))

    @abstractmethod
    def can_have(self, n_columns: int) -> bool:
        """Say whether frames computed from audio can have so many columns."""

    @property
    def shortest_s(self) -> float:
        """The shortest recording that has a frame, in seconds."""
        return self.window_s

    @abstractmethod
    def frame_extractor(self, n_columns: int) -> FrameExtractor:
        """Return what extracts the frames of one clip after the other.

        Clips come at :attr:`sample_rate_hz` and at least one window long. A clip has the same
        frames alone or cut out of a longer recording. What is returned is sent to other processes:
        it can be pickled, is small, and needs no torch when it is called.

        Args:
            n_columns: Columns of every frame.
        """

    def extract(
        self, samples: NDArray[np.float32], sample_rate_hz: int, n_columns: int
    ) -> NDArray[np.float32]:
        """Extract the frames of one recording.

        Args:
            samples: (n_samples,) full scale at 1.
            sample_rate_hz: Of the samples.
            n_columns: Columns of every frame.

        Returns:
            (n_frames, n_columns).

        Raises:
            UnusableRecordingError: The sample rate cannot be converted.
        """
        from dysarthria_lightning.data.resampling import resample

        clip = resample(samples, sample_rate_hz, self.sample_rate_hz)
        return self.frame_extractor(n_columns)(clip)
