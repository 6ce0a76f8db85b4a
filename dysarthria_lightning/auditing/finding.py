"""What an audit says, and the light that it sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Light(StrEnum):
    """How much an audit speaks against a result.

    ``grey`` could not be computed; a ``note`` says something and never speaks against a result.
    """

    RED = "red"
    AMBER = "amber"
    GREY = "grey"
    GREEN = "green"
    NOTE = "note"


#: Keys of the audits that test whether cues tell the classes apart.
CUE_AUDITS = ("metadata", "demographics", "timing", "level", "nonspeech")

_WORST_FIRST = (Light.RED, Light.AMBER, Light.GREEN)


@dataclass(frozen=True)
class Finding:
    """What one audit has found.

    Attributes:
        key: Of the audit, such as ``metadata``.
        name: For people, such as "Files".
        light: What it comes to.
        text: A sentence or two.
        auroc: How well the audit's cues tell the classes apart; None where that is no AUROC.
        chance: The mean of the same under permuted labels.
        chance_high: What 95 % of those do not exceed.
        p: Of the audit alone.
        p_familywise: Of all cues' audits together.
    """

    key: str
    name: str
    light: Light
    text: str
    auroc: float | None = None
    chance: float | None = None
    chance_high: float | None = None
    p: float | None = None
    p_familywise: float | None = None


def worst_light(findings: Sequence[Finding]) -> Light:
    """Return the worst light; grey where no audit of cues could be computed.

    Args:
        findings: Of all audits.
    """
    lights = {finding.light for finding in findings}
    worst = next((light for light in _WORST_FIRST if light in lights), Light.GREY)
    if worst == Light.GREEN and not computed_cues(findings):
        return Light.GREY
    return worst


def computed_cues(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of the audits of cues that could be computed."""
    return [it for it in findings if it.key in CUE_AUDITS and it.light != Light.GREY]
