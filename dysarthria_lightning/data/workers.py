"""Work spread over processes: in order, with a bound on what waits, ended when it is given up."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from typing import TypeVar

from dysarthria_lightning.errors import UserError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Each worker has a core, whatever the user has set for other programs.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

# A worker that has nothing to do for so long ends: nobody may be there to ask it.
_IDLE_S = 30


def map_in_workers(
    function: Callable[[Item], Result], items: Iterable[Item], n_workers: int
) -> Generator[Result, None, None]:
    """Map in worker processes, each with one thread.

    Args:
        function: Can be pickled, and is imported by the workers.
        items: Can be pickled. They are taken as they are needed.
        n_workers: Number of processes. Four times as many results wait in memory at most.

    Yields:
        The results in order. When the generator is closed the workers end with what they have
        begun.

    Raises:
        UserError: A worker was killed.
    """
    from joblib.externals.loky import ProcessPoolExecutor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    # One of our own: the caller may use the one that joblib shares in a process.
    workers = ProcessPoolExecutor(n_workers, timeout=_IDLE_S, env=_ONE_THREAD)
    ahead: deque[Future[Result]] = deque()
    try:
        for item in items:
            if len(ahead) == 4 * n_workers:
                yield ahead.popleft().result()
            ahead.append(workers.submit(function, item))
        while ahead:
            yield ahead.popleft().result()
    except TerminatedWorkerError:
        raise UserError(
            "a process that worked for this one was killed, perhaps because the memory was full"
        ) from None
    finally:
        for result in ahead:
            result.cancel()
        workers.shutdown(wait=True)  # for what they have begun
