"""The clips are clean audio, and what surrounds a syllable does not give the label away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dysarthria_lightning.data.synthetic.dysarthria import affected_probability
from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.population import Speaker, population, speaker_rng
from dysarthria_lightning.data.synthetic.prompts import PROMPTS, read_prompts
from dysarthria_lightning.data.synthetic.recordings import (
    LEAD_S,
    LONGEST,
    Recording,
    synthesise_speaker,
)

pytestmark = pytest.mark.slow

SAMPLE_RATE_HZ = 16_000


class Written(NamedTuple):
    """A recording as its file has it."""

    samples: NDArray[np.float32]


Clips = Sequence[tuple[Speaker, Recording | Written]]


def lead(parameters: SyntheticParameters, speaker: Speaker, position: int) -> int:
    """Samples before the syllable in a speaker's clip of that position."""
    rng = speaker_rng(parameters, speaker.index, 3 + position)
    return int(rng.uniform(*LEAD_S) * SAMPLE_RATE_HZ)


def clips(parameters: SyntheticParameters) -> Clips:
    return [
        (speaker, recording)
        for speaker in population(parameters)
        for recording in synthesise_speaker(parameters, speaker)
    ]


@pytest.fixture(scope="module")
def corpus() -> Clips:
    return clips(SyntheticParameters(speakers=30, recordings_per_speaker=12))


def test_samples_stay_below_full_scale_and_have_no_dc(corpus: Clips) -> None:
    for _, recording in corpus:
        assert recording.samples.dtype == np.float32
        samples = recording.samples.astype(np.float64)
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() <= 0.9  # a limit of 0.85, and noise
        assert abs(samples.mean()) < 0.01 * samples.std()


