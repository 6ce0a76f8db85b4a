"""``data=synthetic``: the embedded corpus, made where it is not there yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from dysarthria_lightning.data.corpora.base import CorpusSection
from dysarthria_lightning.data.synthetic import DISCLAIMER, SyntheticParameters, generate_corpus
from dysarthria_lightning.data.synthetic.parameters import Confound
from dysarthria_lightning.files.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd

_LATER_KEYS = ("confound_strength", "null")


class SyntheticData(CorpusSection):
    """``data=synthetic``: what the corpus is made from; see :class:`SyntheticParameters`.

    Keys that configurations of older versions lack have the value of then.
    """

    disclaimer = DISCLAIMER
    papers_protocol = True

    layout: Literal["synthetic"]
    corpus: Literal["synthetic"] = "synthetic"
    speakers: int
    scale: float
    recordings_per_speaker: int | None
    dysarthric_share: float
    severity_min: float
    severity_max: float
    seed: int
    confound: Confound
    confound_strength: float = 1.0
    null: bool = False

    @model_validator(mode="after")
    def _can_be_made(self) -> SyntheticData:
        try:
            self.parameters()
        except ValueError as error:
            raise ValueError(f"data.{error}") from None
        return self

    def parameters(self) -> SyntheticParameters:
        """Return what the generator takes.

        Raises:
            ValueError: A value is out of range.
        """
        return SyntheticParameters(
            **self.model_dump(include=set(SyntheticParameters.__annotations__))
        )

    def settings(self) -> dict[str, Any]:
        """Return the keys that decide a run's result; those of before where nothing else is."""
        fields = type(self).model_fields
        unused = {key for key in _LATER_KEYS if getattr(self, key) == fields[key].default}
        return {key: value for key, value in super().settings().items() if key not in unused}

    def folder(self, outputs_dir: str) -> Path:
        """Return where the corpus lies, or will."""
        return Path(outputs_dir) / "corpora" / f"synthetic-{self.parameters().hash12}"

    def is_given(self, outputs_dir: str) -> bool:
        """Say whether the corpus has been made."""
        return self.folder(outputs_dir).exists()

    def read(self, outputs_dir: str) -> pd.DataFrame:
        """List the corpus's recordings, having made them first where need be.

        Args:
            outputs_dir: Its ``corpora`` folder holds the corpus.

        Returns:
            The checked manifest.
        """
        from dysarthria_lightning.data.corpora.manifest import read_manifest

        folder = self.folder(outputs_dir)
        generate_corpus(self.parameters(), folder.parent, _show_progress)
        manifest = read_manifest(folder / "manifest.csv")
        # The package wrote the table itself, with columns for those who study the corpus.
        manifest.attrs["notes"] = []
        return manifest


def _show_progress(speakers: Iterable[Any], total: int) -> Iterator[Any]:
    with progress_bar() as bar:
        task = bar.add_task("Making the synthetic corpus, speakers", total=total)
        for speaker in speakers:
            yield speaker
            bar.advance(task)
