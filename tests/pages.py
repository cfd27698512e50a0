"""Writes what of docs/ is drawn from tables and samples: ``python -m tests.pages``."""

import tempfile
from collections.abc import Callable
from functools import partial
from inspect import cleandoc
from pathlib import Path
from typing import Any

from tests import manual, reference
from tests.animation import demo_picture
from tests.faults.peers import peers_section
from tests.faults.table import ROWS, row_tests
from tests.finish_words import OPENAI_ALONE, TABLES, UNDOCUMENTED, Table
from tests.notices import notices_page
from tests.support import ROOT, run_installed

from unspool.commands._completion import script
from unspool.dialects.finish_words import FAILED
from unspool.quirks.catalog import GROUPS, QUIRKS, Quirk
from unspool.sinks.events import EVENT_NAMES

INTRODUCTION = """\
# Quirks

What providers, servers and proxies send that the Chat Completions contract does not have, and what unspool does with
it. Most rows come from reports in public issue trackers, named in short as `project#number`; few were reproduced here.
The examples are written for this page, and show the members that matter.

`unspool lint capture.jsonl` names the quirks of a stream, counts them and says where each was seen first;
`unspool lint --explain T11` prints one row of this page. A number never changes its meaning. Each row has its cases in
`tests/quirks/`.

This page is written by `make docs` from the table in `cli/unspool/quirks/catalog/`.
"""


def quirks_page() -> str:
    """docs/QUIRKS.md."""
    return "\n".join([INTRODUCTION, *(_group(letter) for letter in GROUPS)])


def _group(letter: str) -> str:
    rows = [quirk for quirk in QUIRKS.values() if quirk.group == letter]
    return "\n".join([f"## {letter}: {GROUPS[letter]}\n", *(_row(quirk) for quirk in rows)])


def _row(quirk: Quirk) -> str:
    example = f"~~~text\n{quirk.example}\n~~~"
    parts = [f"### {quirk.number}", f"**{quirk.sentence}**", example, quirk.meaning, f"*unspool:* {quirk.unspool}"]
    return "\n\n".join(parts) + "\n"


EVENTS_INTRODUCTION = """\
# Events

`unspool events capture.jsonl` writes one JSON object for each thing the transformer saw, in order, as soon as it is
certain. Each has `event`, its name, and `record`, the number of the record that caused it (from 1; 0 where there
was none). `step` counts the responses of a source from 1; `choice` is the wire's `choice.index`; `call` counts the tool
calls of a choice from 0, in the order they were seen, and is null for ordinary content. With several sources, each
begins with an event `source`.

Names and fields are stable: new ones may come, none changes its meaning. From Python the same events are the named
tuples of `unspool.core.events`, which `Transformer.feed` gives.

This page is written by `make docs` from `cli/unspool/core/events.py`.
"""
EDGE_EVENTS = """\
## Events of the command alone

| event | fields | when |
| --- | --- | --- |
| `source` | `name` | a source begins, where there are several |
| `step` | `subagent`, too | with `--subagents`: the response is of the sub-agent with this id |
| `done` | | the stream said `[DONE]` |
| `malformed` | `offset`, `reason` | a record cannot be read (R10); `offset` is its byte in the decoded text |
"""


def events_page() -> str:
    """docs/EVENTS.md."""
    return "\n".join([EVENTS_INTRODUCTION, *(_event(kind, name) for kind, name in EVENT_NAMES.items()), EDGE_EVENTS])


JSON_TYPES = {
    "int": "number",
    "int | None": "number or null",
    "str | None": "string or null",
    "str": "string",
    "bool": "boolean",
    "tuple[str, ...]": "array of strings",
}


def _event(kind: type, name: str) -> str:
    rows = [f"| `{field}` | {_json_type(hint)} |" for field, hint in kind.__annotations__.items()]
    table = "\n".join(["| field | JSON type |", "| --- | --- |", *rows])
    says = cleandoc(kind.__doc__ or "").replace("``", "`")
    return f"## `{name}`\n\n{says}\n\n{table}\n\nIn Python: `{kind.__name__}`.\n"


