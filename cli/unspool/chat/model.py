"""The model that a chat asks: one live call for each answer, through the one loop."""

from dataclasses import dataclass
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from unspool.diagnostics import Report
from unspool.intake.source import Source
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import Sink
from unspool.sources.endpoint import Endpoint
from unspool.sources.live import LiveSource
from unspool.sources.request_body import Api, Message, for_responses, request, with_message_tools

if TYPE_CHECKING:
    from unspool.sources.recording import Recording

_NEEDED = ("unspool.sources.openai_client", "unspool.view.sink")


def load_early() -> None:
    """Import what an answer needs while somebody still types: it takes a second."""
    Thread(target=lambda: [import_module(name) for name in _NEEDED], daemon=True).start()


@dataclass
class Model:
    """The endpoint, the use of the message tool, and the recording of answers."""

    endpoint: Endpoint
    settings: Settings
    tools: bool = True
    record: "Recording | None" = None

    def ask(self, messages: list[Message], name: str, sink: Sink, report: Report, summary: Summary) -> None:
        """Send the messages to the model of this name, and let ``sink`` know of the answer as it arrives."""
        body = request(messages, name)
        if self.tools:
            body = with_message_tools(body, self.settings.options)
        if self.endpoint.api is Api.RESPONSES:
            body = for_responses(body)
        source: Source = LiveSource(self.endpoint, body)
        if self.record is not None:
            from unspool.sources.recording import Recorded  # noqa: PLC0415 - seldom wanted

            source = Recorded(source, self.record)
        run(source, self.settings, sink, report, summary)
