"""Work spread over processes: in order, with a bound on what waits, ended when it is given up."""

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar
from warnings import catch_warnings, simplefilter

from dysarthria_lightning.errors import UserError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Joblib goes on whether or not results are taken. Whatever is to wait in memory at most is asked of
# it at once; the more, the less often all workers wait for the last of them.
_AT_ONCE_PER_WORKER = 32


def map_in_workers(
    function: Callable[[Item], Result], items: Sequence[Item], n_workers: int
) -> Generator[Result, None, None]:
    """Map in worker processes, each with one thread.

    Args:
        function: Can be pickled, and is imported by the workers.
        items: Can be pickled.
        n_workers: Number of processes, at least 2.

    Yields:
        The results in order. When the generator is closed the workers are killed.

    Raises:
        UserError: A worker was killed.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    at_once = _AT_ONCE_PER_WORKER * n_workers
    results: Generator[Result, None, None] | None = None
    try:
        with Parallel(n_jobs=n_workers, return_as="generator", batch_size=1) as pool:
            for first in range(0, len(items), at_once):
                results = pool(delayed(function)(item) for item in items[first : first + at_once])
                for result in results:  # noqa: UP028 - yield from would close them with warnings
                    yield result
    except TerminatedWorkerError:
        raise UserError(
            "a process that worked for this one was killed, perhaps because the memory was full"
        ) from None
    finally:
        with catch_warnings():
            simplefilter("ignore")  # joblib warns that it works in vain
            if results is not None:
                results.close()
            get_reusable_executor(max_workers=n_workers).shutdown(wait=True, kill_workers=True)
