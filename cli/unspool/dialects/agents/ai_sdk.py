"""AI SDK: the UI message stream, and the older data stream whose lines have a code before the JSON.

Checked against ai 7.0, 6.0, 5.0 (UI message stream) and 4.3 (data stream), and pydantic-ai 2.68.0.

    UI message stream             data stream    chunk
    start, start-step             f              a step begins
    text-start, -delta, -end      0              text; another text of the same step is a separate message
    reasoning-…                   g              thoughts
    tool-input-start, -delta      b, c           a call and its arguments in pieces
    tool-input-available, -error  9              the whole call: what was not emitted (R15)
    tool-output-…                 a              in the extension
      providerExecuted                           the same of a call that the provider's server answers; where it is
                                                 ``dynamic``, as that of an agent or a tool server, it is a call
    finish-step                   e              the step ends; why shows from the next step, or the end
    reset-step                                   the step is tried again: its text so far is a separate message
    finish                        d              the end: finishReason, usage where there is one
    error                         3              the end of a run that failed (R12)
    abort                                        the run was stopped: an error (R17)

    finish    stop, length, content-filter, tool-calls as Chat Completions has them; ``error``, and ``unknown``
              (a stream that was lost, in version 5), fail the run; others are a stop, and are in the extension
    usage     promptTokens, completionTokens, or inputTokens, outputTokens; of each step where that has one,
              else of the end, or of the metadata that the application added: ``usage`` or ``totalUsage``

The parts of ``fullStream``, as programs log them, have the same names but for a few (stream-start, step-start,
tool-call-delta …), and their texts are under ``text`` or ``textDelta``. Codebuff has ``text`` for a piece.

Whole messages, with their parts so far, are read by ``ui_messages``.

Data parts, sources, files, metadata and events of other types ride in the
extension. Of two texts that are open at once the second waits (R16). A stream
without ``finish`` was cut (R11), unless [DONE] is its end: a server writes that
where it closes the stream, and ``finish`` is missing with ``sendFinish: false``
and where an application writes the parts itself. It writes ``abort`` or ``error`` before, if it stops.

Source: the events as these versions write them, and https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.
"""

from collections.abc import Callable, Hashable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.agents.signs import is_assistant_ui
from unspool.dialects.agents.ui_messages import UiMessages
from unspool.dialects.chunk_builder import Chunks, key_of, same_members, tokens, usage_of
from unspool.dialects.finish_words import AI_SDK, FAILED, meaning_of
from unspool.dialects.members import dict_of, word_of

_OF_CALLS = ("tool-input", "tool-call")
"""Beginnings of the types of parts that are calls, or pieces of one."""
_ADDRESSES = ("path", "type", "id", "toolCallId")
"""The members that two deltas of the same text or call share."""


