"""Gemini: the responses of streamGenerateContent, from Google's API and from Vertex AI.

    candidates[].content.parts[]
        text                              text; with ``thought`` native reasoning
        functionCall: name, args          a whole call (T1, A3)
        functionCall: partialArgs,        a call in fragments (``gemini_partial_args``): one without a name goes on
            willContinue                  with the last, one without willContinue ends it
        anything else                     in the extension (code and its output, data, a server's own tools)
        thoughtSignature                  on a call as extra_content.google.thought_signature (T19), as
                                          Google's endpoint for Chat Completions has it; else in the extension
    candidates[].finishReason             why the candidate ended, a name or its number; see below
    promptFeedback.blockReason            choice 0 ends with content_filter
    error                                 the end of a response that failed (R12)
    serverContent, toolCall               of Gemini Live, see ``gemini_live``

    id        responseId                  call id     the call's, else call_1, call_2 … through the stream
    model     modelVersion                created     createTime, in seconds
    usage     prompt_tokens               promptTokenCount + toolUsePromptTokenCount
              cached_tokens               cachedContentTokenCount
              completion_tokens           candidatesTokenCount (of Live responseTokenCount) + thoughtsTokenCount
              reasoning_tokens            thoughtsTokenCount
              total_tokens                totalTokenCount

Some models repeat STOP with every piece, and the usage counts on. So both leave
once the stream ends, or another responseId begins. A piece of an unfinished
response in which another one began is no chunk (R16). Safety ratings, grounding,
citations and whatever else there is ride in the extension.

Source: the responses as the captures of this project have them, and
https://ai.google.dev/api/generate-content.
"""

from typing import Any, Final

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import ChunkBuilder, can_append, sum_tokens, usage_of
from unspool.dialects.finish_words import FAILED, GEMINI, failure, meaning_of
from unspool.dialects.gemini_live import as_piece, begins_session, begins_turn, is_live, is_silent
from unspool.dialects.gemini_partial_args import ArgumentsWriter, write_all
from unspool.dialects.interrupted import InterruptedResponses
from unspool.dialects.items import Item, Items
from unspool.dialects.members import has_only
from unspool.dialects.timestamps import seconds
from unspool.variants.finish_reasons import reason_in
from unspool.variants.texts import text_in
from unspool.variants.values import index_of, non_blank