def _json_type(hint: Any) -> str:
    return JSON_TYPES.get(hint.__name__ if isinstance(hint, type) else str(hint), "object")


FINISH_WORDS = "## Finish reasons"
FINISH_INTRODUCTION = """\
Each provider has its own words for the end of a response. A word that is not in the table becomes `stop` and is kept in
the extension; if a part of it is `error`, `fail`, `cancelled`, `malformed` or the like, it is an error, too. If
`content_filter` ends an answer without text, one line on standard error reports it; another reports an answer that is
empty. Chat Completions' own words are kept. Its servers have OpenAI's words and those named here; of a relay such as
OpenRouter, the word in `native_finish_reason` counts. LangChain passes on the words of the provider behind it.

{alone} document OpenAI's words and no others; the client libraries of {undocumented}
name no words.

This section is written by `make docs` from `cli/unspool/dialects/finish_words.py` and `tests/finish_words.py`.
"""
MEANINGS = {name: f"`{name}`" for name in ("stop", "length", "tool_calls", "content_filter")}


def dialects_page() -> str:
    """docs/DIALECTS.md: as it is, but for the section of words for an end, which comes from their tables."""
    before, _, rest = (ROOT / "docs/DIALECTS.md").read_text(encoding="utf-8").partition(f"{FINISH_WORDS}\n")
    _, found, after = rest.partition("\n## ")
    rows = ["| format | member | its words | become |", "| --- | --- | --- | --- |"]
    rows += [row for table in TABLES for row in _word_rows(table)]
    introduction = FINISH_INTRODUCTION.format(alone=_links(OPENAI_ALONE), undocumented=_links(UNDOCUMENTED))
    return "\n".join([before + FINISH_WORDS, "", introduction, *rows, ""]) + found + after


def _links(sources: dict[str, str]) -> str:
    *others, last = (f"[{name}]({source})" for name, source in sources.items())
    return f"{', '.join(others)} and {last}"


def _word_rows(table: Table) -> list[str]:
    """The rows of one table: one for each meaning."""
    server = f" ({table.server})" if table.server else ""
    rows, label = [], f"| `{table.dialect}`{server} | [`{table.member}`]({table.source}) |"
    for meaning, becomes in {**MEANINGS, FAILED: "an error, exit code 5"}.items():
        words = ", ".join(f"`{word}`" for word, found in table.words.items() if found == meaning)
        if words:
            rows.append(f"{label} {words} | {becomes} |")
            label = "| | |"
    return rows


