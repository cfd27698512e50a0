"""Messages about problems: one line with what, where, and what to do next."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from unspool.called_tools import CalledTool, NoMessage
from unspool.core.errors import MalformedRecord, UnspoolError
from unspool.core.events import (
    ArgumentsFailed,
    Fault,
    MessageMissing,
    ResponseFailed,
    ResponseRefused,
    StreamIncomplete,
    TextContradicted,
)
from unspool.descriptors import STANDARD_INPUT
from unspool.dialects.channels import FIELD
from unspool.errors import LayerFailed, SourceCut, SourceFailed
from unspool.formats.record import Record
from unspool.redaction import longest, mask, redact
from unspool.settings import Summary
from unspool.variants.finish_reasons import TOOL_REASONS, how_refused

_LONGEST_MESSAGE = 1000  # characters of a provider's error message
_SHOWN_ARGUMENTS = 6
_LONGEST_NAME = 80  # characters of a tool's or argument's name
SHOWN = 3  # lines for one kind of fault in one source (R10)
_MOST = 10  # lines for one kind of fault in a run: many files may have it
_UNREADABLE = "record{s} that cannot be read"
_NOTHING_READ = "stream{s} of which nothing could be read"
_IN_ANOTHER_ENCODING = "stream{s} with text in another encoding"
_NOT_UTF8 = "not UTF-8"
_BEFORE, _BEHIND = 48, 24  # bytes of a record shown around the place in question


class Problem(NamedTuple):
    """A fault, a refused answer (R17) or a source without a message, and the source and record in which it occurred."""

    source: str
    record: Record | None
    fault: UnspoolError | Fault | ResponseRefused | TextContradicted | NoMessage
    arrived: bool = False  # text or a call came before it
    times: int = 1  # above 1 for records like those before it, up to ``record``
    decoded: bool = False  # the record's offset is that in the text that was inside of other layers
    other: str | None = None  # the dialect that its records show, where another one was asked for and nothing was read


Report = Callable[[Problem], None]


class FaultLog:
    """The messages about faults: three of a kind for each source and ten in a run, the others are counted (R10).

    A source is a file, with all streams in it: a container may have thousands. The count names it, and
    comes at its end; of more sources than those ten lines are for, all are counted together at the end of the run.
    """

    def __init__(
        self, strict: bool = False, live: bool = False, dialect: str | None = None, framing: str | None = None
    ) -> None:
        self._strict = strict
        self._live = live
        self._dialect = dialect  # the one that was asked for
        self._framing = framing  # the one that was asked for
        self._source = ""
        self._lines = Counter[str]()  # for this source, by kind
        self._counted = Counter[str]()  # faults of this source that have no line
        self._all_lines = Counter[str]()  # of the run
        self._rest: dict[str, _Rest] = {}
        self._stream = _Unreadable()

    @property
    def counts(self) -> bool:
        """Return whether a fault is counted that has no line."""
        return any(self._counted.values()) or bool(self._rest)

    def begin(self, source: str) -> None:
        """Know the name of the source whose streams come next."""
        self._source = source

    def add(self, problem: Problem) -> list[str]:
        """Return the line for a fault, or none where its kind has enough of them."""
        kind = _kind(problem.fault)
        shown = problem.times == 1 and self._has_line(kind)
        if not shown:
            self._counted[kind] += problem.times
        if isinstance(problem.fault, MalformedRecord):
            self._stream.add(problem, shown)
        return [describe(problem, self._strict, self._live)] if shown else []

    def note(self, name: str, line: str) -> list[str]:
        """Return a line about how a stream is read, which begins with its name, or none where enough say the same."""
        return self._limited(f"line{{s}} as this one: {line.removeprefix(f'{name}: ')}", line)

    def _has_line(self, kind: str) -> bool:
        """Return whether one more fault of a kind gets a line."""
        if self._lines[kind] >= SHOWN or self._all_lines[kind] >= _MOST:
            return False
        self._lines[kind] += 1
        self._all_lines[kind] += 1
        return True

    def _limited(self, kind: str, line: str) -> list[str]:
        if self._has_line(kind):
            return [line]
        self._counted[kind] += 1
        return []

    def close(self, stream: str, summary: Summary) -> list[str]:
        """Return the last line about a stream: what it looks like if nothing could be read, or is not UTF-8."""
        unreadable, self._stream = self._stream, _Unreadable()
        nothing = not summary.read and unreadable.count
        summary.read = False
        if not nothing:
            advice = f"{stream}: {_encoding_advice(unreadable.sample)}" if _NOT_UTF8 in unreadable.reasons else ""
            return self._limited(_IN_ANOTHER_ENCODING, advice) if advice else []
        self._counted[_UNREADABLE] -= unreadable.counted  # the line, or the count of such streams, includes them
        if not self._has_line(_NOTHING_READ):
            self._counted[_NOTHING_READ] += 1
            return []
        advice = _advice(unreadable, self._dialect, self._framing)
        records = "its one record" if unreadable.count == 1 else f"{unreadable.count:,} records"
        return [f"{stream}: nothing could be read of {records}; {advice}"]

    def end(self) -> list[str]:
        """Return the last lines about a source: the counts of what it has more of."""
        lines = []
        for kind, count in self._counted.items():
            if count and self._lines[kind] >= SHOWN:
                lines.append(f"{self._source}: {_counted(kind, count)}")
            elif count:
                self._rest.setdefault(kind, _Rest()).add(self._source, count)
        self._lines.clear()
        self._counted.clear()
        return lines

    def finish(self) -> list[str]:
        """Return the last lines about the source that is read, and about all that had no line any more."""
        lines = self.end()
        lines += [f"{_counted(kind, rest.count)}, in {rest.names}" for kind, rest in self._rest.items()]
        self._rest.clear()
        return lines


class _Unreadable:
    """The records of a stream that cannot be read: all, those without a line, and one to show."""

    def __init__(self) -> None:
        self.count = self.counted = 0
        self.reasons: set[str] = set()
        self.sample = b""  # the first record that could not be read, or that is not UTF-8

    def add(self, problem: Problem, shown: bool) -> None:
        """Count one."""
        assert isinstance(problem.fault, MalformedRecord)
        self.count += problem.times
        self.counted += 0 if shown else problem.times
        reason = problem.fault.reason
        if problem.record is not None and reason not in self.reasons:
            if not self.sample or reason == _NOT_UTF8:
                self.sample = problem.record.data
            self.reasons.add(reason)


class _Rest:
    """Faults of one kind in the sources that came after those with lines."""

    def __init__(self) -> None:
        self.count = 0
        self._sources = 0
        self._first: list[str] = []

    def add(self, source: str, count: int) -> None:
        """Count those of one source."""
        self.count += count
        self._sources += 1
        if len(self._first) < SHOWN:
            self._first.append(source)

    @property
    def names(self) -> str:
        """The sources, the first by their names."""
        more = self._sources - len(self._first)
        return ", ".join(self._first) + (f" and {more:,} other source{'s' * (more > 1)}" if more else "")


def _counted(kind: str, count: int) -> str:
    return f"{count:,} more {kind.replace('{s}', 's' * (count != 1), 1)}"


def _describe_silence(silent: NoMessage) -> str:
    if silent.missing is not None:
        what = "a message is missing" if silent.other_text else "no message"
        return f"{what}; {_describe_missing(silent.missing, silent.private)}"
    if silent.instead:
        return silent.instead if silent.other_text else f"no message; {silent.instead}"
    tools = [_describe_tool(tool) for tool in silent.tools[:SHOWN]]
    more = len(silent.tools) - len(tools) + silent.more
    listed = ", ".join([*tools, *([f"{more} more"] if more else [])])
    line = f"no message; the stream calls {listed}"
    if silent.candidate is None:
        return f"{line}; no argument is text; unspool events shows the calls"
    return f"{line}: try --tool {shell_word(':'.join(silent.candidate))}"


def _describe_missing(call: MessageMissing, private: frozenset[str]) -> str:
    shown = [_short(name) for name in call.arguments[:_SHOWN_ARGUMENTS]]
    more = ["…"] if len(call.arguments) > len(shown) else []
    if call.tool == FIELD:
        named = f"it has: {', '.join([*shown, *more])}; try --field {shell_word(shown[0])}" if shown else "it has none"
        return f"the content has no field {_short(call.argument)}; {named}"
    missing = f"{_short(call.tool)} has no argument {_short(call.argument)}"
    if not shown:
        return f"{missing}; it has none"
    if private.issuperset(call.arguments):
        return f"{missing}; it has only thoughts: {', '.join(shown)} (--thoughts reasoning shows them)"
    advice = f"try --tool {shell_word(f'{_short(call.tool)}:{shown[0]}')}"
    if more or len(shown) > 1:
        advice = f"name one with --tool {shell_word(_short(call.tool))}:ARGUMENT"
    return f"{missing}; it has: {', '.join([*shown, *more])}; {advice}"


def _describe_tool(tool: CalledTool) -> str:
    named = [_short(name) for name in (tool.texts or tool.arguments)[:_SHOWN_ARGUMENTS]]
    return f"{_short(tool.name)} ({', '.join(named)})" if named else _short(tool.name)


def _short(name: str) -> str:
    name = redact(name)  # while a secret in it is whole
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def shell_word(text: str) -> str:
    """A word as a shell takes it: a name comes from a stranger, and a person pastes the line."""
    from shlex import quote  # noqa: PLC0415 - start-up

    return quote(text)


_KINDS = {
    StreamIncomplete: "response{s} that ended early",
    ResponseFailed: "error{s} that the provider sent",
    ResponseRefused: "refused or filtered response{s}",
    TextContradicted: "whole text{s} with other words than the deltas before",
    NoMessage: "stream{s} without a message",
    SourceFailed: "source{s} that cannot be read",
    SourceCut: "source{s} that ended early",
    LayerFailed: "stream{s} that cannot be read",
}
"""The kinds of faults that need no more than their type, with the place of a plural."""


def _kind(fault: UnspoolError | Fault | ResponseRefused | TextContradicted | NoMessage) -> str:
    """Return the kind of a fault, as text: faults of one kind are counted together."""
    match fault:
        case MalformedRecord():
            return _UNREADABLE
        case ArgumentsFailed():
            return f"call{{s}} of {_short(fault.tool)} whose arguments cannot be read"
    return _KINDS.get(type(fault)) or f"fault{{s}} ({type(fault).__name__})"


def _advice(unreadable: _Unreadable, dialect: str | None, framing: str | None) -> str:
    sample = unreadable.sample
    if _NOT_UTF8 in unreadable.reasons:
        return _encoding_advice(sample)
    other = None if dialect is None else _other_dialect(sample, dialect)
    if other is not None:
        return f"it looks like {other}, not like {dialect}; leave --from out, or name {other}"
    from unspool.intake.unread.foreign_formats import recognise  # noqa: PLC0415 - a fault is rare

    look = recognise(sample)
    if look is not None:
        return f"it looks like {look.what}; {look.advice}"
    from unspool.intake.json_text.stream_text import is_cut  # noqa: PLC0415 - as above

    if unreadable.count > 1 and is_cut(sample.decode("utf-8", "replace")):
        join = "grep -v ^event: FILE | sed 's/^data: *//' | tr -d '\\n' | unspool text"
        return f"its JSON is cut into several events or lines; join them: {join}"
    if framing is not None:
        return f"it was read as {framing} (--from {framing}); leave --from out, or name what it is"
    return _advice_on_unknown(sample)


def _advice_on_unknown(sample: bytes) -> str:
    member = _text_member(sample)
    if member is not None:
        run = f"sed -n 's/^data: *//; /^{{/p' FILE | jq -rj '.{member} | strings'"
        return f"it looks like JSON of no known format; if its text is the member {member}: {run}"
    if sample.lstrip()[:1] in (b"{", b"["):
        kind, text = "JSON of no known format", ""
    else:
        kind, text = "text without records", " (text, if it is the answer itself)"
    return (
        f"it looks like {kind}; check that it is a capture, or name its format with --from{text}"
        " or its member with --unwrap"
    )


_TEXTS = ("content", "text", "token", "delta", "chunk", "answer", "output", "data", "reply", "result", "value")
"""Members in which programs' own streams have pieces of the text, the likeliest first."""


