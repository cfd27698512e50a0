"""Translator: detects the dialect of a source and translates its records into chunks.

    translator.feed(value) -> [Chunk, …], or None for a value that needs no translation
    translator.close()     -> [Chunk, …]    the end of a stream; the dialect of the next one is detected again

Unless it is named, the dialect is detected by the first record that shows it,
and again at a record that is not one of its events: the streams of one source
may have several dialects. Records of another dialect may be between those of a
stream that goes on, as long as they have no output; the first that has begins
another stream.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Final, NamedTuple

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, read_chunk
from unspool.core.transformer import Transformer
from unspool.dialects.base import Dialect
from unspool.dialects.channels import Content
from unspool.dialects.error_bodies import error_body
from unspool.dialects.members import dict_of, dicts_of, word_of
from unspool.dialects.registry import (
    APART,
    CHAT,
    COMMON,
    DIALECTS,
    ENDLESS,
    RETRYING,
    dialect_of,
    like_chat,
    load,
    other_dialect,
    with_name,
)


class Change(NamedTuple):
    """Another stream begins at a record.

    ``left`` is the number of chunks that end the stream before it, which precede those of the record; ``missing`` is
    the record that ends its run, if that has not come. ``cuts`` is false where that was no response for certain: only
    the name of an event showed its dialect, or a type that any program's events may have (``{"type": "start"}``).
    """

    left: int
    missing: str
    cuts: bool


class Aside:
    """Records of another dialect than that of the open stream, without output so far.

    ``chunks`` are those of them that begin or end a response; they count once a record has output. ``failure`` is the
    last error behind them: it may be of the open stream, in which an agent tries again, and counts where none goes on.
    """

    def __init__(self, name: str, reader: Dialect | None) -> None:
        self.name = name
        self.reader = reader  # None for chunks
        self.chunks: list[Chunk] = []
        self.failure: Chunk | None = None

    def feed(self, value: Any) -> tuple[list[Chunk], bool]:
        """The chunks of a record, and whether it has output. Raises NotAChunk."""
        if self.reader is not None:
            chunks = self.reader.feed(value)
            return chunks, have_output(chunks)
        received = read_chunk(value)
        return [value], received.error is not None or any(choice.has_output for choice in received.choices)

    @property
    def ended(self) -> bool:
        """Whether a response has ended in them."""
        return any(choice.get("finish_reason") for chunk in self.chunks for choice in dicts_of(chunk, "choices"))

    def close(self) -> list[Chunk]:
        """What was kept, and what ends the response."""
        failure = [] if self.failure is None else [self.failure]
        return self.chunks + failure + ([] if self.reader is None else self.reader.close())

    def keep(self, chunks: list[Chunk]) -> list[Chunk]:
        """Keep those of choices; returns the others, which are of no response."""
        self.chunks += [chunk for chunk in chunks if chunk.get("choices")][: _MOST_KEPT - len(self.chunks)]
        return [chunk for chunk in chunks if not chunk.get("choices")]


class UnreadText(NamedTuple):
    """A text in a record of a type that the reader does not know: that type, and the member with the text."""

    kind: str
    member: str


class Translator:
    """The translator of one source.

    ``dialect`` is the name of the dialect that records are translated from,
    None if they need no translation. ``change`` is that at the last record, if there was one; ``unread`` the text of
    a record that the reader has only kept, until it is taken. ``aside`` has the last records, if they are of another
    dialect. With ``subagents`` the messages of an agent's sub-agents are translated, too. ``transformer`` is the one
    that gets the chunks: it knows whether a response goes on.
    """

    def __init__(
        self,
        dialect: str | None = None,
        content: Sequence[Content] = (),
        subagents: bool = False,
        transformer: Transformer | None = None,
    ) -> None:
        self._named = dialect
        self._transformer = transformer
        self._subagents = subagents
        self._content = content
        self._reader: Dialect | None = None
        self.aside: Aside | None = None
        self.change: Change | None = None
        self.unread: UnreadText | None = None
        self._looked: dict[str, int] = {}  # the number of records that were looked at for a text, by their types
        self._before: str | None = None  # the dialect of the stream before this one, if that had no output yet
        self._answered = False  # a record of this dialect had output
        self._last: list[Chunk] = []  # of the last record with content: a server may add its own error to one
        self._common = False  # the first record has a type alone, of any program's events
        self._named_event = False  # the name of its event showed the dialect of the first record
        self.dialect: str | None = None
        if dialect is not None:
            self._load(dialect)

    def feed(self, value: Any) -> list[Chunk] | None:
        """Translate a record into chunks; None if it is a chunk, or of no known dialect.

        Raises NotAChunk for what is no event of the dialect (R10).
        """
        self.change = None
        chunks = self._chunks(value)
        if not self._content or (chunks is None and type(value) is not dict):
            return chunks
        if chunks is not None:
            return self._extracted(chunks)
        extracted = self._extracted([value])
        return None if extracted and extracted[0] is value else extracted

    def _extracted(self, chunks: list[Chunk]) -> list[Chunk]:
        if self.change is not None and self._content:
            left = self._through(chunks[: self.change.left])
            chunks, self.change = chunks[self.change.left :], self.change._replace(left=len(left))
            return left + self._through(chunks)
        return self._through(chunks)

    def _through(self, chunks: list[Chunk]) -> list[Chunk]:
        for content in self._content:
            chunks = [one for chunk in chunks for one in content.feed(chunk)]
        return chunks

    def _chunks(self, value: Any) -> list[Chunk] | None:
        if self._reader is not None:
            return self._translate(value)
        if self._named is not None or self.resumes(value):
            return None
        name = self._shown(value)
        return None if name is None else self._other(name, value)

    def named(self, value: Any, event: bytes) -> Any:
        """Return a record with the name of its event as its type, where only that shows what it is."""
        named = with_name(value, event, self.dialect)
        if self.dialect is None:
            self._named_event = named is not value
        return named

    def is_chunk(self, value: Any) -> bool:
        """Return whether a value with choices is a chunk: some dialects have choices, too."""
        return type(value) is dict and "choices" in value and (self._named is not None or like_chat(value) is None)

    def resumes(self, value: Any) -> bool:
        """Return whether a value is a chunk, with which a stream of chunks goes on behind records without output."""
        if not self.is_chunk(value):
            return False
        self.aside = None
        return True

    def opening(self, value: Any) -> Chunk | None:
        """The first chunk of a response that a record begins; None if it begins none, or if what came before it counts.

        Whether that is so, the reader itself shows: it has nothing left to say of the response before, and at the
        beginning of a source it would give the same chunks for the record.
        """
        name = dialect_of(value) if self._named is None else self._named
        if name not in APART or self.dialect not in (None, name) or (self._reader is None and self._responds()):
            return None
        try:
            chunks = self._open(name).feed(value)
            if not chunks or not chunks[0].get("choices"):
                return None
            reader = self._reader
            apart = reader is None or (deepcopy(reader).feed(value) == chunks and not deepcopy(reader).close())
        except NotAChunk:
            return None
        return chunks[0] if apart else None

    @property
    def appends(self) -> bool:
        """Return whether the dialect has deltas that can be appended."""
        return self._reader is not None and self._reader.appends

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a value that only continues the last one, and return its text; None if it must be fed."""
        return None if self._reader is None else self._reader.append(value, json_source)

    def failure(self, value: Any) -> list[Chunk] | None:
        """The end of a response, if a value that is no chunk is the body of an error, in any shape (R12); else None."""
        failure = _failure(value)
        return None if failure is None else [*([] if self._reader is None else self._reader.close()), failure]

    @property
    def missing(self) -> str:
        """The record that ends the run of an agent, while that goes on; "" where no such record is missing."""
        return "" if self._reader is None else self._reader.missing

    @property
    def ended(self) -> bool:
        """Whether a response is complete whose end the dialect shows at the end of the stream."""
        return self._reader is not None and self._reader.ended

    def end_of_lines(self) -> list[Chunk]:
        """Return the end of a response whose dialect has none in lines, where a source of lines ends."""
        return [] if self._reader is None or self._is_behind else self._extracted(self._reader.end_of_lines())

    def done(self) -> list[Chunk]:
        """Return the remaining chunks at the mark of a stream's end, which is the only end that some dialects have."""
        return self._close([] if self._reader is None or self._is_behind else self._reader.done())

    def close(self) -> list[Chunk]:
        """Return the remaining chunks at the end of a stream."""
        return self._close([])

    @property
    def _is_behind(self) -> bool:
        """Whether another stream has ended behind the open one, which has not: a mark of an end is of that."""
        return self.aside is not None and self.aside.ended

    def _close(self, chunks: list[Chunk]) -> list[Chunk]:
        """Return these chunks, which are of the open stream, and the remaining ones."""
        self.change, aside = None, self.aside
        if aside is not None and aside.chunks:  # a stream began, and had no output
            chunks = self._end_stream(aside.name, chunks) + aside.close()
        elif self._reader is not None:
            chunks = chunks + self._reader.close()
        chunks, self.aside, self._last = self._extracted(chunks), None, []
        if self._named is None:
            self._reader = self.dialect = None
            self._before = None
        left: list[Chunk] = []
        for content in self._content:  # what one held back, the next ones look through
            left = [one for chunk in left for one in content.feed(chunk)] + content.close()
        return chunks + left

    def _translate(self, value: Any) -> list[Chunk]:
        assert self._reader is not None
        if self.aside is not None and self._continues(self.aside.name, value):
            return self._other(self.aside.name, value)
        try:
            chunks = self._reader.feed(value)
        except NotAChunk:
            if isinstance(value, dict) and value.get("error"):  # R12: by the name of the event, whatever its type
                return [*self._reader.close(), value]
            other = None if self._named is not None else self._shown(value)
            if other is None or other == self.dialect:
                raise
            return self._other(other, value)
        if _have_content(chunks):
            self._last = chunks
            self._answered = self._answered or have_output(chunks)
        elif type(value) is dict and self.dialect is not None and not DIALECTS[self.dialect].matches(value):
            return self._kept(value, chunks)
        self.aside = None
        return chunks

    def _kept(self, value: dict[str, Any], chunks: list[Chunk]) -> list[Chunk]:
        """Translate a record that the reader has only kept, and that is not like its others."""
        assert self.dialect is not None
        assert self._reader is not None
        if self.dialect not in RETRYING and not any("error" in one for one in self._last):
            failed = self.failure(value)  # R12: of a gateway, in the middle of the records of an agent
            if failed is not None:
                return failed
        elif self.aside is not None:
            self.aside.failure = _failure(value) or self.aside.failure
        if self._named is None:
            other = other_dialect(value, self.dialect)  # a reader keeps records of kinds that it does not know
            if other is not None:
                return self._other(other, value)
        kind = word_of(value, "type") or word_of(value, "event") or word_of(value, "event_type")
        looked = self._looked.get(kind, 0)
        if looked < _MOST_LOOKS and len(self._looked) <= _MOST_KINDS:
            self._looked[kind] = looked + 1
            self.unread = _unread_text(value, kind)
        return chunks

    def _other(self, name: str, value: Any) -> list[Chunk]:
        """A record of another dialect begins another stream; behind one that goes on only a record with output."""
        if not self._goes_on(name, value):
            left = self._end_stream(name)
            self._load(name)
            self._common = type(value) is dict and len(value) == 1 and value.get("type") in COMMON
            return [*left, *([value] if self._reader is None else self._translate(value))]
        aside = self.aside
        if aside is None or aside.name != name:
            aside = Aside(name, None if name == CHAT else self._open(name))
        chunks, has_output = aside.feed(value)
        if not has_output:
            self.aside = aside
            return aside.keep(chunks)
        left = self._end_stream(name)
        self._load(name, aside.reader)
        self._answered = True
        return [*left, *aside.chunks, *chunks]

    def _shown(self, value: Any) -> str | None:
        """The dialect of a record that is none of the open stream: where it shows none, that of those before it."""
        name, aside = dialect_of(value), self.aside
        if name is not None or aside is None or aside.reader is None or not self._goes_on(aside.name, value):
            return name
        return aside.name if error_body(value) is None else None

    def _continues(self, name: str, value: Any) -> bool:
        """Return whether a record is of the dialect ``name``, as those before it were, and not of the open stream."""
        assert self.dialect is not None
        if type(value) is not dict:
            return dialect_of(value) == name
        return not DIALECTS[self.dialect].matches(value) and other_dialect(value, self.dialect) == name

    def _goes_on(self, name: str, value: Any) -> bool:
        """Return whether the open stream may go on behind a record of the dialect ``name``.

        A chunk with a role leaves as it came (R1), unless this one has certainly not ended: it may begin a response.
        """
        if self._reader is None:
            return self._responds()
        unfinished = (self._responds() and not self._reader.ended) or self._reader.missing != ""
        between = self.dialect in ENDLESS
        if name == CHAT and value["choices"]:
            between = between and self._answered and not _has_role(value)
        return (unfinished or between) and (self._answered or not self._common)

    def _responds(self) -> bool:
        """Return whether a response has not finished, as far as that is known."""
        return self._reader is not None if self._transformer is None else self._transformer.unfinished

    def _end_stream(self, name: str, chunks: Sequence[Chunk] = ()) -> list[Chunk]:
        """The end of the open stream, behind which one of the dialect ``name`` begins; ``chunks`` are its last ones.

        It was none where it had no output and a type that any program's events may have, or where a stream goes on that
        had none before it: those were a server's own records around the others.
        """
        reader, began = self._reader, self._transformer is not None and self._transformer.steps > 0
        none = reader is not None and not self._answered and (self._common or name == self._before)
        missing = self.missing
        left = [*chunks, *([] if reader is None or none else reader.close())]
        cuts = reader is None or not (none or (self._named_event and not began))
        self.aside, self.change = None, Change(len(left), missing, cuts)
        return left

    def _load(self, name: str, reader: Dialect | None = None) -> None:
        if self._answered:
            self._before = None
        elif self._before is None:  # else this one may be between records of that, too
            self._before = self.dialect
        self._answered = self._common = False
        self._last = []
        self.dialect = None if name == CHAT else name
        self._reader = None if name == CHAT else reader or self._open(name)

    def _open(self, name: str) -> Dialect:
        if not self._subagents:
            return load(name)
        from unspool.dialects.agents.subagents import with_subagents  # noqa: PLC0415 - on request

        return with_subagents(name, load)


