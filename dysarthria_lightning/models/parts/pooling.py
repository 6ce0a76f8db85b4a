"""From outputs at every frame to one vector for each recording."""

import torch
from torch import Tensor, nn


class LastFrame(nn.Module):
    """Takes each recording's output at its own last frame."""

    def forward(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Return (batch, units) of (batch, frames, units) outputs and (batch,) lengths."""
        return outputs[torch.arange(len(outputs), device=outputs.device), lengths - 1]


class OnlyFrame(nn.Module):
    """Takes the one output of encoders that encode all frames together."""

    def forward(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Return (batch, units) of (batch, 1, units) outputs."""
        return outputs[:, 0]


class AttentionPooling(nn.Module):
    """Averages the frames, each weighted by how much it matters: one head of attention.

    A frame's weight is the softmax, over the recording's own frames, of vᵀ tanh(W h + b)
    (Bahdanau, Cho & Bengio, Neural Machine Translation by Jointly Learning to Align and Translate,
    2015, without a query).

    Args:
        n_units: Units of an output; as many in the hidden layer of the weights.
    """

    def __init__(self, n_units: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(n_units, n_units)
        self.importance = nn.Linear(n_units, 1, bias=False)

    def forward(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Return (batch, units) of (batch, frames, units) outputs and (batch,) lengths."""
        # Zero, since a weight of 0 does not silence an output that is not finite.
        outputs = outputs.masked_fill(_beyond(outputs, lengths)[:, :, None], 0.0)
        return (self.weights(outputs, lengths)[:, :, None] * outputs).sum(dim=1)

    def weights(self, outputs: Tensor, lengths: Tensor) -> Tensor:
        """Return (batch, frames) weights: each row sums to 1, and is 0 beyond its length."""
        importance = self.importance(torch.tanh(self.hidden(outputs))).squeeze(2)
        return importance.masked_fill(_beyond(outputs, lengths), -torch.inf).softmax(dim=1)


def _beyond(outputs: Tensor, lengths: Tensor) -> Tensor:
    """Return (batch, frames): whether a place lies beyond the recording's last frame."""
    return torch.arange(outputs.shape[1], device=outputs.device) >= lengths[:, None]
