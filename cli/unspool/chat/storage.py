"""The files of chats, in the user's folders of the XDG Base Directory Specification.

All of it is for its owner alone: folders are made with mode 0700, files with 0600.
"""

import json
import os
import re
from pathlib import Path

from unspool.chat.conversation import Conversation
from unspool.core.errors import MalformedRecord
from unspool.environment import variable
from unspool.files import lock, make_private_folder, read_file, replace_private
from unspool.formats.json_codec import decode

_NAME = re.compile(r"[\w][\w.-]{0,99}")


def history_file() -> Path:
    """The file of what was typed, in the state folder; made if it is not there. Raises OSError."""
    path = _folder("XDG_STATE_HOME", ".local/state") / "history"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o600)  # no wait for a FIFO
    os.fchmod(descriptor, 0o600)
    os.close(descriptor)
    return path


def _folder(name: str, default: str) -> Path:
    named = variable(name)
    base = Path(named) if os.path.isabs(named) else Path.home() / default  # relative ones are to be ignored
    folder = base / "unspool"
    make_private_folder(str(folder))
    return folder


class Session:
    """A conversation in a file of the data folder.

    Raises ValueError for a name that is none, OSError without a folder, and
    BlockingIOError where another chat has the session.
    """

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError("a session's name is made of letters, digits, dots and dashes")
        folder = _folder("XDG_DATA_HOME", ".local/share") / "sessions"
        make_private_folder(str(folder))
        self.path = folder / f"{name}.json"
        self._lock = lock(str(folder / f"{name}.lock"))

    def load(self) -> Conversation | None:
        """The conversation so far, None where there is none. Raises ValueError for what is no session, OSError."""
        try:
            return Conversation.from_json(decode(read_file(str(self.path))))
        except FileNotFoundError:
            return None
        except MalformedRecord as fault:
            raise ValueError(f"no session of unspool chat: {fault.reason}") from None

    def save(self, conversation: Conversation) -> None:
        """Keep the conversation: the file is the old one or the new one, at every moment. Raises OSError."""
        text = json.dumps(conversation.as_json(), ensure_ascii=False)
        replace_private(str(self.path), text.encode(errors="replace"))


def session_names() -> list[str]:
    """The names of the sessions, the one that was used last first; none without a folder to look into."""
    try:
        folder = _folder("XDG_DATA_HOME", ".local/share") / "sessions"
        files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    except (OSError, RuntimeError):  # no home
        return []
    return [path.stem for path in files if _NAME.fullmatch(path.stem)]
