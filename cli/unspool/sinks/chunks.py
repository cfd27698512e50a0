"""The chunk sink: rewritten chunks as JSONL or server-sent events."""

from enum import StrEnum

from unspool.core.rewriter.step import Outcome
from unspool.fastpath.batch import RecordBatch
from unspool.formats.json_codec import encode
from unspool.formats.jsonl import JsonLines
from unspool.formats.line_splitter import LINE_ENDS
from unspool.formats.record import Record, RecordKind
from unspool.formats.sse import ServerSentEvents
from unspool.sinks.base import SourceInfo
from unspool.sinks.output import Output


class ChunkFormat(StrEnum):
    """The framing of rewritten chunks."""

    JSONL = "jsonl"
    SSE = "sse"


_LAYOUTS = {ChunkFormat.JSONL: JsonLines.layout, ChunkFormat.SSE: ServerSentEvents.layout}


class ChunkSink:
    """Sink for chunks: unchanged ones as the bytes received (R1), the others encoded."""

    def __init__(self, output: Output, to: ChunkFormat = ChunkFormat.JSONL) -> None:
        self._output = output
        self._layout = _LAYOUTS[to]
        self._sse = to is ChunkFormat.SSE
        self._held: dict[int, Record] = {}
        self._open_line = False

    def begin(self, source: SourceInfo) -> None:
        """Write nothing: the output of all sources is one stream."""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Write the chunks; keep the record while its chunk is held back."""
        if record.kind is RecordKind.DONE and not self._sse and record.line is not None:
            self._write_line(record.line, record.end)
        for chunk in outcome.chunks:
            if chunk is record.value:
                self._write_record(record)
            elif id(chunk) in self._held:
                self._write_record(self._held[id(chunk)])
            else:
                self._write_encoded(record, encode(chunk))
        if not holding:
            self._held.clear()
        elif not outcome.chunks:
            self._held[id(record.value)] = record

    def write_batch(self, batch: RecordBatch) -> None:
        """Write the records as they came, or the rewritten chunks."""
        if batch.verbatim:
            for record in batch.records:
                self._write_record(record)
        for record, data in zip(batch.records, batch.rewritten(), strict=False):
            self._write_encoded(record, data)

    def pass_through(self, record: Record) -> None:
        """Write the bytes as they came (R10)."""
        if record.kind is RecordKind.MALFORMED or (record.line is not None and not self._sse):
            self._write_record(record)

    def end(self, complete: bool) -> None:
        """Close a complete event stream with [DONE]."""
        if self._sse and complete:
            self._output.write(b"data: [DONE]\n\n")

    def flush(self) -> None:
        """Make visible what there is."""
        self._output.flush()

    def close(self) -> None:
        """Make visible what there is: nothing waits for the end."""
        self._output.flush()

    def _write_encoded(self, record: Record, data: bytes) -> None:
        if self._sse:
            self._write_event(data)
        else:
            returns = record.line is not None and record.end and record.line.endswith(b"\r")
            self._write_line(data, b"\r\n" if returns else b"\n")

    def _write_record(self, record: Record) -> None:
        if self._sse:
            self._write_event(LINE_ENDS.sub(b"\ndata: ", record.data) if LINE_ENDS.search(record.data) else record.data)
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
