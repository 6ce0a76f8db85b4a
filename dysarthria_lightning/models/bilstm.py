"""``model=bilstm1``: the paper's network that reads in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dysarthria_lightning.models.base import NetworkSection

if TYPE_CHECKING:
    from torch import nn


class BiLSTM(NetworkSection):
    """Logistic regression on both passes' outputs after the whole sequence (paper, section II).

    The released code of the paper reads the backward output at the last frame, when that pass
    has seen one frame only; the paper's text is followed here.
    """

    architecture: Literal["bilstm"]

    def build(self, n_columns: int, max_frames: int) -> nn.Module:
        """Build the network; see :meth:`NetworkSection.build`."""
        from dysarthria_lightning.models.parts.encoders import BidirectionalEncoder
        from dysarthria_lightning.models.parts.heads import LogisticHead
        from dysarthria_lightning.models.parts.network import Network
        from dysarthria_lightning.models.parts.pooling import LastFrame

        encoder = BidirectionalEncoder(n_columns, self.hidden_size)
        return Network(encoder, LastFrame(), LogisticHead(2 * self.hidden_size))
