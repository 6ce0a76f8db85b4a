"""Hostile input: sound files and tables of every kind, damaged in every way, each from a seed."""

import io
import struct
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile

RATE_HZ = 16_000
N_SAMPLES = 4000

# Values that programs trip over, written into headers.
EXTREMES = [
    *(0, 1, 2, 255, 0x7FFF, 0x8000, 0xFFFF, 16_000 * 7200, 1_000_000_000),
    *(0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF),
]
TEXTS = [
    *("", " ", "NA", "nan", "None", "0", "1", "-1", "2", "1e999", "-inf", "0x10", "1_000", "true"),
    *("a.wav", "../../a.wav", "/etc/passwd", "/dev/zero", "/proc/self/mem", "~", ".", "/", "a\0b"),
    *("a\nb", '"', "a,b", ";", "\t", "\x1b[31mred", "\u202egnp", "é", "🎙", "\ud800", "\ufeff"),
    *("a" * 300, "a/" * 3000, "=1+1", "${oc.env:HOME}", "{0.__class__}", "%s%n", "[bold]", "<b>"),
    *("healthy", "Dysarthric", "female", "m", "compound_vowel", "path", "speaker_id", "9" * 400),
]


@cache
def sound_files(folder: Path) -> list[tuple[str, bytes]]:
    """Return a file of every container that can be written, as its name and content."""
    rng = np.random.default_rng(0)
    files = []
    for format in soundfile.available_formats():
        subtypes = [None] if soundfile.default_subtype(format) else []
        subtypes += [s for s in ("PCM_U8", "PCM_24", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM")
                     if soundfile.check_format(format, s)]  # fmt: skip
        for subtype in subtypes:
            for channels in (1, 2):
                samples = rng.uniform(-0.5, 0.5, (N_SAMPLES, channels))
                path = folder / f"base.{format.lower()}"
                try:
                    soundfile.write(path, samples, RATE_HZ, subtype=subtype, format=format)
                except (soundfile.LibsndfileError, RuntimeError):
                    continue  # this container has no such rate or number of channels
                files.append((path.name, path.read_bytes()))
                path.unlink()
    return files


def damaged_sound(rng: np.random.Generator, folder: Path) -> tuple[str, bytes]:
    """Return a damaged sound file: its name and content."""
    files = sound_files(folder)
    name, content = files[rng.integers(len(files))]
    _, other = files[rng.integers(len(files))]
    for _ in range(rng.integers(1, 4)):
        content = damage(rng, content, other)
    return name, content


def damage(rng: np.random.Generator, content: bytes, other: bytes) -> bytes:
    """Damage a file in one way."""
    if not content:
        return other
    data = bytearray(content)
    where = int(rng.integers(len(data)))
    # Headers decide most, and are a small part of a file.
    in_header = int(rng.integers(min(len(data), 128)))
    match rng.integers(9):
        case 0:
            for _ in range(rng.integers(1, 30)):
                data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        case 1 | 2:
            for _ in range(rng.integers(1, 5)):
                data[rng.integers(min(len(data), 128))] ^= 1 << rng.integers(8)
        case 3 | 4:
            size = int(rng.choice([1, 2, 4, 8]))
            value = EXTREMES[rng.integers(len(EXTREMES))] % (1 << 8 * size)
            order = "little" if rng.integers(2) else "big"
            data[in_header : in_header + size] = value.to_bytes(size, order)
        case 5:
            data = data[:where]
        case 6:
            data += other
        case 7:
            data[in_header if rng.integers(2) else where :] = other[rng.integers(len(other)) :]
        case 8:
            data[where:where] = data[in_header:where]
    return bytes(data)


def damaged_matrix(rng: np.random.Generator) -> bytes:
    """Return a damaged ``.npy`` file."""
    kinds = ["<f4", ">f8", "<f2", "<i8", "|u1", "<c8", "|b1", "<U3", "|S2", "<M8[s]", "|V4", "O"]
    matrix = rng.uniform(0, 9, (int(rng.integers(0, 40)), 25)).astype("<f4")
    with np.errstate(all="ignore"):
        kind = np.dtype(kinds[rng.integers(len(kinds))])
        matrix = matrix.astype("i8").astype(kind) if kind.kind in "MV" else matrix.astype(kind)
    file = io.BytesIO()
    np.lib.format.write_array(file, matrix, version=None, allow_pickle=True)
    content = file.getvalue()
    numbers = ["-1", "0", "10**9", "9" * 12, "9" * 30, "1.5", "'25'", "None", "()", "(" * 90, "25,"]
    shapes = [f"({number}, 25)" for number in numbers] + ["(25)", "(1, 2, 3)", "[5, 25]", "{}"]
    header, _, rest = content.partition(b"\n")
    match rng.integers(6):
        case 0:
            shape = str(matrix.shape).encode()
            header = header.replace(shape, shapes[rng.integers(len(shapes))].encode())
        case 1:
            words = ["'f4'", "'<f99'", "1", "[('a','<f4')]", "'|V0'", "'O'", "{1: 2, 'a': 3}", "''"]
            header = header.replace(
                f"'{kind.str}'".encode(), words[rng.integers(len(words))].encode()
            )
        case 2:
            header = header.replace(b"'shape'", b"1", 1)
        case 3:
            return content
        case _:
            return damage(rng, content, content)
    magic, text = header[:8], header[10:]
    return magic + struct.pack("<H", len(text) + 1) + text + b"\n" + rest


def table(rng: np.random.Generator) -> pd.DataFrame:
    """Return a table of recordings of which some cells, rows and columns are wrong."""
    frame = pd.DataFrame(
        {
            "path": [f"{number}.wav" for number in range(6)],
            "speaker_id": [f"S{number // 2}" for number in range(6)],
            "label": [0, 0, 1, 1, 0, 0],
            "gender": ["f", "f", "m", "m", None, None],
            "age": [30.0, 30.0, 50.0, 50.0, None, None],
            "severity": [None, None, 2, 2.5, None, None],
            "syllable": ["a"] * 6,
            "syllable_type": ["monophthong"] * 6,
        }
    ).astype(object)
    for _ in range(rng.integers(0, 4)):
        row, column = int(rng.integers(len(frame))), int(rng.integers(frame.shape[1]))
        frame.iat[row, column] = TEXTS[rng.integers(len(TEXTS))]
    match rng.integers(8):
        case 0:
            frame = frame.drop(columns=frame.columns[rng.integers(frame.shape[1])])
        case 1:
            frame.columns = [TEXTS[rng.integers(len(TEXTS))] if rng.random() < 0.2 else name
                             for name in frame.columns]  # fmt: skip
        case 2:
            frame = pd.concat([frame, frame.iloc[:, :2].add_prefix(" ")], axis=1)
        case 3:
            frame = pd.concat([frame, frame.iloc[: int(rng.integers(len(frame)))]])
        case 4:
            frame = frame.iloc[: int(rng.integers(2))]
    return frame


def damaged_csv(rng: np.random.Generator) -> bytes:
    """Return a damaged CSV file."""
    separator = ",;\t"[rng.integers(3)]
    text = table(rng).to_csv(sep=separator, index=bool(rng.integers(2)))
    encoding = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"][rng.integers(6)]
    content = text.encode(encoding, errors="surrogatepass" if "utf" in encoding else "replace")
    return damage(rng, content, content) if rng.random() < 0.5 else content


def damaged_parquet(rng: np.random.Generator) -> bytes:
    """Return a Parquet file with columns of unusual types, or a damaged one."""
    frame = table(rng)
    cells: list[Any] = [
        *([1, 2], {"a": 1}, b"\xff\xfe", Decimal("1.5"), pd.Timestamp("2020-01-01"), True),
        *(np.float32("nan"), 2**62, pd.Timedelta(1), np.arange(3), "a", 1.0),
    ]
    if rng.random() < 0.6 and len(frame.columns):
        column = frame.columns[rng.integers(frame.shape[1])]
        frame[column] = [cells[rng.integers(len(cells))]] * len(frame)
    frame.columns = [str(name).encode(errors="replace").decode() for name in frame.columns]
    frame = frame.map(lambda v: v.encode(errors="replace").decode() if isinstance(v, str) else v)
    file = io.BytesIO()
    try:
        frame.set_index(frame.columns[0] if rng.random() < 0.2 else frame.index).to_parquet(file)
    except Exception:  # a column of mixed types, or two of one name
        frame.loc[:, ~frame.columns.duplicated()].map(str).to_parquet(file)
    content = file.getvalue()
    return damage(rng, content, content) if rng.random() < 0.5 else content


def overrides(rng: np.random.Generator) -> list[str]:
    """Return words of a command line, some of them wrong."""
    keys = [
        *("n_mfcc", "fold", "seed", "split_seed", "tag", "overwrite", "outputs_dir", "data"),
        *("data.name", "data.manifest", "data.segment_s", "data.max_duration_s", "data.speakers"),
        *("data.scale", "data.on_bad_file", "data.recordings_per_speaker", "features.window_s"),
        *("features.hop_s", "features.n_mels", "features.sample_rate_hz", "features.f_max_hz"),
        *("model", "model.hidden_size", "model.name", "protocol", "protocol.folds", "subset"),
        *("subset.exclude", "trainer.max_epochs", "trainer.early_stopping", "trainer.threads"),
        *("+experiment", "+x", "++x.y", "~model", "~data", "hydra.mode", "hydra.verbose", "x.y.z"),
        *("hydra.run.dir", "hydra.job.name", "hydra/launcher", "hydra.launcher", "_target_"),
        *("+model._target_", "data@model", "hydra.sweeper.params", "hydra.callbacks", "", "."),
    ]
    values = [
        *(
            "0",
            "1",
            "-1",
            "13",
            "1e309",
            "nan",
            "inf",
            "null",
            "true",
            "[]",
            "[1,2]",
            "{}",
            "{a: 1}",
        ),
        *(
            "a",
            "''",
            '"',
            "'",
            "..",
            "../../x",
            "a/b",
            "/proc/nowhere",
            "a" * 300,
            "manifest",
            "lstm1",
        ),
        *("synthetic", "${n_mfcc}", "${x}", "${oc.env:NOWHERE}", "${data}", "${oc.decode:'{'}"),
        *("1,2", "range(3)", "range(3", "choice(1,2)", "a=b", "\\", "🎙", "\x1b[31m", "9" * 400),
        *("table2", "known_speakers", "no_ca", "???", "2020-01-01", "os.system", "1_0", "0x10"),
    ]
    words = []
    for _ in range(rng.integers(1, 4)):
        key, value = keys[rng.integers(len(keys))], values[rng.integers(len(values))]
        word = f"{key}={value}" if rng.random() < 0.95 else key + value
        words.append(word)
    # What begins so is an option of Hydra's, not an override.
    return [word for word in words if not word.startswith("-")]
