"""The ``protocol`` sections: how speakers or recordings are divided."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PositiveInt, model_validator

from dysarthria_lightning.schema.automatic import auto_or_at_least, auto_or_bool
from dysarthria_lightning.schema.base import Section

#: In place of a fold's number: one model learns from everybody, and nobody is tested.
ALL_SPEAKERS = "all_speakers"

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

    @property
    def short_name(self) -> str:
        """What run folders and tables call it."""
        return self.name

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

    @property
    def short_name(self) -> str:
        """What run folders and tables call it."""
        return self.name

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide a run's result."""
        return self.model_dump()


class AcrossCorpora(Section):
    """``protocol=across_corpora``: trained on some corpora, tested on another; not in the paper.

    Attributes:
        test_corpus: Whose speakers are tested, all of them.
        train_corpora: Whose speakers are trained on, but for those who validate; None: all others.
            The test corpus alone asks for a cross-validation within it.
        folds: Of a cross-validation within a corpus; across corpora there is one.
        validation_speakers: How many validate. ``auto``: across corpora as large a part of the
            training corpora's as in the paper; within one the folds validate in turn.
    """

    name: Literal["across_corpora"]
    test_corpus: str | None
    train_corpora: list[str] | None = None
    folds: PositiveInt
    validation_speakers: Annotated[int | Literal["auto"], auto_or_at_least(2)] = "auto"

    @model_validator(mode="before")
    @classmethod
    def _has_folds_within_a_corpus_only(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("test_corpus") is None:
            return values
        is_within = values.get("train_corpora") == [values["test_corpus"]]
        return values if is_within else values | {"folds": 1}

    @model_validator(mode="after")
    def _says_what_is_tested(self) -> "AcrossCorpora":
        if self.test_corpus is None:
            raise ValueError("protocol.test_corpus is needed: the corpus that is tested")
        given = self.train_corpora
        if given is not None:
            if not given or len(set(given)) < len(given):
                raise ValueError(
                    f"protocol.train_corpora = [{', '.join(given)}]: name corpora, each once, or "
                    "null for all but the tested one"
                )
            if self.test_corpus in given and not self.is_within:
                raise ValueError(
                    f"protocol.train_corpora = [{', '.join(given)}]: the tested corpus "
                    f"{self.test_corpus} is either trained on alone, which is a cross-validation "
                    "within it, or not at all"
                )
        return self

    @property
    def is_within(self) -> bool:
        """Whether it is a cross-validation within the tested corpus."""
        return self.train_corpora == [self.test_corpus]

    @property
    def short_name(self) -> str:
        """What run folders and tables call it: ``across_corpora-torgo+mdsc-to-uaspeech``."""
        sources = "others" if self.train_corpora is None else "+".join(self.train_corpora)
        return f"{self.name}-{sources}-to-{self.test_corpus}"

    def sources(self, corpora: Iterable[str]) -> list[str]:
        """Return the corpora that are trained on.

        Args:
            corpora: All there are.
        """
        if self.train_corpora is not None:
            return self.train_corpora
        return [name for name in corpora if name != self.test_corpus]

    def as_novel_speakers(self) -> NovelSpeakers:
        """Return how speakers of one corpus are divided: those that are trained on, or all."""
        rotating = self.is_within and self.validation_speakers == "auto"
        return NovelSpeakers(
            name="novel_speakers",
            folds=self.folds if self.is_within else 2,
            validation_speakers=self.validation_speakers,
            stratify=True,
            validation="rotating" if rotating else "fixed",
        )

    def resolve(self, corpora: list[str] | None) -> "AcrossCorpora":
        """Name the corpora that are trained on.

        Args:
            corpora: All there are; None where only the recordings say it.

        Raises:
            ValueError: One that is named is not there.
        """
        if corpora is None:
            return self
        for key, named in (
            ("test_corpus", [self.test_corpus]),
            ("train_corpora", self.train_corpora),
        ):
            unknown = [str(name) for name in named or () if name not in corpora]
            if unknown:
                raise ValueError(
                    f"protocol.{key}: {', '.join(unknown)}: data.corpora has {', '.join(corpora)}"
                )
        return self.model_copy(update={"train_corpora": sorted(self.sources(corpora))})

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide a run's result."""
        return self.model_dump()


#: By their names.
PROTOCOLS = {
    str(get_args(section.model_fields["name"].annotation)[0]): section
    for section in (NovelSpeakers, KnownSpeakers, AcrossCorpora)
}
AnyProtocol = NovelSpeakers | KnownSpeakers | AcrossCorpora
Protocol = Annotated[AnyProtocol, Field(discriminator="name")]
