"""What `import unspool` promises: the names, that they cost nothing until asked for, and their types."""

import importlib
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from typing import Any, assert_never, assert_type

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.support import chunk, message_call

import unspool
from unspool import (
    ArgumentsDelta,
    ArgumentsFailed,
    ChatCompletionsStreamingInterface,
    ChoiceFinished,
    Event,
    Fault,
    MessageBoundary,
    MessageMissing,
    NotAChunk,
    Options,
    OtherTools,
    Outcome,
    QuirkSeen,
    RefusalDelta,
    Repair,
    ResponseFailed,
    ResponseRefused,
    ServerToolCalled,
    StepFinished,
    StepStarted,
    StreamFault,
    StreamIncomplete,
    StreamingInterface,
    StreamStatus,
    TextContradicted,
    TextDelta,
    Thoughts,
    ThoughtsDelta,
    ToolCallFinished,
    ToolCallStarted,
    ToolReturned,
    Transformer,
    UsageReported,
    parse_partial,
)

HEAVY = ("openai", "jiter", "pydantic", "httpx", "asyncio", "orjson", "rich", "typer")


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after ``statement``."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


# --- names ----------------------------------------------------------------------------------


def test_the_names_are_exactly_what_imports() -> None:
    """The table of homes and the list of names cannot drift apart."""
    assert set(unspool.__all__) == {*unspool._MODULE_OF, "__version__"}
    assert len(unspool.__all__) == len(set(unspool.__all__))


def test_the_names_are_sorted() -> None:
    assert unspool.__all__ == sorted(unspool.__all__)


def test_each_name_imports_from_the_top() -> None:
    """In a fresh interpreter, each on its own: none leans on another's import."""
    statements = "\n".join(f"from unspool import {name}; assert {name} is not None" for name in unspool.__all__)
    assert "unspool" in loaded_by(statements)
    reverse = "\n".join(f"from unspool import {name}" for name in reversed(unspool.__all__))
    assert "unspool" in loaded_by(reverse)


@pytest.mark.parametrize("name", sorted(set(unspool.__all__) - {"__version__"}))
def test_a_name_is_the_one_of_its_home(name: str) -> None:
    value = getattr(unspool, name)
    assert value is getattr(importlib.import_module(unspool._MODULE_OF[name]), name)
    if isinstance(value, type):
        assert (value.__module__, value.__qualname__) == (unspool._MODULE_OF[name], name)
        assert value.__doc__


def test_a_star_import_gives_the_names() -> None:
    code = "from unspool import *\nimport unspool\nassert set(unspool.__all__) <= set(globals())"
    assert "unspool" in loaded_by(code)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'unspool' has no attribute 'nothing'"):
        unspool.nothing  # noqa: B018
    assert not hasattr(unspool, "_nothing")
    with pytest.raises(ImportError):
        exec("from unspool import nothing", {})


def test_dir_lists_the_names() -> None:
    assert dir(unspool) == unspool.__all__


def test_the_version_is_the_one_that_is_installed() -> None:
    assert unspool.__version__ == version("unspool")


def test_types_are_promised() -> None:
    assert (files("unspool") / "py.typed").is_file()


# --- laziness -------------------------------------------------------------------------------


def test_the_import_alone_loads_nothing_heavy() -> None:
    assert loaded_by("import unspool").isdisjoint(HEAVY)
    assert loaded_by("import unspool; dir(unspool); unspool.__version__").isdisjoint(HEAVY)


def test_the_transformer_needs_the_standard_library_alone() -> None:
    used = "from unspool import Transformer; Transformer().feed({'choices': []}); Transformer().close()"
    assert loaded_by(used).isdisjoint(HEAVY)
    others = {"parse_partial", "events", "rows", "RewriteStreams", *INTERFACE, *LIVE}
    names = ", ".join(sorted(set(unspool.__all__) - others))
    assert loaded_by(f"from unspool import {names}").isdisjoint(HEAVY)


INTERFACE = (
    "ChatCompletionsStreamingInterface",
    "StreamingInterface",
    "StreamFault",
    "StreamStatus",
    "relay",
    "CallResult",
    "ModelClient",
    "StepRecorder",
    "StepResult",
    "rewritten",
    "rewritten_sync",
    "sse_events",
    "stream_agent",
)
LIVE = ("Endpoint", "LiveSource")


def test_each_heavy_package_comes_with_the_name_that_needs_it() -> None:
    partial = loaded_by("from unspool import parse_partial; parse_partial('{}', strict=True)")
    assert "jiter" in partial
    assert partial.isdisjoint({"openai", "asyncio", "rich", "typer"})
    interface = loaded_by("from unspool import ChatCompletionsStreamingInterface")
    assert {"openai", "asyncio"} <= interface
    assert loaded_by("from unspool import LiveSource").isdisjoint({"openai", "asyncio", "rich", "typer"})
    assert interface.isdisjoint({"rich", "typer"})


# --- types: the checker reads these functions, the tests run them ---------------------------


def text_of(chunks: list[dict[str, Any]], options: Options | None = None) -> str:
    """A caller's code, with the exact type of everything it touches."""
    transformer = Transformer(options)
    assert_type(transformer, Transformer)
    assert_type(transformer.options, Options)
    assert_type(transformer.steps, int)
    text = ""
    for one in chunks:
        outcome = transformer.feed(one)
        assert_type(outcome, Outcome)
        assert_type(outcome.chunks, list[dict[str, Any]])
        assert_type(outcome.events, list[Event])
        text += "".join(map(text_in, outcome.events))
    assert_type(transformer.done(), Outcome)
    assert_type(transformer.close(), Outcome)
    return text


