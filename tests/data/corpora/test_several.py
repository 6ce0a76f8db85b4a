"""Several corpora as one: named, cut and refused corpus by corpus."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from corpus_contracts import CorpusContract
from sounds import encoded

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.members import CORPORA
from dysarthria_lightning.config.schema import check_section
from dysarthria_lightning.data.corpora.several import SeveralData
from dysarthria_lightning.data.permuting import permute_labels
from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
from dysarthria_lightning.data.protocols import AcrossCorpora
from dysarthria_lightning.data.store import FeatureStore
from dysarthria_lightning.errors import ConfigError, CorpusError
from dysarthria_lightning.sweeps.plan import Corpora, PlannedRun, check_splits


def write_table(folder: Path, seed: int, n_speakers: int = 4, seconds: float = 0.3) -> Path:
    """A corpus of noises: speakers S0, S1, ..., every other a patient, two recordings each."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    rows = []
    for speaker in range(n_speakers):
        for number in range(2):
            path = f"{speaker}-{number}.wav"
            samples = rng.integers(-9000, 9000, round(seconds * 16_000)).astype(np.int16)
            (folder / path).write_bytes(encoded(samples))
            rows.append({"path": path, "speaker_id": f"S{speaker}", "label": speaker % 2})
    table = folder / "table.csv"
    pd.DataFrame(rows).to_csv(table, index=False)
    return table


def section(tables: dict[str, Path], **keys: Any) -> SeveralData:
    """``data=several`` of tables."""
    more = keys.pop("more", {})
    options = {
        name: {"layout": "manifest", "manifest": str(table), **more.get(name, {})}
        for name, table in tables.items()
    }
    values = {"layout": "several", "corpora": [*tables], "options": options, **keys}
    return check_section(SeveralData, values)


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, Path]:
    return {name: write_table(tmp_path / name, seed) for seed, name in enumerate("ab")}


@pytest.fixture
def prepare(tmp_path: Path, make_config: Callable[..., Any]) -> Callable[..., FeatureStore]:
    def prepared(data: SeveralData) -> FeatureStore:
        return prepare_corpus(make_config().model_copy(update={"data": data}))

    return prepared


class TestSeveral(CorpusContract):
    choice = "several"
    place = None

    def make(self, folder: Path) -> list[str]:
        tables = {name: write_table(folder / name, seed) for seed, name in enumerate("ab")}
        options = ", ".join(
            f"{name}: {{layout: manifest, manifest: {table}}}" for name, table in tables.items()
        )
        return ["data.corpora=[a,b]", f"data.options={{{options}}}"]


def test_speakers_of_two_corpora_are_never_one(tables: dict[str, Path]) -> None:
    data = section(tables)
    manifest = data.read("")
    assert set(manifest["corpus"]) == {"a", "b"}
    assert manifest["speaker_id"].nunique() == 8
    assert set(manifest["speaker_id"]) >= {"a:S0", "b:S0"}
    for name, table in tables.items():
        own = pd.read_csv(table)
        of_it = manifest[manifest["corpus"] == name]
        assert of_it["recording_id"].tolist() == [f"{name}:{path}" for path in sorted(own["path"])]
    assert data.corpus == "a-b" == section(dict(reversed(tables.items()))).corpus
    assert data.settings() == section(dict(reversed(tables.items()))).settings()


def test_defaults_are_those_of_the_corpus_alone() -> None:
    values = {"layout": "several", "corpora": ["minsk2020", "torgo", "small"]}
    data = check_section(
        SeveralData,
        values
        | {
            "roots": {"torgo": "/t"},
            "options": {"torgo": {"microphone": "head"}, "small": {"layout": "synthetic_quick"}},
        },
    )
    members = data.members
    assert [type(it) for it in members.values()] == [
        CORPORA[name] for name in ("minsk2020", "torgo", "synthetic")
    ]
    cut = [member.segment_s for member in members.values()]
    assert cut == [0.5, None, None]
    assert members["torgo"].microphone == "head"  # type: ignore[attr-defined]
    assert members["torgo"].root == "/t"  # type: ignore[attr-defined]
    assert members["small"].recordings_per_speaker == 20  # type: ignore[attr-defined]
    assert data.disclaimer is not None
    assert "small" in data.disclaimer
    whole = check_section(SeveralData, data.model_dump() | {"segment_s": 1})
    assert [member.segment_s for member in whole.members.values()] == [1, 1, 1]


