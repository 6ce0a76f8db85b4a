"""What every corpus that others have published keeps to, shown on a small copy of its layout."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import ClassVar

import numpy as np
import pytest
import yaml
from configurations import read_corpus
from corpus_contracts import CorpusContract
from sounds import encoded

from dysarthria_lightning.config import Config
from dysarthria_lightning.config.location import CONF_DIR
from dysarthria_lightning.config.members import CORPORA
from dysarthria_lightning.config.schema import check_section
from dysarthria_lightning.data.corpora.published import PublishedCorpus
from dysarthria_lightning.data.manifest_schema import LEFT_OUT
from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
from dysarthria_lightning.errors import ConfigError, CorpusError
from dysarthria_lightning.reporting.corpus import origin_note

#: Where real listings lie, if they do.
LISTINGS = Path(__file__).parents[4] / "shared" / "corpora" / "listings"


def listed(name: str) -> list[str]:
    """Read a real listing; skip the test where there is none."""
    if not LISTINGS.exists():
        pytest.skip("the listings are not on this machine")
    lines = (LISTINGS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


class PublishedContract(CorpusContract):
    """Contracts of a published corpus; a member gives a sample of its real paths.

    Attributes:
        files: Paths below the corpus's folder, odd names included; each becomes a tone.
        passed_over: More files that are no recordings, or none that the defaults take.
        counts: How many recordings each speaker has, with the defaults.
        stranger: A path that does not fit.
        other_packaging: A path of another packaging of the corpus; None where there is one only.
    """

    files: ClassVar[tuple[str, ...]]
    passed_over: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[dict[str, int]]
    stranger: ClassVar[str]
    other_packaging: ClassVar[str | None] = None

    def make(self, folder: Path) -> list[str]:
        for number, file in enumerate((*self.files, *self.passed_over)):
            write_tone(folder / file, number)
        self.make_tables(folder)
        return [f"data.root={folder}"]

    @pytest.fixture
    def configure(
        self, tmp_path: Path, make_config: Callable[..., Config]
    ) -> Callable[..., Config]:
        """Change a section, not a composed configuration: composing takes a tenth of a second."""
        folder = tmp_path / "corpus"
        folder.mkdir()
        words = self.make(folder)
        outputs = str(tmp_path / "outputs")
        whole = make_config().model_copy(update={"outputs_dir": outputs})

        def configure(*more: str) -> Config:
            text = (Path(CONF_DIR) / "data" / f"{self.choice}.yaml").read_text(encoding="utf-8")
            values = yaml.safe_load(text)
            for word in (*words, *more):
                key, value = word.removeprefix("data.").split("=", 1)
                values[key] = yaml.safe_load(value)
            data = check_section(CORPORA[values["layout"]], values)
            return whole.model_copy(update={"data": data})

        return configure

    def make_tables(self, folder: Path) -> None:
        """Write the corpus's own tables, if it has any."""

    def test_it_says_what_it_is(self, configure: Callable[..., Config]) -> None:
        data = configure().data
        assert isinstance(data, PublishedCorpus)
        for text in (data.title, data.classes, data.get, data.citation, data.example):
            assert text
        assert data.parse(PurePosixPath(data.example)) is not None
        assert data.classes in origin_note(configure())

    def test_speakers_have_the_recordings_that_are_theirs_and_features_come_out_of_them(
        self, configure: Callable[..., Config]
    ) -> None:
        config = configure()
        assert Counter(read_corpus(config)["speaker_id"]) == self.counts
        store = prepare_corpus(config)
        recordings = store.recordings.drop_duplicates("source_id")
        assert Counter(recordings["speaker_id"]) == self.counts
        problems = "\n".join(describe_problems(store))
        assert all(reason in problems for reason in store.about.get(LEFT_OUT, {}))

    def test_folders_above_change_nothing(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        plain = read_corpus(configure())
        shutil.move(tmp_path / "corpus", tmp_path / "inner")
        (tmp_path / "corpus" / "Corpus v1").mkdir(parents=True)
        shutil.move(tmp_path / "inner", tmp_path / "corpus" / "Corpus v1" / "Corpus v1")
        wrapped = read_corpus(configure())
        places = ["path", "row"]
        assert wrapped.drop(columns=places).equals(plain.drop(columns=places))

    def test_the_case_of_a_suffix_and_what_systems_leave_change_nothing(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        plain = read_corpus(config)
        for file in ("__MACOSX/" + self.files[0], "._note.wav", ".DS_Store", "Thumbs.db"):
            path = tmp_path / "corpus" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"rubbish")
        assert read_corpus(config).equals(plain)
        for file in (*self.files, *self.passed_over):
            path = tmp_path / "corpus" / file
            path.rename(path.with_suffix(path.suffix.upper()))
        upper = read_corpus(config)
        places = ["path", "row"]
        assert upper.drop(columns=places).equals(plain.drop(columns=places))
        assert upper.attrs == plain.attrs

    def test_a_path_that_does_not_fit_is_named_and_a_second_copy_is_refused(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        folder = tmp_path / "corpus"
        write_tone(folder / self.stranger, 0)
        assert isinstance(config.data, PublishedCorpus)
        with pytest.raises(CorpusError) as refused:
            read_corpus(config)
        assert self.stranger in str(refused.value)
        assert config.data.example in str(refused.value)
        (folder / self.stranger).unlink()
        shutil.copytree(folder, folder / "copy")
        with pytest.raises(CorpusError, match=r"more than once|packagings"):
            read_corpus(config)

    def test_two_packagings_are_not_mixed(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        if self.other_packaging is None:
            pytest.skip("there is one packaging")
        config = configure()
        write_tone(tmp_path / "corpus" / self.other_packaging, 0)
        with pytest.raises(CorpusError, match="2 packagings") as refused:
            read_corpus(config)
        assert self.other_packaging in str(refused.value)

    def test_an_empty_folder_is_explained(
        self, configure: Callable[..., Config], tmp_path: Path
    ) -> None:
        config = configure()
        shutil.rmtree(tmp_path / "corpus")
        (tmp_path / "corpus").mkdir()
        with pytest.raises(CorpusError, match="no recordings below it"):
            read_corpus(config)
        (tmp_path / "corpus" / "all.zip").touch()
        with pytest.raises(CorpusError, match=r"unpack all\.zip"):
            read_corpus(config)

    def test_empty_lists_are_explained(self, configure: Callable[..., Config]) -> None:
        data = configure().data
        keys = {"groups", "pathologies", "utterances"} & {*type(data).model_fields}
        for key in keys:
            with pytest.raises(ConfigError, match=rf"data\.{key} = \[\]: name ") as refused:
                configure(f"data.{key}=[]")
            assert "at least 1 item" not in str(refused.value)
        # Which every corpus has, or refuses.
        with pytest.raises(ConfigError, match=r"data\.tasks = \[\]: "):
            configure("data.tasks=[]")


def write_tone(path: Path, number: int) -> None:
    """Write a tone of a quarter second, of another pitch for each number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seconds = np.arange(2000) / 8000
    samples = 0.3 * np.sin(2 * np.pi * (150 + 7 * number) * seconds)
    # Written as bytes: soundfile waits for the disk after each file.
    path.write_bytes(encoded(samples, 8000))
