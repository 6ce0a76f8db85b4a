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
from dysarthria_lightning.files.atomic import TEMPORARY
from dysarthria_lightning.runs import layout
from dysarthria_lightning.runs.layout import RESUME_POINT

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


@pytest.mark.parametrize(
    "damage", ["truncated", "flipped", "one weight", "empty", "list", "pickled code"]
)
def test_a_damaged_point_is_not_gone_on_from(
    damage: str,
    tone_config: Callable[..., Config],
    undisturbed: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = tone_config()
    train_until_killed(config, 1)
    point = layout.run_folder(config) / RESUME_POINT
    content = bytearray(point.read_bytes())
    if damage == "truncated":
        point.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[40:400] = bytes(255 - byte for byte in content[40:400])
        point.write_bytes(content)
    elif damage == "one weight":
        flip_a_weight(point)
    elif damage == "list":
        torch.save([1, 2], point)
    elif damage == "empty":
        point.write_bytes(b"")
    else:
        torch.save({"callbacks": Attack(tmp_path / "attacked")}, point)
    assert_same_run(train(config), undisturbed)
    assert "the run starts again" in caplog.text
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize("damage", ["one weight", "truncated", "removed"])
def test_a_damaged_best_checkpoint_is_not_gone_on_from(
    damage: str,
    tone_config: Callable[..., Config],
    undisturbed: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    config = tone_config()
    train_until_killed(config, config.trainer.max_epochs, "on_fit_end")
    best = layout.run_folder(config) / layout.CHECKPOINT
    if damage == "one weight":
        flip_a_weight(best)
    elif damage == "truncated":
        best.write_bytes(best.read_bytes()[:-1000])
    else:
        best.unlink()
    assert_same_run(train(config), undisturbed)
    assert "best.ckpt is damaged" in caplog.text


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
