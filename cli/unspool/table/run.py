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
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any, Protocol, TypeVar

from unspool.table.pieces import PART_NUMBERS, Chain, Piece, discard, piece_bytes, pieces, read_piece, write_piece
from unspool.table.work import Done, Job, Task, do, give_up

Result = TypeVar("Result")

_AHEAD = 4  # tasks for each process that are begun before the first of them is needed
_DIED = "the process that read it died, alone too"


class Engine(Protocol):
    """The interface of an executor of tasks."""

    ahead: int
    """Tasks that may be under way at once; 1 where nothing is done at the same time."""
    deaths: tuple[type[BaseException], ...]
    """The exceptions of a future whose process died."""

    def submit(self, work: Callable[..., Result], /, *arguments: Any) -> "Future[Result]":
        """Begin some work."""

    def restart(self) -> None:
        """Go on after a process has died."""

    def close(self) -> None:
        """End all processes, whatever they are at."""


class InProcess:
    """This process: work is done when it is submitted."""

    ahead = 1
    deaths: tuple[type[BaseException], ...] = ()

    def submit(self, work: Callable[..., Result], /, *arguments: Any) -> "Future[Result]":
        """Do some work. Raises what it raises."""
        future: Future[Result] = Future()
        future.set_result(work(*arguments))
        return future

    def restart(self) -> None:
        """Do nothing: there is no worker process that can die."""

    def close(self) -> None:
        """Do nothing: there is no process to end."""


class Processes:
    """Processes of this machine.

    Without ``fork`` they do not begin as copies of this one: the threads of an object store's client, which lists the
    sources here, would not be in them.
    """

    deaths: tuple[type[BaseException], ...] = (BrokenExecutor,)

    def __init__(self, count: int, fork: bool = True) -> None:
        self._count = count
        self._context = multiprocessing.get_context(None if fork else "forkserver")
        self.ahead = _AHEAD * count
        self._pool = self._start()

    def _start(self) -> Executor:
        return ProcessPoolExecutor(self._count, self._context, initializer=_begin_worker)

    def submit(self, work: Callable[..., Result], /, *arguments: Any) -> "Future[Result]":
        """Begin some work."""
        try:
            return self._pool.submit(work, *arguments)
        except BrokenExecutor as error:  # a process died since the last task
            future: Future[Result] = Future()
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


class _Group:
    """A task under way: sources that are read together."""

    def __init__(self, task: Task, job: Job, engine: Engine) -> None:
        self._task = task
        self._job = job
        self._engine = engine
        self._future = engine.submit(do, job, task)

    def again(self) -> None:
        """Begin once more if the process died with which it was done."""
        if self._future.done() and _died(self._future, self._engine):
            self._future = self._engine.submit(do, self._job, self._task)

    def results(self) -> Iterator[tuple[Task, Done]]:
        """Its result."""
        yield from self._settle(self._task, self._future)

    def _settle(self, task: Task, future: "Future[Done]") -> Iterator[tuple[Task, Done]]:
        """The result of a task; after the death of its process, the result of a new try, then source by source."""
        if not _died(future, self._engine):
            yield task, future.result()
            return
        self._engine.restart()
        future = self._engine.submit(do, self._job, task)
        if not _died(future, self._engine):
            yield task, future.result()
        elif len(task.items) > 1:
            self._engine.restart()
            for place, item in enumerate(task.items):
                one = Task(task.number + place, (item,))
                yield from self._settle(one, self._engine.submit(do, self._job, one))
        else:
            self._engine.restart()
            yield task, give_up(self._job, task, _DIED)


class _Cut:
    """A task under way: one piece of a large file. The pieces of a file share a chain."""

    def __init__(self, task: Task, piece: Piece, chain: Chain, job: Job, engine: Engine) -> None:
        self._task = task
        self._piece = piece
        self._chain = chain
        self._job = job
        self._engine = engine
        self._future = engine.submit(read_piece, job, piece)

    def again(self) -> None:
        """Begin once more if the process died with which it was done."""
        if self._future.done() and _died(self._future, self._engine):
            self._future = self._engine.submit(read_piece, self._job, self._piece)

    def results(self) -> Iterator[tuple[Task, Done]]:
        """Its result."""
        chain, piece = self._chain, self._piece
        if _died(self._future, self._engine):
            self._engine.restart()
            self._future = self._engine.submit(read_piece, self._job, piece)
        if _died(self._future, self._engine):
            self._engine.restart()
            yield self._task, give_up(self._job, self._task, _DIED, piece.place * PART_NUMBERS)
            chain.position = None
            return
        read = self._future.result()
        if not chain.fits(read):
            discard(read)
            if chain.passed(piece):
                return
            read = self._engine.submit(read_piece, self._job, chain.again(piece)).result()
        records, steps = chain.records, chain.steps
        chain.add(read)
        written = self._engine.submit(write_piece, self._job, read, self._task.number, records, steps)
        yield self._task, written.result()


def run_tasks(tasks: Iterable[Task], job: Job, engine: Engine, size: int | None = None) -> Generator[tuple[Task, Done]]:
    """Yield the result of each task, in order. Raises OSError where rows cannot be written.

    Where several processes share the work, large files are read in pieces, of ``size`` bytes if it is given.
    """
    pending: deque[_Group | _Cut] = deque()
    try:
        for work in _begin(tasks, job, engine, size):
            pending.append(work)
            while len(pending) >= engine.ahead:
                yield from _next(pending)
        while pending:
            yield from _next(pending)
    finally:
        engine.close()


def _begin(tasks: Iterable[Task], job: Job, engine: Engine, size: int | None) -> Iterator[_Group | _Cut]:
    """Begin each task, large files piece by piece where several processes can share one."""
    for task in tasks:
        cut = None
        if engine.ahead > 1 and len(task.items) == 1:
            cut = pieces(task.items[0], job, size or piece_bytes(task.items[0].size))
        if cut is None:
            yield _Group(task, job, engine)
            continue
        chain = Chain()
        for piece in cut:
            yield _Cut(task, piece, chain, job, engine)


def _next(pending: "deque[_Group | _Cut]") -> Iterator[tuple[Task, Done]]:
    """Return the result of the first pending task; others whose process died are started again after it."""
    yield from pending.popleft().results()
    for other in pending:
        other.again()


def _died(future: "Future[Any]", engine: Engine) -> bool:
    """Whether a process died; waits until that is known. Raises what no process would come through."""
    error = future.exception()
    if error is not None and not isinstance(error, engine.deaths):
        raise error
    return error is not None
