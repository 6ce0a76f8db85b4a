"""Invented stores are sound ones, and what is measured of them is what is meant."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench import invented, scale
from bench.invented import write_store
from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.data.splits import SIDES, make_split
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.data.synthetic.prompts import PROMPTS

N = 600


@pytest.fixture
def invent(
    make_config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Write a store in parts of two speakers."""
    monkeypatch.setattr(invented, "_CHUNK_RECORDINGS", 2 * 87)

    def invent(name: str, seed: int = 0, n_recordings: int = N, with_frames: bool = True) -> Path:
        rng = np.random.default_rng(seed)
        write_store(make_config(), tmp_path / name, n_recordings, rng, with_frames)
        return tmp_path / name

    return invent


def test_an_invented_store_has_all_that_a_made_one_has(
    invent: Callable[..., Path], tone_config: Callable[..., Config]
) -> None:
    ours, made = FeatureStore.open(invent("store")), prepare_corpus(tone_config())
    assert list(ours.recordings.columns) == list(made.recordings.columns)
    given = [*made.recordings.columns.drop(["severity", "syllable"])]  # tones have none
    assert (ours.recordings[given].dtypes == made.recordings[given].dtypes).all()
    assert ours.about.keys() == made.about.keys()
    assert ours.n_columns == made.n_columns
    assert ours.about["features"] == made.about["features"]


def test_frames_lie_where_the_index_says(invent: Callable[..., Path]) -> None:
    store = FeatureStore.open(invent("store"))
    lengths, offsets = (store.recordings[name].to_numpy() for name in ("n_frames", "offset"))
    assert len(lengths) == N
    assert (lengths.min(), lengths.max()) == (30, 70)
    np.testing.assert_array_equal(offsets, np.concatenate([[0], np.cumsum(lengths)[:-1]]))
    assert store.frames.shape == (lengths.sum(), 25)
    assert np.std(store.frames) == pytest.approx(1, abs=0.01)
    assert len(np.unique(store.frames[:, 0])) > 0.99 * len(store.frames)


def test_recordings_are_of_speakers_who_read_the_prompts(invent: Callable[..., Path]) -> None:
    recordings = FeatureStore.open(invent("store")).recordings
    for column in ("recording_id", "source_id", "source_digest"):
        assert recordings[column].is_unique
    assert recordings["source_digest"].str.fullmatch("[0-9a-f]{32}").all()
    read = set(zip(recordings["syllable"], recordings["syllable_type"], strict=True))
    assert read == {(prompt.syllable, prompt.syllable_type) for prompt in PROMPTS}
    speakers = recordings.groupby("speaker_id")
    assert speakers.size().tolist() == [87] * 6 + [N - 6 * 87]
    facts = ["label", "gender", "age", "severity"]
    assert (speakers[facts].nunique(dropna=False) == 1).all(axis=None)
    each = speakers[facts].first()
    assert each["label"].tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert (each["severity"].notna() == (each["label"] == 1)).all()
    assert set(each["gender"]) == {"female", "male"}
    assert each["age"].nunique() > 3
    first = recordings[recordings["speaker_id"] == recordings["speaker_id"].iloc[0]]
    assert first["syllable"].tolist() == [p.syllable for p in (*PROMPTS, *PROMPTS[:5])]


def test_a_seed_gives_the_same_bytes_and_another_does_not(invent: Callable[..., Path]) -> None:
    first, again, other = invent("a"), invent("b"), invent("c", seed=1)
    for name in ("frames.npy", "recordings.parquet", "store.json"):
        assert (first / name).read_bytes() == (again / name).read_bytes()
    for name in ("frames.npy", "recordings.parquet"):
        assert (first / name).read_bytes() != (other / name).read_bytes()


def test_an_index_alone_is_that_of_the_whole_store(invent: Callable[..., Path]) -> None:
    alone = FeatureStore.open(invent("alone", n_recordings=150, with_frames=False))
    whole = FeatureStore.open(invent("whole", n_recordings=150))
    pd.testing.assert_frame_equal(alone.recordings, whole.recordings)
    assert (alone.folder / "frames.npy").stat().st_size < 200


