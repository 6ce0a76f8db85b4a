"""The versions that `make setup` installs."""

from pathlib import Path

PROJECT = Path(__file__).parents[1]


def read_pins() -> list[tuple[str, str]]:
    """Read names and versions from `.constraints.txt`, in its order."""
    lines = (PROJECT / ".constraints.txt").read_text().splitlines()
    pins = [line.partition("==") for line in lines if not line.startswith("#")]
    return [(name, version) for name, _, version in pins]
