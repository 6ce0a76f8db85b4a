"""Choices are checked before any work, and refused in words."""

import subprocess
import sys
from typing import Any

import pytest

from dysarthria_lightning.data.synthetic import SyntheticParameters


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"speakers": -3}, "speakers is -3; it must be a whole number of at least 2"),
        ({"speakers": 1}, "speakers is 1; .*one per class"),
        ({"speakers": 2.5}, "speakers is 2.5; it must be a whole number"),
        ({"speakers": True}, "speakers is True"),
        ({"speakers": "many"}, "speakers is 'many'"),
        ({"seed": -1}, "seed is -1; .* at least 0"),
        ({"seed": 2**32}, "seed is 4294967296; it must be at most 4294967295"),
        ({"recordings_per_speaker": 0}, "recordings_per_speaker is 0; .* paper's distribution"),
        ({"recordings_per_speaker": -10}, "recordings_per_speaker is -10"),
        ({"recordings_per_speaker": 1.5}, "recordings_per_speaker is 1.5; .* whole number"),
        ({"recordings_per_speaker": float("nan")}, "recordings_per_speaker is nan"),
        ({"scale": 0}, "scale is 0; it must be a number above 0"),
        ({"scale": float("inf")}, "scale is inf; it must be a number above 0, at most 1,000"),
        ({"scale": 0.01}, "speakers=69 times scale=0.01 is 1; .* at least 2 speakers"),
        ({"dysarthric_share": 0.0}, "dysarthric_share is 0.0; .* one class only"),
        ({"dysarthric_share": 1.0}, "dysarthric_share is 1.0; .* one class only"),
        ({"severity_max": 1.2}, "severity_max=1.2; severity runs from 0 .* to 1"),
        ({"severity_min": -0.1}, "severity_min=-0.1"),
        ({"severity_min": 0.8, "severity_max": 0.3}, "severity_min may not exceed severity_max"),
        ({"confound": "age"}, "confound is 'age'; allowed: none, channel"),
        ({"confound": "channel", "confound_strength": 1.5}, "confound_strength is 1.5; .* 0 .* 1"),
        ({"confound": "channel", "confound_strength": -0.1}, "confound_strength is -0.1"),
        ({"confound": "channel", "confound_strength": True}, "confound_strength is True"),
        ({"confound": "channel", "confound_strength": float("nan")}, "confound_strength is nan"),
        ({"confound_strength": 0.5}, "confound_strength is 0.5 without a confound"),
        ({"null": 1}, "null is 1; allowed: true, false"),
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SyntheticParameters(**wrong)


def test_scale_multiplies_the_speakers() -> None:
    assert SyntheticParameters(scale=2).speaker_count == 138
    assert SyntheticParameters(speakers=10, scale=0.5).speaker_count == 5


def test_the_hash_names_the_content() -> None:
    default = SyntheticParameters()
    assert SyntheticParameters(scale=1).hash12 == default.hash12
    changed = [
        SyntheticParameters(seed=1),
        SyntheticParameters(seed=2**32 - 1),
        SyntheticParameters(seed=2**32 - 2),
        SyntheticParameters(speakers=70),
        SyntheticParameters(scale=1.5),
        SyntheticParameters(severity_max=0.9),
        SyntheticParameters(confound="channel"),
        SyntheticParameters(confound="channel", confound_strength=0.5),
        SyntheticParameters(confound="channel", confound_strength=0),
        SyntheticParameters(null=True),
    ]
    hashes = {default.hash12, *(parameters.hash12 for parameters in changed)}
    assert len(hashes) == 1 + len(changed)
    whole = SyntheticParameters(confound="channel", confound_strength=1)
    assert whole.hash12 == SyntheticParameters(confound="channel").hash12


def test_importing_loads_no_heavy_library() -> None:
    code = (
        "import sys, dysarthria_lightning.data.synthetic;"
        "print([m for m in ('torch', 'numpy', 'pandas', 'scipy', 'joblib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
