"""The columns of a table: the one place that has their names, types and meaning; docs/TABLE.md is checked against it.

``VERSION`` changes where a column changes its meaning or goes; a new column alone leaves it.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, NamedTuple

from unspool.suggestions import unknown

VERSION = 1


class Call(NamedTuple):
    """One call of a tool that is no message tool; ``arguments`` is JSON text, ``complete`` whether it is whole.

    ``server`` is whether the provider's server runs the tool, so that no client answers the call.
    """

    id: str
    name: str
    arguments: str
    complete: bool
    server: bool = False


class Row(NamedTuple):
    """One response of one choice, or what could not be read outside of any; ``COLUMNS`` has the meaning of each field.

    None means that a value is not known.
    """

    source: str
    record: int = 0
    step: int = 0
    choice: int = 0
    dialect: str | None = None
    id: str | None = None
    model: str | None = None
    created: int | None = None
    text: str = ""
    thoughts_chars: int = 0
    thoughts: str | None = None
    refusal: str | None = None
    calls: tuple[Call, ...] = ()
    finish: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    chunks: int = 0
    first_text_s: float | None = None
    duration_s: float | None = None
    quirks: tuple[str, ...] = ()
    error: str | None = None
    exit: int = 0
    subagent: str | None = None


class Kind(Enum):
    """The type of a column, in the words of the documentation."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    CALLS = "list of objects"
    NAMES = "list of texts"


class Column(NamedTuple):
    """A column: its name, its type and what it holds."""

    name: str
    kind: Kind
    meaning: str


COLUMNS = (
    Column("source", Kind.TEXT, "the file, URL or part of a container that the response was read from"),
    Column("record", Kind.INTEGER, "the number of the response's first record in its source, from 1; 0: none"),
    Column("step", Kind.INTEGER, "the number of the response in its source, from 1; 0: not part of a response"),
    Column("choice", Kind.INTEGER, "the `choice.index` of the wire"),
    Column("dialect", Kind.TEXT, "the wire format, by its name for `--from`"),
    Column("id", Kind.TEXT, "the id of the response"),
    Column("model", Kind.TEXT, "the model that the response names"),
    Column("created", Kind.INTEGER, "when the response was created, in seconds since 1970"),
    Column("text", Kind.TEXT, "all text for the user; with `--separator` between two messages"),
    Column("thoughts_chars", Kind.INTEGER, "how many characters of private thoughts there were"),
    Column("thoughts", Kind.TEXT, "the thoughts themselves, with `--thoughts reasoning` alone"),
    Column("refusal", Kind.TEXT, "the text of a refusal, or the provider's word for it where there is none"),
    Column(
        "calls",
        Kind.CALLS,
        "the calls of other tools: `id`, `name`, `arguments` (JSON text), `complete`, and `server` for those that the "
        "provider's server runs; thoughts arguments are left out unless `--thoughts reasoning` asks for them",
    ),
    Column("finish", Kind.TEXT, "the finish reason as received"),
    Column("prompt_tokens", Kind.INTEGER, "the last usage of the response; on its first choice alone, for sums"),
    Column("completion_tokens", Kind.INTEGER, "the same"),
    Column("total_tokens", Kind.INTEGER, "the same; the sum of the two where the usage names none"),
    Column("chunks", Kind.INTEGER, "how many records the response came in"),
    Column("first_text_s", Kind.REAL, "seconds to the first text, of a recording or log with times"),
    Column("duration_s", Kind.REAL, "seconds to the last chunk, of the same"),
    Column("quirks", Kind.NAMES, "the numbers of the quirks that were seen (docs/QUIRKS.md), each once"),
    Column("error", Kind.TEXT, "what went wrong, in words"),
    Column("exit", Kind.INTEGER, "the exit code that the row alone would give"),
    Column("subagent", Kind.TEXT, "the sub-agent whose response it is, with `--subagents` alone"),
)
"""All columns, in order."""

NAMES = tuple(column.name for column in COLUMNS)
_CALLS, _QUIRKS = Row._fields.index("calls"), Row._fields.index("quirks")


def check_columns(names: Iterable[str]) -> tuple[str, ...]:
    """The names as they are. Raises ValueError for one that is no column, or that comes twice."""
    chosen = tuple(names)
    for name in chosen:
        if name not in NAMES:
            raise ValueError(unknown("column", name, NAMES))
    if len(set(chosen)) < len(chosen) or not chosen:
        raise ValueError("each column can be named once, and at least one must be")
    return chosen


def as_dict(row: Row, names: Sequence[str] = NAMES) -> dict[str, Any]:
    """The columns of a row as plain values, the calls as objects."""
    return {name: [call._asdict() for call in row.calls] if name == "calls" else getattr(row, name) for name in names}


def as_list(row: Row) -> list[Any]:
    """The values of a row in the order of its fields, the calls as lists."""
    values: list[Any] = list(row)
    values[_CALLS] = list(map(list, row.calls))
    return values


def from_list(values: list[Any]) -> Row:
    """The row of which ``as_list`` made these values."""
    values[_CALLS] = tuple(Call(*call) for call in values[_CALLS])
    values[_QUIRKS] = tuple(values[_QUIRKS])
    return Row(*values)
