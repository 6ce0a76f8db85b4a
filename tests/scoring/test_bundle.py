"""Bundles hold what scores and nothing that could run; what is not whole is refused."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dysarthria_lightning.config import Config
from dysarthria_lightning.errors import RunError
from dysarthria_lightning.files.sealed_json import seal, unseal
from dysarthria_lightning.scoring import bundle as bundles
from dysarthria_lightning.scoring.bundle import Bundle, read_bundle, read_dossier, write_bundle
from dysarthria_lightning.scoring.models import TrainedNetwork, restore_model
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.scoring.state import ModelState


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle of one small network."""
    from configurations import compose_config

    folder = tmp_path_factory.mktemp("bundle")
    file = folder / "one.bundle"
    write_bundle(small_bundle(compose_config(folder, "model.hidden_size=2")), file)
    return file.read_bytes()


def small_bundle(config: Config) -> Bundle:
    """Make a bundle of a network with weights that were never trained."""
    network = config.model.build(13, 50)  # type: ignore[attr-defined]
    arrays = {f"network.{name}": it.numpy() for name, it in network.state_dict().items()}
    arrays |= {"mean": np.zeros(13), "std": np.ones(13)}
    values = {"n_columns": 13, "max_frames": 50, "precision": "32-true", "threads": 1}
    models = SavedModels(config, (ModelState(arrays, values),), 25)
    return Bundle(models, {"trained_on": {"speakers": 3}}, "# Card\n")


