"""Amazon Bedrock: the events of ConverseStream, and of InvokeModelWithResponseStream for Amazon's own models.

Each is an object with the event's name as its key, as Amazon's clients give them
and as the binary framing is read (``formats.aws_eventstream``).

    messageStart                          the role
    contentBlockStart                     toolUse begins a call, known by its block's index
    contentBlockDelta                     text, reasoningContent.text, toolUse.input
    contentBlockStop                      nothing
    messageStop                           why it ended
    metadata                              the usage, behind the end; metrics and traces
    …Exception                            the end of a response that failed (R12)
    chunk                                 an event, Amazon's own or of the model's provider: its bytes in base64, or as
                                          programs print them (text; JSON.stringify of a Uint8Array or a Buffer; a list)
    bytes (no name: the payload of one)   the same
    outputText (no name: Titan)           text, and why it ended
    generation (no name: Llama)           the same
    output.message (Converse, no stream)  the same events, made of the whole answer

and those of agents, knowledge bases and flows, and of Amazon Q, which have no end: it is where the source ends

    chunk                                 text, where its bytes are no JSON (InvokeAgent)
    output.text                           text (RetrieveAndGenerateStream)
    flowOutputEvent, flowMultiTurn…       text: content.document (InvokeFlow)
    flowCompletionEvent                   the end
    returnControl                         calls: functionInvocationInput or apiInvocationInput
    assistantResponseEvent                text: content (Amazon Q)
    toolUseEvent                          a fragment of a call: toolUseId, name, input

    id, model, created   none: "" and 0
    usage     prompt_tokens               inputTokens + cacheReadInputTokens + cacheWriteInputTokens
              cached_tokens               cacheReadInputTokens
              completion_tokens           outputTokens
              total_tokens                totalTokens

Signatures and redacted parts of the reasoning, citations, traces, metrics and
events of another name ride in the extension. ``p`` is padding, and dropped.

Source: the events as the captures of this project have them, and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html.
"""

from binascii import a2b_base64
from collections.abc import Callable, Iterator
from json import dumps, loads
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.anthropic import Anthropic
from unspool.dialects.base import Dialect
from unspool.dialects.begun_texts import BegunTexts
from unspool.dialects.chunk_builder import ChunkBuilder, sum_tokens, usage_of
from unspool.dialects.error_bodies import error_body
from unspool.dialects.finish_words import BEDROCK, FAILED, TITAN, failure, meaning_of
from unspool.dialects.interrupted import Interruptions
from unspool.dialects.registry import CHAT, dialect_of, is_bedrock_payload, is_converse, load
from unspool.variants.texts import text_in
from unspool.variants.values import non_blank

_COUNTED = frozenset({"inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens"})
_DROPPED = ("p", "usage")
_METRICS = "amazon-bedrock-invocationMetrics"
_GUARDRAIL = "amazon-bedrock-guardrailAction"


