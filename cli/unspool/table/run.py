"""Runs tasks: in this process, in several, or on a cluster. The seam is ``concurrent.futures.Executor``.

    for task, done in run_tasks(tasks, job, engine): ...

Results come in the order of the tasks. A task whose process dies is done again alone, then source by source; a source
that kills its process alone becomes a row with an error.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any, BinaryIO, Protocol

from unspool.table.work import Done, Job, Task, do, give_up

_AHEAD = 4  # tasks for each process that are begun before the first of them is needed
_DIED = "the process that read it died, alone too"


class Engine(Protocol):
    """Where tasks are done."""

    ahead: int
    """Tasks that may be under way at once."""

    def submit(self, job: Job, task: Task) -> "Future[Done]":
        """Begin a task."""

    def restart(self) -> None:
        """Go on after a process has died."""

    def close(self) -> None:
        """End all processes, whatever they are at."""


class InProcess:
    """This process: a task is done when it is submitted."""

    ahead = 1

    def __init__(self, stdin: BinaryIO | None = None) -> None:
        self._stdin = stdin

    def submit(self, job: Job, task: Task) -> "Future[Done]":
        """Do a task. Raises what it raises."""
        future: Future[Done] = Future()
        future.set_result(do(job, task, self._stdin))
        return future

    def restart(self) -> None:
        """No worker process can have died."""

    def close(self) -> None:
        """There is nothing to end."""


class Processes:
    """Processes of this machine."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.ahead = _AHEAD * count
        self._pool = self._start()

    def _start(self) -> Executor:
        return ProcessPoolExecutor(self._count, initializer=_begin_worker)

    def submit(self, job: Job, task: Task) -> "Future[Done]":
        """Begin a task."""
        try:
            return self._pool.submit(do, job, task)
        except BrokenExecutor as error:  # a process died since the last task
            future: Future[Done] = Future()
            future.set_exception(error)
            return future

    def restart(self) -> None:
        """Begin with new processes."""
        self._pool.shutdown(wait=False)
        self._pool = self._start()

    def close(self) -> None:
        """End all processes."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()


def _begin_worker() -> None:
    """Leave interrupts to the parent, and end with it: a pool's processes would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: Any) -> None:
    wait([sentinel])
    os._exit(1)


def run_tasks(tasks: Iterable[Task], job: Job, engine: Engine) -> Generator[tuple[Task, Done]]:
    """Yield the result of each task, in order. Raises OSError where rows cannot be written."""
    pending: deque[tuple[Task, Future[Done]]] = deque()
    try:
        for task in tasks:
            pending.append((task, engine.submit(job, task)))
            if len(pending) >= engine.ahead:
                yield from _next(pending, job, engine)
        while pending:
            yield from _next(pending, job, engine)
    finally:
        engine.close()


def _next(pending: "deque[tuple[Task, Future[Done]]]", job: Job, engine: Engine) -> Iterator[tuple[Task, Done]]:
    """Return the result of the first pending task; others whose process died with it are started again after it."""
    task, future = pending.popleft()
    error = future.exception()
    if error is None:
        yield task, future.result()
        return
    _refuse(error)
    engine.restart()
    yield from _alone(task, job, engine)
    again = [(one, engine.submit(job, one) if _died(its) else its) for one, its in pending]
    pending.clear()
    pending.extend(again)


def _died(future: "Future[Done]") -> bool:
    return future.done() and future.exception() is not None


def _alone(task: Task, job: Job, engine: Engine) -> Iterator[tuple[Task, Done]]:
    """Do a task while no other is done; where its process dies again, source by source."""
    future = engine.submit(job, task)
    error = future.exception()
    if error is None:
        yield task, future.result()
        return
    _refuse(error)
    engine.restart()
    if len(task.items) > 1:
        for place, item in enumerate(task.items):
            yield from _alone(Task(task.number + place, (item,)), job, engine)
    else:
        yield task, give_up(job, task, _DIED)


def _refuse(error: BaseException) -> None:
    """Raise what no other process would come through either: rows that cannot be written, a fault of unspool."""
    if not isinstance(error, BrokenExecutor):
        raise error
