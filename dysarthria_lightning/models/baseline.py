"""``model=baseline``: the paper's fully connected network with one hidden layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dysarthria_lightning.models.base import NetworkSection

if TYPE_CHECKING:
    from torch import nn


class FeedForward(NetworkSection):
    """One hidden layer over all frames at once, zero-padded to the corpus's longest recording."""

    architecture: Literal["feedforward"]

    def build(self, n_columns: int, max_frames: int) -> nn.Module:
        """Build the network; see :meth:`NetworkSection.build`."""
        from dysarthria_lightning.models.parts.encoders import DenseEncoder
        from dysarthria_lightning.models.parts.heads import LogisticHead
        from dysarthria_lightning.models.parts.network import Network
        from dysarthria_lightning.models.parts.pooling import OnlyFrame

        encoder = DenseEncoder(n_columns, max_frames, self.hidden_size)
        return Network(encoder, OnlyFrame(), LogisticHead(self.hidden_size))
