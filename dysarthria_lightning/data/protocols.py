"""The ``protocol`` sections: how speakers or recordings are divided."""

from typing import Annotated, Literal, get_args

from pydantic import Field, PositiveInt

from dysarthria_lightning.schema.base import Section


class NovelSpeakers(Section):
    """``protocol=novel_speakers``: cross-validation over speakers (paper, section V)."""

    name: Literal["novel_speakers"]
    folds: Annotated[int, Field(ge=2)]
    validation_speakers: PositiveInt


class KnownSpeakers(Section):
    """``protocol=known_speakers``: one split of shuffled recordings (paper, section IV)."""

    name: Literal["known_speakers"]
    train_parts: PositiveInt
    test_parts: PositiveInt
    validation_parts: PositiveInt
    folds: Literal[1] = 1


#: By their names.
PROTOCOLS = {
    str(get_args(section.model_fields["name"].annotation)[0]): section
    for section in (NovelSpeakers, KnownSpeakers)
}
Protocol = Annotated[NovelSpeakers | KnownSpeakers, Field(discriminator="name")]
