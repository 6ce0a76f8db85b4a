"""What real corpora bring along, kind by kind: read, read with a word about it, or refused."""

import io
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile
from containers import flac_that_counts, kay, voice, wav
from small_corpora import Corpus, composed, matrix, noise, npy
from sounds import encoded

from dysarthria_lightning.cli.paths import path_as_typed
from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
from dysarthria_lightning.errors import CorpusError

REFUSED, NOTED, READ = "refused", "noted", "read"

#: Adds something to a corpus; may return the table that is given in place of the corpus's own.
Make = Callable[[Corpus], Path | None]


class Kind(NamedTuple):
    """A kind of input.

    Attributes:
        make: Makes it.
        outcome: What becomes of it.
        said: Words of the refusal, or of the note.
        seconds: How long the sound is that was added.
    """

    make: Make
    outcome: str
    said: str = ""
    seconds: float | None = None


def speakers(*ids: str) -> Make:
    def make(corpus: Corpus) -> None:
        for number, speaker in enumerate(ids):
            corpus.add(f"{number}.wav", noise(9 + number), speaker)

    return make


def file(content: bytes, name: str = "x.wav", **also: object) -> Make:
    return lambda corpus: corpus.add(name, content, **also)


def channels(*each: np.ndarray, subtype: str = "PCM_16") -> Make:
    return file(encoded(np.stack(each, axis=1), subtype=subtype))


def muted(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1, 2, 4000) / 2**15


def undescribed_mp3(bitrate_mode: str) -> bytes:
    """An MP3 without the first frame, which says how long it is."""
    whole = io.BytesIO()
    soundfile.write(whole, voice(16_000), 16_000, format="MP3", bitrate_mode=bitrate_mode)
    content = whole.getvalue()
    return content[content.index(content[:2], 2) :]


def matrices(n_frames: int, n_columns: int) -> Make:
    def make(corpus: Corpus) -> Path:
        shutil.rmtree(corpus.folder)
        other = Corpus(corpus.folder, "npy", n_frames=n_frames, n_columns=n_columns)
        other.add("x.npy", npy(matrix(5, n_frames, n_columns)))
        return other.table()

    return make


def table(change: Callable[[str], str], name: str = "mine.csv") -> Make:
    def make(corpus: Corpus) -> Path:
        text = change(corpus.table().read_text(encoding="utf-8"))
        place = corpus.folder / name
        place.write_text(text, encoding="utf-8")
        return place

    return make


def decomposed(corpus: Corpus) -> Path:
    corpus.add(unicodedata.normalize("NFD", "Zoé.wav"), noise(9))
    corpus.rows[-1]["path"] = "Zoé.wav"
    return corpus.table()


def with_columns(text: str) -> str:
    header, *rows = text.splitlines()
    return "\n".join([f"{header},Sex,Age", *(f"{row},F,61" for row in rows)])


OTHER = 0.2 * np.sign(np.sin(np.arange(4000) / 7))

