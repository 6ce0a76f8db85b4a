"""Which lights findings set, and what they say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from dysarthria_lightning.auditing.condition import largest_correlation
from dysarthria_lightning.auditing.cue_audits import CueAudit
from dysarthria_lightning.auditing.cues import Cue, SpeakerRows, speaker_rows, strongest
from dysarthria_lightning.auditing.demographics import strata_of
from dysarthria_lightning.auditing.finding import Finding, Light, worst_light
from dysarthria_lightning.auditing.lights import (
    condition_finding,
    corpus_findings,
    cue_finding,
    matched_finding,
)
from dysarthria_lightning.auditing.permutations import Significance
from dysarthria_lightning.auditing.retraining import retraining_finding
from dysarthria_lightning.evaluation.intervals import Estimate

LABELS = np.arange(40) % 2
ROWS = SpeakerRows(
    np.where(LABELS, 8.0, 44.1)[:, None], [Cue("rate", "sample rate", "kHz")], ["mean"]
)
FILES = CueAudit("metadata", "Files", True, ROWS, np.ones(40, bool))


def significance(value: float, p_familywise: float) -> Significance:
    return Significance(value, 0.5, 0.62, p_familywise, p_familywise)


@pytest.mark.parametrize(
    ("decides", "value", "p", "model", "light"),
    [
        (True, 0.90, 0.01, 0.95, Light.RED),
        (True, 0.60, 0.01, 0.95, Light.AMBER),  # less than half of what the model adds
        (True, 0.60, 0.01, 0.65, Light.RED),
        (False, 0.90, 0.01, 0.95, Light.AMBER),
        (True, 0.90, 0.06, 0.95, Light.GREEN),
        (True, 0.76, 0.01, None, Light.RED),  # half of what a perfect model would add
        (True, 0.74, 0.01, None, Light.AMBER),
        (True, 0.60, 0.01, 0.40, Light.RED),  # a model below chance adds nothing
    ],
)
def test_cues_set_lights(
    decides: bool, value: float, p: float, model: float | None, light: Light
) -> None:
    audit = replace(FILES, decides=decides)
    found = cue_finding(audit, significance(value, p), LABELS, model)
    assert found.light == light
    assert found.auroc == value


def test_a_cue_is_named_in_words() -> None:
    found = cue_finding(FILES, significance(1.0, 0.005), LABELS, 0.9)
    assert "100 % of what the model adds" in found.text
    assert "sample rate: patients 8 kHz, healthy speakers 44.1 kHz" in found.text


def test_what_cannot_be_computed_is_grey_with_the_reason() -> None:
    found = cue_finding(replace(FILES, why_not="there is no audio"), None, LABELS, 0.9)
    assert (found.light, found.text) == (Light.GREY, "Not computed: there is no audio.")


def test_the_strongest_column_is_the_one_that_ranks_best_either_way() -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=40), -2.0 * LABELS + rng.normal(size=40)])
    cues = [Cue("a", "first"), Cue("b", "second", "dB")]
    found = strongest(SpeakerRows(rows, cues, ["mean", "SD"]), LABELS)
    assert found.startswith("SD of second: patients -")


def test_speakers_are_rows_of_means_then_sds_of_what_differs_and_is_known() -> None:
    table = pd.DataFrame(
        {
            "speaker_id": ["A", "A", "B", "B"],
            "differs": [1.0, 3.0, 5.0, 5.0],
            "alike": [7.0] * 4,
            "unknown": [1.0, 2.0, np.nan, np.nan],
        }
    )
    cues = [Cue(name, name) for name in ("differs", "alike", "unknown")]
    found = speaker_rows(table, cues, ["B", "A"])
    np.testing.assert_array_equal(found.rows, [[5, 0], [2, 1]])
    assert [cue.column for cue in found.cues] == ["differs", "differs"]
    assert found.statistics == ["mean", "SD"]


@pytest.mark.parametrize(
    ("lights", "worst"),
    [
        ("red amber green", "red"),
        ("green amber grey", "amber"),
        ("grey green note", "green"),
        ("grey note", "grey"),
        ("", "grey"),
    ],
)
def test_the_worst_light_counts(lights: str, worst: str) -> None:
    findings = [Finding("level", "", Light(light), "") for light in lights.split()]
    assert worst_light(findings) == worst


def test_where_no_cue_could_be_tested_nothing_is_green() -> None:
    grey = Finding("level", "", Light.GREY, "")
    green = Finding("retraining", "", Light.GREEN, "", 0.9, 0.5, 0.6, 0.05)
    assert worst_light([grey, green]) == Light.GREY


@pytest.mark.parametrize(
    ("observed", "permuted", "light"),
    [
        (0.8, [0.5] * 19, Light.GREEN),
        (0.8, [0.5] * 18 + [0.81], Light.RED),
        (0.8, [0.5] * 18 + [0.8], Light.RED),
        (0.8, [0.5] * 18, Light.GREY),
        (0.8, [0.5] * 97 + [0.9] * 2, Light.GREEN),
    ],
)
def test_a_model_must_beat_its_permuted_trainings(
    observed: float, permuted: list[float], light: Light
) -> None:
    found = retraining_finding(observed, permuted)
    assert found.light == light
    n_as_high = sum(value >= observed for value in permuted)
    assert found.p == pytest.approx((1 + n_as_high) / (1 + len(permuted)))


@pytest.mark.parametrize(
    ("estimate", "light"),
    [
        (Estimate(0.8, 0.6, 0.9), Light.GREEN),
        (Estimate(0.7, 0.49, 0.9), Light.AMBER),
        (Estimate(0.8, np.nan, np.nan), Light.GREY),
        (Estimate(np.nan, np.nan, np.nan), Light.GREY),
    ],
)
def test_matched_speakers_set_lights(estimate: Estimate, light: Light) -> None:
    assert matched_finding(estimate, 30).light == light


def test_small_and_known_corpora_are_amber_by_name() -> None:
    few = corpus_findings("mine", np.repeat([0, 1], [30, 19]))
    assert [(it.key, it.light) for it in few] == [("size", Light.AMBER)]
    many = np.repeat([0, 1], 20)
    assert corpus_findings("mine", many) == []
    (torgo,) = corpus_findings("TORGO-array", many)
    assert torgo.light == Light.AMBER
    assert "TORGO" in torgo.text
    assert corpus_findings("pittsburgh_als", many) == []
    assert len(corpus_findings("pitt_cookie", many)) == 1
    assert len(corpus_findings("UA_Speech", many)) == 1


def test_age_and_sex_make_strata_of_equal_ages_and_of_unknown_ones() -> None:
    demographics = pd.DataFrame(
        {"age": [40.0, 50, 60, 70, 80, 90, np.nan], "is_male": [1.0, 1, 1, 1, 1, 1, 1]}
    )
    strata = strata_of(demographics)
    assert len(np.unique(strata)) == 4
    assert strata[0] == strata[1]
    alike = pd.DataFrame({"age": [60.0] * 6, "is_male": [0.0, 0, 0, 1, 1, np.nan]})
    strata = strata_of(alike)
    assert strata.tolist() == [strata[0]] * 3 + [strata[3]] * 2 + [strata[5]]
    unknown = pd.DataFrame({"age": [np.nan] * 4, "is_male": [np.nan] * 4})
    assert len(np.unique(strata_of(unknown))) == 1


def test_correlations_are_scipys_within_classes() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    conditions = pd.DataFrame({"rms_db": rng.normal(size=60), "age": rng.integers(40, 60, 60)})
    scores = labels + 0.1 * rng.normal(size=60)
    scores[labels == 1] += 0.3 * conditions["rms_db"][labels == 1]
    found = largest_correlation(scores, labels, conditions, rng, permutations=199)
    assert found is not None
    expected = spearmanr(scores[labels == 1], conditions["rms_db"][labels == 1]).statistic
    assert found.significance.value == pytest.approx(abs(expected))
    assert found.text == f"level among dysarthric speakers (Spearman {expected:+.2f})"
    assert found.significance.p_familywise < 0.05
    assert condition_finding(found).light == Light.AMBER


def test_a_condition_that_only_the_classes_differ_in_is_no_correlation() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(60) % 2
    conditions = pd.DataFrame({"floor_db": 10.0 * labels + rng.normal(size=60)})
    scores = labels + 0.1 * rng.normal(size=60)
    found = largest_correlation(scores, labels, conditions, rng, permutations=99)
    assert found is not None
    assert found.significance.p_familywise > 0.05
    assert condition_finding(found).light == Light.GREEN


def test_without_conditions_there_is_nothing_to_correlate() -> None:
    unknown = pd.DataFrame({"age": [np.nan] * 20})
    labels = np.arange(20) % 2
    assert largest_correlation(labels * 1.0, labels, unknown, np.random.default_rng(0)) is None
    assert condition_finding(None).light == Light.GREY