def test_clips_have_the_published_lengths(corpus: Clips) -> None:
    frames = np.array([(len(r.samples) - 400) // 160 + 1 for _, r in corpus])
    assert frames.min() >= 9
    assert frames.max() <= 98
    assert frames.mean() == pytest.approx(50, abs=4)
    assert frames.std() == pytest.approx(12, abs=3)
    assert max(len(r.samples) for _, r in corpus) <= LONGEST


def test_no_clip_holds_digital_silence(corpus: Clips) -> None:
    """Written with 16 bits, even the margins hold a noise floor: no run of 32 equal samples."""
    for _, recording in corpus:
        written = np.rint(recording.samples * 32_767).astype(int)
        changes = np.flatnonzero(np.diff(written))
        assert np.diff(changes, prepend=0, append=len(written)).max() < 32


def test_clips_do_not_click_inside(corpus: Clips) -> None:
    """A click is a jump between samples far beyond all others near it; bursts last longer."""
    for _, recording in corpus:
        jumps = np.abs(np.diff(recording.samples, n=2))
        blocks = np.lib.stride_tricks.sliding_window_view(jumps, 160)[::80]
        fifth_largest = np.partition(blocks, -5, axis=1)[:, -5]
        around = np.maximum(fifth_largest[:-1], fifth_largest[1:])
        assert (blocks[1:, :80].max(axis=1) < 12 * around + 1e-3).all()


def test_edges_do_not_click(corpus: Clips) -> None:
    """The first and last milliseconds are as quiet as the noise floor, in level and in slope."""
    for _, recording in corpus:
        samples = recording.samples
        loud = np.sqrt(np.mean(samples**2))
        for edge in (samples[:80], samples[-80:]):
            assert np.abs(edge).max() < 0.25 * loud
            assert np.abs(np.diff(edge)).max() < 0.25 * loud


def test_every_clip_holds_a_syllable_well_above_the_noise(corpus: Clips) -> None:
    for _, recording in corpus:
        blocks = recording.samples[: len(recording.samples) // 160 * 160].reshape(-1, 160)
        level = 10 * np.log10(np.mean(blocks**2, axis=1))
        assert level.max() - level[0] > 15


@pytest.mark.parametrize("gender", ["female", "male"])
def test_the_silence_before_a_syllable_is_the_same_in_health_and_disease(
    gender: Literal["female", "male"],
) -> None:
    """The whole of it, to the last bit: it cannot carry information about the label."""
    parameters = SyntheticParameters()
    healthy = synthesise_speaker(parameters, Speaker(4, 0, gender, 50, 0.0, 20))
    patient = synthesise_speaker(parameters, Speaker(4, 1, gender, 50, 1.0, 20))
    assert sum(recording.affected for recording in patient) > 10
    leads = [lead(parameters, Speaker(4, 0, gender, 50, 0.0, 20), k) for k in range(20)]
    assert min(leads) < 1_000 < 3_000 < max(leads)
    for one, other, silence in zip(healthy, patient, leads, strict=True):
        np.testing.assert_array_equal(one.samples[:silence], other.samples[:silence])
        speech = slice(silence, silence + 1_000)
        assert not np.array_equal(one.samples[speech], other.samples[speech])


def auroc(features: NDArray[np.float64], recordings: Clips) -> float:
    """Score of a logistic regression that is tested on speakers it has not seen.

    Pooled folds of unequal class shares push an uninformed score below one half, never above.
    """
    labels = np.array([speaker.label for speaker, _ in recordings])
    speakers = np.array([speaker.index for speaker, _ in recordings])
    model = make_pipeline(StandardScaler(), LogisticRegression())
    scores = cross_val_predict(
        model, features, labels, groups=speakers, cv=GroupKFold(10), method="decision_function"
    )
    return float(roc_auc_score(labels, scores))


def edges(recordings: Clips) -> NDArray[np.float64]:
    """Level and first-order correlation of the first and the last 10 ms."""
    rows = []
    for _, recording in recordings:
        row = []
        for edge in (recording.samples[:160], recording.samples[-160:]):
            centred = edge - edge.mean()
            row += [np.log(np.mean(edge**2)), np.mean(centred[1:] * centred[:-1]) / edge.var()]
        rows.append(row)
    return np.array(rows, dtype=np.float64)


@pytest.fixture(scope="module")
def many_speakers() -> Clips:
    """Few clips of many speakers: with few speakers their channels differ by class by chance.

    Each reads four prompts from another place in the list.
    """
    parameters = SyntheticParameters(speakers=200)
    return [
        (speaker, recording)
        for speaker in population(parameters)
        for recording in synthesise_speaker(
            parameters, speaker, [PROMPTS[(speaker.index * 5 + k * 21) % 82] for k in range(4)]
        )
    ]


def test_leading_and_trailing_silence_do_not_tell_the_label(many_speakers: Clips) -> None:
    assert auroc(edges(many_speakers), many_speakers) < 0.6


def test_the_channel_confound_ties_the_channel_to_the_label() -> None:
    confounded = clips(
        SyntheticParameters(speakers=30, recordings_per_speaker=4, confound="channel")
    )
    assert auroc(edges(confounded), confounded) > 0.9


def test_a_weak_confound_lies_between_none_and_the_whole() -> None:
    scores = []
    for strength in (0.0, 0.6, 1.0):
        parameters = SyntheticParameters(
            speakers=60, recordings_per_speaker=2, confound="channel", confound_strength=strength
        )
        mixed = clips(parameters)
        scores.append(auroc(edges(mixed), mixed))
    none, middling, whole = scores
    assert none + 0.1 < middling < whole - 0.05


def test_in_a_null_corpus_nobody_is_affected_and_no_sample_knows_the_label() -> None:
    parameters = SyntheticParameters(speakers=12, recordings_per_speaker=6, null=True)
    patients = [speaker for speaker in population(parameters) if speaker.label]
    assert patients
    for speaker in patients:
        recordings = synthesise_speaker(parameters, speaker)
        assert not any(recording.affected for recording in recordings)
        others = synthesise_speaker(parameters, replace(speaker, label=0))
        for one, other in zip(recordings, others, strict=True):
            np.testing.assert_array_equal(one.samples, other.samples)


def loudness_floor_and_duration(recordings: Clips) -> NDArray[np.float64]:
    rows = []
    for _, recording in recordings:
        blocks = recording.samples[: len(recording.samples) // 160 * 160].reshape(-1, 160)
        level = 10 * np.log10(np.mean(blocks**2, axis=1))
        loudness = 10 * np.log10(np.mean(recording.samples**2))
        rows.append([loudness, np.quantile(level, 0.05), len(recording.samples)])
    return np.array(rows, dtype=np.float64)


def test_loudness_noise_floor_and_duration_do_not_tell_the_label(many_speakers: Clips) -> None:
    assert auroc(loudness_floor_and_duration(many_speakers), many_speakers) < 0.6


def test_affected_syllables_follow_severity() -> None:
    parameters = SyntheticParameters()
    share = {
        severity: np.mean(
            [
                recording.affected
                for index in range(2)
                for recording in synthesise_speaker(
                    parameters, Speaker(index, int(severity > 0), "male", 50, severity, 41)
                )
            ]
        )
        for severity in (0.0, 0.1, 0.9)
    }
    assert share[0.0] == 0
    assert 0.1 < share[0.1] < 0.6 < share[0.9]


def test_harder_syllables_are_affected_more_often() -> None:
    assert affected_probability(0.0, 1.0) == 0
    assert affected_probability(0.2, 0.2) < affected_probability(0.2, 0.9) < 1
    assert affected_probability(0.2, 0.5) < affected_probability(0.6, 0.5)
    assert affected_probability(1.0, 1.0) == 1


def test_a_speaker_can_be_made_alone_and_names_repeats() -> None:
    parameters = SyntheticParameters(speakers=6, recordings_per_speaker=100)
    speaker = population(parameters)[3]
    alone = synthesise_speaker(parameters, speaker, read_prompts(100)[:3])
    names = [recording.name for recording in alone]
    assert names == ["a1", "a2", "a3"]
    again = synthesise_speaker(parameters, speaker, [PROMPTS[0], PROMPTS[1], PROMPTS[0]])
    assert [recording.name for recording in again] == ["a1", "a2", "a1-2"]
    np.testing.assert_array_equal(again[0].samples, alone[0].samples)
