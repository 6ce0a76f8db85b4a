"""Members of a kind are found by their files, and finding them takes no time."""

import subprocess
import sys
from pathlib import Path

import pytest

from dysarthria_lightning.config.members import CORPORA, FEATURES, MODELS
from dysarthria_lightning.schema.base import Section
from dysarthria_lightning.schema.registry import find_members

MEMBER = """
from typing import Literal
from base_of_kind import Kind
class {name}(Kind):
    tag: Literal["{tag}"]
"""


@pytest.fixture
def kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of a kind without members."""
    base = "from dysarthria_lightning.schema.base import Section\nclass Kind(Section): pass\n"
    (tmp_path / "base_of_kind.py").write_text(base)
    package = tmp_path / "members_of_kind"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.startswith(("base_of", "members_of"))]:
        del sys.modules[name]


def find() -> dict[str, type[Section]]:
    from base_of_kind import Kind

    return find_members("members_of_kind", Kind, "tag")


def test_a_file_is_a_member(kind: Path) -> None:
    (kind / "second.py").write_text(MEMBER.format(name="Second", tag="b"))
    (kind / "first.py").write_text(MEMBER.format(name="First", tag="a"))
    (kind / "helper.py").write_text("from members_of_kind.first import First\n")
    assert [(tag, member.__name__) for tag, member in find().items()] == [
        ("a", "First"),
        ("b", "Second"),
    ]


def test_two_members_of_one_name_are_refused(kind: Path) -> None:
    (kind / "first.py").write_text(MEMBER.format(name="First", tag="a"))
    (kind / "second.py").write_text(MEMBER.format(name="Second", tag="a"))
    with pytest.raises(TypeError, match="both tag=a"):
        find()


def test_the_kinds_of_this_package_are_found() -> None:
    assert {"manifest", "mayle2018", "minsk2020", "synthetic"} <= set(CORPORA)
    assert {"mfcc", "log_mel", "matrix"} <= set(FEATURES)
    assert {"feedforward", "lstm", "bilstm", "attention", "functionals"} <= set(MODELS)


def test_finding_them_imports_nothing_that_takes_long() -> None:
    slow = ["torch", "torchaudio", "pandas", "pandera", "scipy", "sklearn", "soundfile"]
    code = (
        "import sys, dysarthria_lightning.config; "
        f"print([name for name in {slow} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
