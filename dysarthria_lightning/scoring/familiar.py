"""Who is not new to a model: people whose very recordings it was trained on, found by their sound.

Names and paths do not count: the same samples in another file, of another name and another
container without loss, are found. What was resampled, cut or compressed with loss is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dysarthria_lightning.scoring.ready import ReadyModel

NOT_CHECKED = (
    "Whether the model has met any of these people could not be checked: the features that it was "
    "trained on, which say which recordings they were, are gone{place}."
)


@dataclass(frozen=True)
class Familiarity:
    """Who was met by which runs of a model.

    Attributes:
        checked: Whether it could be checked at all.
        met_by: By person the runs (their places in the model) that were trained on them, or whose
            epoch they chose. Nobody else is in it.
        known_as: By person, also those whom runs have only tested, the ids in the model's corpus,
            if these went with the model.
    """

    checked: bool
    met_by: dict[str, frozenset[int]]
    known_as: dict[str, list[str]]


def find_familiar(model: "ReadyModel", digests: Mapping[str, set[str]]) -> Familiarity:
    """Find the people whom a model was trained on.

    Args:
        model: The model.
        digests: By person those of their recordings' audio.
    """
    heard = model.dossier.heard
    if heard is None:
        return Familiarity(False, {}, {})
    met_by, known_as = {}, {}
    for person, own in digests.items():
        speakers = {it for digest in own for it in model.speakers_of.get(digest, ())}
        if speakers:
            known_as[person] = sorted(speakers)
        met = frozenset(place for place, its in enumerate(heard) if its & own)
        if met:
            met_by[person] = met
    return Familiarity(True, met_by, known_as)