class AiSdk(RunReader):
    """Reads the parts of one message stream after the other."""

    def __init__(self, dialect: str = "ai-sdk", end: str = "finish") -> None:
        super().__init__(dialect, end)
        self._whole = UiMessages(self._run)

    def _begin(self, event: dict[str, Any] | None = None) -> None:
        self._ident = (event or {}).get("messageId")
        self._started = event is not None  # with its own event: some backends write start-step before it
        self._steps = 0
        self._texts: dict[Hashable, Message] = {}  # those that are open, by their ids
        self._calls: dict[Hashable, Message] = {}  # the last with each id
        self._keys: dict[Hashable, Hashable] = {}  # of those that are not the first with their id
        self._inputs: dict[Hashable, tuple[Any, Any]] = {}  # the tools and inputs of those that came whole, by key
        self._served: set[Hashable] = set()  # the ids of calls that the provider's server answers
        self._counted = self._continued = False
        self._metadata_usage: dict[str, Any] | None = None
        self._over = True
        self._in_step = False  # it has not finished

    def feed(self, value: Any) -> Chunks:
        """Translate one part into chunks. Raises NotAChunk."""
        self._last.clear()
        kind = word_of(value, "type")
        # assistant-ui has one kind of deltas for texts, thoughts and arguments, and its runs may begin with this one.
        others = kind == "step-start" and self._steps > 0 and not self._run.live and is_assistant_ui(value)
        if not kind or "path" in value or others:
            if not isinstance(value, dict) or not isinstance(value.get("parts"), list):
                raise NotAChunk("no part of an AI SDK stream")
            if self._over and self._steps and self._ident and value.get("id") == self._ident:  # R15: of that stream
                return self._run.note({"message": value})
            return self._whole.feed(value)
        handler = _HANDLERS.get(kind)
        if kind.startswith(_OF_CALLS) and self._is_of_server(value):
            return self._current().open_once() + self._run.note({kind: value})
        if handler is None:
            return self._run.note({kind: value})
        return handler(self, value)

    def _is_of_server(self, event: dict[str, Any]) -> bool:
        """Return whether an event of a call belongs to one that the provider's server answers."""
        key = key_of(event.get("toolCallId") or event.get("id"))
        if key is None or key in self._calls:
            return False
        if event.get("providerExecuted") is True and event.get("dynamic") is not True:
            self._served.add(key)
        return key in self._served

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a delta that only continues the last one; see Dialect."""
        return self._last.append(_piece(value), json_source) if self._last.is_like(value, _ADDRESSES) else None

    @property
    def missing(self) -> str:
        """The end of the run, if it has not come; whole messages have none."""
        return "" if self._whole.is_open else self._run.missing

    def done(self) -> Chunks:
        """[DONE] came: the only end where a server sends no finish."""
        return self._run.finish() if self._run.live and not self._run.failing else []

    def close(self) -> Chunks:
        """The input ended: a stream without its end was cut."""
        return self._whole.close() + super().close()

    # --- the run -----------------------------------------------------------------------------

    def _start(self, event: dict[str, Any]) -> Chunks:
        worked = self._steps > 0 or (self._in_step and self._started)
        chunks = self._cut(event, worked) + self._run.finish_messages()
        self._begin(event)
        self._run.live, self._over = True, False
        return chunks + ([self._run.build.beyond({"start": event})] if len(event) > 1 else [])

    def _cut(self, event: dict[str, Any], worked: bool) -> Chunks:
        """Another run begins, unless it has the id of this one, which was cut if it has worked and has no end (R11)."""
        ident = event.get("messageId")
        same = ident is not None and ident == self._ident
        return self.close() if self._run.failing or (worked and self._run.live and not same) else []

    def _start_step(self, event: dict[str, Any]) -> Chunks:
        # In a data stream each step has an id: it may be another run's where the step before has no end.
        chunks = self._cut(event, self._in_step) if "messageId" in event else []
        self._run.live, self._over, self._in_step = True, False, True
        self._ident = event.get("messageId") or self._ident
        continued, self._continued = self._continued, False
        if continued:
            return []
        self._clear()  # some models number the calls of each response
        return chunks + self._run.finish_messages()

    def _reset_step(self, event: dict[str, Any]) -> Chunks:
        """The step is tried again; the program removes what it showed, which text that has left cannot be."""
        self._clear()
        return self._run.finish_messages() + self._run.note({"reset-step": event})

    def _clear(self) -> None:
        """Forget the texts and calls of a step."""
        for known in (self._texts, self._calls, self._keys, self._inputs):
            known.clear()

    def _metadata(self, event: dict[str, Any]) -> Chunks:
        """Keep the usage of metadata; it counts where no step and no end has one."""
        self._metadata_usage = _usage(event) or self._metadata_usage
        return self._run.note({str(event["type"]): event})

    def _finish_step(self, event: dict[str, Any]) -> Chunks:
        """Read the end of a step: its usage. The reason for the end follows in a later event."""
        self._in_step = False
        self._continued = event.get("isContinued") is True  # in version 4: the next step goes on with the text
        if not self._continued:
            self._texts.clear()
        usage = _usage(event)
        if usage is None or self._over:
            return []
        self._counted = True
        return self._run.usage(usage)

    def _finish(self, event: dict[str, Any]) -> Chunks:
        if self._over and self._steps:
            return []  # the error that ended it was reported
        self._over = True
        reason = word_of(event, "finishReason") or None
        found = None if reason is None else meaning_of(AI_SDK, reason, "")
        if found == FAILED:
            self._run.fail_at_end({"message": f"the stream finished with reason {reason}", "code": reason})
            return self._run.note({"finish": event})
        rest = (
            {} if len(event) == 1 or (reason in AI_SDK and reason != "other" and len(event) == 2) else {"finish": event}
        )
        last = self._run.last
        if reason is not None and (not found or reason == "other"):
            found = "tool_calls" if last is not None and last.calls else "stop"
        return self._run.finish(found, None if self._counted else _usage(event) or self._metadata_usage, rest)

    def _error(self, event: dict[str, Any]) -> Chunks:
        self._over, self._steps = True, self._steps or 1
        return self._run.fail({"message": message_of(event)})

    def _abort(self, event: dict[str, Any]) -> Chunks:
        if self._run.over:
            return self._run.note({"abort": event})
        reason = event.get("reason")
        self._over, self._steps = True, self._steps or 1
        message = f"the run was aborted: {reason}" if isinstance(reason, str) else "the run was aborted"
        return self._run.fail({"message": message, "code": "abort"})

    # --- the content of a step ---------------------------------------------------------------------

    def _current(self) -> Message:
        last = self._run.last
        if last is not None:
            return last
        self._run.live, self._over = True, False
        self._steps += 1
        return self._run.message(f"{self._ident or 'step'}-{self._steps}")

    def _text_start(self, event: dict[str, Any]) -> Chunks:
        """A text begins: of a new message if the step has another text already."""
        chunks: Chunks = []
        message = self._current()
        if message.has_text or message in self._texts.values():
            if not self._texts:
                chunks = message.finish()
                message = self._current()
            else:
                self._steps += 1
                message = self._run.message(f"{self._ident or 'step'}-{self._steps}")
        self._texts[key_of(event.get("id"))] = message
        return chunks

    def _text_delta(self, event: dict[str, Any]) -> Chunks:
        key = key_of(event.get("id"))
        if key not in self._texts:  # no text-start: its id divides no texts, as some backends make one for each piece
            key = None
        chunks = [] if key in self._texts else self._text_start({})
        self._last.keep(self._texts[key], event)
        return chunks + self._texts[key].text(_piece(event))

    def _text_end(self, event: dict[str, Any]) -> Chunks:
        key = key_of(event.get("id"))
        message = self._texts.pop(key if key in self._texts else None, None)
        return [] if message is None or message is self._run.last else message.finish()

    def _divide(self) -> None:
        """Text without an id, as in a data stream, is another one behind thoughts or a call (R16)."""
        if None in self._texts:
            self._texts[None].divide()

    def _thoughts(self, event: dict[str, Any]) -> Chunks:
        self._divide()
        message = self._current()
        self._last.keep(message, event, member="thoughts")
        return message.thoughts(_piece(event))

    def _call_start(self, event: dict[str, Any]) -> Chunks:
        """A call begins: another one than that with the same id, where all of that has come."""
        ident = event.get("toolCallId") or event.get("id")
        key = self._key(event)
        if key in self._inputs:
            key = self._keys[key_of(ident)] = (key_of(ident), len(self._inputs))
        self._divide()
        message = self._calls[key_of(ident)] = self._current()
        return message.call(key, ident, event.get("toolName"))

    def _key(self, event: dict[str, Any]) -> Hashable:
        """The key of the last call with the id of an event."""
        ident = key_of(event.get("toolCallId") or event.get("id"))
        return self._keys.get(ident, ident)

    def _call_delta(self, event: dict[str, Any]) -> Chunks:
        ident = key_of(event.get("toolCallId") or event.get("id"))
        chunks = [] if ident in self._calls else self._call_start(event)
        key = self._key(event)
        if ident is not None:
            self._last.keep(self._calls[ident], event, member="arguments", key=key)
        return chunks + self._calls[ident].arguments(key, _piece(event))

    def _call_whole(self, event: dict[str, Any]) -> Chunks:
        ident = key_of(event.get("toolCallId") or event.get("id"))
        whole = event.get("toolName"), event.get("input", event.get("args"))
        begins = ident not in self._calls or self._inputs.get(self._key(event), whole) != whole
        chunks = self._call_start(event) if begins else []
        key = self._key(event)
        self._inputs[key] = whole
        chunks += self._calls[ident].arguments_whole(key, whole[1])
        rest = {name: event[name] for name in ("errorText", "providerMetadata", "providerExecuted") if name in event}
        return chunks + (self._run.note({str(event["type"]): event}) if rest else [])


class AiSdkData(AiSdk):
    """Reads the lines of a data stream: ``{"code": "0", "value": "Hi"}`` is the line ``0:"Hi"``."""

    def __init__(self) -> None:
        super().__init__("ai-sdk-data", "d:")
        self._line: dict[str, Any] = {}  # the last one

    def feed(self, value: Any) -> Chunks:
        """Translate one line into chunks. Raises NotAChunk."""
        if not isinstance(value, dict) or not isinstance(value.get("code"), str) or "value" not in value:
            raise NotAChunk("no line of a data stream")
        part, self._line = _part(value), value
        if part is None:
            self._last.clear()
            return self._run.note({value["code"]: value["value"]})
        return super().feed(part)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a line whose delta only continues the last one; see Dialect."""
        if type(value) is not dict or not self._last.values or value.get("code") != self._line["code"]:
            return None
        body, last = value.get("value"), self._line["value"]
        if type(last) is str:  # text or thoughts, not arguments
            return self._last.append(body, json_source)
        if type(body) is not dict or not same_members(body, last, ("toolCallId",)):
            return None
        return self._last.append(body.get("argsTextDelta"), json_source)


