"""What every kind of features has, and what kinds computed from audio have besides."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PositiveFloat, model_validator

from dysarthria_lightning.schema.base import Section

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    #: Takes a clip of (n_samples,) and gives (n_frames, n_columns).
    FrameExtractor = Callable[[NDArray[np.float32]], NDArray[np.float32]]

#: Of every recording under ``features.level=recording``, full scale at 1: -26 dB, as is usual.
RMS = 0.05


class FeatureSection(Section):
    """Base of the ``features`` sections: one kind of features each.

    A member adds ``kind`` (a ``Literal``) and the keys that decide its values. A key that came
    later than others, an option, has a default, which changes nothing: see :meth:`settings`.

    Attributes:
        hop_s: Stride from one frame to the next, in seconds.
        cmn: ``recording`` subtracts from every column its mean over the recording's frames, for
            cepstra what is known as cepstral mean normalisation (Atal, J. Acoust. Soc. Am. 55,
            1974): what a microphone or a room adds to all frames goes.
    """

    #: Whether matrices of features may have another number of columns than :meth:`n_columns`.
    matrices_decide: ClassVar[bool] = False

    #: Numbers the ways in which values have been computed from audio; None where they are not.
    #: It counts into the keys of stores of audio, and runs remember it. Raise it when the same
    #: settings begin to give other values.
    extraction: ClassVar[int | None] = None

    hop_s: PositiveFloat
    cmn: Literal["none", "recording"] = "none"

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """Names the kind."""

    @abstractmethod
    def short_name(self, n_mfcc: int | None) -> str:
        """Return what run folders and tables call these features, such as ``mfcc13``.

        Options that are on come behind it; see :meth:`options`.

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

    def options(self) -> dict[str, str]:
        """Return the options that are on: by their keys, what run folders call them."""
        return {"cmn": "cmn"} if self.cmn == "recording" else {}

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide the values of the frames: of a store's key and a run.

        Options that are off are left out: stores and runs from before there were options are found
        again.
        """
        fields = type(self).model_fields
        return {
            key: value
            for key, value in self.model_dump().items()
            if fields[key].is_required() or value != fields[key].default
        }

    def normalise(self, parts: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Do to a recording's frames what takes all of them, if anything.

        Args:
            parts: (n_frames, n_columns) of each segment that is used of one recording, or of all of
                it.

        Returns:
            As many.
        """
        import numpy as np

        if self.cmn == "none" or not parts:
            return parts
        n_frames = sum(map(len, parts))
        total = np.sum([part.sum(axis=0, dtype=np.float64) for part in parts], axis=0)
        mean = (total / n_frames).astype(np.float32)
        with np.errstate(over="ignore"):  # of huge values; whoever reads the result sees it
            return [part - mean for part in parts]


class AudioFeatures(FeatureSection):
    """Base of the kinds that are computed from audio.

    A frame needs a whole window: there is no centring and no padding.

    Attributes:
        sample_rate_hz: Recordings are resampled to this.
        window_s: Length of a frame's window, in seconds.
        remove_dc: Whether a recording's mean is subtracted from its samples first: what an
            electrical offset adds to them.
        level: ``recording`` scales a recording to :data:`RMS`, so that the gain of its microphone
            says nothing. It does so after resampling: what lies above the frequencies that are
            left does not count. Pauses count.
    """

    extraction = 2

    sample_rate_hz: Annotated[int, Field(ge=1000, le=192_000)]
    window_s: PositiveFloat
    remove_dc: bool = False
    level: Literal["none", "recording"] = "none"

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

    def options(self) -> dict[str, str]:
        """Return the options that are on; see :meth:`FeatureSection.options`."""
        nodc = {"remove_dc": "nodc"} if self.remove_dc else {}
        level = {"level": "level"} if self.level == "recording" else {}
        return nodc | level | super().options()

    def make_clip(self, samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
        """Turn a whole recording into the clip that its frames are computed from.

        Args:
            samples: (n_samples,) full scale at 1.
            sample_rate_hz: Of the samples.

        Returns:
            (n,) at :attr:`sample_rate_hz`.

        Raises:
            UnusableRecordingError: The sample rate cannot be converted, or nothing is left without
                the mean.
        """
        from dysarthria_lightning.data.audio import UnusableRecordingError
        from dysarthria_lightning.data.resampling import resample
        from dysarthria_lightning.data.samples import bring_to, without_mean

        centred = samples
        if self.remove_dc:
            if samples.min() == samples.max():
                raise UnusableRecordingError(
                    "every sample is the same: nothing is left with features.remove_dc=true"
                )
            # Before resampling, which rings where an offset begins and ends.
            centred = without_mean(samples)
        clip = resample(centred, sample_rate_hz, self.sample_rate_hz)
        if self.level == "recording":
            # What the caller holds stays as it is.
            clip = bring_to(RMS, clip, in_place=clip is not samples)
        return clip

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
            UnusableRecordingError: The sample rate cannot be converted, or nothing is left without
                the mean.
        """
        clip = self.make_clip(samples, sample_rate_hz)
        return self.normalise([self.frame_extractor(n_columns)(clip)])[0]
