"""The options of the transformer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from unspool.core.parser.targets import ValueTree, value_tree
from unspool.core.repairs import Repair
from unspool.core.tool_names import ToolNames


class Thoughts(StrEnum):
    """The treatment of private thoughts (R7)."""

    DROP = "drop"
    REASONING = "reasoning"


class OtherTools(StrEnum):
    """The treatment of calls to tools that are not message tools (R6)."""

    PASS = "pass"  # noqa: S105 - the word of R6, no password
    DROP = "drop"


@dataclass(frozen=True)
class Options:
    """The options of one transformer.

    Attributes:
        tools: for each message tool, or pattern of names (``*send_message``), the path of its message argument,
            which may be dotted (``reply.text``).
        thoughts: the treatment of private thoughts.
        thoughts_arguments: the names of arguments that hold private thoughts.
        other_tools: the treatment of calls to other tools.
        repairs: the ambiguous readings to accept.
        message_arguments: whether ArgumentsDelta events report the arguments of message calls too.
        separator: the text between two messages in rewritten chunks (R16).

    Raises ValueError for an empty name or path.
    """

    tools: Mapping[str, str] = field(default_factory=lambda: {"send_message": "message"})
    thoughts: Thoughts = Thoughts.DROP
    thoughts_arguments: tuple[str, ...] = ("inner_thoughts", "thinking")
    other_tools: OtherTools = OtherTools.PASS
    repairs: frozenset[Repair] = frozenset()
    message_arguments: bool = False
    separator: str = "\n\n"

    def __post_init__(self) -> None:
        for tool, path in self.tools.items():
            if not tool or not all(path.split(".")):
                raise ValueError(f"a message tool needs a name and an argument, not {tool!r}: {path!r}")

    # Cached: the transformers of all sources share one Options.
    @cached_property
    def trees(self) -> ToolNames[ValueTree]:
        """For each message tool the tree of wanted values."""
        return ToolNames({tool: value_tree(path, self.thoughts_arguments) for tool, path in self.tools.items()})

    @cached_property
    def cumulative(self) -> "Options":
        """The same options, for a choice whose records hold whole messages: each repeats those before it (R15)."""
        return replace(self, repairs=self.repairs | {Repair.CUMULATIVE})

    @cached_property
    def paths(self) -> ToolNames[str]:
        """For each message tool the path of its message argument."""
        return ToolNames(self.tools)
