"""``features=log_mel``: logarithms of mel-band energies, which the cepstrum is computed from."""

from __future__ import annotations

from typing import Literal

from dysarthria_lightning.data.features.mel import MelFeatures


class LogMelFeatures(MelFeatures):
    """One column for each mel filter, from the lowest frequency up."""

    kind: Literal["log_mel"]

    def short_name(self, n_mfcc: int | None) -> str:
        """Return ``log_mel40`` and the like."""
        return f"log_mel{self.n_mels}"

    def n_columns(self, n_mfcc: int | None) -> int:
        """Return the number of filters."""
        return self.n_mels

    def can_have(self, n_columns: int) -> bool:
        """Say whether there are so many filters."""
        return n_columns == self.n_mels

    def projection(self, n_columns: int) -> None:
        """Leave the logarithms as they are."""
        return
