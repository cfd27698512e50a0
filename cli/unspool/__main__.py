"""python -m unspool, and the installed command."""

import gc
import sys


def entry() -> None:
    """Run the command and leave with its code; an interrupt while it is still being imported ends it quietly too."""
    gc.disable()  # nothing that an import makes is garbage: to look for some takes a tenth of the start
    try:
        from unspool.commands.app import main  # noqa: PLC0415 - inside the try

        gc.freeze()
        gc.enable()
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except MemoryError:  # while it is still being imported; later it is main's
        sys.stderr.write("unspool: out of memory\n")
        sys.exit(5)


if __name__ == "__main__":
    entry()
