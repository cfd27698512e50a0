"""Cases shared among processes, with their results in order.

The executor tells of a worker that was killed. It would let the others finish
when nobody waits for them any more, and would leave them behind if this process
were killed: so they are ended, and watch whether their parent is still there.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from unspool.checks.results import Result
from unspool.checks.running import Job, check
from unspool.core.errors import UnspoolError

_AT_ONCE = 16  # cases handed to a process in one go, at most
_ROUNDS = 4  # how often each process gets some, at least: cases do not take the same time


class WorkerLost(UnspoolError):
    """A process of the pool was ended by somebody else."""


def share(jobs: Sequence[Job | Result], update: bool, workers: int) -> Iterator[Result]:
    """The results of ``jobs`` in their order, each as soon as it and those before it are there.

    What is being written when nobody waits any more is written to its end.
    Raises WorkerLost.
    """
    workers = max(1, min(workers, len(jobs)))
    at_once = 1 if update else max(1, min(_AT_ONCE, len(jobs) // (workers * _ROUNDS)))
    pool = ProcessPoolExecutor(workers, initializer=_belong)
    try:
        yield from pool.map(partial(_result, update=update), jobs, chunksize=at_once)
    except BrokenProcessPool:
        raise WorkerLost("a worker process was ended from outside") from None
    finally:
        for worker in multiprocessing.active_children() if not update else ():
            worker.terminate()
        pool.shutdown(cancel_futures=True)


def _belong() -> None:
    """Leave an interrupt, which reaches every process of a terminal, to the parent; end when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _result(job: Job | Result, update: bool) -> Result:
    return job if isinstance(job, Result) else check(job, update)