MAN = {f"docs/man/{f'unspool-{name}' if name else 'unspool'}.1": partial(manual.page, name) for name in manual.pages()}
COMPLETIONS = {
    "docs/completions/unspool.bash": partial(script, "bash"),
    "docs/completions/_unspool": partial(script, "zsh"),
    "docs/completions/unspool.fish": partial(script, "fish"),
}
RELIABILITY_INTRODUCTION = """\
# Reliability

What unspool does with hostile input and in hostile surroundings: 49 classes of faults. Each has separate tests in
`tests/faults/`, named `test_row_NUMBER_…`, that run with all others; exit codes are those of
[exit codes](reference/exit-codes.md). A note says what is not covered, or does not apply.

Four commands look further: `make fuzz` for inputs that no one wrote, `make torture` for system calls that fail,
`make faults-cost` for inputs that are made to cost time and memory, `make faults-peers` for what other programs do
with the same inputs.

This page is written by `make docs` from `tests/faults/table.py`.
"""
RELIABILITY_COSTS = """\
## Time and memory

The time is linear in the input. Most inputs take well under a second of processor time a MB. Lines of one or two bytes
take 0.2 to 0.8 s, start included, since each becomes a record with its message or event, and arrays of small values up
to 1.5 s; lines `d:{}`, each the end of a response, take 1.2 s. Each response of a container (a body of HTTP, an entry
of a HAR) costs about 0.1 ms; to look for an envelope takes up to 0.4 s once. These are figures of plain Python on an
idle machine; on a shared one they were twice to five times as high.

What never ends takes bounded memory, since everything that is kept has a limit:

| what | at most | beyond it |
| --- | --- | --- |
| one record: a line, an event, a value, an element | 512 MB | One bad record, reported when that is known; exit 3 |
| arrays and objects of one record | 2,097,152 | The same |
| choices of one response | 1,024 | The chunk is a bad record; exit 3 |
| calls of one choice | 4,096 | One line; the text before is out, `rewrite` leaves the others out; exit 3 |
| a document that must be whole (HAR, cassette) | 1 GB | Exit 5 |
| a request, a prompt, an attached file, a session, an expectation | 100 MB | Exit 2 or 5 |

The bytes of a record that is too large are skipped up to the end of its line, event or element, and are not kept;
`rewrite` passes a line of JSON Lines on, whatever its size. A line of a log around records is cut at 512 MB. `--record`
writes every byte of such a line or event as it arrives; before such a value of JSON in several lines, element or data
stream part the recording ends early, with a message.

A record whose content is one string takes at most 2.5 times its size and 40 MB beyond an empty input. These differ:

- A message in the arguments of a call takes 3 times its size: the record, the arguments and the message are in memory
  at once. Up to about 60 MB that is within the limit above. In `check`, which has the expectation too, it is 4 times;
  `diff` has the texts of both streams.
- JSON of many small values takes what Python needs for them, up to 250 bytes for each array or object: 15 to 70 times
  its size, and about 500 MB at the limit above.
- `rewrite` keeps a record of the log until the new one is written: up to 6 times its size in a string of the log.
- A text with a character beyond U+FFFF takes four bytes a character in Python: 6 times its size where only a few
  characters are such, and in `rewrite` of a log twice that.
- Where memory runs out, one line says so, exit 5. The JSON libraries (orjson, jiter) crash if that happens inside of
  them, so that the memory for the values of a large record is asked for before. It may still happen where other
  threads or processes take it in between.
"""


def reliability_page() -> str:
    """docs/RELIABILITY.md."""
    tests = row_tests()
    rows = [
        f"| {number} | {row.fault} | {row.holds or 'Does not apply.'} | {len(tests[number]) or ''} | {row.reason} |"
        for number, row in ROWS.items()
    ]
    table = "\n".join(["| | fault | what holds | tests | note |", "| --- | --- | --- | --- | --- |", *rows])
    return "\n".join([RELIABILITY_INTRODUCTION, "## Fault classes\n", table + "\n", peers_section(), RELIABILITY_COSTS])


PAGES: dict[str, Callable[[], str]] = {
    "docs/QUIRKS.md": quirks_page,
    "docs/EVENTS.md": events_page,
    "docs/RELIABILITY.md": reliability_page,
    "docs/DIALECTS.md": dialects_page,
    "THIRD-PARTY.md": notices_page,
    "docs/reference/commands.md": reference.commands_page,
    "docs/reference/api.md": reference.api_page,
    **MAN,
    **COMPLETIONS,
}
"""Each page that is drawn from a table, by its path."""


def view_picture() -> str:
    """docs/view.svg: what `unspool view` shows of a sample."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "view.svg"
        run_installed(["view", "--svg", str(picture), str(ROOT / "samples" / "markdown.jsonl")])
        return picture.read_text(encoding="utf-8")


PICTURES: dict[str, Callable[[], str]] = {"docs/view.svg": view_picture, "docs/demo.svg": demo_picture}
"""Each picture; how it looks is rich's, and may change with it."""


def main() -> None:
    """Write all pages and pictures."""
    for path, page in {**PAGES, **PICTURES}.items():
        target = ROOT / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(page(), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
