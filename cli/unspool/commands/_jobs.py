"""The option for the number of processes."""

import os
from typing import Any

from unspool.commands import _typer as typer
from unspool.commands._options import own_option

_MOST_DIGITS = 9


def jobs_option(**declared: Any) -> Any:
    """Return the option; ``declared`` are further attributes of it."""
    help_text = "Number of processes; auto: one per processor."
    return own_option("--jobs", "-j", metavar="N|auto", help=help_text, **declared)


def number_of_processes(jobs: str) -> int:
    """Return the value of the option as a number. Raises BadParameter for what is none, nor auto."""
    if jobs == "auto":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not jobs.isdecimal() or len(jobs) > _MOST_DIGITS or int(jobs) < 1:
        raise typer.BadParameter(f"{jobs} is neither a number from 1 on nor auto", param_hint="'--jobs' / '-j'")
    return int(jobs)
