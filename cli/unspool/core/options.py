"""The options of the transformer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from unspool.core.parser.targets import ValueTree, value_tree
from unspool.core.repairs import Repair
from unspool.variants.tool_names import ToolNames


class Thoughts(StrEnum):
    """The treatment of private thoughts (R7)."""

    DROP = "drop"
    REASONING = "reasoning"


class OtherTools(StrEnum):
    """The treatment of calls to tools that are not message tools (R6)."""

    PASS = "pass"  # noqa: S105 - the word of R6, no password
    DROP = "drop"


Choice = TypeVar("Choice", bound=StrEnum)


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

    The members of Thoughts, OtherTools and Repair can be given as their words too (``thoughts="reasoning"``).
    Raises ValueError for any other word and for an empty name or path, TypeError for a value of another type.
    """

    tools: Mapping[str, str] = field(default_factory=lambda: {"send_message": "message"})
    thoughts: Thoughts = Thoughts.DROP
    thoughts_arguments: tuple[str, ...] = ("inner_thoughts", "thinking")
    other_tools: OtherTools = OtherTools.PASS
    repairs: frozenset[Repair] = frozenset()
    message_arguments: bool = False
    separator: str = "\n\n"

    def __post_init__(self) -> None:
        _check_tools(self.tools)
        if not isinstance(self.separator, str):
            raise TypeError(f"separator must be a str, not {type(self.separator).__name__}")
        # A word that is no member would be compared with `is`, and so act as the default.
        values = {
            "thoughts": _member(Thoughts, self.thoughts, "thoughts"),
            "thoughts_arguments": tuple(_each(self.thoughts_arguments, "thoughts_arguments")),
            "other_tools": _member(OtherTools, self.other_tools, "other_tools"),
            "repairs": frozenset(_member(Repair, word, "repairs") for word in _each(self.repairs, "repairs")),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)  # the dataclass is frozen

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


def given_options(options: Any) -> Options | None:
    """Return the options that a caller gave, or None. Raises TypeError for anything else, such as only the tools."""
    if options is None or isinstance(options, Options):
        return options
    wanted = "an Options, such as Options(tools={'reply': 'text'})"
    raise TypeError(f"options must be {wanted}, not {type(options).__name__}")


def _check_tools(tools: Any) -> None:
    """Check the message tools. Raises TypeError for what is no mapping of names, ValueError for an empty name."""
    if not isinstance(tools, Mapping):
        wanted = "a mapping from each message tool to its argument, such as {'send_message': 'message'}"
        raise TypeError(f"tools must be {wanted}, not {type(tools).__name__}")
    for tool, path in tools.items():
        if not (isinstance(tool, str) and isinstance(path, str)):
            raise TypeError(f"a message tool needs the names of a tool and of an argument, not {tool!r}: {path!r}")
        if not tool or not all(path.split(".")):
            raise ValueError(f"a message tool needs a name and an argument, not {tool!r}: {path!r}")


def _member(kind: type[Choice], value: Any, option: str) -> Choice:
    """Return the member of an enumeration that ``value`` is or names. Raises ValueError."""
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{option}: {value!r} is not one of {', '.join(kind)}") from None


def _each(values: Any, option: str) -> Iterable[Any]:
    """Return several words. Raises TypeError for one string, which would count as its characters."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{option} must be several words, such as a tuple, not {type(values).__name__}")
    return values