_CODES = {
    "0": "text-delta",
    "g": "reasoning-delta",
    "b": "tool-input-start",
    "c": "tool-input-delta",
    "9": "tool-input-available",
    "3": "error",
    "f": "start-step",
    "e": "finish-step",
    "d": "finish",
}
"""The part of a UI message stream that a line of each code corresponds to."""


_BARE = {"text-delta": "delta", "reasoning-delta": "delta", "error": "errorText"}
_RENAMED = {"args": "input", "argsTextDelta": "inputTextDelta"}


def _part(line: dict[str, Any]) -> dict[str, Any] | None:
    """The part of a UI message stream that a line corresponds to; None for a code that is not known."""
    body, kind = line.get("value"), _CODES.get(str(line.get("code")))
    if kind is None:
        return None
    if kind in _BARE:
        return {_BARE[kind]: body, "type": kind}
    members = body if isinstance(body, dict) else {}
    return {**{_RENAMED.get(str(name), str(name)): member for name, member in members.items()}, "type": kind}


def _piece(event: dict[str, Any]) -> Any:
    """The text of a delta, under the names of a UI message stream, of ``fullStream``, and of that in version 4."""
    for name in ("delta", "inputTextDelta", "text", "textDelta", "argsTextDelta", "content"):
        text = event.get(name)
        if text:
            return text
    return None


