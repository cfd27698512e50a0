"""LangChain's messages: the streams of a LangGraph server and of LangServe, in all their modes.

Checked against langgraph-api 0.16.7 and langserve 0.3.3.

    messages (a tuple)          [chunk, metadata]: deltas; the node's ``langgraph_checkpoint_ns``, else its name,
                                identifies the model
    messages/partial, complete  [message]: whole so far; what is new of it (R15), arguments that still grow included
    updates, values, tasks,     {node: {"messages"}}, {"messages"}, or deeper: a history; what follows the last message
      checkpoints, debug        of a human and was not emitted; the first state of a run, and what a task starts
                                with, have what came before
    {"lc": 1, "kwargs"}         a message as LangChain.js and dumps() serialize it: its members are under kwargs;
      {"type", "data"}          or, in a kept history, under data
    LangServe stream            a chunk; where the chain gives text, bare strings, or the answer or output of an object;
                                their only end is its ``end``; an object without those that grows
                                is the answer itself, whole in its last record
    LangServe invoke            {"output", "metadata"}, and callback_events: a message, or the text
    astream_events              on_chat_model_stream and …_end, on_llm_stream: their chunks; others are not shown;
                                the end of the outermost chain is that of the run
    astream_log                 additions to the log of a model, and to /streamed_output
    {"type": "event", "method"} an event of the third protocol: langchain_protocol
    {"event", "data"}           one of these, as clients of the server print it; LangServe names its events data, so
                                an event stream without its ``end`` was cut, whatever the events are
    metadata, custom            in the extension
    error                       {"error", "message"}, {"status_code", "message"}: the run failed (R12)

What a sub-agent says is apart: langchain_subagents.

A chunk or message counts where its type is AIMessageChunk or ai; a tool's or a human's rides in the extension.

    text       content: a string, or parts of type text
    thoughts   parts of type thinking or reasoning, additional_kwargs.reasoning_content
    calls      tool_call_chunks: name, id, args by index; of a whole message tool_calls, and invalid_tool_calls
    finish     response_metadata.finish_reason or stop_reason, else chunk_position last; a message of OpenAI's or
               Anthropic's (model_provider) that ends without a reason was lost
    usage      usage_metadata, whose counts add up

The id may change inside of one message: what comes from the same node belongs to
it until it has finished. Of two models at once the second waits (R16). A message
without its end, or a tool's result that no message follows, was cut (R11).

Source: the events as these versions write them, and https://docs.langchain.com/langgraph-platform/streaming.
"""

from collections.abc import Callable, Hashable
from json import dumps
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk
from unspool.dialects.agents.langchain_content import fragments_of, is_again, text_of
from unspool.dialects.agents.langchain_protocol import MessageEvents
from unspool.dialects.agents.langchain_subagents import TOOLS, chunk_of_subagent, data_of_subagent, event_of_subagent
from unspool.dialects.agents.langchain_values import (
    MODEL,
    PLACES,
    calls_of,
    error_of,
    fragment_of,
    grows,
    histories_of,
    is_before,
    is_mark,
    is_message,
    is_other_call,
    place_of,
    plain,
    reason_of,
    text_alone,
    thoughts_of,
)
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.agents.signs import NAMED, PART, is_invoked, is_named, is_protocol
from unspool.dialects.chunk_builder import Chunks, key_of, same_members, sum_tokens, usage_of
from unspool.dialects.finish_words import FAILED, LANGCHAIN, failure
from unspool.dialects.members import dict_of, dicts_of, list_of, texts_of, word_of

_REASONED = frozenset({"openai", "anthropic"})
"""Providers (model_provider) that always give the reason for an end."""
_OF_MODELS = ("on_chat_model_", "on_llm_")
_BARE: dict[str, Any] = {}
"""What is kept of a bare text."""
_STATED, _LATER = "stated", "later"
"""Noted of messages that came whole at first, and of texts that a message had after its end."""
_UNCOUNTED, _COUNTED = "uncounted", "counted"
"""Noted of messages that ended without a usage, and of those whose usage came later."""
_GRAPH = "graph"
"""What the outermost chain is in the third protocol."""
_ANSWERS = ("answer", "output")
"""Members of a chain's output that are its text: of a retrieval chain, which sends it in pieces, and of an agent."""


