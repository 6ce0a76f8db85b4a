"""Every requirement is pinned, to a version that it admits and that any index of releases has."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pins import PROJECT, read_pins

PROJECT_TABLE = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
REQUIREMENTS = [
    *PROJECT_TABLE["dependencies"],
    *(text for extra in PROJECT_TABLE["optional-dependencies"].values() for text in extra),
]


@pytest.mark.parametrize("text", REQUIREMENTS)
def test_requirement_admits_its_pin(text):
    requirement = Requirement(text)
    pinned = {canonicalize_name(name): version for name, version in read_pins()}
    version = pinned.get(canonicalize_name(requirement.name))
    assert version is not None, f"{requirement.name} is not in .constraints.txt: make constraints"
    assert requirement.specifier.contains(version, prereleases=True)


def test_pins_are_exact_released_versions_sorted_and_each_named_once():
    lines = (PROJECT / ".constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    # No +cpu or +cu130 either, because PyPI has no such versions.
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[0-9]+(\.[0-9a-z]+)*", pin)] == []
    names = [name.lower() for name, _ in read_pins()]
    assert names == sorted(names)
    assert len({canonicalize_name(name) for name in names}) == len(names)


def test_setup_installs_the_pins_and_is_due_when_they_change():
    makefile = (PROJECT / "Makefile").read_text()
    recipe = re.search(r"^\$\(READY\):(.*)\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe is not None
    assert ".constraints.txt" in recipe[1].split()
    assert "$(PIP) '.[dev]'" in recipe[2]
    installs = re.search(r"^PIP := (.*)", makefile, re.MULTILINE)
    assert installs is not None
    assert "--constraint .constraints.txt --editable" in installs[1]
