"""Chunks of several responses that alternate in one stream, which no chunk after another can show (R13)."""

from collections.abc import Iterable
from typing import Any, Final

from unspool.core.events import StreamIncomplete
from unspool.core.rewriter.wire import read_chunk
from unspool.core.transformer import Transformer
from unspool.dialects.interrupted import InterruptedResponses
from unspool.variants.members import choice_index
from unspool.variants.values import non_blank

_CUT: Final = "the stream ended before choice 0 had a finish_reason, behind one chunk: another response began"


class Interleaving:
    """The responses of one stream of chunks.

    ``last`` is the id of the last chunk. A chunk with that id needs no check,
    which is left to the caller: nearly all have it. It is None where the next chunk must be checked in any case.
    """

    def __init__(self, transformer: Transformer) -> None:
        self.last: str | None = None
        self._ident: str | None = None  # of the last chunk
        self._transformer = transformer
        self._interrupted = InterruptedResponses("id")
        self._left = InterruptedResponses("id")  # by a chunk that begins no response: perhaps the id has changed
        self._models = InterruptedResponses("model")  # of responses without an id
        self._model = ""  # of the last chunk
        self._places: frozenset[int] = frozenset()  # the choices of the last chunk
        self._begins_with_role = False  # the response that began last
        self._second: str | None = None  # the id of the last chunk, if it may begin a response: the next one shows it

    def check(self, chunk: Any) -> StreamIncomplete | None:
        """Note a chunk with another id than the last, before it is fed; returns the cut that it shows.

        Raises NotAChunk for one that continues an interrupted response: its
        text would end in the middle of another (R16). Ids that only change,
        once or with every chunk, never come again (Q11).
        """
        ident, choices = non_blank(chunk.get("id")), chunk["choices"]
        if not choices or not isinstance(choices, list) or (ident is not None and ident == self.last):
            return None  # T14: a caller compares a number with the text that it is
        self._check_model(ident, non_blank(chunk.get("model")))
        if ident is None:
            return None
        second, self._second = self._second, None
        has_role = _has_role(choices)
        if ident == second:
            self.last = ident
            return None if has_role else StreamIncomplete(self._transformer.steps, _CUT)
        places = frozenset(choice_index(choice) for choice in choices if isinstance(choice, dict))
        if not self._transformer.unfinished:
            self._begins_with_role = has_role
        # A whole completion is a response by itself (B11), whichever had its id before.
        if chunk.get("object") == "chat.completion" or (has_role and self._begins(chunk, ident)):
            self._begins_with_role = True
            self._begin(ident)
        else:
            read = read_chunk(chunk).choices
            has_output = any(choice.has_output for choice in read)
            if not has_output and self._ident is not None and all(choice.finish is None for choice in read):
                return None  # It says nothing, whichever response it is of: the id has not changed.
            if ident in self._left and has_output:
                self._interrupted.add(ident)
            self._interrupted.check(ident)
            if has_role == self._begins_with_role and not places.isdisjoint(self._places):
                first = has_role and has_output and not self._left.any
                self._leave()
                self._second = ident if first and self._left.any else None  # Q11, Q15: with each chunk, perhaps
        self._ident, self._places = ident, places
        self.last = ident if self._second is None else None
        return None

    def _check_model(self, ident: str | None, model: str | None) -> None:
        """Note the model of a chunk, which shows the response of one without an id (Q1).

        Raises NotAChunk for a model that comes again, once another has come before the end of its response.
        """
        if not self._transformer.unfinished:
            self._models.clear()
        elif model is not None and model != self._model:
            if ident is None:
                self._models.check(model)
            self._models.add(self._model)
        self._model = model or self._model

    def _begins(self, chunk: Any, ident: str) -> bool:
        """Return whether a chunk with a role begins a response; some servers send the role with each chunk (Q15)."""
        if any(choice.looks_like_start for choice in read_chunk(chunk).choices):
            return True
        known = ident in self._left or ident in self._interrupted
        return not known and self._transformer.begins_step(chunk)

    def _leave(self) -> None:
        """Note that the id has changed: in the same response, or two alternate, of which none begins otherwise.

        Some servers give each choice an id (R14), or the first chunk, which has no text, another one.
        """
        if self._ident is not None and self._transformer.speaking:
            self._left.add(self._ident)

    def _begin(self, ident: str) -> None:
        """Note a response that begins: it interrupts the one that is open."""
        if not self._transformer.unfinished:
            self._left.clear()
        elif self._ident is not None:
            self._interrupted.add(self._ident)
        self._left.reuse(ident)
        self._interrupted.reuse(ident)


def _has_role(choices: Iterable[Any]) -> bool:
    deltas = [choice.get("delta") for choice in choices if isinstance(choice, dict)]
    return any(isinstance(delta, dict) and delta.get("role") is not None for delta in deltas)
