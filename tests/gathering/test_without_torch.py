"""``report`` answers in seconds, which it could not if it imported PyTorch."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from test_report import finish

from dysarthria_lightning.config import Config
from dysarthria_lightning.data.preparation import corpus_key
from dysarthria_lightning.gathering.typed_settings import config_words
from dysarthria_lightning.runs.record import write_config

CODE = (
    "import runpy, sys\n"
    "try: runpy.run_module('dysarthria_lightning.report', run_name='__main__')\n"
    "finally: print('imported:', {'torch', 'lightning'} & set(sys.modules))"
)


@pytest.mark.slow
def test_a_page_and_a_list_are_written_without_torch(
    tone_config: Callable[..., Config], tmp_path: Path
) -> None:
    for fold in range(3):
        config = tone_config(f"fold={fold}")
        write_config(config, finish(config, str(corpus_key(config))))
    outputs = f"outputs_dir={config.outputs_dir}"
    for its in ([], config_words(config)):
        command = [sys.executable, "-c", CODE, outputs, *its]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "Page: " in done.stdout
        assert done.stdout.endswith("imported: set()\n")
