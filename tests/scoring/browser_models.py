"""Small models and sounds on which the page's script is compared with Python."""

from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import torch

from dysarthria_lightning.config import Config
from dysarthria_lightning.evaluation.judging import speaker_scores
from dysarthria_lightning.models.base import NetworkSection
from dysarthria_lightning.scoring.saved import SavedModels
from dysarthria_lightning.scoring.scorer import Scorer
from dysarthria_lightning.scoring.state import ModelState


def untrained(config: Config, seed: int, max_frames: int = 400, n_columns: int = 13) -> ModelState:
    """Make a network with weights large enough that scores differ, and odd standardisation."""
    assert isinstance(config.model, NetworkSection)
    torch.manual_seed(seed)
    network = config.model.build(n_columns, max_frames)
    for weights in network.parameters():
        torch.nn.init.uniform_(weights, -0.4, 0.4)
    rng = np.random.default_rng(seed)
    arrays = {f"network.{name}": it.numpy() for name, it in network.state_dict().items()}
    arrays |= {"mean": rng.normal(-5, 2, n_columns), "std": rng.uniform(2, 6, n_columns)}
    values = {"n_columns": n_columns, "max_frames": max_frames}
    values |= {"precision": "32-true", "threads": 1}
    return ModelState(arrays, values)


def write_sounds(folder: Path) -> list[Path]:
    """Write noisy tones of several rates, formats, channels and lengths."""
    rng = np.random.default_rng(0)
    kinds = {
        "window": (16000, 0.026, "PCM_16", 1),
        "cd": (44100, 0.4, "PCM_24", 2),
        "telephone": (8000, 0.3, "PCM_U8", 1),
        "float": (22050, 0.5, "FLOAT", 1),
        "long": (16000, 1.2, "PCM_32", 1),
    }
    files = []
    for number, (name, (rate, seconds, subtype, channels)) in enumerate(kinds.items()):
        time = np.arange(round(rate * seconds)) / rate
        tone = 0.2 * np.sin(2 * np.pi * (200 + 60 * number) * time * (1 + 0.3 * time))
        noise = 0.05 * rng.standard_normal((len(time), channels))
        files.append(folder / f"{name}.wav")
        soundfile.write(files[-1], tone[:, None] + noise, rate, subtype=subtype)
    return files


def scored_by_python(saved: SavedModels, files: list[Path]) -> tuple[float, list[float]]:
    """Score one person's recordings: the person, and each recording."""
    recordings = pd.DataFrame({"path": [str(file) for file in files], "speaker_id": "anna"})
    predictions = Scorer.of(saved).score(recordings)
    of_files = predictions["recording_id"].str.split("#").str[0]
    means = predictions.groupby(of_files)["probability"].mean()
    score = speaker_scores(predictions)["speaker_soft_majority"].item()
    return score, [means[str(file)] for file in files]
