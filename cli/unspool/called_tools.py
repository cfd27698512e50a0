"""The calls of a stream without text: which tool and argument may hold its message.

    called = CalledTools(choice=0, thoughts_arguments=("inner_thoughts",))
    called.see(event)              each event of a type in SEEN, in order
    called.see_fragments(event, texts)
    called.see_text(choice, …)     text of any choice
    called.see_kinds(extension)    the members of a translated chunk that Chat Completions cannot express
    called.see_unread(text)        a text in a record that was only kept
    called.see_others(value)       a chunk without events, for content that is no text
    called.result() -> NoMessage | None      the tools that are called in place of a message tool
    called.instead() -> NoMessage | None     what an answer without any call has, or which other choices have text

Memory is bounded: the first calls of the first few tools are kept, up to a limit of characters each.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from unspool.core.events import ArgumentsDelta, ChoiceFinished, MessageMissing, ThoughtsDelta, ToolCallStarted
from unspool.dialects.channels import FIELD
from unspool.dialects.translator import UnreadText
from unspool.errors import PartialJSONError
from unspool.redaction import redact
from unspool.variants.members import choice_index, delta_of

_TOOLS: Final = 8  # tools whose arguments are kept: names are model output
_CHARACTERS: Final = 1 << 16  # of the arguments of one call
_DEPTH: Final = 3  # keys of a dotted path
_TYPE: Final = 80  # characters of a type of content: names are the sender's
_CONTENT: Final = re.compile(
    r"_(?:call|use|request|result|output|upload|tools)$|^(?:inline|file)Data$|^executableCode$|^codeExecutionResult$"
    r"|^tool(?:Call|Response|Result)$|^(?:input_|output_)?(?:image|audio|video|file|document|reference)s?(?:_url)?$"
    r"|^program$|^compaction$|^redacted_thinking$|citation|^annotations$|^grounding|^append-text$|^update-state$"
)
"""The types of content that is no text. All other members are facts about the answer, or the progress of a run."""

Seen = ToolCallStarted | ArgumentsDelta | MessageMissing | ThoughtsDelta | ChoiceFinished
SEEN: Final[frozenset[type]] = frozenset(
    {ArgumentsDelta, ToolCallStarted, MessageMissing, ThoughtsDelta, ChoiceFinished}
)
"""The events that ``CalledTools.see`` takes."""


class CalledTool(NamedTuple):
    """A tool that was called, its top-level arguments, and the paths of those that are strings, the longest first."""

    name: str
    arguments: tuple[str, ...]
    texts: tuple[str, ...]


class NoMessage(NamedTuple):
    """A stream without text. ``tools`` are those that it calls, the one with the longest string first.

    ``missing`` is the first message call without a message argument, if there was one; then ``tools`` is empty,
    and with ``other_text`` there is another text; ``private`` are the names of arguments with thoughts (R7).
    ``instead`` is what an answer without text and calls has, in words; with ``unread`` its text may be in records of
    types that are not known, which makes the run fail (R17).
    """

    tools: tuple[CalledTool, ...]
    more: int = 0  # tools beyond those that are kept
    missing: MessageMissing | None = None
    instead: str = ""
    other_text: bool = False
    private: frozenset[str] = frozenset()
    unread: bool = False

    @property
    def candidate(self) -> tuple[str, str] | None:
        """The tool and the argument that most likely hold the message; None where no argument is a string."""
        return next(((tool.name, tool.texts[0]) for tool in self.tools if tool.texts), None)


class CalledTools:
    """Collects the calls of one choice until it has text. ``text`` is whether it had any."""

    def __init__(self, choice: int, thoughts_arguments: Sequence[str]) -> None:
        self.text = False
        self.thoughts = False
        self.finish = ""  # the last finish reason
        self.message = ""  # the name of the first message tool that was called
        self._has_message = False  # a message call has text
        self.field = False  # there is content of which a field was asked for
        self._others_than_text: list[str] = []  # types of content, the first few
        self._custom = False  # there are events that an application of LangGraph defines
        self.unread: dict[str, str] = {}  # the members with the texts of records that were not read, by their types
        self._choice = choice
        self._with_text: set[int] = set()  # other choices, the first few
        self._others: set[int] = set()  # choices that were seen, the first few
        self._thoughts = frozenset(thoughts_arguments)
        self._names: set[str] = set()
        self._nameless = False  # a call without a name
        self._missing: MessageMissing | None = None
        self._kept: dict[tuple[int, int], tuple[str, list[str]]] = {}
        self._sizes: dict[tuple[int, int], int] = {}

    def see(self, event: Seen) -> None:
        """Process an event of one of the types in SEEN."""
        if event.choice != self._choice:
            _keep(self._others, event.choice)
            return
        if isinstance(event, MessageMissing):
            self._missing = self._missing or event
        elif isinstance(event, ToolCallStarted) and event.tool == FIELD:
            self.field = True
        if self.text:
            return
        if isinstance(event, ArgumentsDelta):
            self.see_fragments(event, [event.arguments])
        elif isinstance(event, ThoughtsDelta):
            self.thoughts = True
        elif isinstance(event, ChoiceFinished):
            self.finish = event.reason
        elif isinstance(event, ToolCallStarted):
            self._see_call(event)

    def _see_call(self, event: ToolCallStarted) -> None:
        if event.message:
            self.message = self.message or event.tool
        elif not event.tool:
            self._nameless = True
        elif event.tool not in self._names and len(self._names) < 1024:
            self._names.add(event.tool)
            if len(self._kept) < _TOOLS:
                self._kept[event.step, event.call] = (event.tool, [])
                self._sizes[event.step, event.call] = 0

    def see_fragments(self, event: ArgumentsDelta, fragments: Iterable[str]) -> None:
        """Process several fragments of the call of ``event``."""
        key = (event.step, event.call)
        if self.text or event.choice != self._choice or key not in self._kept:
            return
        kept = self._kept[key][1]
        for fragment in fragments:
            remaining = _CHARACTERS - self._sizes[key]
            if remaining <= 0:
                return
            kept.append(fragment[:remaining])
            self._sizes[key] += len(kept[-1])

    def see_text(self, choice: int, of_call: bool) -> None:
        """Process the fact that a choice has text, of a message call or of content."""
        if choice == self._choice:
            self.text = True
            self._has_message = self._has_message or of_call
        else:
            _keep(self._with_text, choice)

    def see_kinds(self, kinds: Iterable[str]) -> None:
        """Keep the types of content among the members of an extension: they have no text."""
        if self.text:
            return
        for kind in kinds:
            self._custom = self._custom or kind == "custom"
            if len(kind) <= _TYPE and kind not in self._others_than_text and _CONTENT.search(kind):
                self._others_than_text = [*self._others_than_text, kind][:_TOOLS]

    def see_unread(self, text: UnreadText) -> None:
        """Keep the type of a record with a text that was not read, of the first few."""
        if not self.text and len(self.unread) < _TOOLS and len(text.kind) <= _TYPE:
            self.unread.setdefault(text.kind, text.member)

    def see_others(self, value: Any) -> None:
        """Keep the types of content in the members and the parts of a chunk's deltas, which give no event."""
        choices = value.get("choices") if isinstance(value, dict) else None
        for choice in choices if isinstance(choices, list) else ():
            delta = delta_of(choice) if isinstance(choice, dict) and choice_index(choice) == self._choice else None
            if isinstance(delta, dict):
                parts = delta.get("content")
                types = (
                    [part.get("type") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else ()
                )
                self.see_kinds([name for name, member in delta.items() if member] + [str(one) for one in types])

    def instead(self) -> NoMessage | None:
        """Return what a stream without text has, in words; None where it has calls of other tools alone."""
        if self.text or (self._names and not self.message):
            return None
        words = self._in_others() or self.in_custom or self._in_answer()
        return NoMessage((), instead=words) if words else None

    def _in_others(self) -> str:
        """Which other choices have text, or which are there in place of this one; "" where it is the only one."""
        if self._with_text:
            verb = "have" if len(self._with_text) > 1 else "has"
            return f"choice {self._choice} has no text; {_choices(self._with_text)} {verb} some (--choice)"
        if self._others and not (self.finish or self.thoughts):
            return f"the stream has no choice {self._choice}; it has {_choices(self._others)}"
        return ""

    def _in_answer(self) -> str:
        """Describe the content of an answer without a message."""
        if self.unread:
            found = ", ".join(f"{kind or 'no type'} ({member})" for kind, member in self.unread.items())
            return f"the answer is empty, but records of types that are not known have text: {found}"
        if self._others_than_text:
            return f"the answer has no text, but {', '.join(self._others_than_text)}: see `unspool rewrite`"
        if self.message:
            name = redact(self.message)[:_TYPE]  # while a secret in it is whole
            return f"the message of {name} is empty"
        if self._nameless:
            return "a call has no name: the record in which it begins is missing"
        if self.thoughts:
            return "the answer has only thoughts (--thoughts reasoning shows them)"
        return f"the answer is empty ({f'finish_reason {self.finish}' if self.finish else 'without a finish_reason'})"

    @property
    def in_custom(self) -> str:
        """What a stream without a response has, in words: events of its application; "" for any other stream."""
        alone = self._custom and not (self.anything or self.thoughts or self.finish)
        return "the stream has events of its application alone (custom): see `unspool rewrite`" if alone else ""

    @property
    def anything(self) -> bool:
        """Return whether text or a call has arrived."""
        return self.text or bool(self.message or self._names)

    def result(self) -> NoMessage | None:
        """Return the tools that are called instead of a message tool; None with text, an empty message, or no call.

        A message call that lacks its argument is named where there is content, too, unless another one has it.
        """
        if self._missing is not None and not self._has_message:
            return NoMessage((), missing=self._missing, other_text=self.text, private=self._thoughts)
        if self.text or self.message or not self._kept:
            return None
        found = [self._tool(name, "".join(fragments)) for name, fragments in self._kept.values()]
        found.sort(key=lambda one: -one[0])  # stable: of equal ones the first call stays first
        return NoMessage(tuple(tool for _, tool in found), len(self._names) - len(found))

    def _tool(self, name: str, arguments: str) -> tuple[int, CalledTool]:
        """The tool, and the length of its longest string."""
        value = _value(arguments)
        if not isinstance(value, dict):
            return 0, CalledTool(name, (), ())
        texts = sorted(self._texts(value, ()), key=lambda one: -len(one[1]))
        longest = len(texts[0][1]) if texts else 0
        return longest, CalledTool(name, tuple(map(str, value)), tuple(path for path, _ in texts))

    def _texts(self, value: dict[str, Any], parents: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Each string with its dotted path. A key with a dot has none, and thoughts are private (R7)."""
        for key, member in value.items():
            if not key or "." in key or key in self._thoughts:
                continue
            path = (*parents, key)
            if isinstance(member, str) and member:
                yield ".".join(path), member
            elif isinstance(member, dict) and len(path) < _DEPTH:
                yield from self._texts(member, path)


def _keep(choices: set[int], choice: int) -> None:
    """Add a choice to a bounded set: the numbers are the sender's."""
    if len(choices) < _TOOLS:
        choices.add(choice)


def _choices(numbers: set[int]) -> str:
    """The choices in words: choice 1; choices 0, 1 and 2."""
    *before, last = map(str, sorted(numbers))
    return f"choices {', '.join(before)} and {last}" if before else f"choice {last}"


def _value(arguments: str) -> Any:
    from unspool.formats.partial_json import parse_partial  # noqa: PLC0415 - for a source without a message

    try:
        return parse_partial(arguments)
    except PartialJSONError:
        return None
