"""Formats whose records have a piece of text in one member, and the end in another.

    ernie         result, function_call          is_end                        Baidu's first interface
    hunyuan       Choices[].Delta                FinishReason                  Tencent's own interface
    spark         payload.choices.text[]         header.status 2               iFlytek
    snowflake     choices[].delta                a usage that is not empty     Cortex
    minimax       choices[].messages[]           finish_reason                 its first interface
    aleph-alpha   completion                     stream_summary                Aleph Alpha
    mistral-text  outputs[].text                 stop_reason                   Mistral on Amazon Bedrock
    sglang        text, all of it so far (Q13)   meta_info.finish_reason       /generate of SGLang
    koboldcpp     token                          finish_reason                 /api/extra/generate/stream
    oci           message.content, or text       finishReason                  Generative AI of Oracle's cloud
    gigachat      messages[].content[].text      finish_reason                 the second interface of GigaChat

Each format is a function that reads a record as a ``Piece``; one class makes chunks of the pieces. The end has one of
the provider's words (``finish_words``). A text that comes again whole counts beyond the pieces (R15).

Source: the client libraries of the providers, https://docs.snowflake.com (Cortex REST API, complete), and records that
public test suites quote. None of them was checked against a capture.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import ChunkBuilder, Chunks, tokens, usage_of
from unspool.dialects.finish_words import CHAT, FAILED, PIECES, failure, meaning_of
from unspool.dialects.growing_text import GrowingText
from unspool.dialects.interrupted import InterruptedResponses
from unspool.dialects.items import Item
from unspool.dialects.members import dict_of, dicts_of, word_of
from unspool.dialects.piece_signs import (
    is_aleph_alpha,
    is_chunk,
    is_ernie,
    is_gigachat,
    is_hunyuan,
    is_koboldcpp,
    is_minimax,
    is_mistral_text,
    is_oci,
    is_sglang,
)
from unspool.variants.finish_reasons import reason_in
from unspool.variants.texts import text_in
from unspool.variants.values import index_of, non_blank

Value = dict[str, Any]


class Call(NamedTuple):
    """A call, or a fragment of the arguments of one: without an id and a name it continues the last call."""

    ident: Any
    name: Any
    arguments: Any


class Piece(NamedTuple):
    """What one record has.

    ``end`` is the provider's word for the end, "" where more follows; ``usage`` has the names of Chat Completions;
    ``whole`` is all of the text where the record has it, too. ``error`` ends the response;
    ``rest`` has no place in a chunk. ``continues`` is true where another id than that of the response begins none.
    """

    text: Any = None
    thoughts: Any = None
    calls: tuple[Call, ...] = ()
    end: str = ""
    usage: Value | None = None
    whole: Any = None
    ident: Any = None
    model: Any = None
    created: Any = None
    choice: int = 0
    error: Any = None
    rest: Value | None = None
    continues: bool = False


Reader = Callable[[Value], Piece | None]
"""Reads a record; None for one that is none of the format."""


class Pieces(Dialect):
    """Reads the records of one response after the other."""

    def __init__(
        self, dialect: str, read: Reader, ident: str | None = None, grows: bool = False, choices: str = ""
    ) -> None:
        """``ident`` is the path of the id in each record, ``grows`` is true if each text may be all of it so far.

        ``choices`` is the member that has a list of choices; "" if a record is of one.
        """
        self._dialect = dialect
        self._read = read
        self._grows = grows
        self._choices = choices
        self._build = ChunkBuilder(dialect)
        self._open: set[int] = set()  # choices
        self._has_ids = ident is not None
        self._interrupted = InterruptedResponses(ident)
        self._begin(Piece())

    def _begin(self, first: Piece) -> None:
        self._build.begin(first.ident, first.model, first.created)
        self._texts: dict[int, Item] = {}  # what was emitted, by choice
        self._growing: dict[int, GrowingText] = {}
        self._last: dict[int, Any] = {}  # the key of the last call, by choice

    def feed(self, value: Any) -> Chunks:
        """Translate one record into chunks. Raises NotAChunk."""
        pieces = self._pieces(value) if isinstance(value, dict) else []
        if not pieces:
            raise NotAChunk(f"no record of {self._dialect}")
        piece = pieces[0]
        if not self._open and piece.usage is not None and piece == Piece(usage=piece.usage):  # behind the end
            return [self._build.usage(piece.usage)]
        calls = [[(call, arguments_text(call.arguments)) for call in self._new_calls(one)] for one in pieces]
        chunks: Chunks = []
        if self._open and self._has_ids and self._begins_another(piece):
            chunks += self._cut()
        if not self._open:
            self._begin(piece)
            chunks.append(self._build.role(piece.choice))
        self._open.update(one.choice for one in pieces)
        for one, called in zip(pieces, calls, strict=True):
            chunks += self._texts_of(one)
            for call, arguments in called:
                chunks += self._call(call, arguments, one.choice)
            if one.error is not None:
                self._open.clear()
                return [*chunks, self._build.error(one.error)]
            chunks += self._end(one) if one.end else []
        return chunks

    def _new_calls(self, piece: Piece) -> tuple[Call, ...]:
        """The calls of a piece: one that repeats the text repeats the calls before it, too (R15)."""
        repeated = piece.whole is not None and piece.choice in self._open and self._build.calls(piece.choice)
        return () if repeated else piece.calls

    def _pieces(self, value: Value) -> list[Piece]:
        """The pieces of a record, one of each choice (R14)."""
        choices = dicts_of(value, self._choices) if self._choices else []
        if len(choices) <= 1:
            piece = self._read(value)
            return [] if piece is None else [piece]
        pieces = []
        for place, choice in enumerate(choices):
            number = _number(choice)
            numbered = {**choice, "index": place if number is None else number}
            piece = self._read({**value, self._choices: [numbered]})
            if piece is not None:
                pieces.append(piece)
        # The usage is that of the record.
        return [*(one._replace(usage=None, rest=None) for one in pieces[:-1]), *pieces[-1:]]

    def _begins_another(self, piece: Piece) -> bool:
        if not piece.continues:
            return self._interrupted.begins_another(piece.ident, self._build.ident)
        if isinstance(piece.ident, str):
            self._interrupted.check(piece.ident)
        return False

    def close(self) -> Chunks:
        """The input ended: what waits leaves."""
        chunks = self._cut()
        self._interrupted.clear()
        return chunks

    def _cut(self) -> Chunks:
        """The response ends without an end."""
        chunks = [chunk for choice in sorted(self._open) for chunk in self._emit(self._waiting(choice), choice)]
        self._open.clear()
        return chunks

    def _waiting(self, choice: int) -> str:
        growing = self._growing.get(choice)
        return "" if growing is None else growing.rest()

    def _texts_of(self, piece: Piece) -> Chunks:
        thoughts, text, choice = text_in(piece.thoughts), text_in(piece.text), piece.choice
        chunks = [self._build.thoughts(thoughts, choice)] if thoughts else []
        if self._grows:
            text = self._growing.setdefault(choice, GrowingText()).feed(text, piece.end)
        chunks += self._emit(text, choice)
        if piece.whole is not None:
            item = self._texts.setdefault(choice, Item())
            chunks += self._emit(text_in(item.remainder("text", piece.whole)), choice)
            chunks += self._build.contradicted("content", item.contradiction("text", piece.whole), choice)
        return chunks

    def _emit(self, text: str, choice: int) -> Chunks:
        if not text:
            return []
        self._texts.setdefault(choice, Item()).add("text", text)
        return [self._build.text(text, choice)]

    def _call(self, call: Call, arguments: str, choice: int) -> Chunks:
        ident, name = non_blank(call.ident), non_blank(call.name)
        if ident is None and name is None:
            return [self._build.arguments(self._last.get(choice), arguments, choice)] if arguments else []
        key = self._build.calls(choice) if ident is None else ident
        if self._build.called(key, choice):  # some repeat the id with each fragment
            return [self._build.arguments(key, arguments, choice)] if arguments else []
        self._last[choice] = key
        number = self._build.calls(choice) + 1
        return [self._build.call(key, ident or f"call_{number}", name, arguments, choice)]

    def _end(self, piece: Piece) -> Chunks:
        self._open.discard(piece.choice)
        words = PIECES.get(self._dialect, CHAT)
        meaning = words.get(piece.end) or meaning_of(CHAT, piece.end)
        if meaning == FAILED:
            return [self._build.error(failure(piece.end))]
        known = piece.end in words or piece.end in CHAT
        kept = {} if known and meaning != "content_filter" else {"finish_reason": piece.end}
        kept |= piece.rest or {}
        finish = self._build.adding(self._build.finish(None if meaning == "stop" else meaning, piece.choice), kept)
        return [finish, *([] if piece.usage is None else [self._build.usage(piece.usage)])]


def _word(value: Any) -> str:
    """A word for the end; "" for one of those that mean that there is none yet."""
    return reason_in(value) or ""


def _flagged(end: str, value: Value, *flags: str) -> str:
    """The word for the end: that of a filter where another member says that the answer was filtered."""
    complete = end in ("stop", "normal", "end")
    return "content_filter" if complete and any(value.get(flag) is True for flag in flags) else end


def _number(choice: Value) -> int | None:
    """The index of a choice, if it has one."""
    return index_of(choice.get("index", choice.get("Index")))


def _usage(value: Any) -> Value | None:
    """A usage with the names of Chat Completions; None for one without counts."""
    counts = value if isinstance(value, dict) else {}
    return _counted(counts.get("prompt_tokens"), counts.get("completion_tokens"), counts.get("total_tokens"))


def _counted(prompt: Any, completion: Any, total: Any = None) -> Value | None:
    """A usage of these counts; None where none is a number: one of zeros would say that no token was read."""
    counts = (prompt, completion, total)
    return None if all(tokens(one) is None for one in counts) else usage_of(prompt, completion, total=total)


# --- the formats ---------------------------------------------------------------------------


def _ernie(value: Value) -> Piece | None:
    if not is_ernie(value):
        return None
    called = value.get("function_call")
    calls = (Call(None, called.get("name"), called.get("arguments")),) if isinstance(called, dict) else ()
    end = ""
    if value.get("is_end", True):
        end = _word(value.get("finish_reason")) or ("length" if value.get("is_truncated") is True else "stop")
        end = _flagged(end, value, "need_clear_history")
    thoughts = called.get("thoughts") if isinstance(called, dict) else None
    ident, created = value.get("id"), value.get("created")
    return Piece(value.get("result"), thoughts, calls, end, _usage(value.get("usage")), ident=ident, created=created)


def _hunyuan(value: Value) -> Piece | None:
    if not is_hunyuan(value):
        return None
    choice = dicts_of(value, "Choices")[0]
    said = dict_of(choice, "Delta") or dict_of(choice, "Message")
    counts = dict_of(value, "Usage")
    return Piece(
        said.get("Content"),
        said.get("ReasoningContent"),
        tuple(
            Call(call.get("Id"), dict_of(call, "Function").get("Name"), dict_of(call, "Function").get("Arguments"))
            for call in dicts_of(said, "ToolCalls")
        ),
        _word(choice.get("FinishReason")),
        _counted(counts.get("PromptTokens"), counts.get("CompletionTokens"), counts.get("TotalTokens")),
        ident=value.get("Id"),
        created=value.get("Created"),
        choice=_number(choice) or 0,
    )


_SPARK_END: Final = 2


def _spark(value: Value) -> Piece | None:
    header, payload = dict_of(value, "header"), dict_of(value, "payload")
    if "code" not in header or "sid" not in header:
        return None
    if header["code"]:
        return Piece(error={"message": header.get("message"), "code": header["code"]})
    said = (*dicts_of(dict_of(payload, "choices"), "text"), {})[0]
    called = said.get("function_call")
    counts = dict_of(dict_of(payload, "usage"), "text")
    ended = header.get("status") == _SPARK_END or dict_of(payload, "choices").get("status") == _SPARK_END
    return Piece(
        said.get("content"),
        said.get("reasoning_content"),
        (Call(None, called.get("name"), called.get("arguments")),) if isinstance(called, dict) else (),
        "stop" if ended else "",
        _usage(counts),
        ident=header["sid"],
    )


_SNOWFLAKE_USAGE: Final = frozenset({"id", "model", "created", "usage"})


def _snowflake(value: Value) -> Piece | None:
    choices, counts = dicts_of(value, "choices"), value.get("usage")
    if is_chunk(value):
        return None
    if not choices and not (counts and ("choices" in value or value.keys() <= _SNOWFLAKE_USAGE)):
        return None
    said = (choices or [{}])[0].get("delta") or (choices or [{}])[0].get("message") or {}
    if not isinstance(said, dict):
        return None
    parts = dicts_of(said, "content_list")
    uses = [said] if said.get("type") == "tool_use" or "tool_use_id" in said else []
    if not uses:
        uses = [part.get("tool_use", part) for part in parts if "tool_use" in part or part.get("type") == "tool_use"]
    text = said.get("content")
    if text is None:  # said again in other members
        text = "".join(text_in(part.get("text")) for part in parts) or said.get("text")
    return Piece(
        text,
        None,
        tuple(Call(use.get("tool_use_id"), use.get("name"), use.get("input")) for use in uses if isinstance(use, dict)),
        "stop" if counts else "",
        _usage(counts),
        ident=value.get("id"),
        model=value.get("model"),
        created=value.get("created"),
    )


def _minimax(value: Value) -> Piece | None:
    if not is_minimax(value):
        return None
    choice = dicts_of(value, "choices")[0]
    said = (*dicts_of(choice, "messages"), {})[0]
    called = said.get("function_call")
    end, text, number = _word(choice.get("finish_reason")), said.get("text", choice.get("delta")), _number(choice) or 0
    end = _flagged(end, value, "output_sensitive", "input_sensitive")
    reply = None if number else value.get("reply")  # that of the first choice
    status = dict_of(value, "base_resp")
    error = status if status.get("status_code") not in (None, 0) else None
    # The end repeats the text; where a delta is a text, it is the last piece, and the reply alone is all of it.
    whole = (reply or (None if "delta" in choice else text)) if end else None
    # A stream has its id in each record, or has another in the last one.
    ident, continues = value.get("id"), bool(end) or error is not None or not value.get("id")
    counts = dict_of(value, "usage")  # often the sum alone, of which no chunk can have a usage
    divided = "prompt_tokens" in counts or "completion_tokens" in counts
    return Piece(
        None if whole is not None else text,
        None,
        (Call(None, called.get("name"), called.get("arguments")),) if isinstance(called, dict) else (),
        end,
        _usage(counts) if divided else None,
        whole=whole,
        ident=ident or value.get("request_id"),
        model=value.get("model"),
        created=value.get("created"),
        choice=number,
        error=error,
        rest={"usage": counts} if counts.get("total_tokens") and not divided else None,
        continues=continues,
    )


def _aleph_alpha(value: Value) -> Piece | None:
    if word_of(value, "type") == "completion_summary":  # the usage, behind the end
        counts = usage_of(value.get("num_tokens_prompt_total"), value.get("num_tokens_generated"))
        return Piece(usage=counts)
    if not is_aleph_alpha(value):
        return None
    said = (*dicts_of(value, "completions"), {})[0]
    if "completion" in said:  # a whole answer
        usage = _counted(value.get("num_tokens_prompt_total"), value.get("num_tokens_generated"))
        end, model = _word(said.get("finish_reason")) or "stop", value.get("model_version")
        return Piece(said["completion"], end=end, usage=usage, model=model, choice=_number(said) or 0)
    end = "" if value["type"] == "stream_chunk" else _word(value.get("finish_reason")) or "stop"
    return Piece(value.get("completion"), end=end, choice=index_of(value.get("index")) or 0)


def _mistral_text(value: Value) -> Piece | None:
    if not is_mistral_text(value):
        return None
    output = value["outputs"][0]
    return Piece(output["text"], end=_word(output["stop_reason"]), choice=_number(output) or 0)


def _sglang(value: Value) -> Piece | None:
    if not is_sglang(value):
        return None
    details = value["meta_info"]
    reason = details["finish_reason"]
    counts = _counted(details.get("prompt_tokens"), details.get("completion_tokens"))
    choice = index_of(value.get("index")) or 0
    return Piece(value["text"], end=_word(reason), usage=counts, ident=details.get("id"), choice=choice)


def _koboldcpp(value: Value) -> Piece | None:
    if not is_koboldcpp(value):
        return None
    said = (*dicts_of(value, "results"), {})[0]
    if not said:
        return Piece(value["token"], end=_word(value["finish_reason"]))
    called = [(call.get("id"), dict_of(call, "function")) for call in dicts_of(said, "tool_calls")]
    return Piece(
        said.get("text"),
        calls=tuple(Call(ident, of.get("name"), of.get("arguments")) for ident, of in called),
        end=_word(said["finish_reason"]) or "stop",
        usage=_counted(said.get("prompt_tokens"), said.get("completion_tokens")),
        choice=_number(said) or 0,
    )


_OCI_BEHIND: Final = frozenset({"finishReason", "usage", "pad", "index"})
"""Members of the records that end a stream of Oracle's."""


def _oci(value: Value) -> Piece | None:
    if not is_oci(value) and not (value and value.keys() <= _OCI_BEHIND):
        return None
    choice = {**value, **(*dicts_of(value, "choices"), {})[0]}
    said, counts = dict_of(choice, "message") or choice, dict_of(value, "usage")
    calls = [(call.get("id"), call.get("name"), call) for call in dicts_of(said, "toolCalls")]
    end, text = _word(choice.get("finishReason")), said.get("text") if said is choice else said.get("content")
    whole = (text or "") if end and said is choice and "text" in choice else None  # of Cohere's models
    return Piece(
        None if whole is not None else text,
        said.get("reasoningContent"),
        tuple(Call(ident, name, call.get("arguments", call.get("parameters"))) for ident, name, call in calls),
        end,
        _counted(counts.get("promptTokens"), counts.get("completionTokens"), counts.get("totalTokens")),
        whole=whole,
        choice=_number(choice) or 0,
    )


def _gigachat(value: Value) -> Piece | None:
    if not is_gigachat(value):
        return None
    parts = [part for said in dicts_of(value, "messages") for part in dicts_of(said, "content")]
    called = [dict_of(part, "function_call") for part in parts if isinstance(part.get("function_call"), dict)]
    counts = dict_of(value, "usage")
    files = [part["files"] for part in parts if "files" in part]
    return Piece(
        "".join(text_in(part.get("text")) for part in parts),
        calls=tuple(Call(None, one.get("name"), one.get("arguments")) for one in called),
        end=_word(value.get("finish_reason")),
        usage=_counted(counts.get("input_tokens"), counts.get("output_tokens"), counts.get("total_tokens")),
        model=value["model"],
        created=value.get("created_at"),
        rest={"files": files} if files else None,
    )


Ernie = partial(Pieces, "ernie", _ernie, ident="id")
Hunyuan = partial(Pieces, "hunyuan", _hunyuan, ident="Id", choices="Choices")
Spark = partial(Pieces, "spark", _spark, ident="header.sid")
Snowflake = partial(Pieces, "snowflake", _snowflake, ident="id")
MiniMax = partial(Pieces, "minimax", _minimax, ident="id", choices="choices")
AlephAlpha = partial(Pieces, "aleph-alpha", _aleph_alpha, choices="completions")
MistralText = partial(Pieces, "mistral-text", _mistral_text, choices="outputs")
SgLang = partial(Pieces, "sglang", _sglang, ident="meta_info.id", grows=True)
KoboldCpp = partial(Pieces, "koboldcpp", _koboldcpp, choices="results")
Oci = partial(Pieces, "oci", _oci, choices="choices")
GigaChat = partial(Pieces, "gigachat", _gigachat)