_NUMBERED = (
    *("", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT"),
    *("SPII", "MALFORMED_FUNCTION_CALL", "IMAGE_SAFETY", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"),
)
"""The names of google.ai.generativelanguage's Candidate.FinishReason by their numbers."""
_TRANSLATED: Final = ("candidates", "usageMetadata", "modelVersion", "responseId", "createTime")
_HANDLED: Final = ("content", "output", "author", "finishReason", "index")
_PLAIN: Final = ("content", "index", "finishReason")
_COUNTED: Final = frozenset(
    {"promptTokenCount", "candidatesTokenCount", "totalTokenCount", "thoughtsTokenCount", "cachedContentTokenCount"}
    | {"responseTokenCount"}
)
_SIGNS: Final = frozenset({"candidates", "promptFeedback", "usageMetadata", "responseId", "modelVersion"})
_SNAKE: Final = frozenset(
    {"usage_metadata", "prompt_feedback", "model_version", "response_id", "server_content", "tool_call"}
)
"""Members of an answer as Google's Python clients print it: in snake case, with null for what is absent."""
_CONTENT: Final = ("parts", "role")
_TEXT: Final = ("text", "thought")
_SIGNED: Final = (*_TEXT, "thoughtSignature")


class _Candidate:
    """The state of one choice."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.explanation: object = None  # the provider's sentence about the reason
        self.blocked = False  # there was none, for the prompt was blocked
        self.call: int | None = None  # the key of the one that goes on
        self.named: tuple[str | None, str | None] | None = None  # its name and id, as they came
        self.writer: ArgumentsWriter | None = None  # of its arguments; None once they cannot be written
        self.text, self.thoughts = Item(), Item()  # what was emitted
        self.calls = Items()


class Gemini(Dialect):
    """Reads one response after the other, each in pieces that are complete responses."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("gemini")
        self._calls = 0  # in the whole stream
        self._live = False  # whether the last piece was a message of Gemini Live
        self._interrupted = InterruptedResponses("responseId")
        self._begin({})

    def _begin(self, value: dict[str, Any]) -> None:
        self._build.begin(value.get("responseId"), value.get("modelVersion"), seconds(value.get("createTime")))
        self._candidates: dict[int, _Candidate] = {}
        self._usage: dict[str, Any] = {}
        self._begun = bool(value)
        self._last: tuple[_Candidate, bool] | None = None  # of the last text: the candidate, and whether it is thoughts

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one piece into chunks. Raises NotAChunk."""
        if not isinstance(value, dict):
            raise NotAChunk("no response of Gemini's")
        if "candidates" in value:
            after_turn, self._live = self._live and self.ended, False
            return self._piece(value, after_turn)
        if is_silent(value):
            return self._cut_by_session() if begins_session(value) else []
        if is_live(value):
            self._live = True
            message = value if _SNAKE.isdisjoint(value) else _with_names_of_wire(value)
            ended = self.ended or not self._candidates
            begins = ended and begins_turn(message)
            return self._piece(as_piece(message, ended and not begins), begins)
        response = value.get("response")  # as Google's own assistants have it, too
        of_batch = "key" in value or isinstance(value.get("request"), dict)
        return self._piece(response if isinstance(response, dict) else value, of_batch)

    def _cut_by_session(self) -> list[Chunk]:
        """Another session of Gemini Live begins: a turn that is open goes no further."""
        if self.ended or not self._candidates:
            return []
        chunks = self.close()
        self._build.cut()
        return chunks

    def _piece(self, value: dict[str, Any], whole: bool) -> list[Chunk]:
        """Translate one piece of a response, or a ``whole`` one. Raises NotAChunk."""
        if value.get("error"):
            chunks = [*(self.close() if whole else ()), self._build.error(value["error"])]
            self._begin({})
            return chunks
        known = has_only(value, _TRANSLATED)
        if not (known or _SNAKE.isdisjoint(value)):
            value = _with_names_of_wire(value)
            known = has_only(value, _TRANSLATED)
        if "candidates" not in value and _SIGNS.isdisjoint(value):
            raise NotAChunk("no response of Gemini's")
        candidates = _checked(value.get("candidates"))
        if any("finish_reason" in candidate for candidate in candidates):  # the only sign of it
            candidates = _with_names_of_wire(candidates)
        chunks = [*(self.close() if whole else ()), *self._enter(value)]
        for place, candidate in enumerate(candidates):
            index = index_of(candidate.get("index"))
            chunks += self._read(candidate, place if index is None else index)
        usage = value.get("usageMetadata")
        if isinstance(usage, dict):
            self._usage |= usage
        return chunks if known else chunks + self._rest(value, candidates)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a piece whose only part continues the last text; see Dialect."""
        if json_source or type(value) is not dict or value.get("responseId") not in (None, self._build.ident):
            return None
        candidates = value.get("candidates")
        candidate = candidates[0] if type(candidates) is list and len(candidates) == 1 else None
        if type(candidate) is not dict or not (has_only(candidate, _PLAIN) and has_only(value, _TRANSLATED)):
            return None
        index, part = candidate.get("index", 0), _only_part(candidate.get("content"))
        state = self._candidates.get(index) if type(index) is int else None
        if state is None or part is None:
            return None
        text, thought = part["text"], part.get("thought") is True
        if self._last != (state, thought):
            return None
        item = state.thoughts if thought else state.text
        if not can_append(text, json_source) or item.fresh("text", text) is not text:
            return None
        item.add("text", text)
        state.reason = _reason(candidate.get("finishReason"))
        usage = value.get("usageMetadata")
        if isinstance(usage, dict):
            self._usage |= usage
        return text

    def close(self) -> list[Chunk]:
        """Return the finish reason of each candidate, and the usage."""
        chunks = self._end()
        self._interrupted.clear()  # what follows is another stream (R13)
        self._begin({})
        return chunks

    @property
    def ended(self) -> bool:
        """Whether each candidate has its finish reason: a usage may follow, but no more text."""
        return bool(self._candidates) and all(one.reason is not None for one in self._candidates.values())

    def _end(self) -> list[Chunk]:
        """Return what ends the response; the next one begins with ``_begin``."""
        chunks: list[Chunk] = []
        for choice, candidate in self._candidates.items():
            if candidate.reason is not None:
                chunks += self._finish(choice, candidate, candidate.reason)
        if self._usage:
            chunks.append(self._usage_chunk())
        return chunks

    def _enter(self, value: dict[str, Any]) -> list[Chunk]:
        """Begin a response, if none is begun or this is of another.

        Raises NotAChunk for a piece of one that another interrupted: its text would end in the middle of that (R16).
        """
        ident = value.get("responseId")
        if self._begun and (ident is None or ident == self._build.ident):
            return []
        if self._begun and not self._build.ident and isinstance(ident, str):  # it was late
            self._build.ident = ident
            return []
        if self._begun and isinstance(ident, str):
            self._interrupted.check(ident)
        if self._build.ident and any(candidate.reason is None for candidate in self._candidates.values()):
            self._interrupted.add(self._build.ident)
        chunks = self._end()
        self._begin(value)
        self._begun = True
        return chunks

    def _read(self, candidate: dict[str, Any], choice: int) -> list[Chunk]:
        content, parts = _content(candidate)
        begins = choice not in self._candidates
        state = self._candidate(choice)
        chunks = [self._build.role(choice)] if begins and not (parts and _has_output(parts[0])) else []
        for part in parts:
            chunks += self._part(part, choice)
        if chunks:
            state.reason = None  # it was none
        state.reason = _reason(candidate.get("finishReason")) or ("STOP" if "output" in candidate else state.reason)
        state.explanation = candidate.get("finishMessage") or state.explanation
        if has_only(candidate, _HANDLED) and has_only(content, _CONTENT):
            return chunks
        rest = {name: member for name, member in content.items() if name not in ("parts", "role")}
        rest |= {name: member for name, member in candidate.items() if name not in _HANDLED}
        if not chunks:
            return self._beyond(rest, choice)
        self._build.adding(chunks[-1], rest)
        return chunks

    def _candidate(self, choice: int) -> _Candidate:
        candidate = self._candidates.get(choice)
        if candidate is None:
            candidate = self._candidates[choice] = _Candidate()
        return candidate

    # --- parts -----------------------------------------------------------------------------

    def _part(self, part: dict[str, Any], choice: int) -> list[Chunk]:
        call = part.get("functionCall")
        if isinstance(call, dict):
            return self._function_call(call, part.get("thoughtSignature"), choice)
        text, thought = text_in(part.get("text")), part.get("thought")
        chunks: list[Chunk] = []
        if thought is not None and not isinstance(thought, bool):  # Q25: the thoughts themselves
            chunks = self._text(thought, True, choice) if (thought := text_in(thought)) else []
        if text:
            chunks += self._text(text, thought is True, choice)
        if has_only(part, _TEXT):
            return chunks
        if not chunks and not has_only(part, _SIGNED):
            self._build.divide(choice)
        return chunks + self._beyond({name: member for name, member in part.items() if name not in _TEXT}, choice)

    def _text(self, text: str, thought: bool, choice: int) -> list[Chunk]:
        """A piece of text or thoughts; some relays send all of it again in the end (R15)."""
        state = self._candidate(choice)
        self._last = (state, thought)
        item = state.thoughts if thought else state.text
        text = item.fresh("text", text)
        if not text:
            return []
        item.add("text", text)
        return [self._build.thoughts(text, choice) if thought else self._build.text(text, choice)]

    def _beyond(self, kinds: dict[str, Any], choice: int) -> list[Chunk]:
        return [self._build.beyond({**kinds, "index": choice} if choice else kinds)] if kinds else []

    def _function_call(self, call: dict[str, Any], signature: Any, choice: int) -> list[Chunk]:
        state = self._candidate(choice)
        name = non_blank(call.get("name"))
        if self._is_repeated(call, state):
            return []
        chunks = []
        ends = state.named == (name, non_blank(call.get("id"))) and not (call.get("args") or call.get("partialArgs"))
        if state.call is None or (name is not None and not ends):  # a last part may repeat the name
            chunks = self._end_call(state, choice)
            chunks.append(self._start_call(call, name, signature, state, choice))
        fragment, left = write_all(state.writer, call.get("partialArgs"))
        if left:
            state.writer = None
        if fragment:
            chunks.append(self._build.arguments(state.call, fragment, choice))
        if call.get("willContinue") is not True:
            chunks += self._end_call(state, choice)
        return chunks + self._beyond({"partialArgs": left} if left else {}, choice)

    def _is_repeated(self, call: dict[str, Any], state: _Candidate) -> bool:
        """Return whether a whole call came before, under the same id."""
        ident, arguments = non_blank(call.get("id")), call.get("args")
        if ident is None or arguments is None or call.get("partialArgs") or state.call is not None:
            return False
        wholes = {"args": arguments_text(arguments)}
        item = state.calls.of_new("call", (ident,))
        repeated = not item.empty and item.is_repeated_by(wholes)
        if item.empty:
            item.add("args", wholes["args"])
        return repeated

    def _start_call(
        self, call: dict[str, Any], name: str | None, signature: Any, state: _Candidate, choice: int
    ) -> Chunk:
        self._calls += 1
        state.call, state.named = self._calls, (name, non_blank(call.get("id")))
        whole = call.get("args") is not None and not call.get("partialArgs")
        state.writer = None if whole else ArgumentsWriter()
        arguments = arguments_text(call["args"]) if whole else ""
        extra = {"extra_content": {"google": {"thought_signature": signature}}} if signature else {}
        ident = non_blank(call.get("id")) or f"call_{self._calls}"
        return self._build.call(self._calls, ident, name, arguments, choice, **extra)

    def _end_call(self, state: _Candidate, choice: int) -> list[Chunk]:
        """Complete the arguments of the call that goes on, as far as they could be written."""
        key, state.call = state.call, None
        writer, state.writer = state.writer, None
        return [] if writer is None or key is None else [self._build.arguments(key, writer.close(), choice)]

    # --- the end ---------------------------------------------------------------------------

    def _finish(self, choice: int, candidate: _Candidate, reason: str) -> list[Chunk]:
        finish = "content_filter" if candidate.blocked else meaning_of(GEMINI, reason)
        chunks = [] if finish == "length" else self._end_call(candidate, choice)
        if finish == FAILED:
            return [*chunks, self._build.error(failure(reason, candidate.explanation))]
        chunk = self._build.finish(None if finish == "stop" else finish, choice)
        member = "blockReason" if candidate.blocked else "finishReason"
        return [*chunks, self._build.adding(chunk, {} if reason in ("STOP", "MAX_TOKENS") else {member: reason})]

    def _usage_chunk(self) -> Chunk:
        usage = self._usage
        rest = {name: value for name, value in usage.items() if name not in _COUNTED}
        return self._build.adding(self._build.usage(counted_usage(usage)), {"usageMetadata": rest} if rest else {})

    def _rest(self, value: dict[str, Any], candidates: list[dict[str, Any]]) -> list[Chunk]:
        """Translate the members of a piece other than candidates; for a blocked prompt, the refusal."""
        chunks = []
        feedback = value.get("promptFeedback")
        if isinstance(feedback, dict) and feedback.get("blockReason") and not candidates:
            state = self._candidate(0)
            state.reason, state.blocked = str(feedback["blockReason"]), True
            chunks.append(self._build.role())
        rest = {name: member for name, member in value.items() if name not in _TRANSLATED}
        return [*chunks, self._build.beyond(rest)]


def _with_names_of_wire(value: Any) -> Any:
    """An answer that a client of Google's printed in snake case, with the names that it had on the wire."""
    if isinstance(value, list):
        return [_with_names_of_wire(one) for one in value]
    if not isinstance(value, dict):
        return value
    renamed = {}
    for name, member in value.items():
        first, *others = name.split("_")
        if member is not None:  # the names of arguments are those of the tool
            renamed[first + "".join(map(str.title, others))] = member if name == "args" else _with_names_of_wire(member)
    return renamed


def counted_usage(usage: dict[str, Any]) -> dict[str, Any]:
    """The counts of a usageMetadata; see the module's head."""
    thoughts = usage.get("thoughtsTokenCount")
    return usage_of(
        sum_tokens(usage.get("promptTokenCount"), usage.get("toolUsePromptTokenCount")),
        sum_tokens(usage.get("candidatesTokenCount", usage.get("responseTokenCount")), thoughts),
        total=usage.get("totalTokenCount"),
        cached=usage.get("cachedContentTokenCount"),
        reasoning=thoughts,
    )


def _checked(candidates: Any) -> list[dict[str, Any]]:
    """The candidates of a piece. Raises NotAChunk where they, their contents or parts are of the wrong kind."""
    if candidates is None:
        return []
    if not isinstance(candidates, list):
        raise NotAChunk("candidates that are no array")
    for candidate in candidates:
        if not isinstance(candidate, dict):
            raise NotAChunk("a candidate that is no object")
        _, parts = _content(candidate)
        if not isinstance(parts, list):
            raise NotAChunk("a candidate without its parts")
        for part in parts:
            if not isinstance(part, dict):
                raise NotAChunk("a part that is no object")
    return candidates


def _only_part(content: Any) -> dict[str, Any] | None:
    """The only part of a content with nothing but a text, or thoughts; else None."""
    parts = content.get("parts") if type(content) is dict and has_only(content, _CONTENT) else None
    part = parts[0] if type(parts) is list and len(parts) == 1 else None
    return part if type(part) is dict and "text" in part and has_only(part, _TEXT) else None


def _content(candidate: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The content of a candidate and its parts; of the API before Gemini, whose text is a string, one part."""
    content = candidate.get("content") or candidate.get("output") or {}
    if isinstance(content, dict):
        return content, content.get("parts") or []
    return {}, [{"text": content}] if isinstance(content, str) else None


def _has_output(part: dict[str, Any]) -> bool:
    """Return whether the first chunk of a part is one of its choice."""
    return isinstance(part.get("functionCall"), dict) or bool(text_in(part.get("text")))


def _reason(reason: Any) -> str | None:
    """The name of a finish reason, given as name or number; None where there is none yet."""
    number = index_of(reason)
    if number is not None:
        return (_NUMBERED[number] if 0 <= number < len(_NUMBERED) else str(number)) or None
    return reason_in(reason)
