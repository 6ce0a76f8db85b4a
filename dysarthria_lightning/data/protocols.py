"""The ``protocol`` sections: how speakers or recordings are divided."""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PositiveInt

from dysarthria_lightning.schema.automatic import auto_or_at_least, auto_or_bool
from dysarthria_lightning.schema.base import Section

# The paper: 9 of 69 speakers validate.
_VALIDATION_SHARE = 9 / 69


class NovelSpeakers(Section):
    """``protocol=novel_speakers``: cross-validation over speakers (paper, section V).

    What ``auto`` stands for depends on the corpus (:mod:`config.automatic`). Keys that
    configurations of older versions lack have the paper's value, which those runs were made with.

    Attributes:
        folds: Parts of the speakers; each is tested once.
        validation_speakers: Speakers who validate in every fold. It stays ``auto`` where the
            number follows from the corpus's (:meth:`n_validation`), or where folds validate in
            turn.
        stratify: Whether parts have their share of each class, and of each gender where it is
            known of all speakers.
        validation: ``fixed``: some speakers validate in every fold and are never tested (the
            paper). ``rotating``: the fold after the tested one validates, and the first after the
            last, so that every speaker is tested once.
    """

    name: Literal["novel_speakers"]
    folds: Annotated[int, Field(ge=2)]
    validation_speakers: Annotated[int | Literal["auto"], auto_or_at_least(1)]
    stratify: Annotated[bool | Literal["auto"], auto_or_bool] = False
    validation: Literal["auto", "fixed", "rotating"] = "fixed"

    def n_validation(self, n_speakers: int) -> int:
        """Return how many speakers validate in every fold; 0 where the folds do in turn.

        Args:
            n_speakers: Of the corpus. As large a part as in the paper validates where the number
                is not given, two at least.
        """
        if self.validation == "rotating":
            return 0
        if self.validation_speakers == "auto":
            return max(2, round(n_speakers * _VALIDATION_SHARE))
        return self.validation_speakers

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide a run's result; those of before where nothing else is."""
        return self.model_dump(exclude_defaults=True)


class KnownSpeakers(Section):
    """``protocol=known_speakers``: one split of shuffled recordings (paper, section IV)."""

    name: Literal["known_speakers"]
    train_parts: PositiveInt
    test_parts: PositiveInt
    validation_parts: PositiveInt
    folds: Literal[1] = 1

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide a run's result."""
        return self.model_dump()


#: By their names.
PROTOCOLS = {
    str(get_args(section.model_fields["name"].annotation)[0]): section
    for section in (NovelSpeakers, KnownSpeakers)
}
Protocol = Annotated[NovelSpeakers | KnownSpeakers, Field(discriminator="name")]
