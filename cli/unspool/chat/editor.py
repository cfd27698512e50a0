"""A text in the user's editor, for messages that are too long for a prompt."""

import os
import shlex
import subprocess
import tempfile

from unspool.environment import variable

_DEFAULT = "vi"  # what POSIX has


class EditorFailed(Exception):
    """The editor cannot be run, or gave no text; says why."""


def edit(text: str) -> str:
    """Open ``text`` in $VISUAL or $EDITOR and return what was saved. Raises EditorFailed.

    The draft is a private file in a private folder, and removed afterwards.
    """
    named = variable("VISUAL") or variable("EDITOR") or _DEFAULT
    try:
        command = shlex.split(named)
        with tempfile.TemporaryDirectory(prefix="unspool-") as folder:
            path = os.path.join(folder, "message.md")
            with open(path, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            ended = subprocess.run([*command, path], check=False).returncode  # noqa: S603 - the user's own setting
            if ended:
                raise EditorFailed(f"{named} ended with {ended}; nothing is sent")
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read().strip()
    except (ValueError, IndexError):
        raise EditorFailed(f"{named} is no command; set EDITOR") from None
    except FileNotFoundError:
        raise EditorFailed(f"{named} is not there; set EDITOR") from None
    except OSError as error:
        raise EditorFailed(f"{named}: {error.strerror}") from None
