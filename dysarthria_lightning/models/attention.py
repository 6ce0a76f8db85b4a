"""``model=attention``: an LSTM whose frames are weighted by how much they matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveInt

from dysarthria_lightning.models.base import NetworkSection

if TYPE_CHECKING:
    from torch import nn


class AttentionLSTM(NetworkSection):
    """Logistic regression on the attention-weighted mean of an LSTM's outputs; not in the paper.

    Attributes:
        layers: LSTM layers.
        dropout: Probability of dropping a unit between the layers and before the logistic
            regression.
    """

    architecture: Literal["attention"]
    layers: PositiveInt
    dropout: Annotated[float, Field(ge=0, lt=1)]

    def build(self, n_columns: int, max_frames: int) -> nn.Module:
        """Build the network; see :meth:`NetworkSection.build`."""
        from dysarthria_lightning.models.parts.encoders import LSTMEncoder
        from dysarthria_lightning.models.parts.heads import LogisticHead
        from dysarthria_lightning.models.parts.network import Network
        from dysarthria_lightning.models.parts.pooling import AttentionPooling

        encoder = LSTMEncoder(n_columns, self.hidden_size, self.layers, self.dropout)
        pooling = AttentionPooling(self.hidden_size)
        return Network(encoder, pooling, LogisticHead(self.hidden_size, self.dropout))
