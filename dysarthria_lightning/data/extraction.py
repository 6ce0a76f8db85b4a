"""From one recording's file to the feature matrices of its instances, or to the reason why not."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dysarthria_lightning.data.audio import (
    RecordingTooLargeError,
    UnusableRecordingError,
    read_audio,
    read_feature_matrix,
)
from dysarthria_lightning.data.features.base import AudioFeatures, FeatureSection
from dysarthria_lightning.data.resampling import resample

if TYPE_CHECKING:
    from dysarthria_lightning.data.features.base import FrameExtractor

# Padded samples in one batch: 2 MB of audio, some 16 MB of spectrum, which caches like.
_BATCH_SAMPLES = 500_000

# Samples that wait for their features at once. A few kilobytes of FLAC may hold hours of them.
_WAITING_SAMPLES = 32_000_000

# Recordings of more samples, and matrices of more values, are read by one thread at a time.
_LARGE = 16_000_000


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
        row: Its row of the manifest.
        instances: Empty where it cannot be used.
        problem: Why it cannot be used, or None.
        too_long: It is sound, but reaches ``data.max_duration_s``.
        digest: Identifies the decoded audio, whatever its container.
        duration_s: Length of the whole recording.
        n_silent_segments: Segments of digital silence, which are left out.
        sample_rate_hz: The file's own rate; 0 for a feature matrix.
        n_samples: After resampling; 0 for a feature matrix.
    """

    row: Any
    instances: list[Instance] = field(default_factory=list)
    problem: str | None = None
    too_long: bool = False
    digest: str = ""
    duration_s: float = 0.0
    n_silent_segments: int = 0
    sample_rate_hz: int = 0
    n_samples: int = 0


class Extractor:
    """Reads recordings and extracts their features, many in one batch.

    Args:
        features: The ``features`` section of the configuration.
        n_columns: Columns of every recording's frames.
        segment_s: Recordings are cut into segments of this length; None keeps them whole.
        max_duration_s: Recordings of this length or more are left out; None keeps all.
        least_columns: Matrices may have any number of columns from this one up; None: n_columns.
    """

    def __init__(
        self,
        features: FeatureSection,
        n_columns: int,
        segment_s: float | None,
        max_duration_s: float | None,
        least_columns: int | None = None,
    ) -> None:
        self.features = features
        self.n_columns = n_columns
        self.segment_s = segment_s
        self.max_duration_s = max_duration_s
        self.least_columns = least_columns
        self._one_large_at_a_time = threading.Lock()

    def __call__(self, rows: list[Any]) -> list[Extracted]:
        """Extract a chunk of recordings.

        Args:
            rows: Rows of the manifest, as named tuples.

        Returns:
            One result for each row, in order.
        """
        results = []
        waiting: list[tuple[Instance, Tensor]] = []
        n_waiting = 0
        for row in rows:
            result = Extracted(row)
            results.append(result)
            with ExitStack() as turn:
                try:
                    if row.path.endswith(".npy"):
                        self._take_matrix(result, turn)
                    else:
                        waiting.extend(self._take_audio(result, turn))
                except UnusableRecordingError as error:
                    result.problem = str(error)
                    result.instances.clear()
                # A segment that waits keeps the whole recording in memory.
                n_waiting += result.n_samples
                if n_waiting > _WAITING_SAMPLES:
                    self._fill(waiting)
                    n_waiting = 0
        self._fill(waiting)
        for result in results:
            if not all(np.isfinite(instance.frames).all() for instance in result.instances):
                result.problem = "holds samples so loud that its features are not finite"
                result.instances.clear()
        return results

    @cached_property
    def _frames(self) -> "FrameExtractor":
        """Made for the first audio: no filter bank is built for matrices."""
        assert isinstance(self.features, AudioFeatures)
        return self.features.frame_extractor(self.n_columns)

    def _fill(self, waiting: list[tuple[Instance, Tensor]]) -> None:
        """Compute the features of what waits for them."""
        for batch in _batches(waiting):
            matrices = self._frames([clip for _, clip in batch])
            for (instance, _), matrix in zip(batch, matrices, strict=True):
                instance.frames = matrix
        waiting.clear()

    def _take_audio(self, result: Extracted, turn: ExitStack) -> list[tuple[Instance, Tensor]]:
        """Read a recording and cut it; the instances' frames are filled in later, in batches.

        One that needs much memory holds up all others of its kind until ``turn`` is closed.
        """
        features = self.features
        if not isinstance(features, AudioFeatures):
            raise UnusableRecordingError(f"is no .npy matrix, which features={features.kind} reads")
        if not features.can_have(self.n_columns):
            raise UnusableRecordingError(
                f"is audio, of which features={features.kind} has no {self.n_columns} columns, as "
                "the matrices have"
            )
        rate = features.sample_rate_hz

        def wait(n_samples: int, sample_rate_hz: int) -> None:
            self._wait_if_large(n_samples * max(1.0, rate / sample_rate_hz), turn)

        try:
            audio = read_audio(Path(result.row.path), wait)
        except RecordingTooLargeError as error:
            if not self._is_too_long(error.duration_s):
                raise
            result.duration_s, result.too_long = error.duration_s, True
            return []
        result.sample_rate_hz = audio.sample_rate_hz
        result.duration_s = audio.duration_s
        result.digest = hashlib.blake2b(audio.samples.data, digest_size=16).hexdigest()
        if self._is_too_long(result.duration_s):
            result.too_long = True
            return []
        clip = resample(audio.samples, audio.sample_rate_hz, rate)
        result.n_samples = len(clip)
        if features.n_frames(len(clip)) == 0:
            raise UnusableRecordingError(
                f"{audio.duration_s * 1000:.1f} ms is shorter than one window of "
                f"{features.window_s * 1000:g} ms"
            )
        length = len(clip) if self.segment_s is None else round(self.segment_s * rate)
        pending = []
        for start, stop in _segments(len(clip), length):
            # A pause edited to digital silence says nothing about the speaker. The resampler
            # rings into it, so the original samples are asked.
            original = slice(*(sample * audio.sample_rate_hz // rate for sample in (start, stop)))
            if not audio.samples[original].any():
                result.n_silent_segments += 1
            else:
                instance = Instance(start / rate, (stop - start) / rate, np.empty((0, 0), "f4"))
                result.instances.append(instance)
                pending.append((instance, clip[start:stop]))
        if not pending:
            raise UnusableRecordingError(f"is silent in every segment of {self.segment_s} s")
        return pending

    def _wait_if_large(self, n_values: float, turn: ExitStack) -> None:
        if n_values > _LARGE:
            turn.enter_context(self._one_large_at_a_time)

    def _take_matrix(self, result: Extracted, turn: ExitStack) -> None:
        matrix = read_feature_matrix(
            Path(result.row.path), lambda n_values: self._wait_if_large(n_values, turn)
        )
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


def _segments(n: int, length: int) -> list[tuple[int, int]]:
    """Cut ``n`` samples into whole segments; what is shorter than one stays as it is."""
    if n <= length:
        return [(0, n)]
    return [(start, start + length) for start in range(0, n - length + 1, length)]


def _batches(
    waiting: list[tuple[Instance, Tensor]],
) -> Iterator[list[tuple[Instance, Tensor]]]:
    """Group clips of similar length, so that little is padded and memory stays bounded."""
    batch: list[tuple[Instance, Tensor]] = []
    for item in sorted(waiting, key=lambda pair: len(pair[1])):
        if batch and (len(batch) + 1) * len(item[1]) > _BATCH_SAMPLES:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch
