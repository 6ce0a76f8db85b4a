"""What a worker process does. It imports nothing but what its function needs."""

import os
import pickle
import signal
import sys
from contextlib import suppress

#: What the interpreter of a worker is given to run.
PROGRAM = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    f"from {__name__} import serve; serve()"
)


def serve() -> None:
    """Read a function from standard input, then items, and answer each until there are no more.

    An answer is pickled: whether there was no error, and the result (of the function itself: None)
    or the error.
    """
    # A terminal sends it to all processes. The one that has started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    items, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    # Where nobody asks or listens any more, the process that has started this one has ended.
    with suppress(EOFError, BrokenPipeError):
        function = pickle.load(items)
        answer: tuple[bool, object] = True, None
        while True:
            pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
            item = pickle.load(items)
            try:
                answer = True, function(item)
            except Exception as error:
                answer = False, error
