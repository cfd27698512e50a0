"""The settings of a run, and its result."""

from dataclasses import replace
from typing import NamedTuple

from unspool.core.options import Options
from unspool.dialects.channels import Channel
from unspool.formats.detect import Format
from unspool.intake.asked import Asked


class Settings(NamedTuple):
    """The settings of a run, with the options of the transformer."""

    options: Options = Options()
    format: Format = Format.AUTO
    choice: int = 0
    single_step: bool = False
    strict: bool = False
    needs_text: bool = False  # a run without text has exit code 1
    fast: bool = True  # the fast path; off in tests and the benchmark, which compare both
    dialect: str | None = None  # by its name in the table; None: what the records show
    channels: frozenset[Channel] = frozenset()  # markup that is taken out of content
    field: bool = False  # content is JSON, of which a field is the message
    intake: Asked = Asked()  # how the streams are taken out of a source
    subagents: bool = False  # the messages of an agent's sub-agents are translated, too
    auto_tool: bool = False  # the message tool is to be taken from the stream

    @property
    def framing(self) -> str | None:
        """The framing that was asked for, by its name for ``--from``; None where it is to be detected."""
        return None if self.format in (Format.AUTO, Format.ANY) else self.format.value

    def with_tool(self, tool: str, path: str) -> "Settings":
        """The same with one more message tool."""
        return self._replace(options=replace(self.options, tools={**self.options.tools, tool: path}))


class Summary:
    """The result of a run.

    The kinds of faults it met, whether the chosen choice had text, and whether
    ``strict`` ended the run before its sources.
    """

    def __init__(self) -> None:
        self.faults: set[type] = set()
        self.text = False
        self.stopped = False
        self.read = False  # whether the last source had a record that could be read
