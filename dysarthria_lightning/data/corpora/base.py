"""What every corpus has: the keys of its section, and how it is read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PositiveFloat

from dysarthria_lightning.schema.base import Section

if TYPE_CHECKING:
    import pandas as pd


class CorpusSection(Section):
    """Base of the ``data`` sections: one corpus layout each.

    A member adds ``layout`` (a ``Literal``), keys of its own and :meth:`read`. It has a ``corpus``,
    the name in ``outputs/``.

    Attributes:
        segment_s: Recordings are cut into segments of this length, in seconds; None keeps them
            whole.
        max_duration_s: Recordings of this length or more are left out, in seconds; None keeps all.
        on_bad_file: What becomes of recordings that cannot be used.
        on_duplicate: What becomes of one speaker's recordings that are the same audio: each counts,
            none is allowed, or all but the first are left out.
        channel: Which channel of recordings with several is read, from 1; None averages those that
            sound.
        permuted_labels: Deals the speakers' labels anew among them, drawn by this number: what a
            training comes to by chance, with everything else as it is. None leaves them.
    """

    #: Keys that say where a corpus lies and what it is called: they have no part in a run's result.
    places: ClassVar[frozenset[str]] = frozenset({"root", "corpus", "on_bad_file"})
    #: Keys whose values are paths of what is there already.
    paths: ClassVar[frozenset[str]] = frozenset({"root"})
    #: What must be said beside every number about the corpus.
    disclaimer: ClassVar[str | None] = None
    #: The corpus's name as its publishers write it, and who in it is taken for dysarthric and for
    #: healthy.
    title: ClassVar[str | None] = None
    classes: ClassVar[str | None] = None
    #: What to cite where its numbers are published.
    citation: ClassVar[str | None] = None
    #: Whether ``auto`` in the configuration stands for the paper's choices, as on corpora that
    #: repeat the paper, or for those of :mod:`config.automatic` for others.
    papers_protocol: ClassVar[bool] = False

    #: Whether its recordings are all of one corpus.
    is_one_corpus: ClassVar[bool] = True

    segment_s: PositiveFloat | None = None
    max_duration_s: PositiveFloat | None = None
    on_bad_file: Literal["error", "skip"] = "error"
    on_duplicate: Literal["count", "error", "keep_first"] = "count"
    permuted_labels: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    channel: Annotated[int, Field(ge=1, le=1024)] | None = None

    if TYPE_CHECKING:

        @property
        def corpus(self) -> str:
            """The corpus's name in ``outputs/``."""

    @abstractmethod
    def read(self, outputs_dir: str) -> pd.DataFrame:
        """List the corpus's recordings.

        Args:
            outputs_dir: Where a corpus that is made on this machine lies.

        Returns:
            The manifest, checked by :func:`manifest_schema.check_manifest`: one row per recording.

        Raises:
            CorpusError: The corpus is not there, or is not laid out as expected.
        """

    def is_given(self, outputs_dir: str) -> bool:
        """Say whether the configuration says where the recordings are.

        Args:
            outputs_dir: Where a corpus that is made on this machine lies.
        """
        return getattr(self, "root", None) is not None

    def segment_lengths(self) -> dict[str, float | None]:
        """Return how long segments are, by the key that says it."""
        return {"data.segment_s": self.segment_s}

    def stretches(self, manifest: pd.DataFrame) -> Iterator[tuple[CorpusSection, pd.DataFrame]]:
        """Part the manifest into rows that are cut alike.

        Args:
            manifest: What :meth:`read` returned.

        Yields:
            The section that says how, and its rows, in order.
        """
        yield self, manifest

    def store_settings(self) -> dict[str, Any]:
        """Return what else decides a feature store; nothing where one section says it all."""
        return {}

    def origin(self) -> dict[str, str]:
        """Return what must be known of the corpus beside its numbers, by what it is about."""
        if not (self.title and self.classes and self.citation):
            return {}
        return {"Published as": self.title, "Classes": self.classes, "Cite": self.citation}

    def without_places(self) -> dict[str, Any]:
        """Return the section's values without where the corpus lies, as they are passed on."""
        fields = type(self).model_fields
        kept = self.model_dump(mode="json", exclude=set(self.places - {"corpus"}))
        needed = {name for name in self.places if name in fields and fields[name].is_required()}
        return dict.fromkeys(needed) | kept

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide a run's result, besides the recordings' content.

        Labels and copies that are left as they are go unsaid, and so does a channel that nobody
        chose: runs of older versions are found again.
        """
        unsaid = {key for key in ("permuted_labels", "channel") if getattr(self, key) is None}
        if self.on_duplicate != "keep_first":
            unsaid.add("on_duplicate")
        return self.model_dump(exclude={*self.places, *unsaid})
