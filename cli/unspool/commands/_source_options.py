"""The options for the source of a filter's stream, and for its recording."""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from unspool.commands import _typer as typer
from unspool.commands._options import (
    LONGEST_WAIT,
    READING,
    FilterOptions,
    OptionSet,
    argument,
    no_nan,
    once_option,
    own_option,
    timeout_option,
)
from unspool.commands._outputs import inputs, refuse_output_as_input, refuse_standard_output, refuse_unwritable
from unspool.commands._prompt import advice_for_missing, question, text_or_file
from unspool.core.errors import MalformedRecord
from unspool.core.options import Options
from unspool.environment import Environment, variable
from unspool.errors import SourceFailed
from unspool.files import FileSet, joined
from unspool.formats.json_codec import decode
from unspool.intake.opening import parts
from unspool.intake.source import Source
from unspool.sources.file import FileSource
from unspool.sources.request_body import Api, checked, for_responses, request, with_message_tools, with_system

if TYPE_CHECKING:
    from unspool.sources.endpoint import Endpoint
    from unspool.sources.recording import Recording

CALLING = "A live call"
KEEPING = "Recordings"

MODEL_MISSING = "no model is named; name one with --model, or set UNSPOOL_MODEL"
_CALL_PATH = "/chat/completions"  # no part of a base URL: the openai package adds it


class ModelOptions(OptionSet):
    """The options for the model and its endpoint."""

    model: Annotated[
        str | None, own_option("--model", "-m", metavar="NAME", help="The model to ask.", rich_help_panel=CALLING)
    ] = None
    base_url: Annotated[
        str | None,
        own_option(
            "--base-url",
            metavar="URL",
            help="Where the API is. Default: OPENAI_BASE_URL, or OpenAI itself. The key is read from OPENAI_API_KEY.",
            rich_help_panel=CALLING,
        ),
    ] = None
    api: Annotated[
        Api,
        own_option("--api", help="The interface to call: Chat Completions or Responses.", rich_help_panel=CALLING),
    ] = Api.CHAT
    system: Annotated[
        str | None,
        own_option(
            "--system", "-s", metavar="TEXT", help="The system message; @FILE reads it.", rich_help_panel=CALLING
        ),
    ] = None
    no_tools: Annotated[
        bool,
        own_option(
            "--no-tools",
            help="Send no message tool: the model answers with ordinary content.",
            rich_help_panel=CALLING,
        ),
    ] = False

    def endpoint(self, timeout: float | None) -> "Endpoint":
        """Return the endpoint. Raises BadParameter for OpenAI without a key."""
        from unspool.sources.endpoint import Endpoint, check_key  # noqa: PLC0415 - start-up

        self.refuse_undecodable()
        base_url, key = self._server()
        try:
            check_key(key)
        except ValueError as error:
            raise typer.BadParameter(f"OPENAI_API_KEY: {error}; set it again") from None
        try:
            return Endpoint(base_url, key, timeout, self.api)
        except ValueError as error:
            if not self.base_url:
                raise typer.BadParameter(f"OPENAI_BASE_URL: {error}") from None
            raise typer.BadParameter(str(error), param_hint="'--base-url'") from None

    def system_text(self) -> str | None:
        """The system message, read from a file where @ names one. Raises BadParameter where that is not possible."""
        return None if self.system is None else text_or_file(self.system, "--system")

    def _server(self) -> tuple[str, str]:
        """The base URL, and the key, "" where there is none."""
        from unspool.sources.endpoint import OPENAI  # noqa: PLC0415 - start-up

        return self.base_url or variable("OPENAI_BASE_URL") or OPENAI, variable("OPENAI_API_KEY")

    def refuse_missing(self, model: str | None) -> None:
        """Raise BadParameter with all that a call lacks at once: a new user lacks several."""
        from unspool.sources.endpoint import OPENAI  # noqa: PLC0415 - start-up

        base_url, key = self._server()
        lacking = []
        if not key and base_url.startswith(OPENAI):
            lacking.append("OPENAI_API_KEY is not set; set it, or name a server with --base-url")
        if base_url.rstrip("/").endswith(_CALL_PATH):
            lacking.append(f"the base URL ends in {_CALL_PATH}, which unspool adds itself; leave it off")
        if not model:
            lacking.append(MODEL_MISSING)
        if lacking:
            raise typer.BadParameter("; also: ".join(lacking))

    def refuse_undecodable(self) -> None:
        """Raise BadParameter for a text that is not UTF-8: no request can carry it."""
        for name in ("prompt", "model", "base_url", "system", "tool", "field", "file"):
            text = "".join(getattr(self, name, None) or [])
            if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
                raise typer.BadParameter("it is not UTF-8", param_hint=f"'--{name.replace('_', '-')}'")