def _text_member(sample: bytes) -> str | None:
    """The member of a record that may be a piece of the text; None where none is."""
    from unspool.formats.json_codec import decode  # noqa: PLC0415 - a fault is rare

    try:
        value = decode(sample)
    except MalformedRecord:
        return None
    if not isinstance(value, dict):
        return None
    return next((name for name in _TEXTS if isinstance(value.get(name), str) and value[name]), None)


def _other_dialect(sample: bytes, dialect: str) -> str | None:
    """The dialect that a record shows, where it is another one than that which was asked for."""
    from unspool.dialects.registry import dialect_of  # noqa: PLC0415 - a fault is rare
    from unspool.formats.json_codec import decode  # noqa: PLC0415

    try:
        found = dialect_of(decode(sample))
    except MalformedRecord:
        return None
    return None if found == dialect else found


def _encoding_advice(sample: bytes) -> str:
    from unspool.intake.encodings.likely_encoding import likely_encoding  # noqa: PLC0415 - a fault is rare

    likely = likely_encoding(sample)
    return f"it is not UTF-8, perhaps {likely}; read it with --encoding {likely}"


def describe(problem: Problem, strict: bool = False, live: bool = False) -> str:
    """The line for a problem, without the program's name.

    ``strict`` if reading stops at it, ``live`` if the source is the answer of a model that can be asked again.
    """
    if problem.times > 1:
        return redact(f"{problem.source}: {_counted(_UNREADABLE, problem.times)}")
    record = problem.record
    where = [problem.source]
    if record is not None and record.number:
        of = " of the decoded text" if problem.decoded else ""
        where.append(f"record {record.number} (byte {record.offset}{of})")
    return redact(": ".join([*where, _describe_fault(problem, strict, live)]))


