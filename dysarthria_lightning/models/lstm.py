"""The paper's LSTM networks, run over zero-padded batches without packing.

``pack_padded_sequence`` leaves the fast path on the CPU. An LSTM that reads left to right is not
touched by what stands after a recording's last frame, so running it over the padding and taking
the output at that frame gives the same numbers; the backward pass reads each recording reversed
within its own length.
"""

import torch
from torch import Tensor, nn


class LSTMClassifier(nn.Module):
    """LSTM-1 and LSTM-2: logistic regression on the output at each recording's last frame.

    Dropout acts between the layers and before the logistic regression, never on recurrent
    connections (paper, section II).

    Args:
        n_coefficients: Cepstral coefficients in a frame.
        hidden_size: Units of each layer.
        layers: LSTM layers.
        dropout: Probability of dropping a unit between the layers and before the output.
    """

    def __init__(
        self, n_coefficients: int, hidden_size: int, layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.lstm = nn.LSTM(
            n_coefficients,
            hidden_size,
            num_layers=layers,
            dropout=dropout if layers > 1 else 0.0,
            batch_first=True,
        )
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Score recordings.

        Args:
            features: (batch, frames, coefficients); whatever stands beyond a recording's length
                is ignored.
            lengths: (batch,) frames of each recording.

        Returns:
            (batch,) logits of dysarthria.
        """
        outputs, _ = self.lstm(features)
        return self.output(self.dropout(last_output(outputs, lengths))).squeeze(1)


class BiLSTMClassifier(nn.Module):
    """BiLSTM-1: both passes' outputs after the whole sequence, concatenated.

    The released code of the paper reads the backward output at the last frame, when that pass
    has seen one frame only; the paper's text is followed here.

    Args:
        n_coefficients: Cepstral coefficients in a frame.
        hidden_size: Units of each direction.
    """

    def __init__(self, n_coefficients: int, hidden_size: int) -> None:
        super().__init__()
        self.forward_lstm = nn.LSTM(n_coefficients, hidden_size, batch_first=True)
        self.backward_lstm = nn.LSTM(n_coefficients, hidden_size, batch_first=True)
        self.output = nn.Linear(2 * hidden_size, 1)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Score recordings; arguments and result as :meth:`LSTMClassifier.forward`."""
        forward_outputs, _ = self.forward_lstm(features)
        backward_outputs, _ = self.backward_lstm(reverse_within_length(features, lengths))
        passes = [last_output(forward_outputs, lengths), last_output(backward_outputs, lengths)]
        return self.output(torch.cat(passes, dim=1)).squeeze(1)


def last_output(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Take each sequence's output at its own last frame.

    Args:
        outputs: (batch, frames, units).
        lengths: (batch,) int64, at least 1.

    Returns:
        (batch, units).
    """
    return outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1]


def reverse_within_length(features: Tensor, lengths: Tensor) -> Tensor:
    """Reverse each sequence within its own length; the padding stays where it is.

    Args:
        features: (batch, frames, coefficients).
        lengths: (batch,) int64.

    Returns:
        A tensor of the same shape.
    """
    frame = torch.arange(features.shape[1], device=features.device)
    mirrored = lengths[:, None] - 1 - frame
    source = torch.where(mirrored >= 0, mirrored, frame)
    return features.gather(1, source[:, :, None].expand_as(features))
