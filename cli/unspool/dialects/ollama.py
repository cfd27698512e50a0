"""Ollama: a line of JSON for each piece, from /api/chat and from /api/generate.

    message.content, response      text; the same for thinking, which is native reasoning
    message.tool_calls             whole calls, their arguments an object (T1, A3)
    done, done_reason              the end; "stop" even after calls (F1), which then is tool_calls
    error                          the end of a response that failed (R12)

    id        none: ""                     call id     the call's, else call_1, call_2 … through the stream
    model     model                        created     created_at of the first line, in seconds
    usage     prompt_tokens                prompt_eval_count, absent where the prompt was cached
              completion_tokens            eval_count

Durations, ``context``, ``logprobs``, images and whatever else a line holds ride in the extension.

Source: the lines as the captures of this project have them, and
https://github.com/ollama/ollama/blob/main/docs/api.md.
"""

from typing import Any, Final

from unspool.core.errors import NotAChunk, OfInterruptedResponse
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import ChunkBuilder, tokens, usage_of
from unspool.dialects.finish_words import FAILED, OLLAMA, failure, meaning_of
from unspool.dialects.items import Item, Items
from unspool.dialects.timestamps import seconds
from unspool.variants.texts import THOUGHTS_MEMBERS, text_in, thoughts_of
from unspool.variants.values import non_blank

_TRANSLATED = frozenset(
    {"model", "created_at", "message", "response", "tool_calls", "done", "done_reason"}
    | {"prompt_eval_count", "eval_count", *THOUGHTS_MEMBERS}
)
_AMONG: Final = "; the lines of several responses alternate: record each response by itself"
_MESSAGE = frozenset({"role", "content", "tool_calls", *THOUGHTS_MEMBERS})


class AlternatingLines:
    """What shows that the lines of several requests alternate (R16): they have no ids.

    A line of another model, while a response is open, begins another one: the one before was cut, unless lines of its
    model come again. Of one model, only the end shows it: a response has no more pieces than tokens, and one without
    any is no second end.
    """

    def __init__(self) -> None:
        self._model: str | None = None  # of the open response
        self._others: set[str] = set()  # the models of those that another one interrupted
        self._going_on: set[str] = set()  # those of them of which a line came again
        self._pieces = 0
        self._end: dict[str, Any] | None = None  # the line before, if it ended a response

    def begins_another(self, line: dict[str, Any], has_output: bool) -> bool:
        """Note a line, and return whether it begins a response before the open one has ended.

        Raises OfInterruptedResponse for one of an interrupted response.
        """
        done, model = bool(line.get("done")), non_blank(line.get("model"))
        if model is not None and model in self._others:
            self._going_on.add(model)
            if done:
                self._others.discard(model)
                self._going_on.discard(model)
            raise OfInterruptedResponse(f"it is of {model}{_AMONG}")
        another = False
        if (not done or has_output) and model is not None and self._model is not None and self._model != model:
            self._others.add(self._model)
            self._model, self._pieces, another = model, 0, True
        self._model, pieces = self._model or model, self._pieces + has_output
        self._pieces = 0 if done else pieces
        if done and pieces > _most_pieces(line):
            # The response stays open: the next end is that of the other one.
            raise OfInterruptedResponse(
                f"it ends a response of {line['eval_count']} tokens, which has {pieces} pieces{_AMONG}"
            )
        before, self._end = self._end, line if done else None
        if before is not None and done and not has_output and line.get("done_reason") == "stop" and line != before:
            raise OfInterruptedResponse(f"it ends a response without a piece, behind the end of another{_AMONG}")
        if done:
            self._model = None
            self._others &= self._going_on  # the others were cut: what comes of their models is new
        return another


def _most_pieces(end: dict[str, Any]) -> float:
    """The pieces that a response may have: no token gives two. Servers that do not measure estimate their tokens."""
    count, duration = tokens(end.get("eval_count")), tokens(end.get("eval_duration"))
    if count is None or count < 2 or not duration:
        return float("inf")
    return float(count + 1)


