"""A conversation: turns, as the messages that an API expects and as files for the user."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from unspool.dialects.chunk_builder import tokens
from unspool.sources.attachments import message_content
from unspool.sources.request_body import Message

_FORMAT = 1


@dataclass
class Turn:
    """One question and what came of it.

    ``messages`` are those that an API expects behind the question: the answer
    and, after calls, their results. ``cut`` if the answer was stopped or broke off.
    ``images`` are those that went along with the question, as data URLs.
    """

    question: str
    text: str = ""
    messages: list[Message] = field(default_factory=list)
    usage: dict[str, Any] = field(default_factory=dict)
    cut: bool = False
    images: list[str] = field(default_factory=list)


@dataclass
class Conversation:
    """A system text ("" for none), a model and the turns so far."""

    model: str
    system: str = ""
    turns: list[Turn] = field(default_factory=list)

    def messages(self, question: str | None = None, images: Sequence[str] = ()) -> list[Message]:
        """All of it as messages, and behind it a question that is new, with its images."""
        messages = [{"role": "system", "content": self.system}] if self.system else []
        for turn in self.turns:
            messages += [_asked(turn.question, turn.images), *turn.messages]
        return messages if question is None else [*messages, _asked(question, images)]

    def usage(self) -> dict[str, int]:
        """The counts of all turns, added up."""
        total: dict[str, int] = {}
        for turn in self.turns:
            for name, value in turn.usage.items():
                count = tokens(value)
                if count is not None:
                    total[name] = total.get(name, 0) + count
        return total

    def as_json(self) -> dict[str, Any]:
        """Return the JSON value that ``from_json`` reads."""
        return {"unspool_session": _FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, value: Any) -> "Conversation":
        """Restore the result of ``as_json``. Raises ValueError for anything else."""
        try:
            if value["unspool_session"] != _FORMAT:
                raise ValueError(f"a session of format {value['unspool_session']}, which is not known here")
            if not _are(list, [value["turns"]]):
                raise TypeError
            turns = [Turn(**turn) for turn in value["turns"]]
            if not all(map(_is_sound, turns)) or not _are(str, [value["model"], value["system"]]):
                raise TypeError
            json.dumps(value, ensure_ascii=False).encode()  # no request can carry half a surrogate pair
            return cls(value["model"], value["system"], turns)
        except (TypeError, KeyError, UnicodeEncodeError, RecursionError):
            raise ValueError("no session of unspool chat") from None

    def as_request(self) -> dict[str, Any]:
        """The conversation as the body of a request, which ``--request`` takes."""
        return {"model": self.model, "messages": self.messages()}

    def as_markdown(self) -> str:
        """The conversation for people."""
        parts = [f"# Conversation with {self.model}"]
        if self.system:
            parts.append(f"> {self.system.replace(chr(10), chr(10) + '> ')}")
        for turn in self.turns:
            cut = "\n\n*(cut)*" if turn.cut else ""
            images = f"\n\n*({len(turn.images)} images)*" if turn.images else ""
            parts += [f"## You\n\n{turn.question}{images}", f"## {self.model}\n\n{turn.text.rstrip()}{cut}"]
        return "\n\n".join(parts) + "\n"


def _asked(question: str, images: Sequence[str]) -> Message:
    return {"role": "user", "content": message_content(question, images)}


def _is_sound(turn: Turn) -> bool:
    """Return whether the members of a turn that was read have the types they should have."""
    texts = _are(str, [turn.question, turn.text]) and isinstance(turn.images, list) and _are(str, turn.images)
    return texts and isinstance(turn.messages, list) and _are(dict, turn.messages) and _are(dict, [turn.usage])


def _are(kind: type, values: list[Any]) -> bool:
    return all(isinstance(value, kind) for value in values)
