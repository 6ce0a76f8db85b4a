"""What a run notes of the machine and the versions that made it."""

import hydra
import numpy as np
import pytorch_lightning
import sklearn
import torch
import torchaudio

from dysarthria_lightning.training.provenance import describe_environment


def test_versions_are_those_that_are_imported() -> None:
    noted = describe_environment(torch.device("cpu"))
    assert noted["torch"] == torch.__version__
    for name, module in [
        ("lightning", pytorch_lightning),
        ("torchaudio", torchaudio),
        ("hydra", hydra),
        ("numpy", np),
        ("sklearn", sklearn),
    ]:
        # Builds for one kind of device may name it after a plus in one of the two only.
        assert noted[name].split("+")[0] == module.__version__.split("+")[0]
