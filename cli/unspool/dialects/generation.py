"""Servers' own endpoints that continue a text: llama.cpp's, Text Generation Inference's, Cloudflare's.

Checked against the source of the servers of llama.cpp (2026) and Text Generation Inference (the router; which versions
were read is not recorded), and for Cloudflare against documentation and public examples, not against a capture.

    llama.cpp                     Text Generation Inference       chunk
    content                       token.text, unless special      text
    stop true                     details, or generated_text      the end
    stop_type limit,              finish_reason length            finish length
      stopped_limit, truncated
                                  generated_text                  the text whole (R15)
    index                         index of the token              the choice of llama.cpp
    tokens_evaluated, …predicted  input_length, generated_tokens  the usage

A response has no id. Where tokens_predicted, or the index of the token, is less than before, another one begins: the
one before it was cut. Of Workers AI, nothing shows that.

Version 1.4 of Text Generation Inference has chunks, of which the index of the choice is that of the token; their
object is text_completion, and their id is empty (issue 1648 of the repository).

In watsonx's results each generated_text is a piece, since it has a stop_reason. Cloudflare's Workers AI sends the text
as ``response``; the record with the usage is the last. ``p`` is padding. Older records have the response alone, and
[DONE] behind them: lines of such records have no end.

Each may answer whole: the text is in the one record. Whatever else the last record has rides in the extension.

Source: https://github.com/ggml-org/llama.cpp (tools/server), https://huggingface.co/docs/text-generation-inference, and
https://developers.cloudflare.com/workers-ai.
"""

from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import ChunkBuilder, Chunks, chat_usage, rest_of, tokens, usage_of
from unspool.dialects.finish_words import CHAT, FAILED, PIECES, failure, meaning_of
from unspool.dialects.items import Item
from unspool.dialects.members import dicts_of
from unspool.variants.finish_reasons import NO_FINISH, reason_in
from unspool.variants.texts import text_in
from unspool.variants.values import index_of, is_number

_CLOUDFLARE = frozenset({"response", "tool_calls", "p"})
_TGI = {**CHAT, **PIECES["tgi"]}
_LLAMA = frozenset({"content", "stop", "index", "model", "tokens", "prompt", "generation_settings", "id_slot"})


class LlamaCpp(Dialect):
    """Reads the pieces of llama.cpp's answers."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("llama-cpp")
        self._open: set[int] = set()
        self._predicted: dict[int, int] = {}  # the tokens so far, by choice

    def feed(self, value: Any) -> Chunks:
        """Translate one piece into chunks. Raises NotAChunk."""
        text = value.get("content") if isinstance(value, dict) else None
        text = text_in(text) if is_number(text) else text  # Q28
        if not isinstance(text, str):
            raise NotAChunk("no piece of a completion of llama.cpp's")
        choice, chunks = index_of(value.get("index")) or 0, list[Chunk]()
        predicted = tokens(value.get("tokens_predicted"))
        another = predicted is not None and predicted < self._predicted.get(choice, 0)
        if another or not self._open:
            self.close()
            self._build.begin(None, value.get("model"))
            chunks = [self._build.start()] if another else []
        self._open.add(choice)
        if predicted is not None:
            self._predicted[choice] = predicted
        chunks += [self._build.text(text, choice)] if text else []
        return chunks + (self._finish(value, choice) if value.get("stop") is True else [])

    def _finish(self, value: dict[str, Any], choice: int) -> Chunks:
        self._open.discard(choice)
        self._predicted.pop(choice, None)
        word = reason_in(value.get("stop_type"))
        # Servers before stop_type say only of the context that it was full.
        full = value.get("truncated") is True and not (value.get("stopped_eos") or value.get("stopped_word"))
        cut = value.get("stopped_limit") is True or (word is None and full)
        reason = "length" if cut else meaning_of(PIECES["llama-cpp"], word or "")
        if reason == FAILED:
            return [self._build.error(failure(str(word)))]
        end = self._build.adding(self._build.finish(reason, choice), rest_of(value, _LLAMA))
        counted = usage_of(value.get("tokens_evaluated"), value.get("tokens_predicted"))
        return [end, *([self._build.usage(counted)] if "tokens_predicted" in value else [])]

    def close(self) -> Chunks:
        """The input ended."""
        self._open.clear()
        self._predicted.clear()
        return []


class _TokenIndexes:
    """Whether the indexes of choices count tokens (R14), as in version 1.4: they grow from chunk to chunk, from 1 on.

    Indexes that begin with 0, and then repeat or go down, are those of choices.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._from_zero = False
        self._of_choices = False

    def count(self, choices: list[dict[str, Any]]) -> bool:
        """Note the choices of a chunk, and return whether their indexes count tokens."""
        if not choices:  # a usage, say
            return not self._of_choices
        index = index_of(choices[0].get("index")) or 0
        if self._last is None:
            self._from_zero = index == 0
        elif self._from_zero and index <= self._last:
            self._of_choices = True
        self._of_choices = self._of_choices or len(choices) > 1
        ended = reason_in(choices[0].get("finish_reason")) is not None
        self._last = None if ended and not self._of_choices else index
        return not self._of_choices


