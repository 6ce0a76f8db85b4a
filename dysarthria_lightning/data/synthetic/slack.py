"""Spells of slackness: the part of dysarthria that lies in the order of frames.

In every syllable the voice, the tongue and the velum are slack for a while. Healthy speakers are
slack late: gestures reach their aims early and relax towards the end of an isolated syllable.
Speakers with dysarthria are slack early: phonation, the vowel's aim and the closure of the velum
are late in coming. That gestures come late and slowly is described (:mod:`dysarthria` names the
studies); that health relaxes by as much at the end, and all amounts, are ours.

A spell only moves, it becomes neither deeper nor longer, and stays inside the syllable. So the
frames of a syllable are nearly the same in health and disease, in another order: their means,
spreads and histograms say little, and a model must follow time to tell the classes apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

#: Where healthy speakers are slack on average, a share of the time in which the subsystem works;
#: its standard deviation between speakers, and between the syllables of a speaker.
HEALTHY_AT, BETWEEN_SPEAKERS, BETWEEN_SYLLABLES = 0.70, 0.07, 0.12

#: Standard deviation of the bell that a spell is, as a share of that time.
WIDTH = 0.13

#: The earliest and the latest middle of a spell, which keep nearly all of it inside the syllable.
EARLIEST, LATEST = 0.25, 0.75


@dataclass(frozen=True)
class Slack:
    """One spell in which a subsystem is slack.

    Attributes:
        at: Its middle, a share of the time in which the subsystem works.
        depth: How slack the subsystem is in the middle, in the subsystem's own unit.
    """

    at: float
    depth: float

    def course(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how slack the subsystem is at shares of its time, of ``share``'s shape."""
        return np.asarray(self.depth * np.exp(-0.5 * ((share - self.at) / WIDTH) ** 2))

    def moved(self, by: float) -> Slack:
        """Return the same spell later by a share of the time, as far as the syllable allows."""
        return replace(self, at=_inside(self.at + by))


def draw_slack(at: float, depth: float, rng: np.random.Generator) -> Slack:
    """Draw a syllable's spell about a speaker's place and the mean depth."""
    place = _inside(at + rng.normal(0, BETWEEN_SYLLABLES))
    return Slack(place, depth * float(rng.uniform(0.4, 1.6)))


def _inside(at: float) -> float:
    return float(np.clip(at, EARLIEST, LATEST))
