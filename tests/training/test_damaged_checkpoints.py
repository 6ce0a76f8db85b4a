"""A checkpoint that is damaged or half-written is not gone on from."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from configurations import compose_tone_config
from killed_runs import KilledError, assert_same_run, train, train_until_killed

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.files.atomic import TEMPORARY
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.layout import RESUME_POINT
from dysarthria_lightning.training.resuming import find_stopped_run, resume_fingerprint

pytestmark = pytest.mark.usefixtures("without_curves")


class Attack:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def flip_a_weight(path: Path) -> None:
    """Flip the lowest bit of a checkpoint's first weight, which loads as if nothing were wrong."""
    weights = torch.load(path, weights_only=True)["state_dict"]
    weight = next(iter(weights.values())).numpy().tobytes()
    content = bytearray(path.read_bytes())
    assert content.count(weight)
    content[content.index(weight)] ^= 1
    path.write_bytes(content)
    changed = torch.load(path, weights_only=True)["state_dict"]
    assert any(not torch.equal(changed[name], weights[name]) for name in weights)


@pytest.fixture(scope="module")
def undisturbed(tone_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs that nothing happened to."""
    return train(compose_tone_config(tmp_path_factory.mktemp("undisturbed"), tone_corpus))


def test_a_damaged_point_is_not_gone_on_from(
    tone_config: Callable[..., Config],
    undisturbed: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = tone_config()
    train_until_killed(config, 1)
    folder = layout.run_folder(config)
    point = folder / RESUME_POINT
    fingerprint = resume_fingerprint(config, prepare_corpus(config).key)
    sound = point.read_bytes()
    attack = {"callbacks": Attack(tmp_path / "attacked")}
    damages: dict[str, Callable[[], object]] = {
        "empty": lambda: point.write_bytes(b""),
        "truncated": lambda: point.write_bytes(sound[: len(sound) // 2]),
        "flipped": lambda: point.write_bytes(
            sound[:40] + bytes(255 - byte for byte in sound[40:400]) + sound[400:]
        ),
        "list": lambda: torch.save([1, 2], point),
        "pickled code": lambda: torch.save(attack, point),
        "one weight": lambda: flip_a_weight(point),
    }
    for name, damage in damages.items():
        point.write_bytes(sound)
        assert find_stopped_run(folder, fingerprint)
        assert caplog.text == ""
        damage()
        assert find_stopped_run(folder, fingerprint) is None, name
        assert "the run starts again" in caplog.text
        caplog.clear()
    assert not (tmp_path / "attacked").exists()
    assert_same_run(train(config), undisturbed)


def test_a_damaged_best_checkpoint_is_not_gone_on_from(
    tone_config: Callable[..., Config], undisturbed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = tone_config()
    train_until_killed(config, config.trainer.max_epochs, "on_fit_end")
    folder = layout.run_folder(config)
    best = folder / layout.CHECKPOINT
    fingerprint = resume_fingerprint(config, prepare_corpus(config).key)
    sound = best.read_bytes()
    damages: dict[str, Callable[[], object]] = {
        "removed": best.unlink,
        "truncated": lambda: best.write_bytes(sound[:-1000]),
        "one weight": lambda: flip_a_weight(best),
    }
    for name, damage in damages.items():
        best.write_bytes(sound)
        assert find_stopped_run(folder, fingerprint)
        damage()
        assert find_stopped_run(folder, fingerprint) is None, name
        assert "best.ckpt is damaged" in caplog.text
        caplog.clear()
    assert_same_run(train(config), undisturbed)


@pytest.mark.parametrize("name", [RESUME_POINT, layout.CHECKPOINT])
def test_a_kill_while_a_checkpoint_is_written_leaves_the_one_before(
    name: str,
    tone_config: Callable[..., Config],
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tone_config()
    folder = layout.run_folder(config)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    before: list[list[bytes]] = []

    def content_there() -> list[bytes]:
        return [path.read_bytes() for path in folder.glob(name)]

    def write_half(path: Path, content: Any) -> int:
        # The best checkpoint of these tones is written once.
        if path.name.startswith(name) and (name == layout.CHECKPOINT or content_there()):
            before.append(content_there())
            write(path, b"half")
            raise KilledError
        return write(path, content)

    write = Path.write_bytes
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_half)
        with pytest.raises(KilledError):
            train(config)
    assert before == [content_there()]
    assert list(elsewhere.iterdir()) == []
    # A kill, other than an exception, leaves the half behind.
    (folder / f"{name}{TEMPORARY}").write_bytes(b"half")
    assert_same_run(train(config), undisturbed)
