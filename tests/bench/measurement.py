"""One line of the benchmark: a figure of ours, what it stands beside, and what is to be reached."""

from collections.abc import Callable
from dataclasses import dataclass

#: Told what is measured next.
Announce = Callable[[str], None]


@dataclass(frozen=True)
class Measurement:
    """A figure beside another one, measured on the same machine within the same minute.

    Attributes:
        what: What was measured, with its unit.
        ours: This package's figure.
        reference: What it stands beside.
        theirs: The reference's figure.
        ratio: Ours over theirs; the median over rounds, so it need not be the quotient of the two.
        aim: The ratio to be reached.
        at_most: Whether less is better.
    """

    what: str
    ours: float
    reference: str
    theirs: float
    ratio: float
    aim: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether the ratio is what it should be."""
        return self.ratio <= self.aim if self.at_most else self.ratio >= self.aim
