"""All cases of a run: one after the other, or shared among processes."""

from collections.abc import Generator, Sequence

from unspool.check.results import Result
from unspool.check.runner import Job, Update, check


def check_all(jobs: Sequence[Job | Result], update: Update = Update.NONE, workers: int = 1) -> Generator[Result]:
    """The results in the order of the jobs, each as soon as it is there; a result among the jobs is one already.

    With several ``workers`` as many processes share the work. Closing the
    iterator ends them. Raises WorkerLost.
    """
    if workers == 1:
        for job in jobs:
            yield job if isinstance(job, Result) else check(job, update)
    else:
        from unspool.check.pool import share  # noqa: PLC0415 - start-up

        yield from share(jobs, update, workers)
