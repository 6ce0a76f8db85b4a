"""From padded frames to outputs at every frame.

LSTMs run over zero-padded batches without packing: ``pack_padded_sequence`` leaves the fast path on
the CPU. An LSTM that reads left to right is not touched by what stands after a recording's last
frame, and the backward pass reads each recording reversed within its own length, so the outputs up
to each recording's length are those of packing.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class TooManyFramesError(ValueError):
    """A recording is longer than a network takes."""


class LSTMEncoder(nn.Module):
    """LSTM layers that read left to right.

    Args:
        n_columns: Columns of a frame.
        hidden_size: Units of each layer.
        layers: LSTM layers.
        dropout: Probability of dropping a unit between layers, never on recurrent connections.
    """

    def __init__(
        self, n_columns: int, hidden_size: int, layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.lstm = nn.LSTM(
            n_columns,
            hidden_size,
            num_layers=layers,
            dropout=dropout if layers > 1 else 0.0,
            batch_first=True,
        )

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return (batch, frames, hidden_size) outputs of (batch, frames, columns) features."""
        outputs: Tensor = self.lstm(features)[0]
        return outputs


class BidirectionalEncoder(nn.Module):
    """One LSTM layer in each direction.

    Args:
        n_columns: Columns of a frame.
        hidden_size: Units of each direction.
    """

    def __init__(self, n_columns: int, hidden_size: int) -> None:
        super().__init__()
        self.forward_lstm = nn.LSTM(n_columns, hidden_size, batch_first=True)
        self.backward_lstm = nn.LSTM(n_columns, hidden_size, batch_first=True)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Read each recording from both ends.

        Args:
            features: (batch, frames, columns).
            lengths: (batch,) int64.

        Returns:
            (batch, frames, 2 · hidden_size): at place t both passes' outputs after t + 1 frames,
            the backward pass's counted from the recording's end.
        """
        forward_outputs, _ = self.forward_lstm(features)
        backward_outputs, _ = self.backward_lstm(reverse_within_length(features, lengths))
        return torch.cat([forward_outputs, backward_outputs], dim=2)


class DenseEncoder(nn.Module):
    """One fully connected layer over all frames at once, zero-padded to a fixed length.

    The paper names no activation; ReLU is ours.

    Args:
        n_columns: Columns of a frame.
        max_frames: Frames of the longest recording; every input is padded to it.
        hidden_size: Hidden units.
    """

    def __init__(self, n_columns: int, max_frames: int, hidden_size: int) -> None:
        super().__init__()
        self.max_frames = max_frames
        self.hidden = nn.Linear(max_frames * n_columns, hidden_size)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Encode whole recordings.

        Args:
            features: (batch, frames, columns); whatever stands beyond a recording's length is
                ignored.
            lengths: (batch,) int64.

        Returns:
            (batch, 1, hidden_size): one output for all frames together.

        Raises:
            TooManyFramesError: A recording is longer than ``max_frames``.
        """
        n_frames = features.shape[1]
        if int(lengths.max()) > self.max_frames:
            raise TooManyFramesError(
                f"a recording of {int(lengths.max())} frames exceeds the network's "
                f"{self.max_frames}"
            )
        beyond = torch.arange(n_frames, device=features.device) >= lengths[:, None]
        features = features.masked_fill(beyond[:, :, None], 0.0)[:, : self.max_frames]
        padded = F.pad(features, (0, 0, 0, self.max_frames - features.shape[1]))
        return torch.relu(self.hidden(padded.flatten(1)))[:, None]


def reverse_within_length(features: Tensor, lengths: Tensor) -> Tensor:
    """Reverse each sequence within its own length; the padding stays where it is.

    Args:
        features: (batch, frames, columns).
        lengths: (batch,) int64.

    Returns:
        A tensor of the same shape.
    """
    frame = torch.arange(features.shape[1], device=features.device)
    mirrored = lengths[:, None] - 1 - frame
    source = torch.where(mirrored >= 0, mirrored, frame)
    return features.gather(1, source[:, :, None].expand_as(features))
