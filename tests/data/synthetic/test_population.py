"""The default speakers are those of the paper's Table I."""

import itertools
import statistics
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dysarthria_lightning.data.synthetic.parameters import SyntheticParameters
from dysarthria_lightning.data.synthetic.population import draw_voice, population


def test_the_default_equals_table_1() -> None:
    people = population(SyntheticParameters())
    speakers = Counter((person.label, person.gender) for person in people)
    syllables: Counter[tuple[int, str]] = Counter()
    for person in people:
        syllables[person.label, person.gender] += person.recordings
    assert speakers == {(1, "female"): 12, (1, "male"): 19, (0, "female"): 19, (0, "male"): 19}
    assert syllables == {
        (1, "female"): 1001,
        (1, "male"): 1792,
        (0, "female"): 1600,
        (0, "male"): 1605,
    }
    counts = [person.recordings for person in people]
    assert (statistics.median(counts), min(counts), max(counts)) == (82, 38, 215)


@pytest.mark.parametrize(
    ("label", "mean", "sd", "span"), [(1, 56.74, 16.40, (25, 83)), (0, 45.89, 13.02, (21, 76))]
)
def test_ages_are_as_published(label: int, mean: float, sd: float, span: tuple[int, int]) -> None:
    ages = [p.age for p in population(SyntheticParameters()) if p.label == label]
    assert statistics.mean(ages) == pytest.approx(mean, abs=0.005)
    assert statistics.stdev(ages) == pytest.approx(sd, abs=0.1)
    assert (min(ages), max(ages)) == span


def test_severity_is_0_for_the_healthy_and_spans_its_range_for_patients() -> None:
    people = population(SyntheticParameters(severity_min=0.2, severity_max=0.7))
    assert {person.severity for person in people if not person.label} == {0.0}
    severities = [person.severity for person in people if person.label]
    assert 0.2 <= min(severities) < 0.25
    assert 0.65 < max(severities) <= 0.7


def test_the_order_and_the_names_of_speakers_do_not_tell_the_class() -> None:
    people = population(SyntheticParameters(speakers=1000))
    labels = [person.label for person in people]
    assert [person.speaker_id for person in people[:2]] == ["S0001", "S0002"]
    assert sum(labels[:500]) == pytest.approx(sum(labels) / 2, abs=50)
    changes = sum(a != b for a, b in itertools.pairwise(labels))
    assert changes == pytest.approx(495, abs=60)


@pytest.mark.parametrize("speakers", [2, 3, 5, 20, 690])
def test_other_sizes_keep_the_proportions(speakers: int) -> None:
    people = population(SyntheticParameters(speakers=speakers, recordings_per_speaker=7))
    assert len(people) == speakers
    assert {person.recordings for person in people} == {7}
    patients = sum(person.label for person in people)
    assert 1 <= patients <= speakers - 1
    assert patients == pytest.approx(speakers * 31 / 69, abs=1)


def test_ten_times_the_speakers_read_ten_times_the_syllables() -> None:
    people = population(SyntheticParameters(scale=10))
    assert len(people) == 690
    assert sum(person.recordings for person in people) == pytest.approx(59_980, rel=0.01)


def test_seeds_change_people_and_equal_seeds_do_not() -> None:
    assert population(SyntheticParameters(seed=3)) == population(SyntheticParameters(seed=3))
    assert population(SyntheticParameters(seed=3)) != population(SyntheticParameters(seed=4))


def test_voices_are_drawn_alike_for_both_classes() -> None:
    """The traits of a voice depend on the seed and the position, never on label or severity."""
    parameters = SyntheticParameters(speakers=30)
    for person in population(parameters)[:5]:
        fields = {**vars(person), "label": 1 - person.label, "severity": 0.5}
        voice, channel = draw_voice(parameters, person)
        other_voice, other_channel = draw_voice(parameters, type(person)(**fields))
        assert channel == other_channel
        assert voice.range_hz == other_voice.range_hz
        assert voice.breathiness_db == other_voice.breathiness_db


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_a_share_of_speakers_is_recorded_in_the_room_of_their_class(strength: float) -> None:
    """The rest has the very channel that it has without a confound, patients and healthy alike."""
    none = SyntheticParameters(speakers=400, recordings_per_speaker=1)
    mixed = replace(none, confound="channel", confound_strength=strength)
    for label in (0, 1):
        people = [person for person in population(mixed) if person.label == label]
        confounded = [
            draw_voice(mixed, person)[1] != draw_voice(none, person)[1] for person in people
        ]
        assert sum(confounded) / len(people) == pytest.approx(strength, abs=0.08)


def test_a_null_corpus_deals_labels_to_the_same_speakers() -> None:
    usual, null = (population(SyntheticParameters(null=null)) for null in (False, True))
    assert [replace(p, label=0, severity=0.0) for p in usual] == [replace(p, label=0) for p in null]
    assert {p.severity for p in null} == {0.0}
    assert sum(p.label for p in null) == 31
    assert [p.label for p in null] != [p.label for p in usual]
    assert null == population(SyntheticParameters(null=True))
    again = population(SyntheticParameters(null=True, seed=1))
    assert [p.label for p in null] != [p.label for p in again]


def test_labels_of_null_corpora_know_neither_age_nor_gender_nor_recordings() -> None:
    """Differences of the classes' means over 200 corpora are no further from 0 than chance."""
    differences = []
    for seed in range(200):
        people = population(SyntheticParameters(null=True, seed=seed))
        traits = np.array([[p.age, p.gender == "female", p.recordings] for p in people], float)
        patients = np.array([p.label == 1 for p in people])
        differences.append(traits[patients].mean(axis=0) - traits[~patients].mean(axis=0))
    mean, sd = np.mean(differences, axis=0), np.std(differences, axis=0, ddof=1)
    assert (np.abs(mean) < 4 * sd / np.sqrt(200)).all()
    # Table I itself lies outside: 10.9 years, and 11 points of per cent fewer women.
    assert abs(mean[0]) < 2
