"""python -m unspool, and the installed command."""

import gc
import os
import signal
import sys
from contextlib import suppress


def entry() -> None:
    """Run the command and leave with its code, whatever happens while it is still being imported."""
    gc.disable()  # nothing that an import makes is garbage: to look for some takes a tenth of the start
    # An interrupt waits for the end of the imports, 50 ms at most: one inside of orjson's import crashes the process.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        from unspool.commands.app import load, main  # noqa: PLC0415 - inside the try

        load()
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        gc.freeze()
        gc.enable()
        _leave(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except MemoryError:  # while it is still being imported; later it is main's
        sys.stderr.write("unspool: out of memory\n")
        sys.exit(5)
    except Exception as error:
        if "failed to map" in str(error):  # a library, for which there is no memory
            sys.stderr.write("unspool: out of memory\n")
            sys.exit(5)
        sys.exit(_broken(error))


def _leave(code: int) -> None:
    """End the process; after a filter without options, which leaves nothing to do, at once.

    To take the interpreter apart takes as long as the twentieth part of a short run. A debugger or profiler needs it.
    """
    if "unspool.commands._parser" not in sys.modules and sys.gettrace() is None and sys.getprofile() is None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # closed, or none: the command has said so
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _broken(error: Exception) -> int:
    """Report in one line that the installation is broken, without imports from it; returns the exit code."""
    if "--debug" in sys.argv:
        raise error
    if sys.stderr is not None:
        what = ascii(f"{type(error).__name__}: {error}")[1:-1]
        sys.stderr.write(f"unspool: it cannot be started: {what}; install it again (--debug shows the traceback)\n")
    return 5


if __name__ == "__main__":
    entry()
