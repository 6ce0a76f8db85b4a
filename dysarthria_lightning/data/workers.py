"""Work spread over processes: in order, with a bound on what waits, ended when it is given up."""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, TypeVar

from dysarthria_lightning.data.worker import PROGRAM
from dysarthria_lightning.errors import UserError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Each worker has a core.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def map_in_workers(
    function: Callable[[Item], Result], items: Iterable[Item], n_workers: int
) -> Generator[Result, None, None]:
    """Map in worker processes; until one has started, in this process.

    The workers are interpreters of their own and not multiprocessing's, which would run the
    caller's script again, or joblib's, which take twice as long to start. They end with this
    process, however it ends, because they read what it writes.

    Args:
        function: Can be pickled, and is imported by the workers.
        items: Are taken as they are needed.
        n_workers: Number of processes. Twice as many results wait in memory at most.

    Yields:
        The results in order. When the generator is closed the workers are killed.

    Raises:
        UserError: A worker was killed.
    """
    idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()

    # A dead worker is put back, too: threads would wait for it for ever.
    def introduce(worker: subprocess.Popen[bytes]) -> None:
        try:
            _ask(worker, sys.path, function)
        finally:
            idle.put(worker)

    def delegate(item: Item) -> Result:
        worker = idle.get()
        try:
            result: Result = _ask(worker, item)
            return result
        finally:
            idle.put(worker)

    workers: list[subprocess.Popen[bytes]] = []
    # Each thread waits for one worker.
    threads = ThreadPoolExecutor(n_workers)
    ahead: deque[Future[Result]] = deque()
    try:
        for _ in range(n_workers):
            workers.append(_start_worker())
        starts = [threads.submit(introduce, worker) for worker in workers]
        for item in items:
            started = [start for start in starts if start.done()]
            if not started:
                yield function(item)
                continue
            started[0].result()
            if len(ahead) == 2 * n_workers:
                yield ahead.popleft().result()
            ahead.append(threads.submit(delegate, item))
        while ahead:
            yield ahead.popleft().result()
    finally:
        for worker in workers:
            worker.kill()
        threads.shutdown(cancel_futures=True)
        for worker in workers:
            with worker:  # closes its pipes and waits for its end
                pass


def _start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | _ONE_THREAD,
    )


def _ask(worker: subprocess.Popen[bytes], *messages: Any) -> Any:
    """Send something to a worker and wait for the answer."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        for message in messages:
            pickle.dump(message, worker.stdin, protocol=pickle.HIGHEST_PROTOCOL)
        worker.stdin.flush()
        is_result, answer = pickle.load(worker.stdout)
    except (EOFError, BrokenPipeError):
        raise UserError(
            "a process that worked for this one was killed, perhaps because the memory was full"
        ) from None
    if not is_result:
        raise answer
    return answer