KINDS = {
    "an id with zeros": Kind(speakers("007", "7"), REFUSED, "'007' (row 4) and '7' (row 5)"),
    "an id as a float": Kind(speakers("7", "7.0"), REFUSED, "'7' (row 4) and '7.0' (row 5)"),
    "initials": Kind(speakers("NA"), NOTED, "A speaker is called NA: read as initials"),
    "constant": Kind(file(encoded(np.full(4000, 0.1))), REFUSED, "every sample has the same value"),
    "muted": Kind(file(encoded(muted(1))), REFUSED, "is silent: -9"),
    "opposite channels": Kind(
        channels(voice(), muted(1) - voice()), NOTED, "each other's negative", 0.25
    ),
    "a dead channel": Kind(channels(voice(), 0 * voice()), NOTED, "hold no sound", 0.25),
    "an electroglottograph": Kind(channels(voice(), OTHER), NOTED, "with data.channel=1", 0.25),
    "integers as floats": Kind(
        file(encoded(np.round(voice() * 2**15), subtype="FLOAT")), REFUSED, "dB above full scale"
    ),
    "MP3 of one rate, without a length": Kind(
        file(undescribed_mp3("CONSTANT"), "x.mp3"), READ, seconds=1.05
    ),
    "MP3 of several rates, without a length": Kind(
        file(undescribed_mp3("VARIABLE"), "x.mp3"), READ, seconds=1.05
    ),
    "SPHERE, cut": Kind(file(encoded(voice(), format="NIST")[:-900]), REFUSED, "truncated"),
    "Ogg, cut": Kind(file(encoded(voice(), format="OGG")[:-900], "x.ogg"), REFUSED, "truncated"),
    "WAV, open but cut": Kind(file(wav(riff_size=0xFFFFFFFF)[:-900]), REFUSED, "truncated"),
    "WAV, never completed": Kind(
        file(wav(data_size=0, riff_size=0)), NOTED, "Header without a length", 0.25
    ),
    "WAV, counted too early": Kind(file(wav(data_size=2000)), REFUSED, "counts 2000 bytes"),
    "WAV of a browser": Kind(file(wav(riff_size=len(wav()))), READ, seconds=0.25),
    "FLAC, counted too early": Kind(file(flac_that_counts(15_000, 20_000)), READ, seconds=1.25),
    "FLAC, cut": Kind(
        file(flac_that_counts(25_000, 20_000)), REFUSED, "25000 samples promised, 20000 there"
    ),
    "Kay NSP": Kind(file(kay(), "x.nsp"), READ, seconds=0.25),
    "Git LFS": Kind(
        file(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), REFUSED, "git lfs pull"
    ),
    "M4A": Kind(file(b"\0\0\0\x20ftypM4A \0\0\0\0", "x.m4a"), REFUSED, "ffmpeg -i OLD.m4a NEW.wav"),
    "a part of a file": Kind(file(encoded(voice()), start=0.1, end=0.2), READ, seconds=0.1),
    "a channel of a file": Kind(
        file(encoded(np.stack([voice(), OTHER], axis=1)), channel=2), READ, seconds=0.25
    ),
    "a channel that is not there": Kind(
        file(encoded(voice()), channel=2), REFUSED, "(row 4): has one channel, no channel 2"
    ),
    "matrices of another width": Kind(matrices(30, 80), NOTED, "features=matrix"),
    "matrices, transposed": Kind(matrices(13, 30), NOTED, "Every matrix has 13 rows"),
    "columns of other names": Kind(table(with_columns), NOTED, "Sex as gender"),
    "a first line that names the separator": Kind(
        table(lambda text: "sep=;\n" + text.replace(",", ";")), READ
    ),
    "file names in another normalisation": Kind(decomposed, NOTED, "such as Zoé.wav (row 4)"),
    "a table with an accent": Kind(table(str, "données.csv"), READ),
    "a table with an equals sign": Kind(table(str, "fold=3.csv"), READ),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_kind_of_input(tmp_path, caplog, kind):
    corpus = Corpus(tmp_path / "corpus")
    given = kind.make(corpus) or corpus.table()
    typed = path_as_typed(f"data.manifest={given}")
    config = composed(typed, "data.name=mine").model_copy(update={"outputs_dir": str(tmp_path)})
    if kind.outcome == REFUSED:
        with pytest.raises(CorpusError) as refused:
            prepare_corpus(config)
        assert kind.said in str(refused.value)
        return
    with caplog.at_level("INFO"):
        store = prepare_corpus(config)
    said = "\n".join([*caplog.messages, *describe_problems(store)])
    assert kind.said in said
    assert bool(said) == (kind.outcome == NOTED), said
    assert store.about["n_listed"] == len(store.recordings)
    if kind.seconds is not None:
        (added,) = store.recordings[store.recordings["speaker_id"] == "X"].itertuples()
        assert added.source_duration_s == pytest.approx(kind.seconds, abs=0.09)
