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
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Any, Generic, Protocol, TypeVar

from unspool.table.pieces import PART_NUMBERS, Chain, Piece, Read, discard, piece_bytes, pieces, read_piece, write_piece
from unspool.table.work import Done, Job, Task, do, give_up

Result = TypeVar("Result")

_POOLS, _FEEDER = "concurrent.futures.process", "QueueFeederThread"
"""The module of the class of one of the two threads that a process pool has, and the name of the other."""
_LAST_WAIT = 5.0  # seconds for the thread of a pool whose processes were ended
_AHEAD = 4  # tasks for each process that are begun before the first of them is needed


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
        self._unfinished: set[Future[Any]] = set()
        self._failure: BaseException | None = None
        self._other_deaths = threading.excepthook
        threading.excepthook = self._see_death  # until the process ends: a pool's thread may fail after ``close``
        self._pool = self._start()

    def _start(self) -> Executor:
        return ProcessPoolExecutor(self._count, self._context, initializer=_begin_worker)

    def submit(self, work: Callable[..., Result], /, *arguments: Any) -> "Future[Result]":
        """Begin some work."""
        future: Future[Result]
        try:
            future = self._pool.submit(work, *arguments)
        except BrokenExecutor as error:  # a process died since the last task
            future = Future()
            future.set_exception(error)
            return future
        self._unfinished.add(future)
        future.add_done_callback(self._unfinished.discard)
        if self._failure is not None:  # the thread died before the work was known here
            self._fail_all(self._failure)
        return future

    def _see_death(self, died: threading.ExceptHookArgs) -> None:
        """Fail all work with the exception of which a thread of the pool died: the pool itself would wait for ever."""
        if type(died.thread).__module__ != _POOLS and getattr(died.thread, "name", "") != _FEEDER:
            self._other_deaths(died)
            return
        self._failure = died.exc_value or RuntimeError("a thread of the process pool died")
        self._fail_all(self._failure)

    def _fail_all(self, failure: BaseException) -> None:
        for future in list(self._unfinished):
            with suppress(InvalidStateError):
                future.set_exception(failure)

    def restart(self) -> None:
        """Begin with new processes."""
        self._pool.shutdown(wait=False)
        self._pool = self._start()

    def close(self) -> None:
        """End all processes."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        # When Python exits, concurrent.futures wakes each pool's thread, and fails if that closes its pipe meanwhile.
        for thread in threading.enumerate():
            if type(thread).__module__ == _POOLS:
                thread.join(_LAST_WAIT)


def _begin_worker() -> None:
    """Leave interrupts to the parent, and end with it: a pool's processes would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        if callable(signal.getsignal(number)):  # the parent's, which a fork has, too; SIG_DFL and SIG_IGN are numbers
            signal.signal(number, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        try:
            threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
        except RuntimeError:  # no memory for a thread, of which the pool would print a traceback
            os._exit(1)


def _end_with(sentinel: Any) -> None:
    wait([sentinel])
    os._exit(1)


class _Died(Exception):
    """The process of some work died, and that of a second attempt too."""


class _Attempts(Generic[Result]):
    """Some work of an engine, which is done again once if its process dies."""

    def __init__(self, engine: Engine, work: Callable[..., Result], *arguments: Any) -> None:
        self._engine = engine
        self._work = work
        self._arguments = arguments
        self._future = self._submit()

    def _submit(self) -> "Future[Result]":
        return self._engine.submit(self._work, *self._arguments)

    def done(self) -> bool:
        """Return whether the result can be had without waiting."""
        return self._future.done()

    def restart(self) -> None:
        """Begin once more if the process died: all work that was begun is lost with it."""
        if self._future.done() and self._dead():
            self._future = self._submit()

    def result(self) -> Result:
        """Wait for the result. Raises _Died, and what the work itself raises."""
        if self._dead():
            self._engine.restart()
            self._future = self._submit()
            if self._dead():
                self._engine.restart()
                raise _Died
        return self._future.result()

    def _dead(self) -> bool:
        return isinstance(self._future.exception(), self._engine.deaths)


class _Group:
    """A task under way: sources that are read together."""

    def __init__(self, task: Task, job: Job, engine: Engine) -> None:
        self._task = task
        self._job = job
        self._engine = engine
        self._attempts = _Attempts(engine, do, job, task)
        self._results: list[tuple[Task, Done]] = []

    def restart(self) -> None:
        """Begin once more if the process died with which it was done."""
        self._attempts.restart()

    def settle(self) -> None:
        """Wait until the sources are read; if that fails as a group, source by source."""
        items = self._task.items
        try:
            self._results = [(self._task, self._attempts.result())]
        except _Died:
            if len(items) == 1:
                self._results = [(self._task, give_up(self._job, self._task))]
                return
            for place, item in enumerate(items):
                alone = _Group(Task(self._task.number + place, (item,)), self._job, self._engine)
                alone.settle()
                self._results += alone.results()

    def done(self) -> bool:
        """Return whether the results can be had without waiting."""
        return True

    def results(self) -> list[tuple[Task, Done]]:
        """Its results."""
        return self._results


class _Cut:
    """A task under way: one piece of a large file. The pieces of a file share a chain."""

    def __init__(self, task: Task, piece: Piece, chain: Chain, job: Job, engine: Engine) -> None:
        self._task = task
        self._piece = piece
        self._chain = chain
        self._job = job
        self._engine = engine
        self._reading = _Attempts(engine, read_piece, job, piece)
        self._read: Read | None = None
        self._writing: _Attempts[Done] | None = None
        self._result: Done | None = None

    def restart(self) -> None:
        """Begin once more if the process died with which it was done."""
        (self._writing or self._reading).restart()

    def settle(self) -> None:
        """Wait until the piece is read, from where the piece before it stopped, and begin to write its rows."""
        try:
            read = self._read = self._fitting()
        except _Died:
            self._result = self._give_up()
            self._chain.position = None
            return
        if read is not None:
            before = self._chain.records, self._chain.steps
            self._chain.add(read)
            self._writing = _Attempts(self._engine, write_piece, self._job, read, self._task.number, *before)

    def _fitting(self) -> Read | None:
        """The rows of the piece; None where the pieces before it have read all of it. Raises _Died."""
        read = self._reading.result()
        if self._chain.fits(read):
            return read
        discard(read)
        if self._chain.passed(self._piece):
            return None
        return _Attempts(self._engine, read_piece, self._job, self._chain.again(self._piece)).result()

    def _give_up(self) -> Done:
        return give_up(self._job, self._task, self._piece.place * PART_NUMBERS)

    def done(self) -> bool:
        """Return whether the results can be had without waiting."""
        return self._writing is None or self._writing.done()

    def results(self) -> list[tuple[Task, Done]]:
        """Wait for its results."""
        if self._writing is not None:
            try:
                self._result = self._writing.result()
            except _Died:
                self._result = self._give_up()
        if self._read is not None:
            discard(self._read)
        return [] if self._result is None else [(self._task, self._result)]


class _Pending:
    """The works under way, in order: those that are begun, then those that only have their rows left to be written."""

    def __init__(self) -> None:
        self.begun: deque[_Group | _Cut] = deque()
        self.settled: deque[_Group | _Cut] = deque()

    def settle(self) -> None:
        """Wait until the first that is begun has been read."""
        work = self.begun.popleft()
        work.settle()
        self.settled.append(work)
        self._restart()

    def results(self, most: int) -> Iterator[tuple[Task, Done]]:
        """The results of those that are complete, in order; waits until at most ``most`` are not."""
        while self.settled and (len(self.settled) > most or self.settled[0].done()):
            yield from self.settled.popleft().results()
            self._restart()

    def _restart(self) -> None:
        """Begin again what was lost with a process that died."""
        for work in (*self.settled, *self.begun):
            work.restart()


def run_tasks(tasks: Iterable[Task], job: Job, engine: Engine, size: int | None = None) -> Generator[tuple[Task, Done]]:
    """Yield the result of each task, in order. Raises OSError where rows cannot be written.

    Where several processes share the work, large files are read in pieces, of ``size`` bytes if it is given. Further
    tasks are begun before the rows of earlier ones are written, so that no process waits for work.
    """
    pending = _Pending()
    try:
        for work in _begin(tasks, job, engine, size):
            pending.begun.append(work)
            while len(pending.begun) >= engine.ahead:
                pending.settle()
            yield from pending.results(engine.ahead)
        while pending.begun:
            pending.settle()
            yield from pending.results(engine.ahead)
        yield from pending.results(0)
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
