"""The samples belong to the generator's version: an old corpus is never taken for a current one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from dysarthria_lightning.data.synthetic.parameters import GENERATOR_VERSION, SyntheticParameters
from dysarthria_lightning.data.synthetic.population import Speaker
from dysarthria_lightning.data.synthetic.prompts import PROMPTS, Prompt
from dysarthria_lightning.data.synthetic.recordings import synthesise_speaker

PINNED_VERSION = 2

SPEAKERS = {
    "healthy woman": Speaker(0, 0, "female", 45, 0.0, 82),
    "severe male patient": Speaker(1, 1, "male", 70, 1.0, 82),
}
SYLLABLES = ("chi1", "bian1", "na1")

#: Shares of a clip at which samples are compared: the first lies in the leading silence or the
#: consonant, the last near the end.
SHARES = (0.02, 0.30, 0.38, 0.46, 0.54, 0.62, 0.70, 0.96)

#: Length of each clip and its samples at ``SHARES``.
PINNED: dict[str, list[tuple[int, list[float]]]] = {
    "healthy woman": [
        (9371, [-0.00021, -0.00061, 0.02754, 0.02126, -0.01037, 0.16111, 0.17272, -0.00108]),
        (10559, [0.00208, 0.00012, -0.00128, -0.06075, -0.00011, 0.07276, -0.06663, 0.00015]),
        (6763, [0.00119, 0.01136, 0.03874, -0.00571, -0.04067, -0.04277, 0.08574, -0.0001]),
    ],
    "severe male patient": [
        (14206, [-0.0003, 0.04122, 0.01331, -0.00975, 0.03716, -0.06958, -0.09484, 0.00049]),
        (7318, [-0.00062, 0.00775, -0.00033, -0.05225, 0.00486, -0.07131, 0.0061, -0.00049]),
        (6204, [-0.00051, -0.00985, 0.01037, -0.00022, -0.00719, -0.08584, -0.00058, 0.00045]),
    ],
}

#: Samples in all clips of a speaker who reads the whole list, and their sum under random signs.
PINNED_TOTALS = {
    "healthy woman": (625777, -24.67689),
    "severe male patient": (668420, 47.14770),
}

DEMAND = "the sound has changed: raise GENERATOR_VERSION, then pin the new samples"


def read(name: str, prompts: Sequence[Prompt]) -> list[NDArray[np.float32]]:
    recordings = synthesise_speaker(SyntheticParameters(), SPEAKERS[name], prompts)
    return [recording.samples for recording in recordings]


def test_the_pinned_samples_are_those_of_the_current_version() -> None:
    assert GENERATOR_VERSION == PINNED_VERSION, "pin the samples of the new version in this file"


@pytest.mark.parametrize("name", list(SPEAKERS))
def test_single_samples_change_with_the_version_only(name: str) -> None:
    """Numbers, not a digest: the last bits of a Fourier transform differ between processors."""
    prompts = [prompt for s in SYLLABLES for prompt in PROMPTS if prompt.syllable == s]
    made = [
        (len(clip), np.round(clip[[int(share * len(clip)) for share in SHARES]], 5).tolist())
        for clip in read(name, prompts)
    ]
    lengths, samples = zip(*PINNED[name], strict=True)
    message = f"{DEMAND}: {made}"
    assert tuple(length for length, _ in made) == lengths, message
    np.testing.assert_allclose(
        [values for _, values in made], samples, rtol=0, atol=1e-4, err_msg=message
    )


@pytest.mark.parametrize("name", list(SPEAKERS))
def test_the_whole_list_changes_with_the_version_only(name: str) -> None:
    """A change of any syllable moves the signed sum by far more than rounding does."""
    samples = np.concatenate(read(name, PROMPTS)).astype(np.float64)
    total = float(samples @ np.random.default_rng(0).choice((-1.0, 1.0), len(samples)))
    message = f"{DEMAND}: {len(samples)}, {total}"
    length, pinned = PINNED_TOTALS[name]
    assert len(samples) == length, message
    assert total == pytest.approx(pinned, abs=1e-3), message