def what_happened(fault: Fault | TextContradicted) -> str:
    """A fault of a stream in a few words, without its place in the input."""
    match fault:
        case ArgumentsFailed() if fault.tool == FIELD:
            return f"--field cannot read the content as JSON from character {fault.offset} on"
        case ArgumentsFailed():
            return f"the arguments of {fault.tool} cannot be read at character {fault.offset}: {fault.reason}"
        case StreamIncomplete():
            return fault.reason
        case ResponseFailed():
            code = f" (code {fault.code})" if fault.code else ""
            return f"the provider sent an error: {_shortened(fault.message)}{code}"
        case TextContradicted():
            return "the whole text differs from the deltas before it"


def in_words(fault: UnspoolError | Fault | TextContradicted) -> str:
    """A fault of any kind, without its place: what reports for programs hold."""
    if isinstance(fault, UnspoolError):
        return redact(fault.reason if isinstance(fault, (MalformedRecord, SourceFailed)) else str(fault))
    return redact(what_happened(fault))


def _shortened(text: str) -> str:
    text = redact(text)  # while a secret in it is whole
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}… ({len(text):,} characters)"


def _describe_fault(problem: Problem, strict: bool, live: bool) -> str:
    match problem.fault:
        case MalformedRecord() as fault:
            excerpt = "" if problem.record is None else _excerpt(problem.record, fault.position)
            went_on = "stopped here (--strict)" if strict else "passed over, reading goes on (--strict stops here)"
            return f"{fault.reason}{excerpt}; {went_on}"
        case ArgumentsFailed() as failed:
            stopped = ", stopped here (--strict)" if strict else ""
            advice = f"what came before it is valid{stopped}, see `unspool lint`"
            if failed.tool == FIELD:
                advice = f"leave --field out to see the content as it is{stopped}"
            return f"{what_happened(failed)}; {advice}"
        case StreamIncomplete() as incomplete:
            return f"{what_happened(incomplete)}; {_incomplete_advice(problem, incomplete.finish, live)}"
        case ResponseFailed() as response:
            return f"{what_happened(response)}; the response ends there, {_failure_advice(response.code)}"
        case ResponseRefused() | TextContradicted() | NoMessage() as other:
            return _describe_remark(other)
        case other:
            return f"{other.reason}; {other.advice}" if isinstance(other, SourceFailed) else str(other)


