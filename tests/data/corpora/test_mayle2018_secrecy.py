"""No real name of the paper's corpus leaves its folder, and its user is told of files by name."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from dysarthria_lightning.data.preparation import describe_problems, prepare_corpus
from dysarthria_lightning.errors import CorpusError

SECRETS = ("Li Na", "王芳", "Wang Wei", "赵云", "Zhao", "dysphonia", "首次", "发音错误", "Sun")
FOLDERS = (
    *("female healthy/1-Li Na-dysphonia", "female healthy/3-王芳-首次"),
    *("male patient/2-Wang Wei", "male patient/4-赵云-首次", "male patient/5-Zhao"),
)


def write_noise(path: Path, seed: int, n: int = 3200) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(seed).uniform(-0.3, 0.3, n)
    soundfile.write(path, samples, 16_000)


@pytest.fixture
def named_corpus(tmp_path) -> Path:
    """Five speakers; some recordings are bad, too long, or there twice."""
    root = tmp_path / "ward of Professor Sun"
    for number, folder in enumerate(FOLDERS):
        write_noise(root / folder / "ba1.wav", number)
        write_noise(root / folder / "zz-ha-2(发音错误).wav", 10 + number)
    (root / FOLDERS[0] / "du1.wav").write_bytes(b"")
    (root / FOLDERS[2] / "du1.wav").write_bytes(b"no audio")
    write_noise(root / FOLDERS[2] / "z-bing.wav", 99)
    write_noise(root / FOLDERS[3] / "z-bing.wav", 99)
    write_noise(root / FOLDERS[4] / "z-bing.wav", 98)
    write_noise(root / FOLDERS[4] / "z-bing-1.wav", 98)
    write_noise(root / FOLDERS[4] / "z-bei.wav", 97, n=80_000)
    return root


def everything_written(folder: Path) -> bytes:
    """All that a reader of a folder could find: names, contents, and tables as text."""
    found = []
    for path in sorted(folder.rglob("*")):
        found.append(str(path.relative_to(folder)).encode())
        if path.is_file():
            found.append(path.read_bytes())
        if path.suffix == ".parquet":
            found.append(pd.read_parquet(path).to_csv().encode())
    return b"\n".join(found)


@pytest.mark.parametrize("mode", ["skip", "error"])
def test_no_name_and_no_path_reaches_the_outputs(tmp_path, named_corpus, make_config, mode):
    (tmp_path / "key").write_text("swordfish")
    config = make_config(
        "data=mayle2018",
        f"data.root={named_corpus}",
        f"data.on_bad_file={mode}",
        f"data.pseudonym_key_file={tmp_path}/key",
    )
    if mode == "error":
        with pytest.raises(CorpusError, match="4 of 17 recordings cannot be used"):
            prepare_corpus(config)
    else:
        assert len(prepare_corpus(config).recordings) == 12
    written = everything_written(tmp_path / "outputs")
    for known in ("zz-ha-2", "the file is empty", "the same audio as", "consonant_a"):
        assert known.encode() in written, "the search itself does not work"
    for secret in (*SECRETS, "swordfish", str(tmp_path)):
        assert secret.encode() not in written
        assert json.dumps(secret)[1:-1].encode() not in written


def test_what_is_said_of_problems_names_no_one(named_corpus, make_config):
    config = make_config("data=mayle2018", f"data.root={named_corpus}", "data.on_bad_file=skip")
    said = "\n".join(describe_problems(prepare_corpus(config)))
    assert "4 of 17 recordings cannot be used and are left out" in said
    assert not [secret for secret in SECRETS if secret in said]


def test_clips_of_five_seconds_are_left_out_and_counted(named_corpus, make_config):
    config = make_config("data=mayle2018", f"data.root={named_corpus}", "data.on_bad_file=skip")
    store = prepare_corpus(config)
    (too_long,) = store.about["too_long"]
    assert too_long.endswith("-z-bei")
    assert "bei" not in set(store.recordings["syllable"])
    assert any(
        "1 recordings of 5 s or more left out" in paragraph and too_long in paragraph
        for paragraph in describe_problems(store)
    )


def test_the_error_names_files_as_the_user_knows_them(named_corpus, make_config):
    config = make_config("data=mayle2018", f"data.root={named_corpus}")
    with pytest.raises(CorpusError) as refused:
        prepare_corpus(config)
    message = str(refused.value)
    for file, reason in {
        f"{FOLDERS[0]}/du1.wav": "the file is empty",
        f"{FOLDERS[2]}/du1.wav": "cannot be decoded as audio",
        f"{FOLDERS[2]}/z-bing.wav": "the same audio as",
        f"{FOLDERS[3]}/z-bing.wav": "the same audio as",
    }.items():
        assert any(
            str(named_corpus / file) in line and reason in line for line in message.splitlines()
        )
    assert "z-bing-1" not in message
