"""How many recordings a corpus lists, how many can be used, and why others cannot."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pandas as pd

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.flow import WHOSE, corpus_flow
from dysarthria_lightning.data.preparation import prepare_corpus


def counts_of(flow: pd.DataFrame) -> list[tuple[object, ...]]:
    values = flow.astype(object).where(flow.notna(), None)
    return [tuple(row) for row in values.itertuples(index=False)]


def test_a_corpus_of_sound_recordings_is_all_usable(tone_config: Callable[..., Config]) -> None:
    assert counts_of(corpus_flow(prepare_corpus(tone_config()))) == [
        (step, "", label, speakers, 4 * speakers)
        for step in ("listed", "usable")
        for label, speakers in ((None, 12), (0, 6), (1, 6))
    ]


def test_each_recording_is_listed_and_usable_or_left_out_for_a_reason(
    tone_config: Callable[..., Config], tone_corpus: Path, tmp_path: Path
) -> None:
    folder = copytree(tone_corpus.parent, tmp_path / "tones")
    for name in ("S01_0", "S01_1", "S01_2", "S01_3", "S02_0"):
        (folder / f"{name}.wav").write_bytes(b"no audio")
    config = tone_config(
        f"data.manifest={folder / tone_corpus.name}",
        "data.on_bad_file=skip",
        "data.max_duration_s=0.27",
    )
    store = prepare_corpus(config)
    flow = corpus_flow(store)
    every = flow[flow["label"].isna()].set_index("step")
    assert every.loc["listed", ["n_speakers", "n_recordings"]].tolist() == [12, 48]
    assert every.loc["usable", "n_speakers"] == store.recordings["speaker_id"].nunique()
    assert every.loc["usable", "n_recordings"] == store.recordings["source_id"].nunique()
    left = every.loc[["left out"]]
    assert left["n_recordings"].sum() + every.loc["usable", "n_recordings"] == 48
    unreadable = flow[flow["reason"].str.contains("audio")].set_index("label", drop=False)
    assert unreadable["n_recordings"].tolist() == [5, 1, 4]
    assert unreadable["n_speakers"].tolist() == [2, 1, 1]
    assert any("too long" in reason for reason in left["reason"])
    # A store from before it knew whose these were.
    about = {key: value for key, value in store.about.items() if key != WHOSE}
    older = corpus_flow(replace(store, about=about))
    assert older["label"].notna().tolist() == [False] * (len(left) + 2) + [True, True]
    assert older["n_recordings"].tolist()[0] == 48
    assert older["n_speakers"].isna().tolist()[0]