def _events_of(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events that ConverseStream would have sent for a whole answer."""
    message = answer["output"]["message"]
    content = message.get("content")
    yield {"messageStart": {"role": message.get("role", "assistant")}}
    for index, block in enumerate(content if isinstance(content, list) else ()):
        place = {"contentBlockIndex": index}
        call = block.get("toolUse") if isinstance(block, dict) else None
        reasoning = block.get("reasoningContent") if isinstance(block, dict) else None
        if isinstance(call, dict):
            start = {name: call[name] for name in ("toolUseId", "name") if name in call}
            yield {"contentBlockStart": {**place, "start": {"toolUse": start}}}
            yield {"contentBlockDelta": {**place, "delta": {"toolUse": {"input": dumps(call.get("input", {}))}}}}
        elif isinstance(reasoning, dict) and isinstance(reasoning.get("reasoningText"), dict):
            yield {"contentBlockDelta": {**place, "delta": {"reasoningContent": reasoning["reasoningText"]}}}
        elif isinstance(block, dict):
            yield {"contentBlockDelta": {**place, "delta": block}}
        yield {"contentBlockStop": place}
    yield {"messageStop": {"stopReason": answer["stopReason"]}}
    yield {"metadata": {name: answer[name] for name in ("usage", "metrics", "trace") if name in answer}}


class Bedrock(Dialect):
    """Reads the events of one response after the other; those that an agent passes on are of its ``dialect``."""

    def __init__(self, dialect: str = "bedrock") -> None:
        self._build = ChunkBuilder(dialect)
        self._anthropic = Anthropic()
        self._model = ""  # the format of another model
        self._reader: Dialect | None = None  # of that format
        self._others: set[str] = set()  # blocks of a server's own tools
        self._begun_texts = BegunTexts()
        self._ended = False  # the response has ended, and no other has begun
        self._begun = False  # a part of it was received, and not its end
        self._interruptions = Interruptions()
        self._prompt: int | None = None  # the tokens of Llama's prompt, which its first record counts
        self._endless = False  # a response of an agent, which has no end, goes on

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event into chunks. Raises NotAChunk."""
        if not isinstance(value, dict):
            raise NotAChunk("no event of Bedrock's")
        if len(value) == 1 and type(value.get("contentBlockDelta")) is dict:  # nearly all
            return self._block_delta(value["contentBlockDelta"])
        return self._event(value)

    def _event(self, value: dict[str, Any]) -> list[Chunk]:
        if is_converse(value):
            return [chunk for event in _events_of(value) for chunk in self.feed(event)]
        if is_bedrock_payload(value):
            return self._chunk(value)
        for name, event in value.items():
            handler = _HANDLERS.get(name)
            if handler is not None:
                if not isinstance(event, dict):
                    raise NotAChunk(f"a {name} that is no object")
                if name == "output" and "finish_reason" in event:  # DashScope's
                    raise NotAChunk("no event of Bedrock's")
                return self._with_metrics(handler(self, event), value)
            if name == "outputText":
                return self._titan(value)
            if name == "generation":
                return self._llama(value)
        return self._other(value)

    def end_of_lines(self) -> list[Chunk]:
        """The source ended, and with it the response of an agent."""
        return self._agent_ends({}) if self._endless else []

    def close(self) -> list[Chunk]:
        """Return the remaining chunks of other models' events, if there were any."""
        self._begin()
        rest = [] if self._reader is None else self._reader.close()
        return rest + self._anthropic.close()

    def cut(self) -> None:
        """The run that the last message belongs to is left without its end."""
        self._build.cut()

    def _begin(self) -> None:
        self._build.begin()
        self._others.clear()
        self._begun_texts = BegunTexts()  # by the keys of their blocks
        self._ended = self._begun = self._endless = False

    def _other(self, value: dict[str, Any]) -> list[Chunk]:
        """An exception, or an event of a name that is not known."""
        error = value.get("error") or error_body(value)
        if error:
            return self._fail(error)
        if len(value) != 1:
            raise NotAChunk("no event of Bedrock's")
        name, event = next(iter(value.items()))
        if not isinstance(event, dict):
            raise NotAChunk("no event of Bedrock's")
        if name.endswith("Exception"):
            return self._fail({"message": non_blank(event.get("message")) or name, "code": name, "type": name})
        return [self._build.beyond({name: event})]

    def _fail(self, error: Any) -> list[Chunk]:
        self._endless = False
        return [self._build.error(error)]

    def _with_metrics(self, chunks: list[Chunk], value: dict[str, Any]) -> list[Chunk]:
        """With the members that InvokeModelWithResponseStream adds to the last event."""
        if len(value) == 1 or _METRICS not in value:
            return chunks
        return [*chunks, self._build.beyond({_METRICS: value[_METRICS]})]

    # --- events ----------------------------------------------------------------------------

    def _message_start(self, event: dict[str, Any]) -> list[Chunk]:
        self._interruptions.begin(self._begun)  # a start that is received twice has no part behind it
        self._begin()
        return [self._build.start()]

    def _block_start(self, event: dict[str, Any]) -> list[Chunk]:
        start = event.get("start")
        if not isinstance(start, dict):
            return []
        use = start.get("toolUse")
        self._others.discard(_key(event))
        if isinstance(use, dict) and "type" not in use:  # a server's own tool has one
            ident, name = non_blank(use.get("toolUseId")), non_blank(use.get("name"))
            self._begun_texts.begin(_key(event), use.get("input"))
            return [self._build.call(_key(event), ident, name, _fragment(use))]
        if isinstance(start.get("text"), str):
            chunks = self._block_delta({**event, "delta": start})
            self._begun_texts.begin(_key(event), start["text"])
            return chunks
        self._others.add(_key(event))
        self._build.divide()
        return [self._build.beyond({name: _plain(event)}) for name in start]

    def _block_delta(self, event: dict[str, Any]) -> list[Chunk]:
        delta = event.get("delta")
        if not isinstance(delta, dict):
            raise NotAChunk("a contentBlockDelta without its delta")
        if self._ended:
            self._interruptions.begin_without_start()
        self._ended, self._begun = False, True
        key = _key(event)
        if delta.get("text") is not None:
            text = text_in(delta["text"])  # Q25, Q28
            if self._begun_texts.waiting:
                text = self._begun_texts.rest(key, text)
            return [self._build.text(text, block=key)] if text else []
        chunks: list[Chunk] = []
        for name, member in delta.items():
            chunks += self._part(name, member, key, event)
        return chunks

    def _part(self, name: str, member: Any, key: str, event: dict[str, Any]) -> list[Chunk]:
        if name == "toolUse" and isinstance(member, dict) and key not in self._others:
            fragment = _fragment(member)
            if self._begun_texts.waiting:
                fragment = self._begun_texts.rest(key, fragment)
            return [self._build.arguments(key, fragment)] if fragment else []
        if name == "reasoningContent":
            text = text_in(member)  # also under reasoningText, as in a whole message
            chunks = [self._build.thoughts(text, block=key)] if text else []
            if not isinstance(member, dict) or member.keys() <= {"text", "reasoningText"}:
                return chunks
            return [*chunks, self._build.beyond({name: _plain(event)})]
        return [self._build.beyond({name: _plain(event)})]

    def _block_stop(self, event: dict[str, Any]) -> list[Chunk]:
        self._interruptions.part_ends(_key(event))
        return []

    def _message_stop(self, event: dict[str, Any]) -> list[Chunk]:
        reason = event.get("stopReason")
        if not isinstance(reason, str):
            reason = "tool_use" if self._build.calls() else "end_turn"
        rest = {name: value for name, value in event.items() if name not in ("p", "stopReason")}
        if self._ended:  # it is received twice
            self._interruptions.end_again()
            return []
        self._ended, self._begun = True, False
        meaning = meaning_of(BEDROCK, reason)
        if meaning == FAILED:
            return [self._build.error(failure(reason)), *([self._build.beyond(rest)] if rest else [])]
        if reason not in BEDROCK or meaning == "content_filter":
            rest["stopReason"] = reason
        return [self._build.adding(self._build.finish(meaning), rest)]

    def _metadata(self, event: dict[str, Any]) -> list[Chunk]:
        rest = {name: value for name, value in event.items() if value and name not in _DROPPED}
        usage = event.get("usage")
        self._interruptions.count(usage)
        if not isinstance(usage, dict):
            return [self._build.beyond(rest)] if rest else []
        uncounted = {name: value for name, value in usage.items() if value and name not in _COUNTED}
        if uncounted:
            rest["usage"] = uncounted
        read, written = usage.get("cacheReadInputTokens"), usage.get("cacheWriteInputTokens")
        prompt = sum_tokens(usage.get("inputTokens"), read, written)
        counted = usage_of(prompt, usage.get("outputTokens"), total=usage.get("totalTokens"), cached=read)
        return [self._build.adding(self._build.usage(counted), rest)]

    # --- events inside other events --------------------------------------------------

    def _chunk(self, event: dict[str, Any]) -> list[Chunk]:
        try:
            data = _bytes_of(event["bytes"]).decode()
        except (KeyError, TypeError, ValueError):
            raise NotAChunk("a chunk without text in base64") from None
        if not data.lstrip().startswith("{"):
            return self._agent_text(data)
        try:
            value = loads(data)
        except (RecursionError, ValueError):
            raise NotAChunk("a chunk without JSON in base64") from None
        if isinstance(value, dict) and isinstance(value.get("type"), str):
            return self._anthropic.feed(value)
        if isinstance(value, dict) and ("chunk" in value or is_bedrock_payload(value)):
            raise NotAChunk("a chunk within a chunk")
        return self._of_other_model(value) or self.feed(value)

    def _of_other_model(self, value: Any) -> list[Chunk]:
        """An event in the format of another provider; nothing for those that are read here."""
        name = dialect_of(value)
        if name == CHAT:
            return [value]
        if name == "bedrock":
            return []
        if name is not None and name != self._model:
            self._model, self._reader = name, load(name)
        if self._reader is None:
            return []
        metrics = {_METRICS: value.pop(_METRICS)} if _METRICS in value else {}
        chunks = self._reader.feed(value)
        return [*chunks, self._build.beyond(metrics)] if metrics or not chunks else chunks

    # --- agents ------------------------------------------------------------------------------

    def _agent_begins(self) -> list[Chunk]:
        if self._endless:
            return []
        self._begin()
        self._endless = True
        return [self._build.start()]

    def _agent_text(self, text: Any) -> list[Chunk]:
        text = text_in(text)
        return [*self._agent_begins(), self._build.text(text)] if text else []

    def _agent_ends(self, event: dict[str, Any]) -> list[Chunk]:
        self._endless = False
        end = self._build.finish("tool_calls" if self._build.calls() else "stop")
        return [self._build.adding(end, {"flowCompletionEvent": event} if event else {})]

    def _document(self, event: dict[str, Any]) -> list[Chunk]:
        content = event.get("content")
        document = content.get("document") if isinstance(content, dict) else None
        return self._agent_text(arguments_text(document))

    def _return_control(self, event: dict[str, Any]) -> list[Chunk]:
        chunks = self._agent_begins()
        given = event.get("invocationInputs")
        for one in given if isinstance(given, list) else ():
            for called in one.values() if isinstance(one, dict) else ():
                if isinstance(called, dict):
                    name = non_blank(called.get("function") or called.get("apiPath"))
                    key = str(self._build.calls())
                    chunks.append(self._build.call(key, f"call_{key}", name, dumps(_parameters(called))))
        return [*chunks, self._build.beyond({"returnControl": event})]

    def _tool_use(self, event: dict[str, Any]) -> list[Chunk]:
        chunks, key, fragment = self._agent_begins(), str(event.get("toolUseId")), _fragment(event)
        if not self._build.called(key):
            return [*chunks, self._build.call(key, key, non_blank(event.get("name")), fragment)]
        return [*chunks, self._build.arguments(key, fragment)] if fragment else chunks

    # --- events of other models --------------------------------------------------------------

    def _titan(self, value: dict[str, Any]) -> list[Chunk]:
        text, reason = value.get("outputText"), value.get("completionReason")
        if text is not None and not isinstance(text, str):
            raise NotAChunk("an outputText that is no text")
        chunks = [self._build.text(text)] if text else []
        if value.get(_GUARDRAIL) == "INTERVENED":
            reason = reason or "CONTENT_FILTERED"
        rest = {name: member for name, member in value.items() if name.startswith("amazon-")}
        if isinstance(reason, str):
            meaning = meaning_of(TITAN, reason)
            if reason not in TITAN:
                rest["completionReason"] = reason
            failed = meaning == FAILED
            chunks.append(self._build.error(failure(reason)) if failed else self._build.finish(meaning))
            prompt, completion = _whole(value, "inputTextTokenCount"), _whole(value, "totalOutputTextTokenCount")
            if prompt is not None or completion is not None:
                chunks.append(self._build.usage(usage_of(prompt, completion)))
        if not rest:
            return chunks
        return [*chunks, self._build.beyond(rest)]

    def _llama(self, value: dict[str, Any]) -> list[Chunk]:
        text, reason = value["generation"], value.get("stop_reason")
        if not isinstance(text, str):
            raise NotAChunk("a generation that is no text")
        chunks = [self._build.text(text)] if text else []
        self._prompt = _whole(value, "prompt_token_count") or self._prompt
        if not isinstance(reason, str):
            return chunks
        usage = usage_of(self._prompt, _whole(value, "generation_token_count"))
        chunks += [self._build.finish("length" if reason == "length" else "stop"), self._build.usage(usage)]
        return self._with_metrics(chunks, value)


def _key(event: dict[str, Any]) -> str:
    """Return the key of a call: the index of its block as text, since it may have any type."""
    return str(event.get("contentBlockIndex"))


def _fragment(use: dict[str, Any]) -> str:
    """The input of a call, or a fragment of it; some relays give it as an object (A3)."""
    given = use.get("input")
    return given if isinstance(given, str) else arguments_text(given) if isinstance(given, dict) and given else ""


def _parameters(called: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call that an agent leaves to its client: a list of names and values."""
    given = called.get("parameters")
    pairs = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return {str(one.get("name")): one.get("value") for one in pairs}


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "p"}


def _whole(value: dict[str, Any], name: str) -> int | None:
    """A count that may be written as 3.0."""
    count = value.get(name)
    return int(count) if isinstance(count, (int, float)) and count == count // 1 else None


def _bytes_of(value: Any) -> bytes:
    """The bytes in a chunk. Raises TypeError or ValueError for what holds none."""
    if isinstance(value, str):
        return value.encode() if value.startswith("{") else a2b_base64(value, strict_mode=True)
    if isinstance(value, dict):
        value = value["data"] if value.get("type") == "Buffer" else list(value.values())  # by index
    if not isinstance(value, list):
        raise TypeError
    return bytes(value)


_HANDLERS: dict[str, Callable[[Bedrock, dict[str, Any]], list[Chunk]]] = {
    "messageStart": Bedrock._message_start,
    "contentBlockStart": Bedrock._block_start,
    "contentBlockDelta": Bedrock._block_delta,
    "contentBlockStop": Bedrock._block_stop,
    "messageStop": Bedrock._message_stop,
    "metadata": Bedrock._metadata,
    "chunk": Bedrock._chunk,
    "initial-response": lambda _, __: [],
    "output": lambda self, event: self._agent_text(event.get("text")),
    "flowOutputEvent": Bedrock._document,
    "flowMultiTurnInputRequestEvent": Bedrock._document,
    "flowCompletionEvent": Bedrock._agent_ends,
    "returnControl": Bedrock._return_control,
    "assistantResponseEvent": lambda self, event: self._agent_text(event.get("content")),
    "toolUseEvent": Bedrock._tool_use,
}
"""The handler of each event name."""
