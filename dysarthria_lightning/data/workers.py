"""Work spread over processes: in order, with a bound on what waits, ended when it is given up."""

import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from typing import TypeVar

# Not multiprocessing's own: that runs a caller's script again in each worker.
from joblib.externals.loky import ProcessPoolExecutor
from joblib.externals.loky.process_executor import BrokenProcessPool

from dysarthria_lightning.errors import UserError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Each worker has a core.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

# Workers that have had nothing to do for so long end. They do so too when nobody is left to give
# them any.
_IDLE_S = 30


def map_in_workers(
    function: Callable[[Item], Result], items: Iterable[Item], n_workers: int
) -> Generator[Result, None, None]:
    """Map in worker processes; until they have started, in this one.

    Args:
        function: Is sent with each item.
        items: Are taken as they are needed.
        n_workers: Number of processes. Twice as many results wait in memory at most.

    Yields:
        The results in order. When the generator is closed the workers are ended.

    Raises:
        UserError: A worker was killed.
    """
    executor = ProcessPoolExecutor(
        n_workers, timeout=_IDLE_S, initializer=_ignore_ctrl_c, env=_ONE_THREAD
    )
    ahead: deque[Future[Result]] = deque()
    finished = False
    try:
        started = executor.submit(int)
        for item in items:
            if not started.done():
                yield function(item)
                continue
            if len(ahead) == 2 * n_workers:
                yield ahead.popleft().result()
            ahead.append(executor.submit(function, item))
        while ahead:
            yield ahead.popleft().result()
        finished = True
    except BrokenProcessPool:
        raise UserError(
            "a process that read recordings was killed, perhaps because the memory was full"
        ) from None
    finally:
        executor.shutdown(kill_workers=not finished)


def _ignore_ctrl_c() -> None:
    """A terminal sends it to all processes; the one that has started the workers ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