def rewritten(packed: bytes, **members: bytes | None) -> bytes:
    """Put other members into a bundle; None takes one out."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content |= {name.replace("__", "."): it for name, it in members.items()}  # type: ignore[misc]
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name, it in content.items():
            if it is not None:
                archive.writestr(name, it)
    return changed.getvalue()


def refusal(content: bytes, folder: Path) -> str:
    (folder / "other.bundle").write_bytes(content)
    with pytest.raises(RunError) as refused:
        read_bundle(folder / "other.bundle")
    return str(refused.value)


def test_what_was_written_is_read(packed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "one.bundle"
    file.write_bytes(packed)
    bundle = read_bundle(file)
    assert bundle.about == {"trained_on": {"speakers": 3}}
    assert bundle.card == "# Card\n"
    assert bundle.models.n_stored_columns == 25
    model = restore_model(bundle.models.config.model, bundle.models.states[0])
    assert isinstance(model, TrainedNetwork)
    write_bundle(bundle, tmp_path / "again.bundle")
    assert (tmp_path / "again.bundle").read_bytes() == packed


def test_a_pickle_inside_is_refused_unread(packed: bytes, tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Payload:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
            return open, (str(marker), "w")

    evil = pickle.dumps(Payload())
    assert "holds 'weights.pkl'" in refusal(rewritten(packed, weights__pkl=evil), tmp_path)
    damaged = rewritten(packed, models__safetensors=evil)
    assert "models.safetensors is not what was written" in refusal(damaged, tmp_path)
    assert not marker.exists()


def test_foreign_and_incomplete_files_are_refused(packed: bytes, tmp_path: Path) -> None:
    assert "no bundle, or damaged" in refusal(b"RIFF", tmp_path)
    assert "no bundle, or damaged" in refusal(packed[: len(packed) // 2], tmp_path)
    assert "holds" in refusal(rewritten(packed, MODEL_CARD__md=None), tmp_path)
    with pytest.raises(RunError, match="there is no such file"):
        read_bundle(tmp_path / "absent.bundle")
    with pytest.raises(RunError, match="no bundle"):
        read_bundle(tmp_path)


@pytest.mark.parametrize(
    ("places", "value"),
    [([8], 1), ([8], 1 << 5), ([8], 1 << 6), ([6], 99), ([22, 26], 0x7F)],
    ids=["encrypted", "patched", "strongly encrypted", "newer zip", "longer than the file"],
)
def test_an_archive_that_cannot_be_unpacked_is_refused(
    packed: bytes, tmp_path: Path, places: list[int], value: int
) -> None:
    changed = bytearray(packed)
    entry = packed.index(b"PK\x01\x02")
    for place in places:
        changed[entry + place] = value
    refusal(bytes(changed), tmp_path)


def test_a_description_that_never_ends_is_refused(packed: bytes, tmp_path: Path) -> None:
    deep = rewritten(packed, bundle__json=b"[" * 100_000)
    assert "bundle.json is not what was written" in refusal(deep, tmp_path)


def test_a_newer_format_is_named(
    packed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.bundle"
    file.write_bytes(packed)
    bundle = replace(read_bundle(file), version="9.0")
    monkeypatch.setattr(bundles, "FORMAT", 2)
    write_bundle(bundle, tmp_path / "newer.bundle")
    monkeypatch.undo()
    with pytest.raises(RunError, match=r"format 2, written by version 9\.0"):
        read_bundle(tmp_path / "newer.bundle")


@given(place=st.floats(0, 1, exclude_max=True), flipped=st.integers(1, 255))
def test_a_changed_byte_is_noticed_or_changes_nothing(
    packed: bytes, tmp_path_factory: pytest.TempPathFactory, place: float, flipped: int
) -> None:
    changed = bytearray(packed)
    changed[int(place * len(packed))] ^= flipped
    folder = tmp_path_factory.mktemp("changed")
    (folder / "one.bundle").write_bytes(packed)
    (folder / "changed.bundle").write_bytes(changed)
    whole = read_bundle(folder / "one.bundle")
    try:
        read = read_bundle(folder / "changed.bundle")
    except RunError:
        return
    assert (read.about, read.card, read.version) == (whole.about, whole.card, whole.version)
    for name, array in whole.models.states[0].arrays.items():
        np.testing.assert_array_equal(read.models.states[0].arrays[name], array)


def test_a_bundle_of_format_1_scores_as_it_did() -> None:
    """It was written when the format was new, and must be read for ever."""
    file = Path(__file__).parent / "golden" / "bilstm1-format1.bundle"
    _, dossier = read_dossier(file)
    assert dossier.heard == (frozenset({"ab"}), frozenset({"cd"}))
    assert dossier.summary.range_of("duration_s") == (0.5, 1.0)
    seconds = np.arange(16000) / 16000
    chirp = 0.2 * np.sin(2 * np.pi * 200 * seconds * (1 + 0.3 * seconds))
    samples = (chirp + 0.05 * np.sin(2 * np.pi * 1900 * seconds)).astype(np.float32)
    scorer = Scorer.load(file)
    assert scorer.score_samples(samples[:4000], 16000) == pytest.approx(0.54444, abs=1e-4)
    assert scorer.score_samples(samples, 16000) == pytest.approx(0.53840, abs=1e-4)


def test_a_bundle_of_models_alone_cannot_score_people(packed: bytes, tmp_path: Path) -> None:
    (tmp_path / "one.bundle").write_bytes(packed)
    with pytest.raises(RunError, match="lacks what must be known of its model"):
        read_dossier(tmp_path / "one.bundle")


@pytest.mark.parametrize("wrong", ["settings", "models", "members", "weights"])
def test_what_is_whole_but_no_model_is_refused(packed: bytes, tmp_path: Path, wrong: str) -> None:
    """Anybody can compute digests; what they vouch for need not fit together."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        description = unseal(archive.read("bundle.json").decode())
    if wrong == "weights":
        description["models"] = [description["models"][0] | {"n_columns": 12}]
    else:
        description[wrong] = [7]
    changed = rewritten(packed, bundle__json=json.dumps(seal(description)).encode())
    (tmp_path / "other.bundle").write_bytes(changed)
    with pytest.raises(RunError):
        Scorer.load(tmp_path / "other.bundle")
