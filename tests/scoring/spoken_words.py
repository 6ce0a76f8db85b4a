"""Calls ``predict`` and ``bundle`` as one types them, and holds what they said and wrote."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from dysarthria_lightning import predict
from dysarthria_lightning.cli.entry import run_command


class Said:
    """Calls the command, and holds what it wrote."""

    def __init__(
        self, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.out = out
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *words: object) -> str:
        """Run it and return what it printed, in one line."""
        typed = ["predict", *map(str, words), f"out={self.out}"]
        self.monkeypatch.setattr(sys, "argv", typed)
        predict.main()
        return " ".join(self.capsys.readouterr().out.split())

    def mistake(self, *words: object) -> str:
        self.monkeypatch.setattr(sys, "argv", ["predict", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            run_command(predict.main)
        return str(ended.value)

    @property
    def scores(self) -> pd.DataFrame:
        table = pd.read_csv(self.out / "scores.csv", dtype={"flags": str, "speaker_id": str})
        return table.assign(flags=table["flags"].fillna("")).set_index("speaker_id")

    @property
    def recordings(self) -> pd.DataFrame:
        return pd.read_csv(self.out / "recordings.csv")
