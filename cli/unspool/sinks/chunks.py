"""The chunk sink: rewritten chunks as JSONL or server-sent events."""

from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Final

from unspool.core.outcome import Outcome
from unspool.core.rewriter.tool_call_tracker import HELD_CHUNKS
from unspool.core.rewriter.wire import Chunk
from unspool.fastpath.batch import RecordBatch
from unspool.formats.json_codec import HUGE, encode
from unspool.formats.jsonl import JsonLines
from unspool.formats.line_splitter import LINE_ENDS
from unspool.formats.record import Record, RecordKind
from unspool.formats.source_text import encode_rewritten, write_rewritten
from unspool.formats.sse import ServerSentEvents
from unspool.sinks.base import SourceInfo
from unspool.sinks.output import Output

if TYPE_CHECKING:
    from unspool.intake.kept_log import KeptLog


class ChunkFormat(StrEnum):
    """The framing of rewritten chunks: JSONL keeps the lines [DONE] of its source, CHUNKS are lines without them."""

    JSONL = "jsonl"
    CHUNKS = "chunks"
    SSE = "sse"


_LAYOUTS: Final = {
    ChunkFormat.JSONL: JsonLines.layout,
    ChunkFormat.CHUNKS: JsonLines.layout,
    ChunkFormat.SSE: ServerSentEvents.layout,
}