@pytest.mark.parametrize("n_recordings", [600, 6000])
def test_every_size_can_be_split(
    invent: Callable[..., Path], make_config: Callable[..., Config], n_recordings: int
) -> None:
    store = FeatureStore.open(invent("store", n_recordings=n_recordings, with_frames=False))
    config = scale.small_run(make_config("protocol=known_speakers", "split_seed=5"), n_epochs=2)
    split = make_split(store.recordings, config.protocol, config.subset.exclude, 0, 0)
    assert sum(len(split.side(side)) for side in SIDES) == n_recordings
    assert len(split.train) > n_recordings / 3


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a process takes seconds."""
    monkeypatch.setattr(scale, "in_new_process", lambda task, *given: (task(*given), 10**6))


@pytest.mark.usefixtures("in_this_process")
def test_sizes_are_measured_in_turn_and_nothing_is_left(
    make_config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "_LEAST_TRAINED", 1500)
    announced: list[str] = []
    folder = tmp_path / "stores"
    folder.mkdir()
    result = scale.measure_scale(
        make_config("trainer.batch_size=16"), folder, announced.append, (500, 1000), 2000
    )
    assert [epoch.n_recordings for epoch in result.epochs] == [500, 1000]
    # Six speakers, of whom two validate and one is tested; twelve, two and two or three.
    assert [epoch.n_trained for epoch in result.epochs] == pytest.approx([250, 620], rel=0.3)
    for epoch in result.epochs:
        assert epoch.seconds > 0
        assert epoch.memory_bytes == 10**6
        assert epoch.seconds_per_thousand == pytest.approx(1000 * epoch.seconds / epoch.n_trained)
    assert result.opening.n_recordings == 2000
    assert result.opening.seconds > 0
    assert 100 < result.opening.bytes_per_recording < 1000
    assert [said.split()[-2] for said in announced] == ["500", "1,000", "2,000"]
    assert list(folder.iterdir()) == []


def test_the_timer_leaves_out_what_comes_after_the_last_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timer = scale.TrainingTimer()
    for start, *batches in ([0.0, 2.0, 5.0], [9.0, 10.0]):
        for number, now in enumerate((start, *batches)):
            monkeypatch.setattr(scale.time, "perf_counter", lambda now=now: now)
            if number == 0:
                timer.on_train_epoch_start(None, None)
            else:
                timer.on_train_batch_end(None, None, None, None, number)
    assert timer.seconds == [5.0, 1.0]


@pytest.mark.parametrize("memory_is_known", [True, False])
def test_larger_corpora_stand_beside_the_smallest_one(memory_is_known: bool) -> None:
    epochs = (
        scale.EpochCost(600, 500, 0.5, 10_000_000),
        scale.EpochCost(6_000, 5_000, 5.5, 20_000_000 if memory_is_known else None),
        scale.EpochCost(60_000, 50_000, 75.0, 36_200_000),
    )
    result = scale.ScaleResult(epochs, scale.OpeningCost(1_000_000, 0.8, 200.0))
    rows = [
        (one.what, one.ours, one.reference, one.theirs, one.ratio, one.reached)
        for one in scale.compare_sizes(result)
    ]
    memory = [("one recording more, bytes", 300.0, "its row in the index", 200.0, 1.5, True)]
    assert rows == [
        ("10x corpus, s/1,000 tr.", 1.1, "1x corpus", 1.0, 1.1, True),
        ("100x corpus, s/1,000 tr.", 1.5, "1x corpus", 1.0, 1.5, False),
        *(memory if memory_is_known else []),
        ("index of 1,000,000, s", 0.8, "limit", 1.0, 0.8, True),
    ]


@pytest.mark.slow
def test_an_index_is_opened_in_little_more_memory_than_it_takes(
    invent: Callable[..., Path],
) -> None:
    n_recordings = 60_000
    folder = invent("store", n_recordings=n_recordings, with_frames=False)
    (_, per_recording), peak = scale.in_new_process(scale.open_store, folder)
    # What Arrow and pandas import the first time is in the peak.
    assert peak is None or peak < 2.5 * n_recordings * per_recording


def touch(own: int, mapped: Path) -> tuple[float, int]:
    """Fill memory of one's own for a moment, and read a mapped file."""
    total = float(np.ones(own // 8).sum())
    return total, int(np.load(mapped, mmap_mode="r").sum())


@pytest.mark.slow
def test_only_memory_of_ones_own_counts_however_short(tmp_path: Path) -> None:
    np.save(tmp_path / "mapped.npy", np.ones(2 * 10**8, dtype=np.uint8))
    results = [
        scale.in_new_process(touch, own, tmp_path / "mapped.npy") for own in (4 * 10**8, 8 * 10**6)
    ]
    assert [result for result, _ in results] == [(5 * 10**7, 2 * 10**8), (10**6, 2 * 10**8)]
    if (much := results[0][1]) is not None and (little := results[1][1]) is not None:
        assert 3.9 * 10**8 < much < 5 * 10**8
        assert little < 10**8


def fail() -> None:
    raise ValueError("no such corpus")


@pytest.mark.slow
def test_what_goes_wrong_in_the_process_is_told() -> None:
    with pytest.raises(ValueError, match="no such corpus"):
        scale.in_new_process(fail)


def test_memory_is_not_known_of_a_process_that_is_not_there() -> None:
    assert scale.anonymous_bytes(2**22 + 1) is None
