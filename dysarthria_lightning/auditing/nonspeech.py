"""A5: what stands before and after the voice, where nobody speaks.

If the classes can be told apart there, a model need not hear any voice. It must be sure that
nothing of the voice is left: with a detector that calls speech what is within 30 dB of a clip's
peak, weak consonants of patients fall into the "silence", and a clean corpus raises an alarm.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.auditing.cues import Cue

#: Frames that are sure to be noise, and how far above their mean level the voice begins.
NOISE_FRAMES, ABOVE_NOISE_DB = 3, 3.0
#: Frames beside the voice that are left out.
GUARD_FRAMES = 5
#: What a clip and a speaker must have.
LEAST_OF_CLIP, LEAST_OF_SPEAKER = 3, 20
_FLOOR_PERCENTILE = 5
# Samples whose squares are summed at once.
_BLOCK_SAMPLES = 4_000_000
#: Level of digital silence.
LEAST_DB = -120.0


class Voice(NamedTuple):
    """Where the voice of a clip is, in frames; both ends belong to it.

    Attributes:
        first: Its first frame.
        last: Its last frame.
    """

    first: int
    last: int


def frame_levels_db(clip: NDArray[np.float32], window: int, hop: int) -> NDArray[np.float64]:
    """Measure the level of each frame that fits whole into a clip.

    Args:
        clip: (n_samples,) of at least one window, full scale at 1.
        window: Samples of a frame.
        hop: Samples from one frame to the next.

    Returns:
        (n_frames,) dB, at least :data:`LEAST_DB`.
    """
    n_frames = 1 + (len(clip) - window) // hop
    step = max(1, (_BLOCK_SAMPLES - window) // hop)
    power = np.empty(n_frames)
    for first in range(0, n_frames, step):
        count = min(step, n_frames - first)
        block = clip[first * hop : (first + count - 1) * hop + window]
        total = np.concatenate([[0.0], np.cumsum(np.square(block, dtype=np.float64))])
        starts = np.arange(count) * hop
        power[first : first + count] = (total[starts + window] - total[starts]) / window
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (LEAST_DB / 10))))


def find_voice(levels_db: NDArray[np.float64]) -> Voice | None:
    """Find where a clip's voice begins and ends.

    The noise is the clip's own: the mean level of its first three frames. None where nothing
    stands out of it, or where these frames are no noise, because others are quieter: a clip that
    is cut closely begins with the voice, and its fading end would pass for noise.

    Args:
        levels_db: (n_frames,).
    """
    noise = levels_db[:NOISE_FRAMES].mean()
    if noise > np.percentile(levels_db, _FLOOR_PERCENTILE) + ABOVE_NOISE_DB:
        return None
    loud = np.flatnonzero(levels_db > noise + ABOVE_NOISE_DB)
    return Voice(int(loud[0]), int(loud[-1])) if len(loud) else None


def nonspeech_frames(voice: Voice, n_frames: int) -> NDArray[np.int64]:
    """List the frames that are sure to hold no voice; none where there are fewer than three.

    Args:
        voice: Where it is.
        n_frames: Of the clip.
    """
    before = np.arange(0, max(0, voice.first - GUARD_FRAMES))
    after = np.arange(min(n_frames, voice.last + 1 + GUARD_FRAMES), n_frames)
    frames = np.concatenate([before, after])
    return frames if len(frames) >= LEAST_OF_CLIP else frames[:0]


def mean_frames(
    frames: NDArray[np.float32],
    spans: Sequence[Sequence[tuple[int, int]]],
    most: int | None = None,
) -> tuple[NDArray[np.float64], int]:
    """Average the first frames of each speaker, equally many of all who have enough.

    Args:
        frames: (n_frames, n_columns).
        spans: Of each speaker where the frames of each recording begin and end, in order.
        most: Frames that are taken at the most; None takes what the speaker with the fewest has.

    Returns:
        (n_speakers, n_columns) means, NaN for those who have fewer than
        :data:`LEAST_OF_SPEAKER`; and how many frames were taken of each.
    """
    counts = np.array([sum(stop - start for start, stop in its) for its in spans])
    enough = counts >= LEAST_OF_SPEAKER
    means = np.full((len(spans), frames.shape[1]), np.nan)
    length = int(counts[enough].min(initial=most if most is not None else counts.max(initial=0)))
    for speaker in np.flatnonzero(enough).tolist():
        parts: list[NDArray[np.float32]] = []
        left = length
        for start, stop in spans[speaker]:
            parts.append(frames[start : min(stop, start + left)])
            left -= len(parts[-1])
        means[speaker] = np.concatenate(parts).mean(axis=0, dtype=np.float64)
    return means, length


def column_cues(n_columns: int) -> list[Cue]:
    """Name the columns of the mean frame."""
    return [Cue(str(number), f"column {number} of the non-speech") for number in range(n_columns)]