def _usage(event: dict[str, Any]) -> dict[str, Any] | None:
    metadata = dict_of(event, "messageMetadata")
    usage = next(
        filter(None, (dict_of(one, name) for one in (event, metadata) for name in ("usage", "totalUsage"))), {}
    )
    prompt = usage.get("inputTokens", usage.get("promptTokens"))
    completion = usage.get("outputTokens", usage.get("completionTokens"))
    if tokens(prompt) is None and tokens(completion) is None:
        return None
    read, made = dict_of(usage, "inputTokenDetails"), dict_of(usage, "outputTokenDetails")  # since version 6
    cached = usage.get("cachedInputTokens", read.get("cacheReadTokens"))
    reasoning = usage.get("reasoningTokens", made.get("reasoningTokens"))
    return usage_of(prompt, completion, total=usage.get("totalTokens"), cached=cached, reasoning=reasoning)


_HANDLERS: dict[str, Callable[[AiSdk, dict[str, Any]], Chunks]] = {
    "start": AiSdk._start,
    "start-step": AiSdk._start_step,
    "finish-step": AiSdk._finish_step,
    "reset-step": AiSdk._reset_step,
    "message-metadata": AiSdk._metadata,
    "finish": AiSdk._finish,
    "error": AiSdk._error,
    "abort": AiSdk._abort,
    "text-start": AiSdk._text_start,
    "text-delta": AiSdk._text_delta,
    "text": AiSdk._text_delta,
    "text-end": AiSdk._text_end,
    "reasoning-start": lambda _, __: [],
    "reasoning-delta": AiSdk._thoughts,
    "reasoning-end": lambda reader, _: reader._run.thoughts_end(),
    "tool-input-start": AiSdk._call_start,
    "tool-input-delta": AiSdk._call_delta,
    "tool-input-end": lambda _, __: [],
    "tool-input-available": AiSdk._call_whole,
    "tool-input-error": AiSdk._call_whole,
    "tool-call": AiSdk._call_whole,
    "stream-start": AiSdk._start,
    "step-start": AiSdk._start_step,
    "step-finish": AiSdk._finish_step,
    "reasoning": AiSdk._thoughts,
    "tool-call-streaming-start": AiSdk._call_start,
    "tool-call-delta": AiSdk._call_delta,
}
"""The reader of each type of part."""
