"""The paper's baseline: a fully connected network with one hidden layer."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class FeedForwardClassifier(nn.Module):
    """One hidden layer over all frames at once, zero-padded to a fixed length.

    The paper names no activation; ReLU is ours.

    Args:
        n_coefficients: Cepstral coefficients in a frame.
        max_frames: Frames of the corpus's longest recording; every input is padded to it.
        hidden_size: Hidden units.
    """

    def __init__(self, n_coefficients: int, max_frames: int, hidden_size: int) -> None:
        super().__init__()
        self.max_frames = max_frames
        self.hidden = nn.Linear(max_frames * n_coefficients, hidden_size)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Score recordings.

        Args:
            features: (batch, frames, coefficients); whatever stands beyond a recording's length
                is ignored.
            lengths: (batch,) frames of each recording.

        Returns:
            (batch,) logits of dysarthria.

        Raises:
            ValueError: A recording is longer than ``max_frames``.
        """
        n_frames = features.shape[1]
        if int(lengths.max()) > self.max_frames:
            raise ValueError(
                f"a recording of {int(lengths.max())} frames exceeds the network's "
                f"{self.max_frames}"
            )
        beyond = torch.arange(n_frames, device=features.device) >= lengths[:, None]
        features = features.masked_fill(beyond[:, :, None], 0.0)[:, : self.max_frames]
        padded = F.pad(features, (0, 0, 0, self.max_frames - features.shape[1]))
        return self.output(torch.relu(self.hidden(padded.flatten(1)))).squeeze(1)
