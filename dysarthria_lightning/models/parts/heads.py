"""From one vector for each recording to its score."""

from torch import Tensor, nn


class LogisticHead(nn.Module):
    """Logistic regression.

    Args:
        n_units: Of a vector.
        dropout: Probability of dropping a unit before it.
    """

    def __init__(self, n_units: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(n_units, 1)

    def forward(self, vectors: Tensor) -> Tensor:
        """Return (batch,) logits of (batch, units) vectors."""
        logits: Tensor = self.output(self.dropout(vectors)).squeeze(1)
        return logits