class LangChain(RunReader):
    """Reads the events of one run after the other."""

    def __init__(self) -> None:
        super().__init__("langchain")

    def _begin(self) -> None:
        self._at: dict[Hashable, Message] = {}  # the message of each node, by the key of the node
        self._pairs = False  # a chunk and its metadata are separate records
        self._waiting: dict[str, Any] | None = None  # a chunk whose metadata have not come
        self._places: dict[Hashable, Hashable] = {}  # of chunks that are separate records, by their ids
        self._alone: Hashable = None  # the id of the last of them
        self._known: dict[Hashable, Message | None] = {}  # by every id it had; None for what is not shown
        self._by_events: set[Hashable] = set()  # ids of messages whose chunks came in events of their models
        self._usage: dict[Message, tuple[int, int]] = {}  # of messages that are open, summed
        self._reasoned: set[Any] = set()  # idents of messages whose end has a reason, by their provider
        self._ident: Any = None  # of the run
        self._starting = False  # a run of a server has begun: its first state has what came before it
        self._strings = False  # the stream is bare text
        self._answers = False  # it is LangServe's, of objects with a text
        self._logged = False  # a model's chunks came in a log
        self._serves = False  # the stream is LangServe's, whose end has not come
        self._chain: Hashable = None  # the run of the outermost chain, in its events, until that ends
        self._whole: dict[str, Any] | None = None  # the last object without a text
        self._in_parts = False  # an object before it was not its beginning: they are no answer
        self._chunked = False  # deltas have the type AIMessageChunk, so any other message is whole
        self._sole: Message | None = None  # a message of one record, which may be all of it
        self._events = MessageEvents()
        self._in_protocol = False  # the records are events of the third protocol

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a chunk, or one with its metadata, that only continues the last one; see Dialect."""
        last = self._last.values
        if type(value) is str:
            again = not last or last[0] is not _BARE or self._last.repeats(value)
            return None if again else self._last.append(value, json_source)
        if type(value) is list:
            same = len(value) == len(last) == 2 and _is_at(value[1], last[1])
            return self._append(value[0], last[0], json_source) if same else None
        if type(value) is dict and "event" in value:
            same = len(last) == 2 and same_members(value, last[1], ("event", "run_id"))
            return self._append(dict_of(value, "data").get("chunk"), last[0], json_source) if same else None
        return self._append(value, last[0], json_source) if len(last) == 1 else None

    def _append(self, chunk: Any, last: dict[str, Any], json_source: bool) -> str | None:
        if type(chunk) is not dict or not same_members(chunk, last, ("type", "id")):
            return None
        if chunk.get("response_metadata") != last.get("response_metadata"):
            return None
        if self._last.key is not None:
            piece = fragment_of(chunk)
            same = piece is not None and self._last.key == f"call {piece['index']}"
            return self._last.append(piece["args"], json_source) if piece is not None and same else None
        text = text_alone(chunk)
        return None if text is None or self._last.repeats(text) else self._last.append(text, json_source)

    def _keep(self, place: Hashable, chunk: dict[str, Any], *about: dict[str, Any]) -> None:
        """Keep a chunk that the next one may continue, with its metadata, or the event that it is in."""
        message = self._at.get(place)
        if message is None or chunk["type"] != "AIMessageChunk":
            return
        if text_alone(chunk) is not None:
            self._last.keep(message, chunk, *about)
        elif (piece := fragment_of(chunk)) is not None:
            self._last.keep(message, chunk, *about, member="arguments", key=f"call {piece['index']}")

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        self._last.values = ()
        if isinstance(value, list):
            return self._list(value)
        if isinstance(value, str):
            return self._string(value)
        if value is None:
            return []  # the data of an ``end``
        if not isinstance(value, dict):
            raise NotAChunk("no event of LangChain's")
        if "event" in value and value.keys() <= NAMED:
            name = value["event"]
            if name == "custom":
                return self._run.note({"custom": value.get("data")})
            if (name == "data" and self._serves) or is_named(value):
                self._serves = self._serves or name == "data"
                record = event_of_subagent(value) if TOOLS in name else None
                return self._of_subagent(record) if record is not None else self.feed(value["data"])
        in_protocol = "params" in value and is_protocol(value)
        if self._in_protocol and not in_protocol and value.get("type") != "success":  # the answer to a command
            raise NotAChunk("no event of LangGraph's protocol")
        return self._protocol(value) if in_protocol else self._object(plain(value))

    def _protocol(self, event: dict[str, Any]) -> Chunks:
        """An event of the third protocol."""
        self._in_protocol = True
        record = event_of_subagent(event)
        if record is not None:
            return self._of_subagent(record)
        method, params = word_of(event, "method"), dict_of(event, "params")
        data = dict_of(params, "data")
        if method == "messages":
            if data.get("event") == "error":
                return self._run.fail({"message": message_of(data)})
            chunk, place = self._events.chunk(params)
            return [] if chunk is None else self._chunk(chunk, place)
        if method in ("values", "updates"):
            return self._state(data)
        if method == "lifecycle" and not params["namespace"]:  # of the whole graph
            self._run.live = data.get("event") == "running"
            self._chain = _GRAPH if self._run.live else None
            if data.get("event") == "failed":
                return self._run.fail({"message": message_of(data.get("error"))})
        return self._run.note({method: params})

    def _of_subagent(self, record: dict[str, Any]) -> Chunks:
        """A record of a sub-agent: the tool that runs it has not ended, so the run goes on."""
        self._run.live = True
        return self._run.note({"subagent": record})

    @property
    def missing(self) -> str:
        """The end of a stream of LangServe, or of a chain's events, if it has not come."""
        if self._chain == _GRAPH:
            return "lifecycle completed"
        return "end" if self._serves else "on_chain_end" if self._chain is not None else ""

    def end_of_lines(self) -> Chunks:
        """Its end has no data, so that lines do not have it."""
        self._serves = False
        return []

    def done(self) -> Chunks:
        """The ``end`` of LangServe came: a text that no message holds has no other end."""
        if self._run.last is not None and self._run.last.ident in self._reasoned:  # R17
            return self._run.fail({"message": "the answer has no finish reason: the connection to the model was lost"})
        chunks = self._whole_object()
        self._serves, self._chain = False, None
        return chunks + self._run.finish("stop") if chunks or self._strings or self._answers else []

    def close(self) -> Chunks:
        """The input ended: what is not finished was cut, but for a message of one record that may be whole."""
        chunks = self._place(None) if self._waiting is not None else []
        chunks += self._whole_object()
        self._at.clear()
        chunks += self._end_sole()
        self._run.live = (self._run.live and not chunks) or self._serves or self._chain is not None
        return chunks + super().close()

    # --- what an event is ----------------------------------------------------------------------

    def _string(self, text: str) -> Chunks:
        self._strings = True
        message = self._run.current()
        self._last.keep(message, _BARE)
        return message.new_text(text)

    def _list(self, items: list[Any]) -> Chunks:
        if len(items) == 2 and isinstance(items[0], dict) and isinstance(items[1], dict):
            self._starting = False
            first, about = plain(items[0]), items[1]
            if is_message(first) and "type" not in about:
                chunk_ident = key_of(first.get("id")) if self._by_events else None
                if first["type"] == "AIMessageChunk" and chunk_ident in self._by_events:
                    return []  # the events of its model, which another mode sends, had it
                place = place_of(about)
                chunks = self._placed(first, place)
                self._keep(place, first, about)
                return chunks
        if len(items) in (2, 3) and is_mark(items[0]) and (len(items) == 2 or isinstance(items[1], str)):
            # A namespace of a subgraph, a mode, or both before it.
            mode = items[1] if len(items) == 3 else "messages" if isinstance(items[1], list) else "updates"
            record = data_of_subagent(items[0], mode, items[-1])
            if record is not None:
                return self._of_subagent(record)
            return self._run.note({"custom": items[-1]}) if items[-2] == "custom" else self.feed(items[-1])
        if items and isinstance(items[0], list):  # a run in one array, which an error may end
            return [chunk for one in items if isinstance(one, (list, dict)) for chunk in self.feed(one)]
        messages = [one for one in map(plain, items) if is_message(one)]
        return [chunk for message in messages for chunk in self._message(message, complete=False)]

    def _object(self, value: dict[str, Any]) -> Chunks:
        if is_message(value):  # alone, a message that is no chunk is complete
            chunks = self._separate(value if value["type"] != "ai" else {**value, "chunk_position": "last"})
            if not self._pairs:
                self._keep(self._alone, value)
            return chunks
        if value.keys() == PART:  # a part of a stream in LangGraph's second version
            return self._part(value)
        if isinstance(value.get("event"), str) and isinstance(value.get("data"), dict):
            return self._event(value)
        if isinstance(value.get("ops"), list):
            return self._operations(value["ops"])
        error = error_of(value)
        if error is not None:
            chunks = self._whole_object()
            self._serves, self._chain = False, None
            return chunks + self._run.fail(error)
        return self._state(value)

    def _part(self, value: dict[str, Any]) -> Chunks:
        record = event_of_subagent(value)
        if record is not None:
            return self._of_subagent(record)
        return self._run.note({"custom": value["data"]}) if value["type"] == "custom" else self.feed(value["data"])

    def _state(self, value: dict[str, Any]) -> Chunks:
        """Read the output of a chain or a graph: messages, or the text of an answer."""
        chunks: Chunks = []
        task = dict_of(value, "payload") or value
        if "interrupts" in task and task.get("error"):  # the error of the run follows, where a server sends it
            self._run.fail_at_end({"message": message_of(task["error"])})
        histories, before = histories_of(value), is_before(value, self._starting)
        self._starting = False
        if histories:
            chunks = [chunk for history in histories for chunk in self._history(history, before)]
            states = (value, *(one for one in value.values() if isinstance(one, dict)))
            if any(one.get("structured_response") is not None for one in states):
                self._run.live = False  # the call of the tool for it is the answer
            return chunks
        if "langgraph_node" in value:  # metadata of the chunk before it
            return self._place(place_of(value)) + self._run.note({"event": value})
        invoked = is_invoked(value)
        output = dict_of(value, "output") or value if invoked else value
        text = next((output[name] for name in _ANSWERS if isinstance(output.get(name), str)), None)
        if text is not None and invoked:
            return self._run.current().text(text) + self._run.finish("stop", None, {"invoked": value})
        if text is not None and self._serves:
            self._run.live = self._answers = True
            return self._run.current().new_text(text)
        if value.keys() == {"run_id"}:
            chunks = self.close() if self._serves else []  # the run before it was cut
            self._serves = True
        elif self._serves:
            self._in_parts = self._in_parts or not grows(self._whole or {}, value)
            self._whole = value
        if value.get("run_id") and "attempt" in value:
            chunks = self._attempt(value["run_id"])
        return chunks + self._run.note({"event": value})

    def _whole_object(self) -> Chunks:
        """The object that LangServe's chain answers with, as JSON text (R3); nothing where the stream has a text."""
        whole, self._whole = self._whole, None
        if not whole or self._in_parts or self._strings or self._answers or self._known:
            return []
        self._run.live = True
        return self._run.current().text(dumps(whole, ensure_ascii=False))

    def _attempt(self, ident: Any) -> Chunks:
        """Another attempt of the run begins, or another run, whose messages repeat none of this one."""
        if ident != self._ident:
            chunks = self.close() if self._ident is not None else []  # what goes on in the run before it was cut
            self._ident, self._starting = ident, True
            self._run.forget()
            return chunks
        self._run.fail_at_end(None)
        return self._run.finish_messages()  # R16: the text of the one before it is a separate message

    # --- messages ------------------------------------------------------------------------------

    def _chunk(self, chunk: dict[str, Any], place: Hashable) -> Chunks:
        """A delta. What has the same place belongs to the same message until that has finished."""
        kind = word_of(chunk, "type")
        if kind not in MODEL:
            return self._other(chunk)
        self._chunked = self._chunked or kind == "AIMessageChunk"
        if self._chunked and kind != "AIMessageChunk":  # what a node returns, behind its chunks or without any
            return self._message(chunk, complete=True)
        ident = key_of(chunk.get("id"))
        message, chunks = self._at.get(place), list[Chunk]()
        if self._sole is not None or (message is not None and message.ident != ident):
            chunks = self._end_before(ident, place)
        if message is None or message.ended:
            known = self._known.get(ident) if ident is not None else None
            if message is not None and is_again(message, chunk):
                known = message
            if known is not None and known.ended:
                return chunks + self._count_late(known, chunk)
            message, begun = self._new(ident, place, chunk)
            chunks += begun
            self._sole = message if kind != "AIMessageChunk" else None
        self._known[ident] = message
        self._run.live = True
        return chunks + self._add(message, chunk)

    def _add(self, message: Message, chunk: dict[str, Any]) -> Chunks:
        """What a chunk adds to its message."""
        chunks: Chunks = []
        content, extra = chunk.get("content"), dict_of(chunk, "additional_kwargs")
        ends = chunk.get("chunk_position") == "last" or reason_of(chunk) is not None
        if extra or isinstance(content, list):
            chunks += message.thoughts(thoughts_of(chunk))
        chunks += text_of(message, content, ends)
        if isinstance(content, list) and not chunk.get("tool_call_chunks"):  # else they are of a call of a client
            chunks += fragments_of(message, content)
        if extra:
            chunks += message.refusal(extra.get("refusal"))
        pieces = list_of(chunk, "tool_call_chunks")
        for piece in pieces:
            if isinstance(piece, dict):
                chunks += self._piece(message, piece)
        if not pieces and chunk.get("type") != "AIMessageChunk":
            chunks += self._whole_calls(message, chunk, complete=True)
        self._count(message, chunk)
        return chunks + self._end(message, chunk) if ends else chunks

    def _placed(self, chunk: dict[str, Any], place: Hashable) -> Chunks:
        """A chunk, or a message, of a place: of the main agent, or of a sub-agent."""
        record = chunk_of_subagent(chunk, place) if type(place) is str and TOOLS in place else None
        return self._chunk(chunk, place) if record is None else self._of_subagent(record)

    def _separate(self, chunk: dict[str, Any]) -> Chunks:
        """A chunk that is a record, whose place is its id: two models may be at work.

        Of lists that are read as an array the metadata follow, for which the first chunk under an id waits.
        """
        chunks = self._place(None) if self._waiting is not None else []
        self._alone = key_of(chunk.get("id"))
        if self._pairs and self._alone not in self._places and word_of(chunk, "type") in MODEL:
            self._waiting = chunk
            return chunks
        return chunks + self._placed(chunk, self._places.get(self._alone, self._alone))

    def _place(self, place: Hashable) -> Chunks:
        """The place of the last chunk: process it if it waits."""
        self._places[self._alone] = place
        if not self._pairs and self._alone in self._at:  # the first of all
            self._at[place] = self._at.pop(self._alone)
        self._pairs = True
        chunk, self._waiting = self._waiting, None
        return [] if chunk is None else self._placed(chunk, place)

    def _end_before(self, ident: Hashable, place: Hashable) -> Chunks:
        """The end of a message of one record, or of one that was cut, whose node tries again."""
        message = self._at.get(place)
        if message is self._sole:  # its place goes on
            self._sole = None
        chunks = self._end_sole()
        return chunks + message.finish() if message is not None and is_other_call(message.ident, ident) else chunks

    def _end_sole(self) -> Chunks:
        """The end of a message that may be all of it."""
        sole, self._sole = self._sole, None
        return [] if sole is None else sole.finish()

    def _new(self, ident: Hashable, place: Hashable, chunk: dict[str, Any]) -> tuple[Message, Chunks]:
        chunks: Chunks = []
        if place is None or self._strings:
            chunks = self._run.finish_messages()
        model = dict_of(chunk, "response_metadata").get("model_name")
        message = self._at[place] = self._run.message(ident, model)
        return message, chunks

    def _piece(self, message: Message, piece: dict[str, Any]) -> Chunks:
        index = piece.get("index")
        key = f"call {index}" if index is not None else next(reversed(message.calls), "call 0")
        chunks: Chunks = []
        if piece.get("name") or key not in message.calls:
            if piece.get("id") and key in message.calls and message.calls[key].size:
                key = f"{key} {piece['id']}"  # another call under the same index
            chunks = message.call(key, piece.get("id"), piece.get("name"))
        return chunks + message.arguments(key, piece.get("args"))

    def _whole_calls(self, message: Message, whole: dict[str, Any], complete: bool) -> Chunks:
        """What is new of the calls of a whole message, which are known by their ids, else by their places."""
        chunks: Chunks = []
        known, read = list(message.calls), len(dicts_of(whole, "tool_calls"))
        keys = message.keys if len(message.keys) == len(known) else {}
        for place, call in enumerate(calls_of(whole)):
            key = keys.get(key_of(call.get("id")), known[place] if place < len(known) else f"call {place}")
            if place < read or (complete and key not in known):  # the fragments of one that could not be read count
                chunks += message.whole_call(key, call.get("id"), call.get("name"), call.get("args"), complete)
        return chunks

    def _message(self, whole: dict[str, Any], complete: bool) -> Chunks:
        """A message as far as it has come, or all of it."""
        if word_of(whole, "type") not in MODEL:
            return self._other(whole)
        ident, text = key_of(whole.get("id")), texts_of(whole.get("content"))
        known = None if ident is None else self._known.get(ident)
        if ident is not None and known is None and ident in self._known:  # of an earlier run
            return []
        texts = {"text": text, "thoughts": thoughts_of(whole)}
        idents = [call.get("id") for call in calls_of(whole)]
        if known is not None and (later := self._later_text(known, text)):
            return self._later(known, text, later)
        message, chunks = known or self._run.repeated(ident, texts, idents), list[Chunk]()
        if message is None:
            chunks = self._run.finish_messages()
            message = self._run.message(ident, dict_of(whole, "response_metadata").get("model_name"))
            message.item.note(_STATED)
        self._known[ident] = message
        if ident is not None:
            self._run.settle(message, idents)
        if message.ended:
            waits = message.item.noted(_UNCOUNTED) and not message.item.noted(_COUNTED)
            return self._count_late(message, whole) if waits else []
        return chunks + self._so_far(message, whole, complete, texts)

    def _so_far(self, message: Message, whole: dict[str, Any], complete: bool, texts: dict[str, str]) -> Chunks:
        """What is new of an open message (R15), and its end."""
        self._run.live = True
        reason = reason_of(whole)
        chunks = message.thoughts_whole(texts["thoughts"])
        chunks += message.text_whole(texts["text"]) if message.has_text else text_of(message, whole.get("content"))
        chunks += self._whole_calls(message, whole, complete or reason is not None)
        if not complete and reason is None:
            return chunks
        later = message.item.noted(_LATER)  # the usage was counted at its end
        if not later:
            self._count(message, whole)
        complete = reason is not None or message in self._usage or message.ident in self._reasoned
        if later or (message.has_text and not complete):  # the next state may have more of it
            self._sole = message
            return chunks
        return chunks + self._end(message, {**whole, "chunk_position": "last"})

    def _later_text(self, known: Message, text: str) -> str:
        """The text that a message has gained since its end, or that replaces it; "" for one of which nothing is new.

        Where its text came in deltas, they count, and no other text replaces them.
        """
        rest = known.item.remainder("text", text) if known.has_text else ""
        if rest is not None:
            return rest if known.ended else ""
        replaced = known.item.noted(_STATED) and not known.calls
        return known.item.contradiction("text", text) if replaced else ""

    def _later(self, known: Message, whole: str, text: str) -> Chunks:
        """Emit such a text as another message: what has left cannot be taken back (R16)."""
        chunks = self._run.finish_messages()
        message = self._known[known.ident] = self._sole = self._run.message(known.ident, known.model)
        message.item.note(_STATED)
        message.item.note(_LATER)
        message.item.add("text", whole.removesuffix(text))
        return chunks + message.text(text)

    def _history(self, history: list[Any], before: bool) -> Chunks:
        """Messages so far: those before the last of a human are of earlier runs, and ``before``, all with ids."""
        messages = [message for message in map(plain, history) if is_message(message)]
        last = max((place for place, one in enumerate(messages) if one.get("type") == "human"), default=-1)
        chunks: Chunks = []
        self._run.history()
        for place, message in enumerate(messages):
            ident = message.get("id")
            if place > last and (ident is None or not before):
                chunks += self._message(message, complete=True)
            elif ident is not None:
                self._known.setdefault(key_of(ident), None)
        return chunks

    def _other(self, message: dict[str, Any]) -> Chunks:
        """The message of a tool or a human, once."""
        ident = key_of(message.get("id"))
        if ident is not None and ident in self._known:
            return []
        self._known[ident] = None
        kind, chunks = str(message.get("type")), list[Chunk]()
        if kind.startswith(("tool", "Tool")):
            chunks = self._end_sole()
            self._run.live = True
        return chunks + self._run.note({kind: message})

    def _count(self, message: Message, chunk: dict[str, Any]) -> None:
        """Add the usage in a chunk, and note a provider that always gives the reason for an end."""
        usage = chunk.get("usage_metadata")
        if isinstance(usage, dict) and usage:
            prompt, completion = self._usage.get(message, (0, 0))
            counts = sum_tokens(usage.get("input_tokens")), sum_tokens(usage.get("output_tokens"))
            self._usage[message] = prompt + counts[0], completion + counts[1]
        if word_of(chunk.get("response_metadata"), "model_provider") in _REASONED:
            self._reasoned.add(message.ident)

    def _end(self, message: Message, chunk: dict[str, Any]) -> Chunks:
        """The finish reason of a message, if there is one, and its usage."""
        reason = reason_of(chunk)
        if reason is None and (chunk.get("chunk_position") != "last" or message.ident in self._reasoned):
            return []  # without the reason that its provider gives, the connection was lost
        found = LANGCHAIN.get(reason or "", "stop" if reason and not message.calls else None)
        if reason == "completed":  # the status of a response, also of one with calls
            found = None
        if found == FAILED:
            return self._run.fail(failure(str(reason)))
        kept = reason is not None and (reason not in LANGCHAIN or (found == "content_filter" != reason))
        kinds: dict[str, Any] = {"finish_reason": reason} if kept else {}
        if message.empty and not message.began:
            kinds = kinds or {"response_metadata": chunk.get("response_metadata")}
        chunks = message.finish(found or ("tool_calls" if message.calls else "stop"), kinds)
        self._run.live = False
        prompt, completion = self._usage.pop(message, (0, 0))
        if not (prompt or completion):
            message.item.note(_UNCOUNTED)
        else:
            chunks += self._run.usage(usage_of(prompt, completion))
        return chunks

    def _count_late(self, message: Message, chunk: dict[str, Any]) -> Chunks:
        """Read a chunk or a whole message after its end, which can only add its usage, if no other has begun."""
        usage = dict_of(chunk, "usage_metadata")
        if not usage or self._run.last is not None:
            return []
        message.item.note(_COUNTED)
        return self._run.usage(usage_of(usage.get("input_tokens"), usage.get("output_tokens")))

    # --- LangServe's other streams ---------------------------------------------------------------

    def _event(self, event: dict[str, Any]) -> Chunks:
        inside = TOOLS in word_of(event.get("metadata"), PLACES[0]) and event["event"].startswith(_OF_MODELS)
        record = event_of_subagent(event) if inside else None
        if record is not None:
            return self._of_subagent(record)
        kind, data, place = event["event"], event["data"], key_of(event.get("run_id"))
        handler = _EVENTS.get(kind)
        return [] if handler is None else handler(self, place, data, event)

    def _model_start(self, _: Hashable, __: dict[str, Any], ___: dict[str, Any]) -> Chunks:
        self._run.live = True
        return []

    def _model_stream(self, place: Hashable, data: dict[str, Any], event: dict[str, Any]) -> Chunks:
        chunk = plain(data.get("chunk"))
        if not is_message(chunk):
            return []
        ident = key_of(chunk.get("id"))
        if ident is not None and ident not in self._by_events:
            if self._known.get(ident) is not None:  # tuples, which another mode sends, had it
                return []
            self._by_events.add(ident)
        chunks = self._chunk(chunk, place)
        self._keep(place, chunk, event)
        return chunks

    def _model_end(self, place: Hashable, data: dict[str, Any], _: dict[str, Any]) -> Chunks:
        """The whole message: what no chunk of it had counts (R15)."""
        known, output = self._at.get(place), plain(data.get("output"))
        if known is not None:
            whole = output if isinstance(output, dict) and is_message(output) and not known.ended else {}
            chunks = known.thoughts_whole(thoughts_of(whole)) + known.text_whole(texts_of(whole.get("content")))
            chunks += self._whole_calls(known, whole, complete=True)
            if known.ident in self._reasoned and reason_of(whole) is None:
                return chunks
            self._run.live = False  # the event is the end, with or without a reason
            return chunks + known.finish()
        if not isinstance(output, dict) or not is_message(output):
            return []
        return self._chunk({**output, "chunk_position": "last"}, place)

    def _text_stream(self, place: Hashable, data: dict[str, Any], _: dict[str, Any]) -> Chunks:
        chunk = data.get("chunk")
        text = chunk if isinstance(chunk, str) else dict_of(data, "chunk").get("text")
        return self._run.current(place).new_text(text)

    def _text_end(self, _: Hashable, __: dict[str, Any], ___: dict[str, Any]) -> Chunks:
        self._run.live = False
        return self._run.finish_messages()

    def _tool(self, _: Hashable, __: dict[str, Any], event: dict[str, Any]) -> Chunks:
        return self._run.note({event["event"]: event})

    def _chain_start(self, place: Hashable, _: dict[str, Any], __: dict[str, Any]) -> Chunks:
        if self._chain is None:
            self._chain = place
        return []

    def _chain_end(self, place: Hashable, _: dict[str, Any], __: dict[str, Any]) -> Chunks:
        if self._chain == place:
            self._chain, self._run.live = None, False
        return []

    def _operations(self, operations: list[Any]) -> Chunks:
        """Of a log as patches: the chunks of models, else what the chain gives."""
        chunks: Chunks = []
        for operation in operations:
            path = operation.get("path") if isinstance(operation, dict) else None
            if path == "":
                chunks += self.close() if self._run.live else []  # the run before it was cut
                self._run.live = True  # the log begins
            if not isinstance(path, str) or operation.get("op") != "add":
                continue
            value = plain(operation.get("value"))
            if path.startswith("/logs/") and path.endswith("/streamed_output/-") and is_message(value):
                self._logged = True
                chunks += self._chunk(value, path)
            elif path == "/streamed_output/-" and not self._logged:
                chunks += self.feed(value) if isinstance(value, str) or is_message(value) else []
        return chunks


_EVENTS: dict[str, Callable[[LangChain, Hashable, dict[str, Any], dict[str, Any]], Chunks]] = {
    "on_chat_model_start": LangChain._model_start,
    "on_chat_model_stream": LangChain._model_stream,
    "on_chat_model_end": LangChain._model_end,
    "on_llm_start": LangChain._model_start,
    "on_llm_stream": LangChain._text_stream,
    "on_llm_end": LangChain._text_end,
    "on_chain_start": LangChain._chain_start,
    "on_chain_end": LangChain._chain_end,
    "on_tool_start": LangChain._tool,
    "on_tool_end": LangChain._tool,
}
"""The handlers of astream_events; other events repeat the same, or have no text."""


def _is_at(about: Any, last: dict[str, Any]) -> bool:
    """Return whether the metadata of a chunk have the place that the last chunk had in its own."""
    return type(about) is dict and "type" not in about and "event" not in last and same_members(about, last, PLACES)
