"""Rows as bytes: readers of each format get the values back."""

import csv
import io
from pathlib import Path

import duckdb
import pyarrow.csv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.table.schema import Row
from unspool.table.writers import TableFormat, make_writer

TEXTS = ["a\rb", "a\r\nb", "a\nb", "\r", 'quote"q,', " lead", "tab\tx", "\x1b[31mred", "null", "=1+1", "😀"]


def written(form: TableFormat, texts: list[str], columns: tuple[str, ...] = ("source", "text")) -> bytes:
    file = io.BytesIO()
    writer = make_writer(form, file, columns)
    writer.add([Row("s", text=text) for text in texts])
    writer.close()
    return file.getvalue()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_csv_gives_each_text_back(texts: list[str]) -> None:
    data = written(TableFormat.CSV, texts).decode()
    assert [row["text"] for row in csv.DictReader(io.StringIO(data, newline=""))] == texts


@pytest.mark.parametrize("text", TEXTS)
def test_duckdb_and_arrow_read_each_text_from_csv(text: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(written(TableFormat.CSV, ["before", text, "after"]))
    query = f"SELECT text FROM read_csv('{path}', header=true, delim=',', quote='\"')"
    with duckdb.connect() as database:
        found = database.execute(query).fetchall()
    assert [row[0] for row in found] == ["before", text, "after"]
    options = pyarrow.csv.ParseOptions(newlines_in_values=True)
    assert pyarrow.csv.read_csv(path, parse_options=options)["text"].to_pylist() == ["before", text, "after"]


def test_a_row_of_one_empty_cell_is_a_line() -> None:
    assert written(TableFormat.CSV, ["", "a"], ("text",)) == b'text\n""\na\n'
