"""Turn LLM streams whose text is inside tool calls into text, live.

    from unspool import Transformer

    transformer = Transformer()
    for chunk in chunks:                            # dicts, as JSON gives them
        outcome = transformer.feed(chunk)
        for rewritten in outcome.chunks: ...        # delta.content in place of the call
    outcome = transformer.close()                   # the rest, and a report if the stream was cut

Names are imported on first use: the command starts without
what it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unspool.capture import events
    from unspool.core.errors import MalformedRecord, NotAChunk, UnspoolError
    from unspool.core.events import (
        ArgumentsDelta,
        ArgumentsFailed,
        ChoiceFinished,
        Event,
        Fault,
        MessageBoundary,
        MessageMissing,
        QuirkSeen,
        RefusalDelta,
        ResponseFailed,
        ResponseRefused,
        ServerToolCalled,
        StepFinished,
        StepStarted,
        StreamIncomplete,
        TextContradicted,
        TextDelta,
        ThoughtsDelta,
        ToolCallFinished,
        ToolCallStarted,
        ToolReturned,
        UsageReported,
    )
    from unspool.core.options import Options, OtherTools, Thoughts
    from unspool.core.outcome import Outcome
    from unspool.core.repairs import Repair
    from unspool.core.transformer import Transformer
    from unspool.errors import (
        ArgumentsFailedError,
        PartialJSONError,
        ResponseFailedError,
        SourceFailed,
        StreamError,
        StreamIncompleteError,
        StreamTimeout,
    )
    from unspool.formats.partial_json import parse_partial
    from unspool.serve.proxy.middleware import RewriteStreams
    from unspool.server.agent_stream import stream_agent
    from unspool.server.pull import rewritten, rewritten_sync
    from unspool.server.queue_interface import (
        ChatCompletionsStreamingInterface,
        StreamFault,
        StreamingInterface,
        StreamStatus,
    )
    from unspool.server.relay import relay
    from unspool.server.results import CallResult, StepRecorder, StepResult
    from unspool.server.sse import sse_events
    from unspool.sources.endpoint import Endpoint
    from unspool.sources.live import LiveSource
    from unspool.sources.openai_async import ModelClient
    from unspool.table.rows import rows
    from unspool.table.schema import Row

__version__ = "0.2.0"

_MODULES = {
    "unspool.capture": "events",
    "unspool.core.repairs": "Repair",
    "unspool.core.errors": "MalformedRecord NotAChunk UnspoolError",
    "unspool.errors": "ArgumentsFailedError PartialJSONError ResponseFailedError SourceFailed StreamError "
    "StreamIncompleteError StreamTimeout",
    "unspool.core.events": "ArgumentsDelta ArgumentsFailed ChoiceFinished Event Fault MessageBoundary MessageMissing "
    "QuirkSeen RefusalDelta ResponseFailed ResponseRefused ServerToolCalled StepFinished StepStarted StreamIncomplete "
    "TextContradicted TextDelta ThoughtsDelta ToolCallFinished ToolCallStarted ToolReturned UsageReported",
    "unspool.core.options": "Options OtherTools Thoughts",
    "unspool.core.outcome": "Outcome",
    "unspool.core.transformer": "Transformer",
    "unspool.formats.partial_json": "parse_partial",
    "unspool.server.queue_interface": "ChatCompletionsStreamingInterface StreamFault StreamStatus StreamingInterface",
    "unspool.sources.endpoint": "Endpoint",
    "unspool.sources.live": "LiveSource",
    "unspool.serve.proxy.middleware": "RewriteStreams",
    "unspool.server.agent_stream": "stream_agent",
    "unspool.server.relay": "relay",
    "unspool.server.pull": "rewritten rewritten_sync",
    "unspool.server.results": "CallResult StepRecorder StepResult",
    "unspool.server.sse": "sse_events",
    "unspool.sources.openai_async": "ModelClient",
    "unspool.table.rows": "rows",
    "unspool.table.schema": "Row",
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = [
    "ArgumentsDelta",
    "ArgumentsFailed",
    "ArgumentsFailedError",
    "CallResult",
    "ChatCompletionsStreamingInterface",
    "ChoiceFinished",
    "Endpoint",
    "Event",
    "Fault",
    "LiveSource",
    "MalformedRecord",
    "MessageBoundary",
    "MessageMissing",
    "ModelClient",
    "NotAChunk",
    "Options",
    "OtherTools",
    "Outcome",
    "PartialJSONError",
    "QuirkSeen",
    "RefusalDelta",
    "Repair",
    "ResponseFailed",
    "ResponseFailedError",
    "ResponseRefused",
    "RewriteStreams",
    "Row",
    "ServerToolCalled",
    "SourceFailed",
    "StepFinished",
    "StepRecorder",
    "StepResult",
    "StepStarted",
    "StreamError",
    "StreamFault",
    "StreamIncomplete",
    "StreamIncompleteError",
    "StreamStatus",
    "StreamTimeout",
    "StreamingInterface",
    "TextContradicted",
    "TextDelta",
    "Thoughts",
    "ThoughtsDelta",
    "ToolCallFinished",
    "ToolCallStarted",
    "ToolReturned",
    "Transformer",
    "UnspoolError",
    "UsageReported",
    "__version__",
    "events",
    "parse_partial",
    "relay",
    "rewritten",
    "rewritten_sync",
    "rows",
    "sse_events",
    "stream_agent",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'unspool' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
