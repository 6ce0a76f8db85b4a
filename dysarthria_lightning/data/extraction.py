"""From one recording's file to the feature matrices of its instances, or to the reason why not."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.audio import Audio
from dysarthria_lightning.data.excerpts import read_part
from dysarthria_lightning.data.features.base import AudioFeatures, FeatureSection
from dysarthria_lightning.data.levels import Levels
from dysarthria_lightning.data.matrices import read_feature_matrix
from dysarthria_lightning.data.unusable import (
    RecordingTooLargeError,
    Remark,
    UnusableRecordingError,
)

#: Samples, or values of a matrix, that no more than one process holds of one recording.
LARGE = 16_000_000

if TYPE_CHECKING:
    from dysarthria_lightning.data.features.base import FrameExtractor


class LargeRecordingError(Exception):
    """A recording holds more values than was allowed."""


@dataclass
class Instance:
    """What the networks see as one example: a recording, or a segment of one."""

    start_s: float
    duration_s: float
    frames: NDArray[np.float32]


@dataclass
class Extracted:
    """What became of one recording.

    Attributes:
        instances: Empty where it cannot be used.
        problem: Why it cannot be used, or None.
        too_long: It is sound, but reaches ``data.max_duration_s``.
        digest: Identifies the decoded audio, whatever its container.
        duration_s: Length of the whole recording.
        n_silent_segments: Segments of digital silence, which are left out.
        sample_rate_hz: The file's own rate; 0 for a feature matrix.
        remarks: What is odd about it, if it can be used.
        measured: By name what :meth:`Extractor.look_at` found.
    """

    instances: list[Instance] = field(default_factory=list)
    problem: str | None = None
    too_long: bool = False
    digest: str = ""
    duration_s: float = 0.0
    n_silent_segments: int = 0
    sample_rate_hz: int = 0
    remarks: tuple[Remark, ...] = ()
    measured: dict[str, float] = field(default_factory=dict)


class Extractor:
    """Reads recordings and extracts their features; it can be sent to another process.

    Args:
        features: The ``features`` section of the configuration.
        n_columns: Columns of every recording's frames.
        segment_s: Recordings are cut into segments of this length; None keeps them whole.
        max_duration_s: Recordings of this length or more are left out; None keeps all.
        least_columns: Matrices may have any number of columns from this one up; None: n_columns.
        channel: Which channel of several is read, from 1; None averages those that sound.
    """

    def __init__(
        self,
        features: FeatureSection,
        n_columns: int,
        segment_s: float | None,
        max_duration_s: float | None,
        least_columns: int | None = None,
        channel: int | None = None,
    ) -> None:
        self.features = features
        self.n_columns = n_columns
        self.segment_s = segment_s
        self.max_duration_s = max_duration_s
        self.least_columns = least_columns
        self.channel = channel

    def __call__(self, path: str, max_values: float = math.inf) -> Extracted:
        """Extract a recording.

        Args:
            path: Its file, or an :class:`excerpts.Excerpt`.
            max_values: Samples, or values of a matrix, that may be held.

        Raises:
            LargeRecordingError: It has more of them.
        """
        if path.endswith(".npy"):
            return self._carry_out(lambda result: self._take_matrix(Path(path), max_values, result))
        return self._carry_out(lambda result: self._take_file(path, max_values, result))

    def extract_samples(self, samples: NDArray[np.float32], sample_rate_hz: int) -> Extracted:
        """Extract a recording that is in memory.

        Args:
            samples: (n_samples,) full scale at 1.
            sample_rate_hz: Of the samples.
        """

        def take(result: Extracted) -> None:
            if len(samples) == 0:
                raise UnusableRecordingError("holds no samples")
            levels = Levels("FLOAT")
            levels.add(samples[:, None])
            levels.check()
            self._take_audio(Audio(samples, sample_rate_hz, tuple(levels.remarks())), result)

        return self._carry_out(take)

    @staticmethod
    def digest(audio: Audio) -> str:
        """Identify decoded audio, whatever its container."""
        return hashlib.blake2b(audio.samples.data, digest_size=16).hexdigest()

    def look_at(self, audio: Audio, result: Extracted) -> None:
        """Do nothing: subclasses measure here what is decoded, while it is in memory."""

    def _carry_out(self, take: Callable[[Extracted], None]) -> Extracted:
        result = Extracted()
        try:
            take(result)
            self._normalise(result)
        except UnusableRecordingError as error:
            result.problem = str(error)
            result.instances.clear()
        return result

    def _normalise(self, result: Extracted) -> None:
        """Do to a recording's frames what takes all of them."""
        before = [instance.frames for instance in result.instances]
        for instance, frames in zip(result.instances, self.features.normalise(before), strict=True):
            if frames is not instance.frames and not np.isfinite(frames).all():
                raise UnusableRecordingError("holds values so large that they have no finite mean")
            instance.frames = frames

    def get_ready_for_audio(self) -> None:
        """Make now what audio needs, so that other processes need not: torch takes seconds."""
        features = self.features
        if isinstance(features, AudioFeatures) and features.can_have(self.n_columns):
            _ = self._frames

    @cached_property
    def _frames(self) -> "FrameExtractor":
        """Made for the first audio: no filter bank is built for matrices."""
        assert isinstance(self.features, AudioFeatures)
        return self.features.frame_extractor(self.n_columns)

    def _features_of_audio(self) -> AudioFeatures:
        features = self.features
        if not isinstance(features, AudioFeatures):
            raise UnusableRecordingError(f"is no .npy matrix, which features={features.kind} reads")
        if not features.can_have(self.n_columns):
            raise UnusableRecordingError(
                f"is audio, of which features={features.kind} has no {self.n_columns} columns, as "
                "the matrices have"
            )
        return features

    def _take_file(self, path: str, max_values: float, result: Extracted) -> None:
        rate = self._features_of_audio().sample_rate_hz

        def check(n_samples: int, sample_rate_hz: int) -> None:
            _check_size(n_samples * max(1.0, rate / sample_rate_hz), max_values)

        try:
            audio = read_part(path, self.channel, check)
        except RecordingTooLargeError as error:
            if not self._is_too_long(error.duration_s):
                raise
            result.duration_s, result.too_long = error.duration_s, True
            return
        self._take_audio(audio, result)

    def _take_audio(self, audio: Audio, result: Extracted) -> None:
        features = self._features_of_audio()
        rate = features.sample_rate_hz
        result.sample_rate_hz = audio.sample_rate_hz
        result.remarks = audio.remarks
        result.duration_s = audio.duration_s
        result.digest = self.digest(audio)
        if self._is_too_long(result.duration_s):
            result.too_long = True
            return
        self.look_at(audio, result)
        clip = features.make_clip(audio.samples, audio.sample_rate_hz)
        if features.n_frames(len(clip)) == 0:
            raise UnusableRecordingError(
                f"{audio.duration_s * 1000:.1f} ms is shorter than one window of "
                f"{features.window_s * 1000:g} ms"
            )
        length = len(clip) if self.segment_s is None else round(self.segment_s * rate)
        for start, stop in _segments(len(clip), length):
            # A pause edited to digital silence says nothing about the speaker. The resampler
            # rings into it, so the original samples are asked.
            original = slice(*(sample * audio.sample_rate_hz // rate for sample in (start, stop)))
            if not audio.samples[original].any():
                result.n_silent_segments += 1
                continue
            frames = self._frames(clip[start:stop])
            if not np.isfinite(frames).all():
                raise UnusableRecordingError(
                    "holds samples so loud that its features are not finite"
                )
            result.instances.append(Instance(start / rate, (stop - start) / rate, frames))
        if not result.instances:
            raise UnusableRecordingError(f"is silent in every segment of {self.segment_s} s")

    def _take_matrix(self, path: Path, max_values: float, result: Extracted) -> None:
        of_audio = [f"features.{key}" for key in self.features.options() if key != "cmn"]
        if of_audio:
            raise UnusableRecordingError(
                f"is a .npy matrix, and {' and '.join(of_audio)} can be applied to audio only; "
                "leave the setting out"
            )
        matrix = read_feature_matrix(path, lambda n_values: _check_size(n_values, max_values))
        n_columns, least = matrix.shape[1], self.least_columns
        if least is None and n_columns != self.n_columns:
            raise UnusableRecordingError(
                f"has {n_columns} columns; {self.n_columns} are expected, as the other "
                "recordings have"
            )
        if least is not None and n_columns < least:
            raise UnusableRecordingError(f"has {n_columns} columns; at least {least} are expected")
        result.digest = hashlib.blake2b(matrix.data, digest_size=16).hexdigest()
        hop_s = self.features.hop_s
        result.duration_s = len(matrix) * hop_s
        if self._is_too_long(result.duration_s):
            result.too_long = True
            return
        length = len(matrix)
        if self.segment_s is not None:
            length = self.features.frames_in(self.segment_s)
        result.instances = [
            Instance(start * hop_s, (stop - start) * hop_s, matrix[start:stop])
            for start, stop in _segments(len(matrix), length)
        ]

    def _is_too_long(self, duration_s: float) -> bool:
        return self.max_duration_s is not None and duration_s >= self.max_duration_s


def extract_side_by_side(extractor: Extractor, paths: list[str]) -> list[Extracted | None]:
    """Extract recordings while other processes extract others.

    Args:
        extractor: Extracts one.
        paths: Their files.

    Returns:
        What became of each; None for those that are left to be extracted one at a time, because
        the memory may not hold as many of them as there are processes.
    """
    results: list[Extracted | None] = []
    n_values = 0
    for path in paths:
        result = None
        if n_values <= LARGE:
            try:
                result = extractor(path, LARGE)
                n_values += sum(instance.frames.size for instance in result.instances)
            except LargeRecordingError:
                pass
            except Exception as error:
                error.add_note(f"while extracting {path}")
                raise
        results.append(result)
    return results


def _segments(n: int, length: int) -> list[tuple[int, int]]:
    """Cut ``n`` samples into whole segments; what is shorter than one stays as it is."""
    if n <= length:
        return [(0, n)]
    return [(start, start + length) for start in range(0, n - length + 1, length)]


def _check_size(n_values: float, max_values: float) -> None:
    if n_values > max_values:
        raise LargeRecordingError