class _Gathered:
    """Pieces on their way to an output, some of them together."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._buffer = BytesIO()

    def write(self, data: bytes, /) -> None:
        """Take a piece."""
        self._buffer.write(data)
        if self._buffer.tell() > HUGE:
            self.close()

    def close(self) -> None:
        """Send what there is."""
        self._output.write(self._buffer.getvalue())
        self._buffer = BytesIO()


class ChunkSink:
    """Sink for chunks: unchanged ones as the bytes received (R1), the others encoded from their record."""

    def __init__(self, output: Output, to: ChunkFormat = ChunkFormat.JSONL) -> None:
        self._output = output
        self._layout = _LAYOUTS[to]
        self._sse = to is ChunkFormat.SSE
        self._keeps_done = to is ChunkFormat.JSONL
        self._held: dict[int, Record] = {}
        self._last: Record | None = None  # the last chunk: the model for a chunk at the end
        self._open_line = False
        self._log: KeptLog | None = None

    def begin(self, source: SourceInfo) -> None:
        """Take the log that contains the source, where it is kept; the output of all sources is one stream."""
        log = getattr(source, "log", None)
        if log is not self._log:
            self._end_log()
            self._log = log

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Write the chunks; keep the record while its chunk is held back."""
        if self._log is not None:
            self._log.see(record, holding)
        for chunk in outcome.chunks:
            if chunk is record.value:
                self._write_record(record)
            elif id(chunk) in self._held:
                self._write_record(self._held[id(chunk)])
            else:
                self._write_rewritten(record, chunk)
        if record.kind is RecordKind.DONE and self._keeps_done:
            self._write_done(record)
        if not holding:
            self._held.clear()
            if self._log is not None:
                self._log.release()
        elif not outcome.chunks or self._may_still_release(record, outcome):
            self._held[id(record.value)] = record
        if record.kind is RecordKind.VALUE:
            self._last = record if len(record.data) <= HUGE else None

    def write_batch(self, batch: RecordBatch) -> None:
        """Write the records as they came, or the rewritten chunks."""
        if self._log is not None:
            for record in batch.records:
                self._log.see(record, False)
        if batch.verbatim:
            for record in batch.records:
                self._write_record(record)
        for record, data in zip(batch.records, batch.rewritten(), strict=False):
            self._write_encoded(record, data)

    def pass_through(self, records: list[Record]) -> None:
        """Write the bytes as they came (R10)."""
        if len(records) > 1 and self._log is None and not self._sse:
            self._write_malformed(records)
            return
        for record in records:
            self._pass_through(record)

    def _write_malformed(self, records: list[Record]) -> None:
        """Write malformed records, which are short: joined, since each part that is written takes time."""
        self._end_line()
        joined = b"".join(
            [
                record.data.replace(b"\n", b" ") + b"\n" if record.line is None else record.line + record.end
                for record in records
            ]
        )
        self._open_line = not joined.endswith(b"\n")
        self._output.write(joined)

    def _pass_through(self, record: Record) -> None:
        if self._log is not None:
            self._log.see(record, False)
        if record.cut and (self._sse or record.line is None):  # its beginning alone is no event
            return
        if record.kind is RecordKind.MALFORMED or (record.line is not None and not self._sse):
            self._write_record(record)

    def end(self, complete: bool) -> None:
        """Close a complete event stream with [DONE]."""
        if self._sse and complete:
            self._output.write(b"data: [DONE]\n\n")

    def flush(self) -> None:
        """Make visible what there is."""
        if self._log is not None:
            self._write_log(self._log, False)
        self._output.flush()

    def close(self) -> None:
        """Write what only the end of a log settles, and make visible what there is."""
        self._end_log()
        self._output.flush()

    def _may_still_release(self, record: Record, outcome: Outcome) -> bool:
        """Return whether more may be made of a rewritten chunk, the text of which is kept for it, within a limit."""
        return len(self._held) < HELD_CHUNKS and all(chunk is not record.value for chunk in outcome.chunks)

    def _write_rewritten(self, record: Record, chunk: Chunk) -> None:
        """Write a rewritten chunk, with the text of the record that it was made from; one of a dialect has none."""
        origin = record
        if self._held or record.kind is not RecordKind.VALUE:
            origin = self._origin(chunk, record)
        if origin.dialect is not None or type(origin.value) is not dict:
            self._write_encoded(record, encode(chunk))
        elif len(origin.data) <= HUGE or (self._log is not None and self._log.takes(record)):
            self._write_encoded(record, encode_rewritten(chunk, origin.value, origin.data))
        else:
            before, behind = self._around(record)
            out = _Gathered(self._output)
            out.write(before)
            write_rewritten(chunk, origin.value, origin.data, out)
            out.write(behind)
            out.close()

    def _origin(self, chunk: Chunk, record: Record) -> Record:
        """The record that a chunk was made from, which may be an earlier one."""
        from unspool.formats.splice import made_from  # noqa: PLC0415 - seldom needed

        known = [*self._held.values(), *([] if self._last is None else [self._last])]
        return next((one for one in known if made_from(chunk, one.value)), record)

    def _end_log(self) -> None:
        if self._log is not None:
            self._write_log(self._log, True)
            self._log = None

    def _write_log(self, log: "KeptLog", ended: bool) -> None:
        for line in log.take(ended):
            self._output.write(line)

    def _keeps(self, record: Record, data: bytes, verbatim: bool) -> bool:
        """Return whether a log takes what is written for a record."""
        return self._log is not None and self._log.add(data, record, verbatim)

    def _write_done(self, record: Record) -> None:
        if not self._keeps(record, record.data, True) and record.line is not None:
            self._write_line(record.line, record.end)

    def _write_encoded(self, record: Record, data: bytes) -> None:
        if self._keeps(record, data, False):
            return
        before, behind = self._around(record)
        self._output.write(before, data, behind)

    def _around(self, record: Record) -> tuple[bytes, bytes]:
        """The bytes before and behind the JSON of a rewritten chunk."""
        if self._sse:
            return self._layout
        self._end_line()
        returns = record.line is not None and record.end and record.line.endswith(b"\r")
        return b"", b"\r\n" if returns else b"\n"

    def _write_record(self, record: Record) -> None:
        if self._keeps(record, record.data, True):
            return
        if self._sse:
            self._write_event(LINE_ENDS.sub(b"\ndata: ", record.data) if LINE_ENDS.search(record.data) else record.data)
        elif record.kind is RecordKind.BLANK and record.line is not None and not record.end:
            self._open_line = not record.line.endswith(b"\n")
            self._output.write(record.line)  # more of a line that is too large, without an end between its pieces
        elif record.line is not None:
            self._write_line(record.line, record.end)
        else:  # between two tokens of JSON a line feed is as good as a space
            self._write_line(record.data.replace(b"\n", b" "), b"\n")

    def _write_event(self, data: bytes) -> None:
        self._output.write(self._layout.before, data, self._layout.behind)

    def _write_line(self, line: bytes, end: bytes) -> None:
        """Write a line."""
        self._end_line()
        self._open_line = not (end or line).endswith(b"\n")
        self._output.write(line, end)

    def _end_line(self) -> None:
        """Give a line an end that had none, now that another follows."""
        if self._open_line:
            self._output.write(b"\n")
            self._open_line = False