def text_in(event: Event) -> str:
    if isinstance(event, TextDelta):
        assert_type(event.step, int)
        assert_type(event.choice, int)
        assert_type(event.call, int | None)
        assert_type(event.text, str)
        return event.text
    return ""


def named(event: Event) -> str:
    """Every event has its place: the checker knows that nothing is left for the last line."""
    match event:
        case TextDelta() | ThoughtsDelta() | RefusalDelta():
            return event.text
        case ToolCallStarted(tool=tool, id=ident, message=message):
            assert_type(tool, str)
            assert_type(ident, str)
            assert_type(message, bool)
            return tool
        case ArgumentsDelta():
            return event.arguments
        case ToolCallFinished() | StepFinished():
            assert_type(event.complete, bool)
            return "ended"
        case ChoiceFinished():
            return event.reason
        case UsageReported():
            assert_type(event.usage, dict[str, Any])
            return "usage"
        case StepStarted():
            return event.model
        case MessageMissing():
            assert_type(event.arguments, tuple[str, ...])
            return event.tool
        case MessageBoundary():
            return "thoughts" if event.thoughts else "message"
        case ResponseRefused():
            return event.reason
        case TextContradicted():
            return event.text
        case QuirkSeen():
            return event.quirk
        case ServerToolCalled():
            return event.tool
        case ToolReturned():
            assert_type(event.failed, bool)
            return event.text
        case ArgumentsFailed() | StreamIncomplete() | ResponseFailed():
            fault: Fault = event
            return reason_of(fault)
    assert_never(event)


def reason_of(fault: Fault) -> str:
    if isinstance(fault, ResponseFailed):
        assert_type(fault.code, str)
        return fault.message
    assert_type(fault, ArgumentsFailed | StreamIncomplete)
    if isinstance(fault, ArgumentsFailed):
        assert_type(fault.offset, int)
    return fault.reason


def all_options() -> Options:
    options = Options(
        tools={"say": "reply.text"},
        thoughts=Thoughts.REASONING,
        thoughts_arguments=("plan",),
        other_tools=OtherTools.DROP,
        repairs=frozenset({Repair.CUMULATIVE, Repair.DOUBLE_ENCODED, Repair.SINGLE_QUOTES}),
    )
    assert_type(options.tools, Mapping[str, str])
    assert_type(options.thoughts, Thoughts)
    assert_type(options.thoughts_arguments, tuple[str, ...])
    assert_type(options.other_tools, OtherTools)
    assert_type(options.repairs, frozenset[Repair])
    return options


def served(
    interface: ChatCompletionsStreamingInterface,
) -> AsyncGenerator[ChatCompletionChunk | StreamStatus | StreamFault, None]:
    generic: StreamingInterface = interface
    generic.stream_start()
    interface.process_chunk(chunk({"content": "x"}), "message-1", datetime(2031, 1, 1), expect_reasoning_content=True)
    return interface.get_generator()


def test_the_typed_use_runs() -> None:
    assert text_of(message_call(['{"message":"Hi ', 'there"}'])) == "Hi there"
    nested = message_call(['{"reply":{"text":"Hi"},"plan":"x"}'], tool="say")
    assert text_of(nested, all_options()) == "Hi"


def test_every_kind_of_event_has_a_place_in_the_typed_use() -> None:
    stream = message_call(['{"message":"Hi"}', " x"])
    transformer = Transformer()
    events = [event for one in stream for event in transformer.feed(one).events] + transformer.close().events
    assert {"Hi", "send_message", "ended", "tool_calls", "m", "A15"} <= set(map(named, events))
    failed = Transformer().feed({"error": {"message": "no", "code": 5}}).events
    assert [named(event) for event in failed] == ["no"]


def test_the_typed_generator_is_one() -> None:
    generator = served(ChatCompletionsStreamingInterface())
    assert_type(generator, AsyncGenerator[ChatCompletionChunk | StreamStatus | StreamFault, None])
    assert isinstance(generator, AsyncGenerator)


async def _application(*_: Any) -> None:
    """An ASGI application that answers nothing."""


@pytest.mark.parametrize(
    "use",
    [
        lambda given: unspool.rewritten_sync([], given),
        lambda given: unspool.rows("none.jsonl", given),
        lambda given: iter([unspool.StepRecorder(given)]),
        lambda given: iter([unspool.RewriteStreams(_application, given)]),
        lambda given: iter([unspool.ChatCompletionsStreamingInterface(options=given)]),
    ],
)
def test_the_tools_alone_are_no_options(use: Callable[[Any], Iterator[Any]]) -> None:
    with pytest.raises(TypeError, match=r"options must be an Options, such as Options\(tools=.*, not dict"):
        next(use({"reply": "text"}))


def test_what_is_no_chunk_can_be_caught_by_its_public_name() -> None:
    with pytest.raises(NotAChunk) as caught:
        Transformer().feed(5)
    assert_type(caught.value.reason, str)
    assert_type(caught.value.position, int | None)
    assert issubclass(NotAChunk, unspool.MalformedRecord)
    assert issubclass(unspool.MalformedRecord, unspool.UnspoolError)
    assert issubclass(unspool.SourceFailed, unspool.UnspoolError)
    value = parse_partial('{"a": "b', strict=False)
    assert value == {"a": "b"}