_FAILURES = (
    ("check the key, and what it may do", ("401", "403"), ("auth", "permission", "api_key", "apikey", "forbidden")),
    ("check the account", ("402",), ("quota", "billing", "balance", "payment", "credit")),
    ("ask again later", ("429", "503", "529"), ("rate_limit", "throttl", "overload", "exhausted", "unavailable")),
    ("change the request", ("400", "404", "413", "422"), ("invalid_request", "not_found", "context_len", "too_long")),
)
"""Advice about an error that a provider sent, with its statuses and with parts of its codes; the first that fits."""


def _failure_advice(code: str) -> str:
    """Return advice about an error, by its code: to ask again is of no use where the key or the request is wrong."""
    words = code.lower().replace("-", "_")
    for advice, statuses, parts in _FAILURES:
        if words in statuses or any(part in words for part in parts):
            return advice
    return "ask again"


def _describe_remark(remark: ResponseRefused | TextContradicted | NoMessage) -> str:
    """What is said of a response that was read without a fault."""
    match remark:
        case ResponseRefused():
            return _describe_refusal(remark)
        case TextContradicted():
            return f"{what_happened(remark)}, which count; it is: {remark.text}"
        case NoMessage():
            return _describe_silence(remark)


def _incomplete_advice(problem: Problem, finish: str | None, live: bool) -> str:
    """Return advice about a stream that ended early, by its source and by what had arrived.

    A ``finish`` that came all the same shows that the sender and the capture are whole: the model stopped.
    """
    if problem.other is not None:
        return f"it looks like {problem.other}; leave --from out, or name {problem.other}"
    if finish is not None:
        advice = _advice_on_finish(finish)
    elif live:
        advice = "ask again"
    elif problem.source == STANDARD_INPUT and not problem.arrived:
        advice = "check the sender (curl reports its error with -S --fail-with-body)"
    else:
        advice = "check the sender or the capture"
    return f"what had arrived was read, {advice}" if problem.arrived else advice


