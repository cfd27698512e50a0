"""What a user may ask of the transformer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from unspool.core.parser.targets import ValueTree, value_tree
from unspool.core.repairs import Repair
from unspool.core.tool_names import ToolNames


class Thoughts(StrEnum):
    """What becomes of private thoughts (R7)."""

    DROP = "drop"
    REASONING = "reasoning"


class OtherTools(StrEnum):
    """What becomes of calls to tools that are no message tools (R6)."""

    PASS = "pass"  # noqa: S105 - the word of R6, no password
    DROP = "drop"


@dataclass(frozen=True)
class Options:
    """The rules of one transformation.

    ``tools`` maps each message tool, or a pattern of names (``*send_message``),
    to the path of its message argument (a dotted path is allowed); ``thoughts_arguments`` are the names of arguments
    that hold private thoughts. With ``message_arguments`` the arguments of
    message calls are reported as events too, as those of other tools are.
    ``separator`` is the text between two messages in rewritten chunks (R16).
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

    @cached_property
    def trees(self) -> ToolNames[ValueTree]:
        """For each message tool the tree of the values wanted from its arguments."""
        return ToolNames({tool: value_tree(path, self.thoughts_arguments) for tool, path in self.tools.items()})

    @cached_property
    def paths(self) -> ToolNames[str]:
        """For each message tool the path of its message argument."""
        return ToolNames(self.tools)
