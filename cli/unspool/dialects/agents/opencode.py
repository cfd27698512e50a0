"""opencode: ``opencode run --format json``.

Checked against 1.18.33. Parts come whole, once they are complete.

    step_start                    a message begins, known by its messageID
    text                          its text; another text of the same step is a separate message
    reasoning                     thoughts (with --thinking)
    tool_use                      a whole call, and its result: ``state`` rides in the extension
    step_finish                   reason, tokens: the message ends
    error                         the end of a run that failed (R12)
    done                          the end of the run, in later versions: also one whose last step called tools

    finish    stop, tool-calls, length, content-filter as Chat Completions has them; ``error`` and ``unknown``
              mean that the model's stream failed or was lost (R17); others are a stop, and are in the extension
    usage     input + cache.read + cache.write, output + reasoning, total; of each step

Without ``done`` a step that called tools must be followed by another, or the run was cut (R11).

Source: the records as version 1.18.33 writes them, and https://opencode.ai/docs/cli.
"""

from collections.abc import Callable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, sum_tokens, usage_of
from unspool.dialects.finish_words import AI_SDK, FAILED, meaning_of
from unspool.dialects.members import dict_of, word_of

_WHOLE = frozenset({"text", "reasoning", "tool_use"})
"""The types of records with a part that comes once."""


class OpenCode(RunReader):
    """Reads the parts of one run after the other."""

    def __init__(self) -> None:
        super().__init__("opencode")
        self._session: Any = None
        self._seen: set[str] = set()  # the ids of parts

    def feed(self, value: Any) -> Chunks:
        """Translate one record into chunks. Raises NotAChunk."""
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or "sessionID" not in value:
            raise NotAChunk("no record of opencode's")
        handler, part = _HANDLERS.get(kind), dict_of(value, "part")
        ident = word_of(part, "id")
        if handler is None or (ident in self._seen and kind in _WHOLE):  # it was received twice (R15)
            return self._run.note({kind: value})
        if ident:
            self._seen.add(ident)
        return handler(self, part, value)

    def _current(self, part: dict[str, Any]) -> Message:
        return self._run.current(part.get("messageID"))

    def _step_start(self, _: dict[str, Any], record: dict[str, Any]) -> Chunks:
        other = record["sessionID"] != self._session  # then the run before it was cut
        chunks = self.close() if self._run.failing or (other and self._run.live) else self._run.finish_messages()
        self._session, self._run.live = record["sessionID"], True
        return chunks + self._run.note({"step_start": record})

    def _text(self, part: dict[str, Any], _: dict[str, Any]) -> Chunks:
        message = self._current(part)
        chunks = message.finish() if message.has_text else []
        return chunks + self._current(part).text(part.get("text"))

    def _reasoning(self, part: dict[str, Any], _: dict[str, Any]) -> Chunks:
        return self._current(part).thoughts(part.get("text"))

    def _tool_use(self, part: dict[str, Any], record: dict[str, Any]) -> Chunks:
        message, key = self._current(part), str(part.get("callID"))
        chunks = message.whole_call(key, part.get("callID"), part.get("tool"), dict_of(part, "state").get("input"))
        return chunks + message.note({"tool_use": record})

    def _step_finish(self, part: dict[str, Any], record: dict[str, Any]) -> Chunks:
        reason = word_of(part, "reason")
        if self._run.over:  # an error said why
            return self._run.note({"step_finish": record})
        if meaning_of(AI_SDK, reason) == FAILED:
            self._run.fail_at_end({"message": f"the step ended with reason {reason}", "code": reason})
            return self._run.note({"step_finish": record})
        chunks = self._run.finish(
            meaning_of(AI_SDK, reason),
            _usage(dict_of(part, "tokens")),
            {"step_finish": record},
        )
        self._run.live = reason == "tool-calls"
        return chunks

    def _done(self, _: dict[str, Any], record: dict[str, Any]) -> Chunks:
        self._run.live = False
        return self._run.note({"done": record})

    def _error(self, _: dict[str, Any], record: dict[str, Any]) -> Chunks:
        error = dict_of(record, "error")
        message = message_of(error.get("data"), "") or message_of(error, "") or str(error.get("name") or "an error")
        return self._run.fail({"message": message, "type": str(error.get("name") or "")})


def _usage(tokens: dict[str, Any]) -> dict[str, Any] | None:
    if not tokens:
        return None
    cache = dict_of(tokens, "cache")
    prompt = sum_tokens(tokens.get("input"), cache.get("read"), cache.get("write"))
    completion = sum_tokens(tokens.get("output"), tokens.get("reasoning"))
    reasoning = tokens.get("reasoning")
    return usage_of(prompt, completion, total=tokens.get("total"), cached=cache.get("read"), reasoning=reasoning)


_HANDLERS: dict[str, Callable[[OpenCode, dict[str, Any], dict[str, Any]], Chunks]] = {
    "step_start": OpenCode._step_start,
    "text": OpenCode._text,
    "reasoning": OpenCode._reasoning,
    "tool_use": OpenCode._tool_use,
    "step_finish": OpenCode._step_finish,
    "error": OpenCode._error,
    "done": OpenCode._done,
}
"""The reader of each type of record."""