def _advice_on_finish(finish: str) -> str:
    """Return advice about arguments that a finish reason cut."""
    from unspool.dialects.finish_words import CHAT, meaning_of  # noqa: PLC0415 - a fault is rare

    meaning = meaning_of(CHAT, finish)
    if meaning == "length":
        return "the model reached its token limit: raise max_tokens"
    if meaning in ("stop", *TOOL_REASONS):  # F8: servers name the limit so, too
        return "the model stopped there, perhaps at its token limit: raise max_tokens, or ask again"
    return "ask again"


def _describe_refusal(refused: ResponseRefused) -> str:
    explained = f": {refused.text}" if refused.text else ""
    return f"the answer was {how_refused(refused.reason, refused.text)}{explained}; no text was shown"


def _excerpt(record: Record, position: int | None) -> str:
    """The record around ``position``, with a caret before the byte in question."""
    at = 0 if position is None else min(position, len(record.data))
    around = longest()  # a secret that the excerpt cuts, or the caret, is a secret
    start = max(0, at - _BEFORE - around)
    data = mask(record.data[start : at + _BEHIND + around])
    before, behind = data[max(0, at - _BEFORE) - start : at - start], data[at - start : at - start + _BEHIND]
    caret = b"" if position is None else b"^"
    head = "…" if at > _BEFORE else ""
    tail = "…" if len(record.data) > at + _BEHIND else ""
    shown = (before + caret + behind).decode(errors="backslashreplace")
    place = " at ^ in" if caret else " in"
    return f"{place} {head}{shown}{tail}"
