"""``dysarthria-lightning COMMAND``: the same as ``python -m dysarthria_lightning.COMMAND``."""

import ast
import difflib
import importlib
import sys
from pathlib import Path

from dysarthria_lightning.cli.entry import run_command
from dysarthria_lightning.errors import UserError
from dysarthria_lightning.version import __version__

_PROGRAM = "dysarthria-lightning"


def main() -> None:
    """Run the command that the first word names, or list the commands."""
    run_command(_run)


def _run() -> None:
    name, *words = sys.argv[1:] or ["--help"]
    commands = describe_commands()
    if name in ("-h", "--help"):
        print(f"{_PROGRAM} COMMAND [key=value ...]\n")
        for command, line in commands.items():
            print(f"  {command:10} {line}")
        print(f"\nThe keys and examples of a command: {_PROGRAM} COMMAND --help")
        return
    if name == "--version":
        print(f"{_PROGRAM} {__version__}")
        return
    if name not in commands:
        close = difflib.get_close_matches(name, commands, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise UserError(f"{name}: there is no such command.{hint}\nCommands: {', '.join(commands)}")
    sys.argv = [f"{_PROGRAM} {name}", *words]
    importlib.import_module(f"dysarthria_lightning.{name}").main()


def describe_commands() -> dict[str, str]:
    """Return what each command does, in a line: the modules here whose first line says so."""
    described = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        start = f"``python -m dysarthria_lightning.{path.stem}``: "
        if text.startswith(start):
            described[path.stem] = text.split("\n")[0].removeprefix(start).rstrip(".")
    return described


if __name__ == "__main__":
    main()
