"""The loop of a chat: a line, and what comes of it."""

import os
import time
from collections.abc import Sequence

from unspool.chat.conversation import Conversation
from unspool.chat.model import Model
from unspool.chat.output import Screen
from unspool.chat.prompting import Prompter
from unspool.chat.slash_commands import COMMANDS
from unspool.chat.storage import Session
from unspool.chat.turn_sink import TurnSink
from unspool.diagnostics import Problem, describe
from unspool.files import uninterrupted
from unspool.settings import Summary
from unspool.sinks.base import SinkGroup
from unspool.sources.attachments import Attachment, read_attachment, with_attachments

_LEAVING = ("exit", "quit")  # at a prompt; through a pipe they are messages
_TWICE = 2.0  # seconds within which a second interrupt leaves


class ChatSession:
    """A conversation under way.

    ``chunks`` are the records of the last answer; ``question`` is the last one asked, with its ``images``.
    ``unsaved`` says whether the session lacks the last turns, since its file could not be written.
    """

    def __init__(
        self, conversation: Conversation, model: Model, prompter: Prompter, screen: Screen, session: Session | None
    ) -> None:
        self.conversation = conversation
        self.screen = screen
        self.summary = Summary()
        self.chunks: list[bytes] = []
        self.question: str | None = None
        self.images: Sequence[str] = ()
        self.leaving = self.unsaved = False
        self._model = model
        self._prompter = prompter
        self._session = session
        self._attached: list[Attachment] = []
        self._interrupted = float("-inf")
        self._ended = False  # by an interrupt

    def run(self, first: str | None = None) -> bool:
        """Ask the first question, then read and answer until somebody leaves; false if an interrupt ended it."""
        if first is not None:
            self.ask(first)
        while not self.leaving:
            try:
                line = self._prompter.read()
            except EOFError:
                return True
            except KeyboardInterrupt:
                if self._interrupt():
                    break
                self.screen.say("Ctrl-C again leaves, and so does Ctrl-D.")
                continue
            if self.screen.terminal and line in _LEAVING:
                return True
            if not line.startswith("/"):
                self.ask(line)
            elif line.startswith("//"):
                self.ask(line[1:])
            else:
                self._command(line)
        return not self._ended

    def _interrupt(self) -> bool:
        """Note an interrupt; true if it ends the chat: through a pipe, and on a terminal the second in a short time."""
        before, self._interrupted = self._interrupted, time.monotonic()
        self._ended = not self.screen.terminal or self._interrupted - before < _TWICE
        return self._ended

    def _command(self, line: str) -> None:
        name, _, argument = line[1:].partition(" ")
        command = COMMANDS.get(name)
        if command is None:
            self.screen.say(f"There is no /{name}; /help lists what there is, and // begins a message with a slash.")
        else:
            command.run(self, argument.strip())

    def attach(self, path: str) -> str:
        """Send a text or an image along with the next question; returns what it is. Raises OSError and ValueError."""
        attachment = read_attachment(os.path.expanduser(path))
        self._attached.append(attachment)
        return attachment.kind

    def ask(self, question: str) -> None:
        """Ask the model, with what is attached."""
        text, images = with_attachments(question, self._attached)
        self._attached.clear()
        self.ask_again(text, images)

    def ask_again(self, question: str, images: Sequence[str]) -> None:
        """Ask the model; the conversation so far is kept, whatever happens then."""
        self.question, self.images = question, images
        collected = TurnSink(question, self._model.settings.options.tools, images)
        stopped = False
        try:
            sink = SinkGroup([self.screen.begin(), collected])
            messages = self.conversation.messages(question, images)
            self._model.ask(messages, self.conversation.model, sink, self._report, self.summary)
        except KeyboardInterrupt:
            stopped = True
            self.leaving = self._interrupt()
        finally:  # a signal that ends the chat leaves here, and what had arrived is kept
            try:
                self.screen.end(cut=stopped)
            finally:
                with uninterrupted():  # a second one waits until that is done
                    self._settle(collected, stopped)

    def _settle(self, collected: TurnSink, stopped: bool) -> None:
        """Keep an answer, also one that was stopped."""
        self.chunks = collected.chunks
        turn = collected.turn()
        if turn.messages:
            self.conversation.turns.append(turn)
            self.keep()
        elif stopped:
            self.screen.say("Stopped before any text arrived; /retry asks again.")

    def _report(self, problem: Problem) -> None:
        self.screen.fault(describe(problem, live=True))

    def keep(self) -> None:
        """Write the session, if there is one."""
        if self._session is None:
            return
        try:
            self._session.save(self.conversation)
            self.unsaved = False
        except OSError as error:
            self.unsaved = True
            self.screen.say(f"The session could not be kept: {error.strerror} ({self._session.path}).")