_MOST_KEPT: Final = 64
"""Chunks of records without output that are kept: a stream may hold any number of them."""
_TEXTS: Final = ("text", "content", "delta", "token", "answer", "chunk")
"""Members that hold text in the records of most programs."""


_MOST_KINDS: Final = 64
"""Types of records that are not known, which are looked at for a text."""
_MOST_LOOKS: Final = 8
"""Records of each of these types: a stream may hold any number of them."""


def _unread_text(value: dict[str, Any], kind: str) -> UnreadText | None:
    """The first text in a record, or in an object that it holds."""
    for holder in ("", "data", "payload", "delta"):
        held = dict_of(value, holder) if holder else value
        for member in _TEXTS:
            if word_of(held, member).strip():
                return UnreadText(kind, f"{holder}.{member}" if holder else member)
    return None


def _failure(value: Any) -> Chunk | None:
    """The chunk of an error, if a value that is no chunk is its body."""
    error = error_body(value)
    if error is None:
        return None
    kept = value if isinstance(value, dict) else {}
    # What cannot be read as choices made the value no chunk.
    return {**{name: member for name, member in kept.items() if name != "choices"}, "error": error}


def _has_role(chunk: dict[str, Any]) -> bool:
    """Return whether a chunk may be the first of a response."""
    return any(dict_of(choice, "delta").get("role") or "message" in choice for choice in dicts_of(chunk, "choices"))


def _have_content(chunks: list[Chunk]) -> bool:
    """Return whether chunks have more than a record that Chat Completions has no place for."""
    for chunk in chunks:  # noqa: SIM110 - a generator for each record takes longer
        if chunk.get("choices") or chunk.get("error") or chunk.get("usage"):
            return True
    return False


def have_output(chunks: list[Chunk]) -> bool:
    """Return whether chunks have more than the role or the end of a response: a text, a call, an error."""
    for chunk in chunks:
        if chunk.get("error"):
            return True
        for choice in dicts_of(chunk, "choices"):  # of an agent that passes chunks on, a stranger's
            delta = dict_of(choice, "delta")
            if any(value for name, value in delta.items() if name != "role") or dict_of(choice, "message"):
                return True
    return False
