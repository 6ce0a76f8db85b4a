"""bf16 where the machine computes in it, fp32 elsewhere, and never an emulation."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import prepare_corpus
from dysarthria_lightning.errors import ConfigError
from dysarthria_lightning.training.precision import choose_precision, cpu_has_bf16
from dysarthria_lightning.training.run import train_run

BF16_PROCESSORS = [{"avx512_bf16": True}, {"amx_bf16": True, "amx_tile": True}]
OTHER_PROCESSORS = [{"avx2": True, "avx512_f": True, "avx512_bf16": False}, {"neon": True}, {}]


@pytest.fixture
def without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, bool]], None]:
    """Pretend that the processor has other capabilities."""
    return lambda has: monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Pretend that there is a GPU which does or does not compute in bf16."""

    def pretend(has_bf16: bool) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(
            torch.cuda,
            "is_bf16_supported",
            lambda including_emulation=True: including_emulation or has_bf16,
        )

    return pretend


@pytest.mark.usefixtures("without_gpu")
@pytest.mark.parametrize("accelerator", ["auto", "cpu"])
@pytest.mark.parametrize("has", BF16_PROCESSORS)
def test_auto_is_bf16_where_the_processor_has_it(
    accelerator: str, has: dict[str, bool], processor: Callable[[dict[str, bool]], None]
) -> None:
    processor(has)
    assert choose_precision("auto", accelerator) == "bf16-mixed"
    assert choose_precision("bf16-mixed", accelerator) == "bf16-mixed"
    assert choose_precision("32-true", accelerator) == "32-true"


@pytest.mark.usefixtures("without_gpu")
@pytest.mark.parametrize("has", OTHER_PROCESSORS)
def test_auto_is_fp32_where_the_processor_has_no_bf16(
    has: dict[str, bool], processor: Callable[[dict[str, bool]], None]
) -> None:
    processor(has)
    assert choose_precision("auto", "auto") == "32-true"
    with pytest.raises(ConfigError, match="this processor does not compute in bf16"):
        choose_precision("bf16-mixed", "cpu")


@pytest.mark.parametrize("accelerator", ["auto", "gpu"])
def test_the_gpu_decides_where_it_is_used(
    accelerator: str,
    gpu: Callable[[bool], None],
    processor: Callable[[dict[str, bool]], None],
) -> None:
    processor({})
    gpu(True)
    assert choose_precision("auto", accelerator) == "bf16-mixed"
    assert choose_precision("auto", "cpu") == "32-true"
    processor({"avx512_bf16": True})
    gpu(False)
    assert choose_precision("auto", accelerator) == "32-true"
    assert choose_precision("auto", "cpu") == "bf16-mixed"
    with pytest.raises(ConfigError, match="this GPU does not compute in bf16"):
        choose_precision("bf16-mixed", accelerator)


@pytest.mark.usefixtures("without_gpu")
def test_a_missing_gpu_is_not_blamed_on_the_processor(tone_config: Callable[..., Config]) -> None:
    config = tone_config("trainer.precision=bf16-mixed", "trainer.accelerator=gpu")
    with pytest.raises(ConfigError, match=r"trainer\.accelerator = gpu"):
        train_run(config, prepare_corpus(config), show_progress=False)


@pytest.mark.skipif(cpu_has_bf16(), reason="the processor has bf16")
def test_bf16_is_refused_before_training_on_this_processor(
    tone_config: Callable[..., Config],
) -> None:
    config = tone_config("trainer.precision=bf16-mixed", "trainer.accelerator=cpu")
    with pytest.raises(ConfigError, match=r"take trainer\.precision=auto, or 32-true"):
        train_run(config, prepare_corpus(config), show_progress=False)


@pytest.mark.skipif(not cpu_has_bf16(), reason="the processor has no bf16")
@pytest.mark.parametrize("model", ["baseline", "lstm1", "lstm2", "bilstm1"])
def test_bf16_gives_nearly_the_logits_of_fp32(
    model: str, tone_config: Callable[..., Config]
) -> None:
    logits = {}
    for precision in ("32-true", "auto"):
        config = tone_config(
            f"model={model}", f"trainer.precision={precision}", f"tag={precision[:2]}"
        )
        folder = train_run(config, prepare_corpus(config), show_progress=False)
        logits[precision] = pd.read_parquet(folder / "predictions.parquet")["logit"].to_numpy()
    assert json.loads((folder / "run.json").read_text())["precision"] == "bf16-mixed"
    assert logits["auto"] == pytest.approx(logits["32-true"], abs=0.05)
    assert not np.array_equal(logits["auto"], logits["32-true"])
