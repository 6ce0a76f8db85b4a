"""A5: what stands before and after the voice, where nobody speaks.

If the classes can be told apart there, a model need not hear any voice. It must be sure that
nothing of the voice is left: with a detector that calls speech what is within 30 dB of a clip's
peak, weak consonants of patients fall into the "silence", and a clean corpus raises an alarm.
"""

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
    total = np.concatenate([[0.0], np.cumsum(np.square(clip, dtype=np.float64))])
    starts = np.arange(0, len(clip) - window + 1, hop)
    power = np.maximum(total[starts + window] - total[starts], 0) / window
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (LEAST_DB / 10))))


def find_voice(levels_db: NDArray[np.float64]) -> Voice | None:
    """Find where a clip's voice begins and ends, None where nothing stands out of the noise.

    The noise is the clip's own: the mean level of its first three frames.

    Args:
        levels_db: (n_frames,).
    """
    noise = levels_db[:NOISE_FRAMES].mean()
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
    frames: NDArray[np.float32], speakers: NDArray[np.int64], n_speakers: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Average the first frames of each speaker, equally many of all.

    Args:
        frames: (n_frames, n_columns) of all recordings, in order.
        speakers: (n_frames,) whose each is, from 0.
        n_speakers: How many there are.

    Returns:
        (n_speakers, n_columns) means, and (n_speakers,) who has enough frames; the others' means
        are NaN.
    """
    counts = np.bincount(speakers, minlength=n_speakers)
    enough = counts >= LEAST_OF_SPEAKER
    means = np.full((n_speakers, frames.shape[1]), np.nan)
    if enough.any():
        length = counts[enough].min()
        for speaker in np.flatnonzero(enough):
            own = frames[speakers == speaker][:length]
            means[speaker] = own.mean(axis=0, dtype=np.float64)
    return means, enough


def column_cues(n_columns: int) -> list[Cue]:
    """Name the columns of the mean frame."""
    return [Cue(str(number), f"column {number} of the non-speech") for number in range(n_columns)]
