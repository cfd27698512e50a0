"""Cases shared among processes, with their results in order.

Each process gets its cases through a separate pipe. One that is killed
closes its end, which is noticed at once; and when this process is killed, the
workers find their pipes closed and end.
"""

import multiprocessing
import signal
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait

from unspool.check.results import Result
from unspool.check.runner import Job, Update, WorkerLost, check

_AT_ONCE = 16  # cases that a process gets in one go, at most
_ROUNDS = 4  # how often each process gets some, at least: cases do not take the same time


class _Worker:
    """A process that checks what it is given."""

    def __init__(self, update: Update) -> None:
        self.pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_work, args=(theirs, self.pipe, update), daemon=True)
        self._process.start()
        theirs.close()

    def end(self, at_once: bool) -> None:
        """Let it finish what it is at, or not even that."""
        if at_once:
            self._process.terminate()
        self.pipe.close()
        self._process.join()


def share(jobs: Sequence[Job | Result], update: Update, workers: int) -> Iterator[Result]:
    """The results of ``jobs`` in their order, each as soon as it and those before it are there.

    An unfinished write is completed even when the caller waits no more.
    Raises WorkerLost.
    """
    workers = max(1, min(workers, len(jobs)))
    at_once = max(1, min(_AT_ONCE, len(jobs) // (workers * _ROUNDS)))
    batches = deque(enumerate(jobs[start : start + at_once] for start in range(0, len(jobs), at_once)))
    pool: list[_Worker] = []
    try:
        pool += (_Worker(update) for _ in range(workers))
        yield from _in_order([worker.pipe for worker in pool], batches)
    except (EOFError, ConnectionError):
        raise WorkerLost("a worker process was ended from outside") from None
    finally:
        for worker in reversed(pool):  # each holds, from its fork, the other ends of those before it
            worker.end(at_once=update is Update.NONE)


def _in_order(pipes: list[Connection], batches: deque[tuple[int, Sequence[Job | Result]]]) -> Iterator[Result]:
    """Keep all pipes busy, and put what comes back in order."""
    busy: dict[Connection, int] = {}
    done: dict[int, list[Result]] = {}
    due = 0
    idle = pipes
    while idle or busy:
        for pipe in idle[: len(batches)]:
            busy[pipe], batch = batches.popleft()
            pipe.send(batch)
        idle = [pipe for pipe in wait(list(busy)) if isinstance(pipe, Connection)] if busy else []
        for pipe in idle:
            done[busy.pop(pipe)] = _received(pipe)
        while due in done:
            yield from done.pop(due)
            due += 1


def _received(pipe: Connection) -> list[Result]:
    """The results of a batch. Raises what checking it raised."""
    results: list[Result] | Exception = pipe.recv()
    if isinstance(results, Exception):
        raise results
    return results


def _work(pipe: Connection, other_end: Connection, update: Update) -> None:
    """Check batches until no more come; an interrupt, which reaches every process of a terminal, is the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        if callable(signal.getsignal(number)):  # the parent's, which a fork has, too
            signal.signal(number, signal.SIG_DFL)
    other_end.close()  # else this process itself would keep its pipe open
    while True:
        try:
            batch: Sequence[Job | Result] = pipe.recv()
        except (EOFError, OSError):  # the parent has gone
            return
        try:
            results: list[Result] | Exception = [
                job if isinstance(job, Result) else check(job, update) for job in batch
            ]
        except Exception as error:  # a fault of unspool, or no memory
            error.add_note(traceback.format_exc())  # where it happened does not cross a pipe; a note does
            results = error
        try:
            pipe.send(results)
        except OSError:  # the parent has gone; what was to be written is
            return
