"""Where a chat keeps things: the user's folders as the XDG Base Directory Specification names them.

All of it is for its owner alone: folders are made with mode 0700, files with 0600.
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path

from unspool.chat.conversation import Conversation

_NAME = re.compile(r"[\w][\w.-]{0,99}")


def history_file() -> Path:
    """The file of what was typed, in the state folder; made if it is not there. Raises OSError."""
    path = _folder("XDG_STATE_HOME", ".local/state") / "history"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    return path


def _folder(variable: str, default: str) -> Path:
    named = os.environ.get(variable, "")
    base = Path(named) if os.path.isabs(named) else Path.home() / default  # relative ones are to be ignored
    folder = base / "unspool"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class Session:
    """A conversation in a file of the data folder.

    Raises ValueError for a name that is none, and OSError without a folder.
    """

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError("a session's name is made of letters, digits, dots and dashes")
        folder = _folder("XDG_DATA_HOME", ".local/share") / "sessions"
        folder.mkdir(mode=0o700, exist_ok=True)
        self.path = folder / f"{name}.json"

    def load(self) -> Conversation | None:
        """The conversation so far, None where there is none. Raises ValueError for what is no session, OSError."""
        try:
            return Conversation.from_json(json.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return None

    def save(self, conversation: Conversation) -> None:
        """Keep the conversation: the file is the old one or the new one, at every moment. Raises OSError."""
        write_new(self.path.with_suffix(f".{os.getpid()}.new"), json.dumps(conversation.as_json(), ensure_ascii=False))
        os.replace(self.path.with_suffix(f".{os.getpid()}.new"), self.path)


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; nothing of it is left where that fails. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
