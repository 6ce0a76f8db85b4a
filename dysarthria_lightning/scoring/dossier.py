"""What must be known of a model by whoever scores people with it, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dysarthria_lightning.scoring.experience import TrainingSummary
from dysarthria_lightning.scoring.threshold import OWN_RUNS

#: Of a model of all speakers: who answers for it.
ESTIMATED_BY_OTHERS = (
    "Performance was estimated with {n} other models trained the same way on parts of the "
    "speakers, as this one was trained on all of them and nobody is left to test it. What a "
    "threshold did, one that is chosen, and probabilities rest on those models too: for this one "
    "they are an approximation"
)
NO_ESTIMATE = (
    "Performance is not known: this model was trained on all speakers, nobody is left to test it, "
    "and {why}"
)

_HELD_OUT = ["speaker_id", "label", "score"]


@dataclass(frozen=True)
class Dossier:
    """What goes with a model wherever it goes.

    Attributes:
        corpus: The name of the corpus that it was trained on.
        disclaimer: What must be said of that corpus beside every number; None: nothing.
        summary: What the model was trained on.
        held_out: Rows of ``speaker_id``, ``label`` and ``score``: the test speakers of the model's
            own runs, or of those that answer for it, each scored by a run that had not met them.
            None where there were none.
        heard: For each of the model's parts the digests of the recordings of the speakers whom it
            was trained on, or who chose its epoch; None where that is not known.
        audit: What an audit of its cross-validation has found, in words; empty: none was made.
        values: Rows of ``level``, ``metric``, ``value``, ``low`` and ``high``: how well its
            cross-validation did.
        estimate: Of a model of all speakers, who answers for it, or why nobody does; else empty.
    """

    corpus: str
    disclaimer: str | None
    summary: TrainingSummary
    held_out: pd.DataFrame
    heard: tuple[frozenset[str], ...] | None
    audit: str = ""
    values: tuple[dict[str, Any], ...] = ()
    estimate: str = ""

    @property
    def testers(self) -> str:
        """Whose test speakers the threshold rests on, in words."""
        return "its cross-validation's models" if self.estimate else OWN_RUNS

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it. Test speakers are numbered: no id goes with a model."""
        numbers, _ = pd.factorize(self.held_out["speaker_id"])
        held_out = self.held_out.assign(speaker_id=numbers)
        heard = self.heard
        return {
            "corpus": self.corpus,
            "disclaimer": self.disclaimer,
            "trained_on": self.summary.to_dict(),
            "held_out": held_out[_HELD_OUT].to_dict("list"),
            "heard": None if heard is None else [sorted(digests) for digests in heard],
            "audit": self.audit,
            "values": list(self.values),
            **({"estimate": self.estimate} if self.estimate else {}),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Dossier":
        """Bring it back.

        Raises:
            KeyError: A part is missing; likewise TypeError.
        """
        heard = content["heard"]
        return cls(
            content["corpus"],
            content["disclaimer"],
            TrainingSummary.from_dict(content["trained_on"]),
            pd.DataFrame(content["held_out"], columns=_HELD_OUT),
            None if heard is None else tuple(frozenset(digests) for digests in heard),
            content["audit"],
            tuple(content["values"]),
            content.get("estimate", ""),
        )
