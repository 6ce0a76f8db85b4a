"""``make bench``: training, features and large corpora, timed."""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from bench.measurement import Announce, Measurement
    from dysarthria_lightning.config import Config

# A small corpus of the default one's speakers; short enough for the usual way to be tried too.
_RECORDINGS_PER_SPEAKER = 12
_REFERENCES = ("librosa", "python_speech_features")
# As many as the paper has.
_GPU_RECORDINGS = 5998
_MODELS = ("lstm1", "lstm2", "bilstm1")


def main() -> None:
    """Measure, print a table, and write it as JSON where asked to."""
    parser = argparse.ArgumentParser(
        prog="make bench",
        description="Measure training, feature extraction and large corpora on this machine, each "
        "beside the usual way or the machine's own limit, in about five minutes.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there, too")
    parser.add_argument(
        "--gpu", action="store_true", help="measure instead how runs share this machine's GPU"
    )
    asked = parser.parse_args()
    if asked.json is not None and not asked.json.absolute().parent.is_dir():
        raise UserError(f"--json {asked.json}: there is no folder {asked.json.absolute().parent}")
    if asked.json is not None and asked.json.is_dir():
        raise UserError(f"--json {asked.json}: a folder; name a file in it")
    missing = [name for name in _REFERENCES if not find_spec(name)]
    if missing:
        raise UserError(
            f"{' and '.join(missing)}, to compare with, {'is' if len(missing) == 1 else 'are'} not "
            "installed; make setup installs everything"
        )
    if asked.gpu and not has_gpu():
        raise UserError("--gpu: PyTorch finds no GPU on this machine")
    from rich.console import Console

    with tempfile.TemporaryDirectory(prefix="dysarthria_lightning_") as folder:
        measurements = measure(Path(folder), asked.gpu)
    machine = describe_machine()
    Console().print(make_table(measurements, machine))
    if asked.json is not None:
        record = {
            "machine": machine,
            "measurements": [{**asdict(one), "reached": one.reached} for one in measurements],
        }
        asked.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def has_gpu() -> bool:
    """Say whether torch can use a GPU."""
    import torch

    return torch.cuda.is_available()


def measure(folder: Path, gpu: bool) -> "list[Measurement]":
    """Measure, with a progress bar.

    Args:
        folder: An empty folder for corpora, stores and runs.
        gpu: Measure how runs share a GPU, and nothing else.
    """
    from rich.console import Console

    from dysarthria_lightning.files.progress import progress_bar

    # What is measured takes standard error away for a while.
    n_steps = _count_steps(gpu)
    with progress_bar(Console(file=sys.stderr)) as bar:
        task = bar.add_task("getting ready", total=n_steps)

        def announce(step: str) -> None:
            bar.update(task, description=step, advance=1)

        measurements = (_measure_gpu if gpu else _measure)(folder, announce)
        bar.update(task, description="measured", completed=n_steps)
    return measurements


def _count_steps(gpu: bool) -> int:
    from bench import features, scale, training
    from bench import gpu as sharing

    if gpu:
        return len(sharing.SHARES) + 1
    return len(_MODELS) * training.ROUNDS + features.ROUNDS + 2 + len(scale.SIZES) + 1


def _measure(folder: Path, announce: "Announce") -> "list[Measurement]":
    from bench.features import measure_features
    from bench.scale import compare_sizes, measure_scale
    from bench.training import measure_training
    from dysarthria_lightning.data.corpora.synthetic import SyntheticData
    from dysarthria_lightning.data.preparation import prepare_corpus

    common = [
        f"outputs_dir={folder}",
        "trainer.accelerator=cpu",
    ]
    synthetic = _compose([*common, f"data.recordings_per_speaker={_RECORDINGS_PER_SPEAKER}"])
    assert isinstance(synthetic.data, SyntheticData)
    store = prepare_corpus(synthetic)
    manifest = synthetic.data.folder(str(folder)) / "manifest.csv"
    listed = [*common, "data=manifest", f"data.manifest={manifest}"]
    measurements = measure_features(_compose(listed), folder, announce)
    for model in _MODELS:
        config = _compose([*listed, f"model={model}"])
        measurements += measure_training(config, store.folder, folder / "runs", announce)
    sizes = measure_scale(_compose(common), folder / "sizes", announce)
    return measurements + compare_sizes(sizes)


def _measure_gpu(folder: Path, announce: "Announce") -> "list[Measurement]":
    import numpy as np

    from bench.gpu import measure_sharing
    from bench.invented import write_store

    config = _compose([f"outputs_dir={folder}", "trainer.accelerator=gpu"])
    write_store(config, folder / "store", _GPU_RECORDINGS, np.random.default_rng(0), True)
    return measure_sharing(config, folder / "store", "cuda", announce)


def _compose(overrides: list[str]) -> "Config":
    from hydra import compose, initialize_config_dir

    from dysarthria_lightning.config import check_config
    from dysarthria_lightning.config.location import CONF_DIR

    with initialize_config_dir(CONF_DIR, version_base="1.3"):
        return check_config(compose("config", overrides))


def describe_machine() -> dict[str, str | int]:
    """Describe the machine that the figures are of."""
    import torch

    from dysarthria_lightning.training.provenance import processor_name

    return {
        "processor": processor_name(),
        "cores": os.cpu_count() or 1,
        "threads of a training": 1,
        "instructions": torch.backends.cpu.get_cpu_capability(),
        **{name: version(name) for name in ("dysarthria-lightning", "torch", *_REFERENCES)},
    }


def make_table(measurements: "list[Measurement]", machine: dict[str, str | int]) -> "Table":
    """Lay the measurements out for a terminal of 80 columns."""
    from rich import box
    from rich.table import Table

    table = Table(
        title=", ".join(f"{key} {value}" for key, value in machine.items()),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    table.add_column("measured")
    table.add_column("here", justify="right")
    table.add_column("beside")
    table.add_column("there", justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("aim", justify="right")
    table.add_column("met")
    for one in measurements:
        table.add_row(
            one.what,
            _three_digits(one.ours),
            one.reference,
            _three_digits(one.theirs),
            f"{one.ratio:.2f}",
            f"{'≤' if one.at_most else '≥'} {one.aim:g}",
            "yes" if one.reached else "no",
        )
    return table


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    run_command(main)
