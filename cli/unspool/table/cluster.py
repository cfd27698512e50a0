"""A Dask cluster as an engine. The only importer of distributed."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")

LOCAL = "local"
CLUSTER_MISSING = "a cluster needs distributed, which is not installed: pip install 'unspool[cluster]'"
_AHEAD = 4  # tasks for each thread of the cluster that are begun before the first of them is needed
_RETRIES = 2
_PATIENCE = 10  # seconds for the scheduler to answer


def _silence() -> None:
    """Let the package say nothing of workers that die: the rows say what became of their sources."""
    for name in logging.root.manager.loggerDict:
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class Cluster:
    """The workers behind a scheduler, or, at the address ``local``, a cluster of this machine for this run alone.

    What a task needs is sent with it; workers read the sources and write the parts themselves. Raises ImportError with
    a hint where the package is missing, and OSError where no scheduler answers.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed  # noqa: PLC0415 - an extra
        except ImportError:
            raise ImportError(CLUSTER_MISSING) from None
        _silence()
        self._own: Any = None
        if address == LOCAL:
            self._own = distributed.LocalCluster(
                n_workers=os.cpu_count() or 1,
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        try:
            self._client = distributed.Client(self._own or address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise OSError(f"no scheduler answers at {address}: {error}") from None
        self.deaths: tuple[type[BaseException], ...] = (distributed.KilledWorker,)
        self.ahead = max(2, _AHEAD * sum(self._client.nthreads().values()))
        self._executor = self._client.get_executor(pure=False, retries=_RETRIES)

    def submit(self, work: Callable[..., Result], /, *arguments: Any) -> "Future[Result]":
        """Begin some work."""
        future: Future[Result] = self._executor.submit(work, *arguments)
        return future

    def restart(self) -> None:
        """Do nothing: the cluster begins new workers itself."""

    def close(self) -> None:
        """Leave the cluster; one of this run alone ends."""
        with suppress(Exception):  # a scheduler that is gone
            self._executor.shutdown(wait=False)
            self._client.close(timeout=_PATIENCE)
        if self._own is not None:
            with suppress(Exception):
                self._own.close(timeout=_PATIENCE)