def test_paths_of_a_corpus_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    options = {"svd": {"sessions": "~/s.csv"}, "copas": {"speakers_table": "~/t.csv"}}
    values = {"layout": "several", "corpora": ["svd", "copas"], "options": options}
    members = check_section(SeveralData, values | {"roots": {"svd": "~/svd"}}).members
    assert members["svd"].sessions == "/home/me/s.csv"  # type: ignore[attr-defined]
    assert members["svd"].root == "/home/me/svd"  # type: ignore[attr-defined]
    assert members["copas"].speakers_table == "/home/me/t.csv"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"corpora": ["torgo"]}, "data.corpora = [torgo]: name two at least"),
        ({"corpora": ["torgo", "Torgo"]}, "every corpus needs a name of its own"),
        ({"corpora": ["torgo", "a:b"]}, "data.corpora: 'a:b'"),
        ({"corpora": ["torgo", "nowhere"]}, "there is no corpus nowhere"),
        ({"corpora": ["torgo", "several"]}, "there is no corpus several"),
        ({"roots": {"x": "/a"}}, "data.roots: x: not named in data.corpora = [torgo, minsk2020]"),
        ({"options": {"torgo": {"mike": 1}}}, "data.options.torgo.mike: there is no such key"),
        ({"options": {"torgo": {"layout": "x"}}}, "data.options.torgo.layout = x: expected one"),
        ({"options": {"torgo": {"channel": 1}}}, "set data.channel itself, for all corpora"),
        ({"options": {"torgo": {"root": "/a"}}}, "data.options.torgo.root: write it in data.roots"),
        ({"options": {"minsk2020": {"segment_s": -1}}}, "data.options.minsk2020.segment_s = -1"),
        ({"options": {"torgo": {"tasks": []}}}, "data.options.torgo.tasks"),
        (
            {"roots": {"synthetic": "/a"}, "corpora": ["synthetic", "torgo"]},
            "data.roots.synthetic = /a: synthetic has no root",
        ),
        ({"name": "a/b"}, "data.name = 'a/b' cannot name a folder"),
    ],
)
def test_mistakes_name_the_key(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_section(
            SeveralData, {"layout": "several", "corpora": ["torgo", "minsk2020"]} | values
        )
    assert message in str(refused.value)


def test_a_corpus_that_is_not_there_is_named(tmp_path: Path) -> None:
    values = {"layout": "several", "corpora": ["torgo", "minsk2020"]}
    for roots in ({}, {"torgo": str(tmp_path / "absent")}):
        with pytest.raises(CorpusError, match=r"corpus torgo: data\.roots\.torgo"):
            check_section(SeveralData, values | {"roots": roots}).read("")


def make_svd(folder: Path) -> dict[str, Any]:
    """The names of a few recordings of SVD, and a table of its sessions; the keys to read them."""
    folder.mkdir()
    for session in (1, 2, 3):
        (folder / f"{session}-a_n.wav").touch()
    rows = ["sessionid,sessiontype,talkerid,talkersex,talkerage,pathologies"]
    rows += ["1,n,1,w,20,", "2,p,2,w,20,Dysarthrophonie", "3,p,3,w,20,Laryngitis"]
    (folder / "sessions.csv").write_text("\n".join(rows), encoding="utf-8")
    values = {"layout": "several", "corpora": ["torgo", "svd"]}
    return values | {"roots": {"torgo": str(folder), "svd": str(folder)}}


def test_only_keys_are_called_otherwise_among_several(tmp_path: Path) -> None:
    folder = tmp_path / "data.tasks"
    values = make_svd(folder) | {"corpora": ["svd", "torgo"]}
    with pytest.raises(CorpusError) as refused:
        check_section(SeveralData, values).read("")
    message = str(refused.value)
    assert f"{folder}: summary.csv is not there" in message
    assert "where data.zip is" in message
    assert "data.options.svd.sessions=FILE" in message
    assert "data.options.svd.pathologies" in str(check_section(SeveralData, values).classes)


def test_who_is_left_out_of_one_corpus_is_said_with_its_keys(
    tables: dict[str, Path], tmp_path: Path
) -> None:
    svd = make_svd(tmp_path / "s")
    options = {
        "svd": {"sessions": str(tmp_path / "s" / "sessions.csv")},
        "a": {"layout": "manifest", "manifest": str(tables["a"])},
    }
    values = svd | {"corpora": ["svd", "a"], "options": options}
    values["roots"] = {"svd": svd["roots"]["svd"]}
    notes = " ".join(check_section(SeveralData, values).read("").attrs["notes"])
    assert "data.options.svd.pathologies" in notes
    assert "data.pathologies" not in notes


def test_each_corpus_is_cut_as_it_is_alone(
    tables: dict[str, Path], prepare: Callable[..., FeatureStore]
) -> None:
    store = prepare(section(tables, more={"b": {"segment_s": 0.1}}))
    numbers = store.recordings.groupby("corpus")["recording_id"].count()
    assert numbers.to_dict() == {"a": 8, "b": 24}
    assert prepare(section(tables)).key != store.key
    for name, rows in store.recordings.groupby("corpus"):
        of_store = np.concatenate(
            [
                store.frames[offset : offset + n]
                for offset, n in zip(rows["offset"], rows["n_frames"], strict=True)
            ]
        )
        alone = CORPORA["manifest"].model_validate(
            {"layout": "manifest", "manifest": str(tables[str(name)])}
            | ({"segment_s": 0.1} if name == "b" else {})
        )
        np.testing.assert_array_equal(of_store, prepare(alone).frames)


def test_one_person_in_two_corpora_is_refused_or_left_out_of_the_later(
    tables: dict[str, Path], prepare: Callable[..., FeatureStore]
) -> None:
    shared = tables["a"].parent / "2-1.wav"
    (tables["b"].parent / "0-0.wav").write_bytes(shared.read_bytes())
    with pytest.raises(CorpusError) as refused:
        prepare(section(tables))
    assert "a:2-1.wav (speaker a:S2, a, row" in str(refused.value)
    assert "data.on_shared_speaker=keep_first" in str(refused.value)
    skipped = prepare(section(tables, on_bad_file="skip")).recordings
    assert set(skipped["speaker_id"]) >= {"a:S2", "b:S0"}
    assert not {"a:2-1.wav", "b:0-0.wav"} & set(skipped["source_id"])
    for order, left in ((("a", "b"), "b:S0"), (("b", "a"), "a:S2")):
        ordered = {name: tables[name] for name in order}
        store = prepare(section(ordered, on_shared_speaker="keep_first"))
        assert store.recordings["speaker_id"].nunique() == 7
        assert left not in set(store.recordings["speaker_id"])
        assert any(f"{left} is " in paragraph for paragraph in describe_problems(store))


@pytest.mark.parametrize("permuted", [None, 1])
def test_no_run_across_corpora_that_share_people(
    tables: dict[str, Path], permuted: int | None, make_config: Callable[..., Config]
) -> None:
    folder = tables["a"].parent.parent
    tables["c"] = write_table(folder / "c", 2)
    (tables["b"].parent / "0-0.wav").write_bytes((tables["a"].parent / "2-1.wav").read_bytes())
    data = section(tables, on_bad_file="skip", permuted_labels=permuted)
    kept = section(tables, on_shared_speaker="keep_first", permuted_labels=permuted)
    corpora = Corpora()

    def check(tested: str, sources: list[str], data: SeveralData) -> None:
        values = {"name": "across_corpora", "test_corpus": tested, "folds": 1}
        protocol = AcrossCorpora.model_validate(values | {"train_corpora": sources})
        config = make_config("model=functionals").model_copy(
            update={"data": data, "protocol": protocol}
        )
        check_splits([PlannedRun(config, ())], corpora)

    for tested, sources in (("b", ["a"]), ("a", ["b", "c"]), ("c", ["a", "b"])):
        with pytest.raises(ConfigError, match="a and b have people in common") as refused:
            check(tested, sources, data)
        assert "data.on_shared_speaker=keep_first" in str(refused.value)
    check("c", ["a"], data)
    check("a", ["b", "c"], kept)


def test_labels_are_dealt_within_a_corpus() -> None:
    speakers = [f"a:{n}" for n in range(8)] + [f"b:{n}" for n in range(8)]
    recordings = pd.DataFrame(
        {
            "speaker_id": speakers,
            "corpus": [it[0] for it in speakers],
            "label": [1] + [0] * 7 + [0] + [1] * 7,
        }
    )
    dealt = [permute_labels(recordings, seed) for seed in range(20)]
    assert all(it.groupby("corpus")["label"].sum().to_dict() == {"a": 1, "b": 7} for it in dealt)
    assert len({tuple(it["label"]) for it in dealt}) > 10