class RecordOptions(OptionSet):
    """The options for recordings."""

    record: Annotated[
        str | None,
        once_option(
            "--record",
            metavar="FILE",
            help="Save the stream as it arrives, with its times.",
            rich_help_panel=KEEPING,
        ),
    ] = None
    force: Annotated[bool, once_option("--force", help="Overwrite an existing recording.", rich_help_panel=KEEPING)] = (
        False
    )

    def without_effect(self) -> dict[str, str]:
        """Return what there is to overwrite only where a recording is made."""
        return super().without_effect() | ({} if self.record is not None else {"force": "--record"})

    def open_recording(self, path: str) -> "Recording":
        """Open the file. Raises BadParameter where that is not possible."""
        from unspool.sources.recording import Recording  # noqa: PLC0415 - start-up

        refuse_standard_output("--record", path)
        try:
            return Recording(path, self.force)
        except OSError as error:
            refuse_unwritable("--record", path)
            if isinstance(error, FileExistsError):
                raise typer.BadParameter(f"{path} exists; --force overwrites it", param_hint="'--record'") from None
            raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="'--record'") from None


class SourceOptions(ModelOptions, RecordOptions, FilterOptions):
    """The options of a filter: its sources or a live call, and how they are read."""

    sources: Annotated[
        list[str] | None,
        argument(metavar="[SOURCE]...", help="Files to read; - or nothing is standard input."),
    ] = None
    prompt: Annotated[
        str | None,
        once_option(
            "--prompt",
            metavar="TEXT",
            help="Ask a model, and read its answer. @FILE reads the text; what is piped in is sent after it.",
            rich_help_panel=CALLING,
        ),
    ] = None
    file: Annotated[
        list[str] | None,
        once_option(
            "--file",
            metavar="FILE",
            help="Send a text or an image (PNG, JPEG, GIF, WebP) along with the prompt. Repeatable.",
            rich_help_panel=CALLING,
        ),
    ] = None
    request: Annotated[
        str | None,
        once_option(
            "--request",
            metavar="FILE",
            help="Send a whole request body (JSON) in place of --prompt; - is standard input.",
            rich_help_panel=CALLING,
        ),
    ] = None
    follow: Annotated[
        bool,
        once_option(
            "--follow",
            "-f",
            help="Keep reading as a file grows or is replaced, until interrupted.",
            rich_help_panel=READING,
        ),
    ] = False
    timeout: Annotated[float | None, timeout_option("wait; for a live call ten minutes.")] = None
    quiet: Annotated[
        bool,
        own_option(
            "--quiet",
            "-q",
            help="Write no messages about faults: only the exit code shows them.",
            rich_help_panel=READING,
        ),
    ] = False
    pace: Annotated[
        float | None,
        own_option(
            "--pace",
            metavar="FACTOR",
            min=1e-6,
            callback=no_nan,
            help="Replay a recording in real time (1), or this many times faster. Default: at once.",
            rich_help_panel=KEEPING,
        ),
    ] = None
    max_gap: Annotated[
        float | None,
        own_option(
            "--max-gap",
            metavar="SECONDS",
            min=0,
            max=LONGEST_WAIT,
            callback=no_nan,
            help="Wait no longer than this between two records of a replay.",
            rich_help_panel=KEEPING,
        ),
    ] = None

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._recording: Recording | None = None  # once its file is open
        self.other_choices: tuple[str, ...] = ()  # values of --only that choose no stream

    def without_effect(self) -> dict[str, str]:
        """Return the options of a live call where none is made, and of a replay without --pace, too."""
        of_calls = {} if self.calls else dict.fromkeys(ModelOptions.__annotations__, "--prompt or --request")
        of_replays = {} if self.pace is not None else {"max_gap": "--pace"}
        return super().without_effect() | of_calls | of_replays

    @property
    def named(self) -> bool:
        """Return whether a source is named, so that standard input need not be one."""
        return bool(self.sources) or self.calls

    @property
    def calls(self) -> bool:
        """Return whether a model is asked."""
        return self.prompt is not None or self.request is not None

    def open(self, environment: Environment, options: Options) -> list[Source]:
        """The sources in their order, as they are named.

        Raises BadParameter where they make no sense together, and where one is also written.
        """
        self.refuse_output_as_input(environment)
        if self.file and self.prompt is None:
            raise typer.BadParameter("it goes along with --prompt, and there is none", param_hint="'--file'")
        if self.calls:
            self._refuse_for_calls()
            sources = [self._call(environment, options)]
        else:
            sources = self._followed() if self.follow else self._files(environment)
        if self.record is not None:
            if len(sources) > 1:
                raise typer.BadParameter("one recording holds one source, not several", param_hint="'--record'")
            self.refuse_to_overwrite_source(self.record, environment, "--record")
            self._recording = self.open_recording(self.record)
        return sources

    def streams(
        self,
        source: Source,
        note: Callable[[str], None],
        pace: float | None = None,
        any_text: bool = False,
        keeps_log: bool = False,
    ) -> Iterator[Source]:
        """The streams in one source, each replayed at ``pace`` if it has times and recorded where that was asked.

        None for ``pace`` reads recordings without their times; --pace decides otherwise.
        ``note`` takes lines about how a source is read. With ``any_text`` a source
        without a layer and without records is plain text; with ``keeps_log`` a stream
        brings the records of the log that contains it.
        """
        if self.calls:
            yield self._recorded(source)
            return
        factor = pace if self.pace is None else self.pace
        asked = self.intake(timed=factor is not None)._replace(
            any_text=any_text, keeps_log=keeps_log, other_choices=self.other_choices
        )
        for one in parts(source, asked, note):
            yield self._recorded(one if factor is None else self._replayed(one, factor))

    def _files(self, environment: Environment) -> list[Source]:
        return [
            FileSource(path, environment.stdin, self.timeout, advice=advice_for_missing(path))
            for path in self.sources or ["-"]
        ]

    def _refuse_for_calls(self) -> None:
        """Raise BadParameter for options that make no sense with a live call."""
        if self.sources or (self.prompt is not None and self.request is not None):
            hint = "; --file sends a file along with the prompt" if self.sources else ""
            raise typer.BadParameter(f"files, --prompt and --request exclude each other{hint}")
        if self.pace is not None:
            raise typer.BadParameter("a live call cannot have a pace", param_hint="'--pace'")

    def _followed(self) -> list[Source]:
        from unspool.sources.follow import FollowedFile  # noqa: PLC0415 - start-up

        paths = self.sources or ["-"]
        if len(paths) > 1 or paths == ["-"]:
            raise typer.BadParameter("it takes one file: a pipe is followed by itself", param_hint="'--follow'")
        return [FollowedFile(paths[0], None, self.timeout)]

    def _call(self, environment: Environment, options: Options) -> Source:
        from unspool.sources.live import LiveSource  # noqa: PLC0415 - start-up

        if self.request is None:
            self.refuse_missing(self.model)  # before a person is asked to pipe something in
        body = self._body(environment, options)
        self.refuse_missing(body["model"])
        return LiveSource(self.endpoint(self.timeout), for_responses(body) if self.api is Api.RESPONSES else body)

    def _body(self, environment: Environment, options: Options) -> dict[str, Any]:
        if self.request is None:
            asked = question(self.prompt or "", self.file or [], environment, self.timeout)
            body = request([{"role": "user", "content": asked}], "")
        else:
            body = self._read_request(self.request, environment)
        system = self.system_text()
        if system is not None:
            body = with_system(body, system)
        body["stream"] = True
        body["model"] = self.model if self.model is not None else body.get("model")
        return body if self.no_tools else with_message_tools(body, options)

    def _read_request(self, path: str, environment: Environment) -> dict[str, Any]:
        try:
            return checked(decode(joined(FileSource(path, environment.stdin).blocks())))
        except (MalformedRecord, SourceFailed, ValueError) as fault:
            why = fault.reason if isinstance(fault, SourceFailed) else fault
            raise typer.BadParameter(f"{path}: {why}", param_hint="'--request'") from None

    def _replayed(self, source: Source, factor: float) -> Source:
        from unspool.sources.recording import Replayed  # noqa: PLC0415 - start-up

        longest = math.inf if self.max_gap is None else self.max_gap
        return Replayed(source, factor, longest, must=self.pace is not None)

    def _recorded(self, source: Source) -> Source:
        if self._recording is None:
            return source
        from unspool.sources.recording import Recorded  # noqa: PLC0415 - start-up

        return Recorded(source, self._recording, self.framing)

    def refuse_to_overwrite_source(self, path: str, environment: Environment, option: str) -> None:
        """Raise BadParameter where ``path``, which will be written, is a file that is read."""
        if path in FileSet(inputs(self._read_paths, environment)):
            raise typer.BadParameter(f"{path} is read, and would be written over", param_hint=f"'{option}'")

    def refuse_output_as_input(self, environment: Environment) -> None:
        """Raise BadParameter where a source is standard output or standard error, too."""
        refuse_output_as_input(self._read_paths, environment)

    @property
    def _read_paths(self) -> list[str]:
        """The files that are read; - is standard input."""
        if self.calls:
            return [] if self.request is None else [self.request]
        return self.sources or ["-"]
