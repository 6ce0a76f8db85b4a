"""All recordings of one speaker, in memory: the pure core of the generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dysarthria_lightning.data.synthetic import dysarthria
from dysarthria_lightning.data.synthetic.articulation import plan_syllable
from dysarthria_lightning.data.synthetic.channel import SAMPLE_RATE_HZ, impulse_response, record
from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.population import Speaker, Voice, draw_voice, speaker_rng
from dysarthria_lightning.data.synthetic.prompts import Prompt, read_prompts
from dysarthria_lightning.data.synthetic.synthesis import synthesise

#: Silent margins of a trimmed clip in seconds, drawn alike for every token of every speaker.
LEAD_S = (0.010, 0.280)
TRAIL_S = (0.010, 0.080)

#: Longest clip in samples: 98 frames of 25 ms every 10 ms, as published.
LONGEST = 400 + 97 * 160 + 159


@dataclass(frozen=True)
class Recording:
    """One recorded syllable.

    Attributes:
        prompt: What was read.
        repetition: 1 for a speaker's first reading of that syllable, then 2, 3, ...
        affected: Whether dysarthria shows in this syllable (never for healthy speakers).
        samples: Clip at 16 kHz, shape (samples,), within [-1, 1].
    """

    prompt: Prompt
    repetition: int
    affected: bool
    samples: NDArray[np.float32]

    @property
    def name(self) -> str:
        """File name without its ending; later readings end in -2, -3 and so on."""
        suffix = f"-{self.repetition}" if self.repetition > 1 else ""
        return f"{self.prompt.syllable}{suffix}"


def synthesise_speaker(
    parameters: SyntheticParameters, speaker: Speaker, prompts: Sequence[Prompt] | None = None
) -> list[Recording]:
    """Make all recordings of a speaker.

    The result depends on the parameters and the speaker only: not on other speakers, on order or
    on the number of workers.

    Args:
        parameters: The corpus.
        speaker: One of :func:`population.population`, or one described by hand.
        prompts: What to read; by default the speaker's part of the list.
    """
    voice, channel = draw_voice(parameters, speaker)
    rng = speaker_rng(parameters, speaker.index, 1)
    profile = dysarthria.draw_profile(rng)
    # Margins, noise and gain have a stream of their own for every clip: whatever happens in the
    # syllable, the silence before it is the same to the last bit.
    response = impulse_response(channel, speaker_rng(parameters, speaker.index, 2))
    recordings = []
    readings: dict[str, int] = {}
    for position, prompt in enumerate(prompts or read_prompts(speaker.recordings)):
        plan = plan_syllable(prompt, speaker, voice, rng)
        affected, degree = _draw_degree(speaker, voice, prompt, rng)
        speech = synthesise(dysarthria.distort(plan, degree, profile, rng), rng)
        clip_rng = speaker_rng(parameters, speaker.index, 3 + position)
        lead, trail = (int(clip_rng.uniform(*span) * SAMPLE_RATE_HZ) for span in (LEAD_S, TRAIL_S))
        samples = record(_limit(speech, lead, trail), lead, trail, channel, response, clip_rng)
        readings[prompt.syllable] = readings.get(prompt.syllable, 0) + 1
        recordings.append(Recording(prompt, readings[prompt.syllable], affected, samples))
    return recordings


def _draw_degree(
    speaker: Speaker, voice: Voice, prompt: Prompt, rng: np.random.Generator
) -> tuple[bool, float]:
    """Return whether dysarthria shows in a syllable, and how far the syllable deviates."""
    probability = dysarthria.affected_probability(speaker.severity, prompt.difficulty)
    if rng.random() < probability:
        return True, dysarthria.deviation_degree(speaker.severity, rng)
    # Everyone is a little imprecise now and then, more so on demanding syllables.
    return False, voice.carelessness * prompt.difficulty * float(rng.uniform(0, 0.5))


def _limit(speech: NDArray[np.float64], lead: int, trail: int) -> NDArray[np.float64]:
    """Cut the end of a syllable whose clip would exceed the longest one of the corpus."""
    longest = LONGEST - lead - trail
    if len(speech) <= longest:
        return speech
    fade = np.ones(longest)
    fade[-800:] = np.linspace(1, 0, 800)  # 50 ms: as if the speaker had stopped earlier
    return np.asarray(speech[:longest] * fade)
