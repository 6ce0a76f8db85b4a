"""What every corpus keeps to."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from configurations import read_corpus

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.manifest_schema import COLUMNS, check_manifest
from dysarthria_lightning.errors import CorpusError


class CorpusContract:
    """Contracts of a corpus; a member inherits them, makes a small copy and says where it lies.

    Attributes:
        choice: Its ``conf/data``.
        place: The key that says where it lies; None for a corpus that is made on this machine.
    """

    choice: ClassVar[str]
    place: ClassVar[str | None] = "data.root"

    def make(self, folder: Path) -> list[str]:
        """Make a small copy; return the overrides that lead to it."""
        raise NotImplementedError

    @pytest.fixture
    def configure(
        self, tmp_path: Path, make_config: Callable[..., Config]
    ) -> Callable[..., Config]:
        folder = tmp_path / "corpus"
        folder.mkdir()
        words = self.make(folder)
        return lambda *more: make_config(f"data={self.choice}", *words, *more)

    def test_it_becomes_a_checked_manifest(self, configure: Callable[..., Config]) -> None:
        manifest = read_corpus(configure())
        assert list(manifest) == list(COLUMNS)
        assert check_manifest(manifest, "again").equals(manifest)
        assert all(Path(path).is_absolute() and Path(path).exists() for path in manifest["path"])
        assert read_corpus(configure()).equals(manifest)

    def test_a_run_depends_on_how_it_is_cut_and_not_on_where_it_lies(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config, cut = configure(), configure("data.segment_s=0.123")
        assert config.data.settings() != cut.data.settings()
        assert config.data.settings() == configure("data.on_bad_file=skip").data.settings()
        assert str(tmp_path) not in str(config.data.settings())
        data = config.data
        values = data.without_places()
        assert str(tmp_path) not in str(values)
        passed_on = type(data).model_validate(values)
        assert passed_on.corpus == data.corpus
        assert passed_on.settings() == data.settings()

    def test_its_absence_is_explained(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        if self.place is None:
            pytest.skip("made on this machine")
        absent = tmp_path / "absent"
        with pytest.raises(CorpusError, match=f"{self.place} = {absent}"):
            read_corpus(configure(f"{self.place}={absent}"))
