"""Whole audits of corpora whose channels are known, from files to lights."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from configurations import compose_config
from spoken_corpora import write_corpus

from dysarthria_lightning.auditing.audit import Audited, Options, audit
from dysarthria_lightning.auditing.finding import Finding, Light, worst_light
from dysarthria_lightning.auditing.measurements import measure_corpus
from dysarthria_lightning.auditing.record import read_audit, write_audit
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.reporting.audits import describe_power

QUICK = Options(permutations=199, partitions=1, power=False)
CUES = ("metadata", "demographics", "timing", "level", "nonspeech")


def corpus(folder: Path, **options: Any) -> tuple[Config, FeatureStore]:
    table = write_corpus(folder / "corpus", **options)
    config = compose_config(
        folder / "outputs", "data=manifest", f"data.manifest={table}", "model=functionals"
    )
    return config, prepare_corpus(config)


def by_key(found: Audited) -> dict[str, Finding]:
    return {finding.key: finding for finding in found.findings}


def audited(folder: Path, **options: Any) -> dict[str, Finding]:
    return by_key(audit(*corpus(folder, **options), [], QUICK))


def audited_with_ages(
    config: Config, store: FeatureStore, age: Callable[[int, np.random.Generator], float]
) -> dict[str, Finding]:
    """Audit the same recordings, of speakers whose ages follow from their labels."""
    rng = np.random.default_rng(0)
    labels = store.recordings.groupby("speaker_id")["label"].first()
    ages = {speaker: age(label, rng) for speaker, label in labels.items()}
    recordings = store.recordings.assign(age=store.recordings["speaker_id"].map(ages))
    return by_key(audit(config, replace(store, recordings=recordings), [], QUICK))


def quieter_patients(samples: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
    return samples / 10 if label else samples


def dead_channel(samples: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
    return samples * [1, 1 - label]


def noisier_patients(samples: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
    return samples + label * rng.normal(0, 2e-3, samples.shape)


def rooms_of_their_own(samples: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
    """Noise floors that differ by 4 dB (SD), so that one of 1 dB more is nothing unusual."""
    return samples + rng.normal(0, 2e-3 * 10 ** (rng.normal(0, 4) / 20), samples.shape)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, FeatureStore]:
    """A corpus whose classes differ in nothing."""
    return corpus(tmp_path_factory.mktemp("untouched"))


def test_a_clean_corpus_raises_no_alarm(tmp_path: Path) -> None:
    found = audited(tmp_path, seed=1)
    assert {key: found[key].light for key in CUES} == dict.fromkeys(CUES, Light.GREEN)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"patients_rate_hz": 8000},
            {"metadata": "sample rate: patients 8 kHz, healthy speakers 16 kHz"},
        ),
        (
            {"channel": dead_channel, "n_channels": 2},
            {"metadata": "level of the quietest channel beside the loudest: patients -90 dB"},
        ),
        ({"channel": quieter_patients}, {"level": "dB"}),
        (
            {"channel": noisier_patients},
            {"level": "noise floor: patients -5", "nonspeech": "tell the classes apart"},
        ),
    ],
)
def test_what_was_done_to_the_patients_is_red_and_named(
    tmp_path: Path, options: dict[str, Any], words: dict[str, str]
) -> None:
    found = audited(tmp_path, **options)
    for key, said in words.items():
        assert found[key].light == Light.RED
        assert found[key].p == pytest.approx(1 / 200)
        assert said in found[key].text


def older(label: int, rng: np.random.Generator) -> float:
    return float(rng.uniform(65, 85) if label else rng.uniform(40, 60))


def test_older_patients_are_amber(untouched: tuple[Config, FeatureStore]) -> None:
    found = audited_with_ages(*untouched, older)
    assert found["demographics"].light == Light.AMBER
    assert "age: patients 7" in found["demographics"].text
    assert found["metadata"].light == Light.GREEN


def test_where_patients_are_older_their_files_are_red_all_the_same(tmp_path: Path) -> None:
    found = audited_with_ages(*corpus(tmp_path, patients_rate_hz=8000), older)
    assert found["metadata"].light == Light.RED


def test_ages_of_ten_years_or_of_nobody_change_no_cue(tmp_path: Path) -> None:
    def decade(label: int, rng: np.random.Generator) -> float:
        return float(10 * rng.integers(5, 8))

    noisier = corpus(tmp_path, channel=noisier_patients)
    for age in (decade, lambda label, rng: 60.0):
        found = audited_with_ages(*noisier, age)
        assert found["nonspeech"].light == Light.RED


def test_a_missing_age_leaves_a_speaker_out_and_not_the_column(
    untouched: tuple[Config, FeatureStore],
) -> None:
    def age(label: int, rng: np.random.Generator) -> float:
        return float("nan") if rng.random() < 0.1 else older(label, rng)

    found = audited_with_ages(*untouched, age)
    assert found["demographics"].light == Light.AMBER
    assert "age: patients 7" in found["demographics"].text


def test_speakers_without_silence_are_left_out_of_it(tmp_path: Path) -> None:
    def some_cut_closely(samples: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
        # By the voice's length, which is a speaker's own in this corpus only by chance.
        closely = len(samples) % 4 == 0
        return samples[4_300:-4_300] if closely else noisier_patients(samples, label, rng)

    found = audited(tmp_path, channel=some_cut_closely, n_speakers=60)
    assert found["nonspeech"].light in (Light.RED, Light.AMBER)
    assert np.isfinite([it.chance for it in found.values() if it.chance is not None]).all()


def test_models_hear_the_columns_that_they_use(tmp_path: Path) -> None:
    table = write_corpus(tmp_path / "corpus", n_speakers=8)
    words = "data=manifest", f"data.manifest={table}"
    widths = {}
    for n_mfcc in (19, 13, 25):
        config = compose_config(tmp_path / "outputs", *words, f"n_mfcc={n_mfcc}")
        store = prepare_corpus(config)
        widths[n_mfcc] = measure_corpus(config, store).nonspeech.shape[1]
    assert widths == {13: 13, 19: 19, 25: 25}


def test_recordings_that_a_subset_leaves_out_are_not_audited(tmp_path: Path) -> None:
    config, store = corpus(tmp_path, channel=quieter_patients)
    by_type = store.recordings.assign(
        syllable_type=np.where(store.recordings["label"] == 1, "monophthong", "compound_vowel")
    )
    without = config.model_copy(
        update={"subset": config.subset.model_copy(update={"exclude": ["compound_vowel"]})}
    )
    with pytest.raises(CorpusError, match="at least 2 speakers of each class"):
        audit(without, replace(store, recordings=by_type), [], QUICK)


def predictions(config: Config, store: FeatureStore, score: Callable[..., float]) -> pd.DataFrame:
    """What a model would say that scores speakers so, from label and level."""
    recordings = store.recordings
    numbers = recordings["speaker_id"].str[1:].astype(int)
    logits = np.array(
        [score(label, n) for label, n in zip(recordings["label"], numbers, strict=True)]
    )
    return pd.DataFrame(
        {
            "recording_id": recordings["recording_id"],
            "speaker_id": recordings["speaker_id"],
            "label": recordings["label"],
            "logit": logits,
            "probability": 1 / (1 + np.exp(-logits)),
            "fold": numbers // 2 % 4,
        }
    )


def test_a_model_is_judged_among_matched_speakers_and_by_conditions(
    untouched: tuple[Config, FeatureStore],
) -> None:
    config, store = untouched
    ages = store.recordings.groupby("speaker_id")["age"].first().to_numpy()

    def by_age(label: int, number: int) -> float:
        return 3 * label - 1.5 + (ages[number] - 60) / 5

    found = audit(config, store, [predictions(config, store, by_age)], QUICK)
    lights = by_key(found)
    assert found.model_auroc is not None
    assert lights["condition"].light == Light.AMBER
    assert "age among" in lights["condition"].text
    assert lights["matched"].auroc is not None
    assert lights["matched"].auroc > found.model_auroc


@pytest.mark.slow
def test_power_says_what_would_have_been_found(tmp_path: Path) -> None:
    options = Options(permutations=99, partitions=1, power=True)
    made = corpus(tmp_path, channel=rooms_of_their_own, n_speakers=24)
    found = audit(*made, [], options)
    assert found.noticed["6 dB more noise floor"] >= 0.9
    assert found.noticed["1 dB more noise floor"] < 0.8
    assert found.smallest_auroc is not None
    assert 0.55 < found.smallest_auroc < 0.95
    text = describe_power(found)
    assert "dB more noise floor in the patients' recordings" in text
    assert f"AUROC above {100 * found.smallest_auroc:.0f} %" in text


def test_matrices_have_no_audio_to_measure(tmp_path: Path) -> None:
    rows = []
    for number in range(24):
        np.save(tmp_path / f"{number}.npy", np.random.default_rng(number).normal(size=(15, 13)))
        rows.append({"path": f"{number}.npy", "speaker_id": f"S{number}", "label": number % 2})
    table = tmp_path / "matrices.csv"
    pd.DataFrame(rows).to_csv(table, index=False)
    config = compose_config(tmp_path / "outputs", "data=manifest", f"data.manifest={table}")
    found = audit(config, prepare_corpus(config), [], QUICK)
    lights = by_key(found)
    assert {key: lights[key].light for key in CUES} == dict.fromkeys(CUES, Light.GREY)
    assert "24 of 24 recordings are matrices: there is no audio" in lights["level"].text
    assert "no ages or genders" in lights["demographics"].text
    assert found.smallest_auroc is None
    assert worst_light(found.findings) == Light.AMBER  # it is small


def test_one_speaker_of_a_class_is_refused(tmp_path: Path) -> None:
    config, store = corpus(tmp_path, n_speakers=2)
    with pytest.raises(CorpusError, match="at least 2 speakers of each class"):
        audit(config, store, [], QUICK)


def test_the_same_seed_gives_the_same_and_measurements_are_kept(
    untouched: tuple[Config, FeatureStore],
) -> None:
    config, store = untouched
    one = audit(config, store, [], QUICK)
    (kept,) = (Path(config.outputs_dir) / "audit" / "measurements").rglob("recordings.parquet")
    written = kept.stat().st_mtime_ns
    assert audit(config, store, [], QUICK) == one
    assert kept.stat().st_mtime_ns == written


def test_a_record_is_read_back_and_of_other_things_is_none(
    untouched: tuple[Config, FeatureStore],
) -> None:
    config, store = untouched
    found = Audited(
        [Finding("a", "A", Light.RED, "said", 0.9, 0.5, 0.6, 0.01, 0.02)], 0.8, {"x": 0.5}, 0.7
    )
    scores = [lambda label, n: 1.0 * label, lambda label, n: n / 9, lambda label, n: -n / 9]
    tests = [predictions(config, store, score) for score in scores]
    write_audit(config, "key", tests[:2], found, {"permutations": 9})
    assert read_audit(config, "key", tests[:2]) == found
    assert read_audit(config, "key", tests[1:2]) == found  # of the repeats that are shown
    assert read_audit(config, "other", tests[:2]) is None
    assert read_audit(config, "key", tests) is None  # another repeat was trained since
    assert read_audit(config, "key", []) is None
    dealt = config.model_copy(
        update={"data": config.data.model_copy(update={"permuted_labels": 3})}
    )
    assert read_audit(dealt, "key", tests[:1]) is None
    write_audit(config, "key", [], found, {})  # without a model
    assert read_audit(config, "key", tests[:1]) is None
    path = write_audit(config, "key", tests, found, {})
    path.write_text(path.read_text(encoding="utf-8").replace("red", "green"), encoding="utf-8")
    assert read_audit(config, "key", tests) is None


@pytest.mark.slow
def test_of_clean_corpora_few_raise_an_alarm(tmp_path: Path) -> None:
    n_alarms = 0
    for seed in range(12):
        found = audited(tmp_path / str(seed), seed=seed)
        n_alarms += any((found[key].p_familywise or 1) < 0.05 for key in CUES)
    assert n_alarms <= 3  # by chance more once in two hundred times
