"""An encoder, a pooling and a head as one network."""

from torch import Tensor, nn


class Network(nn.Module):
    """Scores recordings.

    Args:
        encoder: Maps features and lengths to (batch, frames, units) outputs.
        pooling: Maps outputs and lengths to (batch, units) vectors.
        head: Maps vectors to (batch,) logits.
    """

    def __init__(self, encoder: nn.Module, pooling: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.head = head

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Score recordings.

        Args:
            features: (batch, frames, columns); whatever stands beyond a recording's length is
                ignored.
            lengths: (batch,) frames of each recording, at least 1.

        Returns:
            (batch,) logits of dysarthria.
        """
        outputs = self.encoder(features, lengths)
        logits: Tensor = self.head(self.pooling(outputs, lengths))
        return logits
