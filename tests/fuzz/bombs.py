"""Prepares a corpus with recordings that want more memory than they look like.

``python bombs.py CASE FOLDER`` prints, as JSON, what became of them and the memory it took. A case
is a recording's name and settings after commas; ``|`` stands between several recordings.
"""

import io
import json
import os
import re
import resource
import struct
import sys
from pathlib import Path

import numpy as np
import soundfile

FLAC_TOTAL_SAMPLES = 18  # where the header begins to say so


def write_long(path: Path, minutes: float, rate_hz: int) -> None:
    """Write a recording that is silent but for its first second and some clicks: tiny as FLAC."""
    minute = np.zeros(60 * rate_hz, dtype=np.int16)
    minute[:: rate_hz // 4] = 9000
    with soundfile.SoundFile(path, "w", rate_hz, 1, "PCM_16", format="FLAC") as file:
        for _ in range(round(minutes)):
            file.write(minute)


def encoded(samples: np.ndarray, rate_hz: int = 16_000, **options: str) -> bytearray:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, **{"format": "WAV"} | options)
    return bytearray(file.getvalue())


def write_bomb(case: str, folder: Path) -> Path:
    """Write one recording and return its path."""
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, 4000)
    path = folder / "bomb.audio"
    if match := re.match(r"(\d+) (h|min)( in one flac| at ([\d.]+) kHz)?", case):
        minutes = int(match[1]) * (60 if match[2] == "h" else 1)
        write_long(path, minutes, round(1000 * float(match[4] or 16)))
        return path
    if match := re.match(r"matrix of (\d+) million bytes", case):
        path = folder / "bomb.npy"
        shape = (int(match[1]) * 1_000_000 // 25, 25)
        # Zeros take no room on disk.
        np.lib.format.open_memmap(path, mode="w+", dtype="u1", shape=shape)
        return path
    if "wav that promises" in case:
        content = encoded(noise)
        content[4:8] = struct.pack("<I", 2 * 16_000 * 7200)
        content[40:44] = struct.pack("<I", 2 * 16_000 * 7200 - 36)
    elif "flac that promises" in case:
        content = encoded(noise, format="FLAC")
        place = FLAC_TOTAL_SAMPLES + 3
        content[place] |= 0x0F
        content[place + 1 : place + 5] = b"\xff\xff\xff\xff"
    elif "au that promises" in case:
        content = encoded(noise, format="AU")
        content[8:12] = struct.pack(">I", 2 * 16_000 * 7200)
    elif case in ("1 GHz", "1 Hz"):
        content = encoded(np.resize(noise, 100_000), 1_000_000_000 if case == "1 GHz" else 1)
    elif case == "1024 channels":
        content = encoded(np.resize(noise, (4000, 1024)))
    elif "float32" in case:
        content = encoded(noise * 1e30, subtype="DOUBLE")
    else:
        path = folder / "bomb.npy"
        file = io.BytesIO()
        header = {"shape": (10**10, 25), "fortran_order": False, "descr": "<f4"}
        np.lib.format.write_array_header_1_0(file, header)
        content = bytearray(file.getvalue() + b"0" * 100)
    path.write_bytes(content)
    return path


def main(case: str, folder: Path) -> None:
    import torchaudio  # noqa: F401  # it takes memory of its own
    from small_corpora import Corpus, composed

    from dysarthria_lightning.data import building  # noqa: F401
    from dysarthria_lightning.data.preparation import prepare_corpus

    settings = [part.strip() for part in case.split(",")[1:] if "=" in part]
    corpus = Corpus(folder / "corpus")
    for name in case.split("|"):
        times = re.match(r"(\d+) times (.*)", name)
        written = write_bomb(times[2] if times else name, folder)
        for number in range(int(times[1]) if times else 1):
            label = f"{number} {name}" if times else name
            path = corpus.folder / f"{label}{written.suffix}"
            os.link(written, path)
            corpus.rows.append({"path": path.name, "speaker_id": "X", "label": 1})
        written.unlink()
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    config = composed("data.on_bad_file=skip", *settings)
    data = config.data.model_copy(update={"manifest": str(corpus.table())})
    store = prepare_corpus(
        config.model_copy(update={"data": data, "outputs_dir": str(folder / "outputs")})
    )
    assert np.isfinite(store.frames).all()
    about = store.about
    report = {
        "problems": {Path(name).stem: why for name, why in about["problems"].items()},
        "too_long": [Path(name).stem for name in about["too_long"]],
        "n_instances": int((store.recordings["speaker_id"] == "X").sum()),
        "grown": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    tests = Path(__file__).parents[1]
    sys.path[:0] = [str(tests), str(tests / "data")]
    main(sys.argv[1], Path(sys.argv[2]))
