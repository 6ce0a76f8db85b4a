"""``model=lstm1`` and ``model=lstm2``: the paper's networks that read left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveInt

from dysarthria_lightning.models.base import NetworkSection

if TYPE_CHECKING:
    from torch import nn


class LSTM(NetworkSection):
    """Logistic regression on the output at each recording's last frame (paper, section II).

    Attributes:
        layers: LSTM layers.
        dropout: Probability of dropping a unit between the layers and before the logistic
            regression, never on recurrent connections.
    """

    architecture: Literal["lstm"]
    layers: PositiveInt
    dropout: Annotated[float, Field(ge=0, lt=1)]

    def build(self, n_columns: int, max_frames: int) -> nn.Module:
        """Build the network; see :meth:`NetworkSection.build`."""
        from dysarthria_lightning.models.parts.encoders import LSTMEncoder
        from dysarthria_lightning.models.parts.heads import LogisticHead
        from dysarthria_lightning.models.parts.network import Network
        from dysarthria_lightning.models.parts.pooling import LastFrame

        encoder = LSTMEncoder(n_columns, self.hidden_size, self.layers, self.dropout)
        return Network(encoder, LastFrame(), LogisticHead(self.hidden_size, self.dropout))