class Ollama(Dialect):
    """Reads the lines of one response after the other."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("ollama")
        self._calls = 0  # in the whole stream
        self._alternating = AlternatingLines()
        self._begin()

    def _begin(self) -> None:
        self._begun = False
        self._text, self._thoughts = Item(), Item()  # what was emitted
        self._items = Items()  # calls

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one line into chunks. Raises NotAChunk."""
        if not isinstance(value, dict):
            raise NotAChunk("no line of Ollama's")
        if "error" in value and "done" not in value:
            self.close()
            return [self._build.error(value["error"])]
        message = value.get("message", value)
        if not isinstance(message, dict) or not ("done" in value or _is_without_done(value)):
            raise NotAChunk("no line of Ollama's")
        calls = _calls(message)
        has_output = bool(_text(message, value) or thoughts_of(message) or calls)
        another = self._alternating.begins_another(value, has_output)
        if another:
            self._begin()
        if not self._begun:
            self._begun = True
            self._build.begin(None, value.get("model"), seconds(value.get("created_at")))
            chunks = [self._build.start(), *self._texts(message, value)] if another else self._texts(message, value)
            chunks = chunks or [self._build.role()]
        else:
            chunks = self._texts(message, value)
        for call in calls:
            chunks += self._call(*call, last=bool(value.get("done")))
        if value.get("done"):
            chunks += self._end(value)
            self._begin()
        return self._with_rest(chunks, value, message)

    def close(self) -> list[Chunk]:
        """Return nothing: each line is translated at once."""
        self._alternating = AlternatingLines()
        self._begin()
        return []

    def _texts(self, message: dict[str, Any], value: dict[str, Any]) -> list[Chunk]:
        chunks = []
        thinking, text = thoughts_of(message), _text(message, value)
        if thinking and (thinking := self._thoughts.fresh("text", thinking)):
            self._thoughts.add("text", thinking)
            chunks.append(self._build.thoughts(thinking))
        if text and (text := self._text.fresh("text", text)):
            self._text.add("text", text)
            chunks.append(self._build.text(text))
        return chunks

    def _call(self, ident: str | None, name: str | None, arguments: str, last: bool) -> list[Chunk]:
        """A call, unless it came before: under the same id, or whole in the last line of some servers (R15)."""
        addresses, wholes = () if ident is None else (ident,), {"arguments": arguments}
        if ident is not None or last:
            known = self._items.match("call", wholes, addresses, name)
            if known is not None and known.is_repeated_by(wholes):
                return []
        item = self._items.begin("call", addresses, name)
        item.add("arguments", arguments)
        item.closed = True
        self._calls += 1
        return [self._build.call(self._calls, ident or f"call_{self._calls}", name, arguments)]

    def _end(self, value: dict[str, Any]) -> list[Chunk]:
        done_reason = value.get("done_reason", "stop")
        reason = meaning_of(OLLAMA, done_reason) if isinstance(done_reason, str) else "stop"
        if reason == FAILED:
            return [self._build.error(failure(str(done_reason)))]
        chunk = self._build.finish(None if reason == "stop" else reason)
        known = done_reason is None or (isinstance(done_reason, str) and done_reason in ("stop", "length"))
        chunks = [self._build.adding(chunk, {} if known else {"done_reason": done_reason})]
        if "prompt_eval_count" in value or "eval_count" in value:
            chunks.append(self._build.usage(usage_of(value.get("prompt_eval_count"), value.get("eval_count"))))
        return chunks

    def _with_rest(self, chunks: list[Chunk], value: dict[str, Any], message: dict[str, Any]) -> list[Chunk]:
        """With what has no place in a chunk, on the last one."""
        if value.keys() <= _TRANSLATED and (message is value or message.keys() <= _MESSAGE):
            return chunks
        rest = {name: member for name, member in value.items() if name not in _TRANSLATED}
        if message is not value:
            rest |= {name: member for name, member in message.items() if name not in _MESSAGE}
        if not chunks:
            return [self._build.beyond(rest)]
        self._build.adding(chunks[-1], rest)
        return chunks


def _is_without_done(value: dict[str, Any]) -> bool:
    """Return whether it is a line without ``done``: records of other formats have a message or a response, too."""
    return ("message" in value or "response" in value) and ("model" in value or "created_at" in value)


def _text(message: dict[str, Any], value: dict[str, Any]) -> str:
    return text_in(message.get("content", value.get("response")))


def _calls(message: dict[str, Any]) -> list[tuple[str | None, str | None, str]]:
    """Id, name and arguments of the calls in a message. Raises NotAChunk where one is none."""
    entries = message.get("tool_calls")
    if not entries:
        return []
    calls = []
    for entry in entries if isinstance(entries, list) else [entries]:
        function = entry.get("function") if isinstance(entry, dict) else None
        if not isinstance(function, dict):
            raise NotAChunk("a tool call without its function")
        calls.append(
            (
                non_blank(entry.get("id")),
                non_blank(function.get("name")),
                arguments_text(function.get("arguments")),
            )
        )
    return calls
