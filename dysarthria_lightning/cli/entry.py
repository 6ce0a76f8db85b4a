"""How every command is started and ended: its streams, its exit status, its messages."""

import os
import sys
from collections.abc import Callable

from dysarthria_lightning.cli.command import PastHydra
from dysarthria_lightning.cli.ending import stoppable


def run_command(main: Callable[[], None]) -> None:
    """Run a command.

    Exits with 1 and a message on user and file-system errors, with 130 on Ctrl-C and with 143 on
    SIGTERM. Anything else is a bug and shows its traceback.

    Args:
        main: Such as a :class:`Command`.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal may not be able to show every character that we print.
            stream.reconfigure(errors="replace")
    with stoppable():
        try:
            _run(main)
        except BrokenPipeError:
            # Whoever read the output, such as head, wants no more; nor must Python flush it at
            # the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except Exception as error:
            from dysarthria_lightning.cli.explain import explain

            said = explain(error)
            if said is None:
                raise
            sys.exit(f"error: {said}")


def _run(main: Callable[[], None]) -> None:
    try:
        main()
    except PastHydra as carrier:
        raise carrier.error from carrier.error.__cause__
