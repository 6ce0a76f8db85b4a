"""Memory is kept from one step to the next."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys, torch
from dysarthria_lightning.training.memory import keep_memory
if sys.argv[1] == "kept":
    assert keep_memory()
def step():
    for mebibytes in (1, 8, 40):
        torch.ones(mebibytes * 2**18)
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    step()
before = faults()
for _ in range(10):
    step()
print(faults() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.confstr("CS_GNU_LIBC_VERSION"), reason="the C library is not glibc")
def test_a_step_takes_no_new_pages() -> None:
    def count(way: str) -> int:
        command = [sys.executable, "-c", PROGRAM, way]
        return int(subprocess.run(command, capture_output=True, check=True).stdout)

    assert count("kept") < 100
    assert count("given back") > 10 * 40 / 2  # even in pages of 2 MiB
