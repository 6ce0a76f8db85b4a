"""``audit`` as it is used, and what ``report`` says of it before and after."""

import sys
from pathlib import Path

import numpy as np
import processes
import pytest
from spoken_corpora import write_corpus

from dysarthria_lightning import audit
from dysarthria_lightning.cli.entry import run_command

QUICK = ["audit.permutations=199", "audit.partitions=1", "audit.power=false"]


def words(table: Path, model: str) -> list[str]:
    return ["data=manifest", f"data.manifest={table}", f"model={model}", "protocol.folds=3"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus whose patients were recorded at 8 kHz, and a model of it."""
    folder = tmp_path_factory.mktemp("audited")
    table = write_corpus(folder / "corpus", patients_rate_hz=8000)
    one_job = "hydra.launcher.n_jobs=1"
    processes.run("train", *words(table, "functionals"), "-m", "fold=all", one_job, cwd=folder)
    return folder


@pytest.mark.slow
def test_report_says_not_audited_then_the_light(trained: Path) -> None:
    table = trained / "corpus" / "spoken.csv"
    before = processes.run("report", *words(table, "functionals"), cwd=trained)
    assert "Not audited" in before
    assert "dysarthria_lightning.audit data=manifest" in before
    printed = processes.run(
        "audit",
        *words(table, "functionals"),
        *QUICK,
        "audit.retrainings=3",
        "hydra.launcher.n_jobs=1",
        cwd=trained,
    )
    assert "Audit: RED" in printed
    assert "sample rate: patients 8 kHz, healthy speakers 16 kHz" in printed
    assert "Trained 3 times with permuted labels" in printed
    assert "Of speakers it has heard" in printed
    after = processes.run("report", *words(table, "functionals"), cwd=trained)
    assert "Audit: RED" in " ".join(after.split())
    assert "Not audited" not in after


@pytest.mark.slow
def test_lstm1_hears_a_noise_where_nobody_speaks(tmp_path: Path) -> None:
    def noisier(samples: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
        return samples + label * rng.normal(0, 1e-2, samples.shape)

    table = write_corpus(tmp_path / "corpus", channel=noisier)
    given = ["protocol.folds=3", "hydra.launcher.n_jobs=1", "audit.nonspeech_network=true"]
    printed = processes.run("audit", *words(table, "lstm1"), *given, *QUICK, cwd=tmp_path)
    assert "LSTM-1 that hears the non-speech alone reaches" in printed
    (said,) = [line for line in printed.splitlines() if line.startswith("Non-speech, LSTM-1")]
    assert "above chance" in said
    (table,) = (tmp_path / "outputs" / "audit").rglob("nonspeech.csv")
    lengths = {len(np.load(path)) for path in table.parent.glob("*.npy")}
    assert len(lengths) == 1


@pytest.mark.slow
def test_without_a_model_the_corpus_is_audited_alone(trained: Path) -> None:
    table = trained / "corpus" / "spoken.csv"
    printed = processes.run("audit", *words(table, "baseline"), *QUICK, cwd=trained)
    assert "without a model" in printed
    assert "missing or unfinished" in printed
    assert "Audit: RED" in printed


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("audit.permutations=5", "audit.permutations = 5: "),
        ("audit.retrainings=some", "audit.retrainings = 'some': "),
        ("audit.permutation=99", "Did you mean permutations?"),
        ("-m", "audit takes one model at a time"),
    ],
)
def test_mistakes_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["audit", word])
    with pytest.raises(SystemExit) as stop:
        run_command(audit.main)
    assert message in str(stop.value.code)
