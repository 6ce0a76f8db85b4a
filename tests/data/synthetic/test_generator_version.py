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

PINNED_VERSION = 3

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
        (9824, [0.00096, -0.00035, 0.00477, 0.00202, -0.12741, -0.07413, -0.07715, -0.00038]),
        (9356, [0.00027, 0.00028, -0.00068, 0.00208, -0.02713, -0.04973, 0.01543, 0.00062]),
        (6130, [-9e-05, 0.01504, -0.03936, -0.0624, -0.05415, 0.02544, -0.02997, 0.00022]),
    ],
    "severe male patient": [
        (10738, [0.00032, -0.00127, -0.07718, 0.00263, -0.00798, 0.03474, -0.01771, 0.00016]),
        (8021, [-0.00175, -0.00986, -0.05593, 0.06339, 0.0018, -0.02789, 0.05733, -0.00052]),
        (7469, [-0.00025, -0.00066, -0.02062, 0.00271, -0.00777, -0.09058, 0.02423, -0.00124]),
    ],
}

#: Samples in all clips of a speaker who reads the whole list, and their sum under random signs.
PINNED_TOTALS = {"healthy woman": (627833, -48.08029), "severe male patient": (736310, 19.28575)}

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
