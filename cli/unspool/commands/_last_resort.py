"""The handler for unexpected errors: one line, and a traceback to report."""

import tempfile
import traceback

from unspool.commands._stderr import OWN_FAULT, say
from unspool.environment import Environment
from unspool.exits import ExitCode
from unspool.redaction import redact

_LONGEST = 200  # characters of the error's message


def report_internal_error(environment: Environment, error: Exception, debug: bool) -> ExitCode:
    """Say in one line what happened, and where its traceback is: in a private file, or with ``debug`` above it."""
    text = redact("".join(traceback.format_exception(error)))
    where = "with the traceback above" if debug else _keep(text)
    if debug:
        for line in text.splitlines():
            say(environment.stderr, line)
    what = f"{type(error).__name__}: {redact(str(error))}"[:_LONGEST]
    say(environment.stderr, f"{OWN_FAULT}: {what}; please report it {where}")
    return ExitCode.FAILED


def _keep(text: str) -> str:
    """Write the traceback to a new file that only its owner can read, and name it."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="unspool-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
    except OSError:
        return "with what --debug shows"
    return f"with {file.name} (--debug shows it here)"
