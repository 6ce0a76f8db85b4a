"""Which arithmetic a run trains in: bf16 where the machine computes in it, fp32 elsewhere."""

from typing import Literal

import torch

from dysarthria_lightning.errors import ConfigError


def choose_precision(
    asked: Literal["auto", "32-true", "bf16-mixed"], accelerator: str
) -> Literal["32-true", "bf16-mixed"]:
    """Choose Lightning's precision for this machine.

    Args:
        asked: ``trainer.precision``.
        accelerator: ``auto``, ``cpu`` or ``gpu``.

    Returns:
        ``32-true`` or ``bf16-mixed``. Without bf16 units, emulating it is several times slower
        than fp32, so ``auto`` never does. Where a GPU is asked for and there is none, the trainer
        says so.

    Raises:
        ConfigError: ``bf16-mixed`` is asked of a machine that does not compute in it.
    """
    if accelerator == "gpu" and not torch.cuda.is_available():
        return "32-true"
    on_gpu = accelerator != "cpu" and torch.cuda.is_available()
    has_bf16 = gpu_has_bf16() if on_gpu else cpu_has_bf16()
    if asked == "auto":
        return "bf16-mixed" if has_bf16 else "32-true"
    if asked == "bf16-mixed" and not has_bf16:
        raise ConfigError(
            f"trainer.precision = {asked}: this {'GPU' if on_gpu else 'processor'} does not "
            "compute in bf16; take trainer.precision=auto, or 32-true"
        )
    return asked


def cpu_has_bf16() -> bool:
    """Say whether the processor multiplies bf16 matrices (AVX512-BF16 or AMX)."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def gpu_has_bf16() -> bool:
    """Say whether the first GPU computes in bf16 without emulation."""
    return bool(torch.cuda.is_bf16_supported(including_emulation=False))
