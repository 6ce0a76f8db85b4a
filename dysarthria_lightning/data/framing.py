"""Frames of many clips at once, in bounded memory."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dysarthria_lightning.data.features.base import AudioFeatures

# Longer clips are computed piece by piece, so that memory stays bounded.
_PIECE_SAMPLES = 4_000_000


class PaddedFraming:
    """Pads clips to one length, transforms them together and cuts each back to its own frames.

    Args:
        features: Says how many frames a clip has.
        transform: Turns (batch, n_samples) clips into (batch, n_columns, n_frames).
    """

    def __init__(self, features: AudioFeatures, transform: Callable[[Tensor], Tensor]) -> None:
        self.features = features
        self.transform = transform

    def __call__(self, clips: list[Tensor]) -> list[NDArray[np.float32]]:
        """Extract the frames of each clip.

        Args:
            clips: Each (n_samples,) float32 at the features' sample rate, at least one window
                long.

        Returns:
            For each clip (n_frames, n_columns) float32.
        """
        padded = torch.nn.utils.rnn.pad_sequence(clips, batch_first=True)
        frames = np.concatenate(
            [self.transform(piece).transpose(1, 2).numpy() for piece in self._pieces(padded)],
            axis=1,
        )
        return [frames[row, : self.features.n_frames(len(clip))] for row, clip in enumerate(clips)]

    def _pieces(self, padded: Tensor) -> Iterator[Tensor]:
        """Cut (batch, n_samples) clips so that the pieces' frames are the clips' frames."""
        hop, window = self.features.hop_samples, self.features.window_samples
        n_frames = self.features.n_frames(padded.shape[1])
        step = max(1, _PIECE_SAMPLES // hop)
        for start in range(0, n_frames, step):
            yield padded[:, start * hop : (start + step - 1) * hop + window]
