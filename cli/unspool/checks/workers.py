"""Cases shared among processes, with their results in order."""

import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from unspool.checks.results import Result
from unspool.checks.running import Job, check
from unspool.core.errors import UnspoolError

_AT_ONCE = 16  # cases handed to a process in one go


class WorkerLost(UnspoolError):
    """A process of the pool was killed, or could not start."""


def share(jobs: Iterable[Job | Result], update: bool, workers: int) -> Iterator[Result]:
    """The results of ``jobs`` in their order, each as soon as it and those before it are there.

    Raises WorkerLost.
    """
    pool = ProcessPoolExecutor(workers, initializer=_leave_interrupts)
    try:
        yield from pool.map(partial(_result, update=update), jobs, chunksize=_AT_ONCE)
    except BrokenProcessPool:
        raise WorkerLost("a worker process was ended from outside") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal; the first ends the others in good order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _result(job: Job | Result, update: bool) -> Result:
    return job if isinstance(job, Result) else check(job, update)