class TextGeneration(Dialect):
    """Reads the tokens of Text Generation Inference."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("tgi")
        self._indexes = _TokenIndexes()
        self._item: Item | None = None
        self._last = 0  # the index of the last token

    def feed(self, value: Any) -> Chunks:
        """Translate one token, or a whole answer, into chunks. Raises NotAChunk."""
        # Of any other object, or with an id, it is a chunk of another stream.
        if isinstance(value, dict) and value.get("object") == "text_completion" and not value.get("id"):
            return [_counted(value, self._indexes.count(dicts_of(value, "choices")))]
        if not isinstance(value, dict) or not ("token" in value or "generated_text" in value):
            raise NotAChunk("no token of Text Generation Inference")
        index, chunks = index_of(value.get("index")), list[Chunk]()
        another = self._item is not None and index is not None and index < self._last
        if another or self._item is None:
            self._build.begin()
            self._item = Item()
            chunks = [self._build.start()] if another else []
        self._last, token = index or 0, value.get("token")
        if isinstance(token, dict) and token.get("special") is not True:
            chunks += self._text(token.get("text"))
        whole, details = value.get("generated_text"), value.get("details")
        if isinstance(whole, str) and isinstance(value.get("stop_reason"), str):
            return self._watsonx(whole, value["stop_reason"])
        if isinstance(whole, str):
            chunks += self._text(self._item.remainder("text", whole))
            chunks += self._build.contradicted("content", self._item.contradiction("text", whole))
        return chunks + self._finish(details) if isinstance(details, dict) or isinstance(whole, str) else chunks

    def _text(self, text: Any) -> Chunks:
        text = text_in(text)
        if self._item is None or not text:
            return []
        self._item.add("text", text)
        return [self._build.text(text)]

    def _watsonx(self, text: str, reason: str) -> Chunks:
        """A piece of an answer of watsonx, whose reason is not_finished before the last one."""
        chunks, meaning = self._text(text), meaning_of(CHAT, reason)
        if reason in NO_FINISH:
            return chunks
        if meaning != FAILED:
            return chunks + self._finish({"finish_reason": reason})
        self._item = None
        return [*chunks, self._build.error(failure(reason))]

    def _finish(self, details: Any) -> Chunks:
        self._item = None
        known = details if isinstance(details, dict) else {}
        word = reason_in(known.get("finish_reason")) or ""
        reason = meaning_of(_TGI, word)
        if reason == FAILED:
            return [self._build.error(failure(word))]
        end = self._build.finish(reason)
        chunks = [self._build.adding(end, {"details": known} if known else {})]
        prefill = known.get("prefill")  # the tokens of the prompt, on request
        prompt = len(prefill) if isinstance(prefill, list) and prefill else known.get("input_length")
        if prompt is not None:
            chunks.append(self._build.usage(usage_of(prompt, known.get("generated_tokens"))))
        return chunks

    def close(self) -> Chunks:
        """The input ended."""
        self._item = None
        self._indexes = _TokenIndexes()
        return []


def _counted(chunk: dict[str, Any], tokens: bool) -> dict[str, Any]:
    """A chunk of version 1.4, if its index counts ``tokens``: there is one choice (R14)."""
    choices = [{**choice, "index": 0} if tokens else choice for choice in dicts_of(chunk, "choices")]
    return {**chunk, "object": "chat.completion.chunk", "choices": choices}


class Cloudflare(Dialect):
    """Reads the pieces of Workers AI's own answers."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("cloudflare")
        self._open = False
        self._has_end = False  # a record has padding, as those of streams that end with a usage

    def feed(self, value: Any) -> Chunks:
        """Translate one piece into chunks. Raises NotAChunk."""
        if not isinstance(value, dict) or _CLOUDFLARE.isdisjoint(value) or "done" in value:  # Ollama's
            raise NotAChunk("no piece of an answer of Workers AI")
        text = value.get("response")  # missing or null in a record with calls, or padding, alone
        text = text_in(text) if is_number(text) else text or ""  # Q28
        if not isinstance(text, str):
            raise NotAChunk("no piece of an answer of Workers AI")
        self._open = True
        self._has_end = self._has_end or "p" in value
        chunks = [self._build.text(text)] if text else []
        calls, usage = value.get("tool_calls"), value.get("usage")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict):
                key = self._build.calls()
                chunks.append(self._build.call(key, None, call.get("name"), arguments_text(call.get("arguments"))))
        if isinstance(usage, dict):
            chunks += [self._build.finish(), self._build.usage(chat_usage(usage))]
            self.close()
        return chunks

    def done(self) -> Chunks:
        """``[DONE]`` came, which is the only end that older models write."""
        return [self._build.finish()] if self._open else []

    def close(self) -> Chunks:
        """The input ended."""
        self._build.begin()
        self._open = self._has_end = False
        return []

    def end_of_lines(self) -> Chunks:
        """Lines with a response alone ended: they have no [DONE], so nothing is missing as far as they show."""
        if not self._open or self._has_end:
            return []
        return [self._build.finish(), *self.close()]
