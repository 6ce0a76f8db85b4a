"""``predict``: people are scored by runs that have not met them, and what may be said is said."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from configurations import compose_tone_config
from spoken_words import Said

from dysarthria_lightning import judge_predictions, predict
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import CorpusError
from dysarthria_lightning.evaluation.predictions import read_predictions
from dysarthria_lightning.runs import layout
from dysarthria_lightning.scoring.experience import TrainingSummary, flags_of, summarise
from dysarthria_lightning.scoring.opening import open_model
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.scoring.sound import measure_sound
from dysarthria_lightning.scoring.threshold import Calibration, calibrate
from dysarthria_lightning.scoring.time_course import follow
from dysarthria_lightning.training.run import train_run

RATE_HZ = 16_000


def voice(seed: int, duration_s: float = 0.2, rate_hz: int = RATE_HZ) -> np.ndarray:
    """A tone that nobody in the corpus of tones has made."""
    rng = np.random.default_rng([9, seed])
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    wave = 0.3 * np.sin(2 * np.pi * rng.uniform(100, 1000) * time_s)
    return (wave + 0.02 * rng.standard_normal(len(time_s))).astype(np.float32)


def write_people(folder: Path, *people: str, n: int = 3) -> Path:
    for number, person in enumerate(people):
        (folder / person).mkdir(parents=True)
        for recording in range(n):
            sound = voice(10 * number + recording)
            soundfile.write(folder / person / f"{recording}.wav", sound, RATE_HZ)
    return folder


def test_everybody_is_scored_by_the_fold_that_tested_them_to_the_bit(
    model: Path, tone_corpus: Path, said: Said
) -> None:
    printed = said(f"model={model}", f"recordings={tone_corpus}")
    folds = [read_predictions(model / f"fold{fold}" / layout.PREDICTIONS) for fold in range(3)]
    expected = pd.concat(it.assign(fold=fold) for fold, it in enumerate(folds))
    expected = expected.sort_values("recording_id", ignore_index=True)
    found = said.recordings
    assert found["recording_id"].tolist() == expected["recording_id"].tolist()
    np.testing.assert_array_equal(found["logit"].astype(np.float32), expected["logit"])
    assert set(said.scores["flags"]) == {"some know"}
    assert (said.scores["n_models"] == 1).all()
    # Labels were given, so that this is a test as the report's own.
    values = pd.read_csv(said.out / "values.csv")
    pd.testing.assert_frame_equal(
        values, judge_predictions(expected), check_exact=False, rtol=1e-12
    )
    assert "6 dysarthric, 6 healthy" in printed
    assert "AUROC" in printed


def test_a_model_is_tested_on_a_corpus_of_people_whom_no_run_knows(
    model: Path, said: Said, tmp_path: Path
) -> None:
    names = [f"P{number:02d}" for number in range(16)]
    folder = write_people(tmp_path / "people", *names, n=1)
    table = pd.DataFrame({"path": [f"people/{name}/0.wav" for name in names]})
    table = table.assign(speaker_id=names, label=[number % 2 for number in range(16)])
    table.to_csv(folder.parent / "table.csv", index=False)
    printed = said(f"model={model}", f"recordings={folder.parent / 'table.csv'}")
    values = pd.read_csv(said.out / "values.csv")
    # All three runs score everybody, so that one score orders all pairs.
    expected = judge_predictions(said.recordings[["speaker_id", "label", "logit"]])
    pd.testing.assert_frame_equal(values, expected, check_exact=False, rtol=1e-12)
    found = values.query("level == 'speaker_soft_majority' and metric == 'auroc'").iloc[0]
    value, low, high = (f"{100 * found[name]:.1f}" for name in ("value", "low", "high"))
    assert f"{value} ({low}–{high})" in printed
    assert "8 dysarthric, 8 healthy" in printed


def test_the_same_sound_is_found_under_another_name_path_and_container(
    model: Path, tone_corpus: Path, said: Said, tmp_path: Path
) -> None:
    split = json.loads((model / "fold0" / layout.SPLIT).read_text())
    speaker = split["test"]["speakers"][0]
    folder = write_people(tmp_path / "people", "somebody else")
    (folder / "mystery").mkdir()
    samples, rate = soundfile.read(tone_corpus.parent / f"{speaker}_0.wav", dtype="int16")
    soundfile.write(folder / "mystery" / "x.flac", samples, rate)
    soundfile.write(folder / "mystery" / "y.wav", voice(99), RATE_HZ)
    printed = said(f"model={model}", f"recordings={folder}")
    assert f"mystery is {speaker}" in printed
    own = Scorer.from_run(model / "fold0").score(
        pd.DataFrame(
            {"path": [folder / "mystery" / name for name in ("x.flac", "y.wav")], "speaker_id": "A"}
        )
    )
    scores = said.scores
    assert scores.loc["mystery", "flags"].startswith("some know")
    assert scores.loc["mystery", "score"] == pytest.approx(own["probability"].mean(), rel=1e-12)
    assert scores.loc["mystery", "n_models"] == 1
    assert scores.loc["somebody else", "n_models"] == 3
    assert "know" not in scores.loc["somebody else", "flags"]


def test_whom_every_run_knows_is_not_scored(
    model: Path, tone_corpus: Path, said: Said, tmp_path: Path
) -> None:
    split = json.loads((model / "fold0" / layout.SPLIT).read_text())
    speaker = split["train"]["speakers"][0]
    shutil.copy(tone_corpus.parent / f"{speaker}_0.wav", tmp_path / "renamed.wav")
    printed = said(f"model={model / 'fold0'}", f"recordings={tmp_path / 'renamed.wav'}")
    row = said.scores.loc["renamed"]
    assert row["flags"] == "known"
    assert np.isnan(row["score"])
    assert np.isnan(row["above_threshold"])
    assert "was trained on this person" in printed


def test_without_the_features_it_is_said_that_nobody_checked(
    model: Path, said: Said, tmp_path: Path, tone_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Calibration(0.0, 1.0, 20, 20)
    monkeypatch.setattr("dysarthria_lightning.scoring.threshold.calibrate", lambda *its: line)
    said(f"model={model}", f"recordings={tone_corpus}")
    assert said.scores["calibrated_probability"].notna().all()
    outputs = next(folder for folder in model.parents if (folder / "features").exists())
    moved = tmp_path / "moved"
    shutil.copytree(outputs / "runs", moved / "runs")
    folder = write_people(tmp_path / "people", "anna")
    printed = said(f"model={moved / model.relative_to(outputs)}", f"recordings={folder / 'anna'}")
    assert "could not be checked" in printed
    assert "Not known: sample rates" in printed
    assert said.scores.loc["anna", "n_models"] == 3
    # A line of people whom the model had not met says nothing of those whom it may have met.
    assert np.isnan(said.scores.loc["anna", "calibrated_probability"])
    assert "no probabilities" in printed


def test_any_rate_and_channels_are_taken_and_bad_files_named(
    model: Path, said: Said, tmp_path: Path
) -> None:
    folder = write_people(tmp_path / "people", "anna", n=40)
    anna = folder / "anna"
    soundfile.write(anna / "slow.wav", voice(50, rate_hz=8000), 8000)
    left = voice(51)
    one_dead = np.stack([left, np.zeros_like(left)], axis=1)
    soundfile.write(anna / "stereo.wav", one_dead, RATE_HZ, subtype="FLOAT")
    soundfile.write(anna / "silent.wav", np.zeros(3000), RATE_HZ)
    soundfile.write(anna / "short.wav", voice(52, 0.01), RATE_HZ)
    (anna / "text.wav").write_text("no sound")
    (anna / "notes.txt").write_text("passed over")
    printed = said(f"model={model}", f"recordings={anna}")
    assert "All 45 recordings of the folder are taken for one person's" in printed
    assert "passed over: 1 .txt" in printed
    assert "3 of 45 recordings were not scored" in printed
    found = said.recordings.set_index("recording_id")
    bad = found[found["problem"].notna()]
    assert bad.index.tolist() == ["short.wav", "silent.wav", "text.wav"]
    assert "silent" in bad.loc["silent.wav", "problem"]
    assert bad["logit"].isna().all()
    row = said.scores.loc["anna"]
    assert (row["n_recordings"], row["n_unusable"]) == (42, 3)
    assert "rate" in row["flags"].split("; ")
    assert row["sample_rates_hz"] == "8000 16000"
    # The channel that sounds is taken alone.
    alone = Scorer.load(model).score_samples(left, RATE_HZ)
    several = Scorer.load(model)
    stereo = several.score(pd.DataFrame({"path": [anna / "stereo.wav"], "speaker_id": "A"}))
    assert stereo["probability"].iloc[0] == pytest.approx(alone, rel=1e-12)
    said.out = tmp_path / "other"
    said.monkeypatch.setattr(sys, "argv", [])
    refused = said.mistake(f"model={model}", f"recordings={anna}", "data.on_bad_file=error")
    assert "silent.wav: is silent" in refused


def test_who_is_one_person_can_be_said(model: Path, said: Said, tmp_path: Path) -> None:
    folder = write_people(tmp_path / "people", "anna", "bert")
    assert "Each sub-folder is taken for one person: 2 people" in said(
        f"model={model}", f"recordings={folder}"
    )
    assert said.scores.index.tolist() == ["anna", "bert"]
    said(f"model={model}", f"recordings={folder}", "people=files")
    assert len(said.scores) == 6
    said(f"model={model}", f"recordings={folder}", "people=one")
    assert said.scores.index.tolist() == ["people"]


def test_a_table_needs_neither_labels_nor_speakers(model: Path, said: Said, tmp_path: Path) -> None:
    folder = write_people(tmp_path / "people", "anna", "bert")
    rows = {"Datei": ["anna/0.wav", "anna/1.wav", "bert/0.wav", "gone.wav"]}
    pd.DataFrame(rows).to_csv(folder / "t.csv", index=False, sep=";")
    printed = said(f"model={model}", f"recordings={folder / 't.csv'}")
    assert "each recording is taken for one person's" in printed
    assert len(said.scores) == 4
    assert said.scores.loc["gone.wav", "flags"] == "nothing usable"
    rows |= {"Patient": ["A", "A", "B", "B"], "Gruppe": ["", "HC", "", ""], "Alter": [5] * 4}
    pd.DataFrame(rows).to_csv(folder / "t.csv", index=False, sep=";")
    printed = said(f"model={model}", f"recordings={folder / 't.csv'}")
    assert said.scores["n_recordings"].to_dict() == {"A": 2, "B": 1}
    assert "age" in said.scores.loc["A", "flags"].split("; ")
    assert "everybody with a label is healthy" in printed
    labels = said.recordings.groupby("speaker_id", dropna=False)["label"].agg(list)
    assert labels["A"] == [0, 0]
    assert np.isnan(labels["B"]).all()


def test_no_call_without_the_thresholds_origin_and_no_diagnosis(
    model: Path, said: Said, tmp_path: Path
) -> None:
    folder = write_people(tmp_path / "people", "anna")
    words = (f"model={model}", f"recordings={folder}")
    printed = said(*words)
    assert "Research only, no diagnosis" in printed
    assert "Threshold 0.5: one half, fixed beforehand" in printed
    assert "Not audited" in printed
    assert "dysarthria_lightning.audit data=manifest" in printed
    assert "no probabilities of a disease" in printed  # of 6 speakers there is no calibration
    scores = said.scores
    assert "calibrated_probability" not in scores
    assert scores["threshold_origin"].notna().all()
    assert scores.loc["anna", "above_threshold"] == (scores.loc["anna", "score"] > 0.5)
    said(*words, "threshold=specificity")
    origin = said.scores.loc["anna", "threshold_origin"]
    assert "chosen for 90 % specificity on the 6 healthy test speakers" in origin
    tests = [read_predictions(model / f"fold{fold}" / layout.PREDICTIONS) for fold in range(3)]
    means = pd.concat(tests).groupby(["label", "speaker_id"])["probability"].mean()[0]
    assert said.scores.loc["anna", "threshold"] == pytest.approx(means.max())


def test_mistakes_are_explained(model: Path, said: Said, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "list.csv").write_text("Name\nAnna\n")
    people = write_people(tmp_path / "people", "anna")
    of = f"model={model}"
    assert "model and recordings missing" in said.mistake()
    assert "there is no such folder" in said.mistake("model=nothing", f"recordings={people}")
    assert "no finished run in it" in said.mistake(f"model={people}", f"recordings={people}")
    assert "no such file or folder" in said.mistake(of, "recordings=nothing")
    assert "holds no audio" in said.mistake(of, f"recordings={tmp_path / 'empty'}")
    assert "list.csv" in said.mistake(of, f"recordings={tmp_path / 'texts'}")
    table = said.mistake(of, f"recordings={tmp_path / 'texts' / 'list.csv'}")
    assert "column path missing" in table
    assert "Did you mean recordings?" in said.mistake(of, "recording=x")
    assert "leave -m out" in said.mistake("-m", of)
    assert "threshold = " in said.mistake(of, f"recordings={people}", "threshold=2")
    assert "recordings=FOLDER" in said.mistake(of, "data.manifest=x.csv")


def test_runs_of_several_models_do_not_score_together(
    model: Path, said: Said, tmp_path: Path, tone_corpus: Path
) -> None:
    both = tmp_path / "both"
    shutil.copytree(model, both / "one")
    shutil.copytree(model, both / "two")
    for record in (both / "two").glob("*/run.json"):
        content = json.loads(record.read_text())
        assert "fingerprint" in content
        from dysarthria_lightning.runs.record import read_run, write_run

        changed = read_run(record.parent)
        assert changed is not None
        changed["fingerprint"]["n_mfcc"] = 7
        write_run(changed, record.parent)
    printed = said.mistake(f"model={both}", f"recordings={tone_corpus}")
    assert "made otherwise than each other" in printed
    assert str(both / "two") in printed


def test_a_model_of_permuted_labels_is_called_one(
    said: Said, tone_corpus: Path, tmp_path: Path, without_curves: None
) -> None:
    words = ("model=functionals", "data.permuted_labels=3")
    config = compose_tone_config(tmp_path / "outputs", tone_corpus, *words)
    folder = train_run(config, prepare_corpus(config), show_progress=False)
    printed = said(f"model={folder}", f"recordings={write_people(tmp_path / 'people', 'anna')}")
    assert "labels were dealt anew among the speakers (data.permuted_labels = 3)" in printed


def test_a_path_and_an_array_are_enough(model: Path, tone_corpus: Path) -> None:
    path = next(tone_corpus.parent.glob("*.wav"))
    samples, rate = soundfile.read(path, dtype="float32")
    for folder in (model, model / "fold1"):
        scorer = Scorer.load(folder)
        scored = scorer.score(pd.DataFrame({"path": [path], "speaker_id": "A"}))
        expected = scored["probability"].iloc[0]
        assert scorer.score_samples(samples, rate) == pytest.approx(expected, rel=1e-12)
        integers = np.round(samples * 2**15).astype(np.int16)
        assert scorer.score_samples(integers, rate) == pytest.approx(expected, rel=1e-12)
        unsigned = (integers.astype(np.int32) + 2**15).astype(np.uint16)
        assert scorer.score_samples(unsigned, rate) == pytest.approx(expected, rel=1e-12)
        with pytest.raises(CorpusError, match="expected numbers, got complex"):
            scorer.score_samples(samples * 1j, rate)


def test_the_documentations_examples_run(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (Path(predict.__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
    chapter = text.partition("## Load runs")[0]
    blocks = [block.partition("```")[0] for block in chapter.split("```python\n")[1:]]
    assert len(blocks) == 3
    place = tmp_path / "outputs/runs/mine/novel_speakers/split0/all/mfcc13/lstm1/seed0"
    shutil.copytree(model, place)
    for number in (1, 2):
        soundfile.write(tmp_path / f"anna_{number}.wav", voice(number), RATE_HZ)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    speakers = names["speakers"]
    assert isinstance(speakers, pd.DataFrame)
    assert speakers["speaker_id"].tolist() == ["anna"]


def test_what_a_model_was_trained_on_can_be_written_to_a_file() -> None:
    summary = TrainingSummary("mine", n_speakers={"healthy": 2}, values={"age": [1.0, 2.0]})
    again = TrainingSummary.from_dict(json.loads(json.dumps(summary.to_dict())))
    assert again == summary


def test_ranges_and_distance_say_who_lies_outside() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(200, 3)) * [1, 10, 0.1]
    recordings = pd.DataFrame(
        {
            "speaker_id": [f"S{number:03d}" for number in range(200)],
            "label": [number % 2 for number in range(200)],
            "age": 40.0 + np.arange(200) % 30,
            "source_duration_s": 1.0,
            "sample_rate_hz": 16_000,
            "task": "vowel",
        }
    )
    summary = summarise("mine", "", recordings, means, None)
    assert summary.n_speakers == {"healthy": 100, "dysarthric": 100}
    assert summary.tasks == ["vowel"]
    for own in (means.mean(axis=0), means[0], np.array([4.0, 0, 0])):
        distance, percentile = summary.distance(own)
        of_column = (own - means.mean(axis=0)) / means.std(axis=0, ddof=1)
        assert distance == pytest.approx(np.sqrt(np.mean(of_column**2)))
        others = [
            np.sqrt(np.mean(((one - rest.mean(axis=0)) / rest.std(axis=0, ddof=1)) ** 2))
            for place, one in enumerate(means)
            for rest in [np.delete(means, place, axis=0)]
        ]
        assert percentile == pytest.approx(100 * np.mean(np.array(others) < distance))
    inside = {"age": 50.0, "duration_s": 1.0, "amount_s": 1.0, "level_db": -90.0}
    assert flags_of(summary, inside, [16_000], 50.0) == []  # nothing is known of levels
    assert flags_of(summary, inside | {"age": 80.0}, [8000, 16_000], 100.0) == [
        "rate",
        "age",
        "far",
    ]


def test_sound_is_measured_as_it_was_made() -> None:
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE_HZ) / RATE_HZ
    loud = np.where(time_s < 0.5, 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 1000 * time_s), 0)
    measured = measure_sound((loud + rng.normal(0, 1e-3, RATE_HZ)).astype(np.float32), RATE_HZ)
    assert measured["level_db"] == pytest.approx(-23, abs=0.1)
    assert measured["floor_db"] == pytest.approx(-60, abs=1)
    wide = rng.normal(0, 0.1, RATE_HZ)
    spectrum = np.fft.rfft(wide)
    spectrum[np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ) > 3000] = 0
    narrow = np.fft.irfft(spectrum).astype(np.float32)
    assert measure_sound(narrow, RATE_HZ)["bandwidth_hz"] == pytest.approx(3000, abs=250)
    assert measure_sound(wide.astype(np.float32), RATE_HZ)["bandwidth_hz"] > 7900


def test_a_network_is_followed_to_the_score_it_gives(
    tmp_path: Path, tone_corpus: Path, said: Said, without_curves: None
) -> None:
    config = compose_tone_config(tmp_path / "outputs", tone_corpus, "trainer.max_epochs=1")
    run = train_run(config, prepare_corpus(config), show_progress=False)
    folder = write_people(tmp_path / "people", "anna")
    printed = said(f"model={run}", f"recordings={folder}", "plots=true")
    assert "has no time course" not in printed
    assert [path.name for path in (said.out / "figures").iterdir()] == ["001-anna.png"]
    recording = pd.DataFrame({"path": [str(folder / "anna" / "0.wav")]})
    course = follow(open_model(run), recording, [0])
    ((times, scores),) = course.parts
    found = said.recordings.set_index("recording_id")["probability"]
    assert scores[-1] == pytest.approx(found["anna/0.wav"], rel=1e-5)
    assert len(scores) == 18  # frames of 25 ms, one every 10 ms, in 0.2 s
    assert (times[0], times[-1]) == (pytest.approx(0.025), pytest.approx(0.195))


def test_people_with_a_calibration_have_a_probability_with_its_prevalence() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 1], 60)
    logits = rng.normal(2 * labels - 1, 1.5)
    held_out = pd.DataFrame(
        {
            "speaker_id": [f"S{number}" for number in range(180)],
            "label": labels,
            "score": 1 / (1 + np.exp(-logits)),
        }
    )
    calibration = calibrate(held_out)
    assert calibration is not None
    assert calibration.prevalence == pytest.approx(2 / 3)
    # The likeliest line says that as many are dysarthric as were.
    assert calibration(held_out["score"].to_numpy()).mean() == pytest.approx(2 / 3, abs=1e-6)
    assert calibrate(held_out[held_out["label"] == 1]) is None
    assert calibrate(held_out.groupby("label").head(19)) is None
