"""Rows to bytes: JSON Lines, CSV and Parquet. The only importer of pyarrow.

writer = make_writer(form, file, columns)
writer.add(rows)      any number, in order
writer.close()        what is left; the file itself stays open
"""

import csv
import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Protocol

from unspool.formats.json_codec import encode_object
from unspool.table.schema import COLUMNS, VERSION, Kind, Row, as_dict

_BATCH_ROWS = 10_000
_BATCH_BYTES = 1 << 24
"""Rows that are gathered for one row group of a Parquet file, and the bytes of their texts."""
PARQUET_MISSING = "Parquet needs pyarrow, which is not installed: pip install 'unspool[parquet]'"


class TableFormat(StrEnum):
    """The file format of rows."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class ByteFile(Protocol):
    """The interface of a file that a writer needs."""

    def write(self, data: bytes, /) -> object:
        """Add bytes."""


class Writer(Protocol):
    """Rows in, bytes out; see the module's head."""

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows."""

    def close(self) -> None:
        """Write what is left."""


class JsonLinesWriter:
    """One JSON object a row."""

    def __init__(self, file: ByteFile, columns: Sequence[str]) -> None:
        self._file = file
        self._columns = columns

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        for row in rows:
            self._file.write(encode_object(as_dict(row, self._columns)) + b"\n")

    def close(self) -> None:
        """Do nothing: all rows are written."""


class CsvWriter:
    """RFC 4180 with a line of names and LF as the end of a line; lists are JSON text, an unknown value is empty."""

    def __init__(self, file: ByteFile, columns: Sequence[str]) -> None:
        self._file = file
        self._columns = columns
        # with CRLF as the end of a line csv quotes a CR, too, which readers take for the end of a line
        self._line = csv.writer(_Returned(), lineterminator="\r\n").writerow
        self._write_lines([columns])

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        self._write_lines([[_cell(value) for value in as_dict(row, self._columns).values()] for row in rows])

    def close(self) -> None:
        """Do nothing: all rows are written."""

    def _write_lines(self, lines: Sequence[Sequence[Any]]) -> None:
        self._file.write("".join(self._line(line)[:-2] + "\n" for line in lines).encode())


class _Returned:
    """A file for csv, whose writer returns what this returns: the line itself."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, tuple)) else value


class ParquetWriter:
    """Row groups of bounded size, compressed with zstd; the file's metadata has the version of the schema."""

    def __init__(self, file: ByteFile, columns: Sequence[str]) -> None:
        import pyarrow.parquet  # noqa: PLC0415 - an extra

        self._pyarrow = pyarrow
        self._columns = columns
        self._schema = _parquet_schema(columns)
        self._file = pyarrow.parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[Row] = []
        self._size = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Gather rows, and write them as a row group where they have become many."""
        for row in rows:
            self._rows.append(row)
            self._size += size_of(row)
            if len(self._rows) >= _BATCH_ROWS or self._size >= _BATCH_BYTES:
                self._write_group()

    def _write_group(self) -> None:
        rows, self._rows, self._size = self._rows, [], 0
        values = {
            name: [[call._asdict() for call in row.calls] for row in rows]
            if name == "calls"
            else [getattr(row, name) for row in rows]
            for name in self._columns
        }
        self._file.write_table(self._pyarrow.Table.from_pydict(values, schema=self._schema))

    def close(self) -> None:
        """Write the last row group and the footer."""
        if self._rows:
            self._write_group()
        self._file.close()


def _parquet_schema(columns: Sequence[str]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    call = [
        ("id", pa.string()),
        ("name", pa.string()),
        ("arguments", pa.string()),
        ("complete", pa.bool_()),
        ("server", pa.bool_()),
    ]
    types = {
        Kind.TEXT: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.REAL: pa.float64(),
        Kind.CALLS: pa.list_(pa.struct(call)),
        Kind.NAMES: pa.list_(pa.string()),
    }
    kinds = {column.name: column.kind for column in COLUMNS}
    fields = [pa.field(name, types[kinds[name]]) for name in columns]
    return pa.schema(fields, metadata={"unspool.table": str(VERSION)})


def size_of(row: Row) -> int:
    """About how many bytes a row takes."""
    calls = sum(len(call.arguments) + 64 for call in row.calls) if row.calls else 0
    return 256 + len(row.text) + calls + (len(row.thoughts) if row.thoughts else 0)


def check_format(form: TableFormat) -> None:
    """Raise ImportError with a hint where the package for a format is missing."""
    if form is TableFormat.PARQUET:
        from importlib.util import find_spec  # noqa: PLC0415 - start-up

        try:
            found = find_spec("pyarrow") is not None
        except ValueError:  # its import is blocked
            found = False
        if not found:
            raise ImportError(PARQUET_MISSING)


_WRITERS: dict[TableFormat, Callable[[ByteFile, Sequence[str]], Writer]] = {
    TableFormat.JSONL: JsonLinesWriter,
    TableFormat.CSV: CsvWriter,
    TableFormat.PARQUET: ParquetWriter,
}


def make_writer(form: TableFormat, file: ByteFile, columns: Sequence[str]) -> Writer:
    """The writer of a format."""
    return _WRITERS[form](file, columns)
