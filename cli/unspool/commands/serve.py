"""unspool serve"""

import asyncio
import math
import os
import shlex
import socket
from typing import TYPE_CHECKING

import typer

from unspool.commands._options import takes_options
from unspool.commands._outputs import refuse_standard_output, refuse_unwritable
from unspool.commands._serve_options import ServeCommand, ServeOptions
from unspool.commands._stderr import OWN_FAULT, say
from unspool.environment import Environment, variable, with_variables
from unspool.exits import ExitCode
from unspool.files import FileSet, write_output
from unspool.redaction import protect, redact
from unspool.serve.http.request_log import RequestLog, describe
from unspool.serve.proxy.translation import UpstreamApi
from unspool.suggestions import ending_for

if TYPE_CHECKING:
    from unspool.serve.faults.spec import Plan
    from unspool.serve.service import ReplayOptions, Service, ServiceOptions

_WITHOUT_EFFECT = frozenset({"choice", "single_step", "exit_status"})
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_IDLE_SECONDS = 600.0
_SHOWN = 10  # captures that were never requested
COMMAND_CLASS = ServeCommand
EXTRA_MISSING = "unspool serve needs a package that is not installed ({name}): pip install 'unspool[serve]'"


@takes_options(ServeOptions, without=_WITHOUT_EFFECT)
def serve(context: typer.Context, options: ServeOptions) -> None:
    """Serve an API to any chat client: a proxy that turns message calls into content, or captures played back.

    With --upstream, chat completions are rewritten and everything else passes unchanged. Captures are served as the
    bytes that were captured, each at the path of its interface. With both, requests that match no capture go to the
    upstream. The key is read from OPENAI_API_KEY; UNSPOOL_SERVE_KEY is one that clients must send.

    Example: unspool serve --upstream https://api.openai.com/v1

    Captures in real time: unspool serve captures
    """
    environment: Environment = context.obj
    settings = options.settings()
    try:
        from unspool.serve.http.guard import Access  # noqa: PLC0415 - start-up
        from unspool.serve.service import KEPT_REQUESTS, ServiceOptions  # noqa: PLC0415 - start-up, and an extra
    except ImportError as error:
        say(environment.stderr, EXTRA_MISSING.format(name=error.name))
        raise typer.Exit(ExitCode.USAGE) from None  # as for a format or a scheduler whose package is missing
    if options.upstream is None and not options.sources:
        raise typer.BadParameter("name captures to serve, or the API that requests are passed on to with --upstream")
    _refuse_report(options)
    serve_key, origins = variable("UNSPOOL_SERVE_KEY"), frozenset(options.allow_origin or ())
    asked = ServiceOptions(
        settings,
        options.upstream,
        options.upstream_api,
        _key_for(options.upstream_api),
        Access(options.host, origins, serve_key, options.max_streams),
        options.timeout or _IDLE_SECONDS,
        options.max_body,
        _replay(options),
        options.record,
        _plan(options),
        0 if options.report is None else KEPT_REQUESTS,
    )
    code = _run(_Console(environment, options.quiet), asked, options)
    raise typer.Exit(code)


def _refuse_report(options: ServeOptions) -> None:
    """Raise BadParameter where the report cannot be written, or would be written over a capture."""
    from unspool.serve.replay.captures import files_of  # noqa: PLC0415 - start-up

    captures = (file for path in options.sources or () for file in files_of(path, lambda _: None))
    if options.report is not None and options.report in FileSet(captures):
        raise typer.BadParameter(f"{options.report} is served, and would be written over", param_hint="'--report'")
    if options.report is not None:
        refuse_unwritable("--report", options.report)
    if options.record is not None:
        refuse_standard_output("--record", options.record)


def _plan(options: ServeOptions) -> "Plan":
    """The faults and when they apply. Raises BadParameter."""
    from random import randrange  # noqa: PLC0415 - start-up

    from unspool.serve.faults.spec import ConditionError, Plan  # noqa: PLC0415 - start-up

    seed = randrange(1_000_000) if options.seed is None else options.seed  # noqa: S311 - no secret
    try:
        return Plan.parse(options.fault or [], options.fault_when or [], seed)
    except ValueError as error:
        option = "--fault-when" if isinstance(error, ConditionError) else "--fault"
        raise typer.BadParameter(str(error), param_hint=f"'{option}'") from None


def _replay(options: ServeOptions) -> "ReplayOptions":
    from unspool.serve.replay.player import Pace  # noqa: PLC0415 - start-up
    from unspool.serve.service import ReplayOptions  # noqa: PLC0415 - start-up

    return ReplayOptions(
        tuple(options.sources or ()),
        options.intake(),
        options.framing,
        options.order,
        tuple(options.ignore or ()),
        Pace(options.pace, math.inf if options.max_gap is None else options.max_gap),
    )


def _run(console: "_Console", asked: "ServiceOptions", options: ServeOptions) -> int:
    """Run the server; returns the exit code."""
    from unspool.serve.runner import Client, Stopped, listen, run  # noqa: PLC0415 - start-up

    host = asked.access.host
    words = _words(options.run)
    service = _service(console, asked)
    try:
        listening = listen(host, options.port)
    except (OSError, OverflowError) as error:
        number = error.errno if isinstance(error, OSError) else None
        if number is not None and number < 0:  # of the resolver, such as EAI_NONAME
            raise typer.BadParameter(f"the host {host} is not known; name an address of this machine") from None
        reason = os.strerror(number) if number else str(error)
        raise typer.BadParameter(f"{host} port {options.port}: {reason}; --port 0 picks a free one") from None
    variables = _variables(listening, host, asked.access.key)

    async def session() -> int:
        console.announce(host, variables, bool(asked.access.key))
        if any("random" in fault for fault in options.fault or []):
            console.warn(f"seed {asked.plan.seed}: --seed {asked.plan.seed} gives the same faults again")
        client = None if words is None else Client(words, with_variables(_for_all_clients(variables)))
        try:
            return await run(service.app, listening, service.stopping, client, console.warn)
        finally:
            await service.aclose()

    try:
        code = asyncio.run(session())
    except Stopped:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except OSError as error:
        if error.filename is None:  # no file of the client's, but the server's own
            raise
        raise typer.BadParameter(f"{error.filename}: {error.strerror}", param_hint="'--run'") from None
    unserved = console.name_unserved(service)
    passed = options.report is None or _write_report(console, options.report, service)
    return code or (ExitCode.NO if (options.strict and unserved) or not passed else ExitCode.OK)


def _write_report(console: "_Console", path: str, service: "Service") -> bool:
    """Write the verdict on the client, and name what it did wrong; returns whether it passed."""
    from unspool.serve.faults.report import Outcome, findings, written  # noqa: PLC0415 - start-up

    for finding in findings(service.requests):
        if finding.outcome is Outcome.FAILED:
            console.warn(f"request {finding.request}: {finding.what}" if finding.request else finding.what)
    data, passed = written(path, service.requests)
    try:
        write_output(path, data)
    except OSError as error:
        console.warn(f"{path}: {error.strerror}; the report is not there")
        raise typer.Exit(ExitCode.FAILED) from None
    return passed


def _service(console: "_Console", asked: "ServiceOptions") -> "Service":
    """The service. Raises BadParameter, and leaves where a capture is missing or none can be served."""
    from unspool.serve.service import Service  # noqa: PLC0415 - start-up

    try:
        service = Service(asked, console.log_request, console.warn, console.failed)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--upstream'") from None
    except OSError as error:
        if error.filename in asked.replay.captures:
            console.warn(f"{error.filename}: {error.strerror}; nothing is served{ending_for(error.filename)}")
            raise typer.Exit(ExitCode.FAILED) from None
        raise typer.BadParameter(f"{error.filename}: {error.strerror}", param_hint="'--record'") from None
    if asked.upstream is None and not service.library.captures:
        console.warn("there is no capture that could be served")
        raise typer.Exit(ExitCode.FAILED)
    return service


def _words(command: str | None) -> list[str] | None:
    """The command and its arguments, as a shell splits them. Raises BadParameter."""
    if command is None:
        return None
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--run'") from None
    if not words:
        raise typer.BadParameter("name a command", param_hint="'--run'")
    return words


def _key_for(api: UpstreamApi) -> str:
    """The key that the upstream wants, "" where none is set."""
    key = variable("ANTHROPIC_API_KEY" if api is UpstreamApi.ANTHROPIC else "OPENAI_API_KEY")
    for secret in (key, variable("UNSPOOL_SERVE_KEY")):
        protect(secret)
    return key


def _variables(listening: socket.socket, host: str, serve_key: str) -> dict[str, str]:
    """The settings of a client: the address of the server, and a key, since most clients do not start without one."""
    from unspool.serve.proxy.forwarder import PLACEHOLDER  # noqa: PLC0415 - start-up

    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    base_url = f"http://{name}:{listening.getsockname()[1]}/v1"
    return {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": serve_key or PLACEHOLDER}


def _for_all_clients(variables: dict[str, str]) -> dict[str, str]:
    """The settings of a client that is started here: Anthropic's reads its own, without the version in the path."""
    root = variables["OPENAI_BASE_URL"].removesuffix("/v1")
    return {**variables, "ANTHROPIC_BASE_URL": root, "ANTHROPIC_API_KEY": variables["OPENAI_API_KEY"]}


class _Console:
    """The messages of the server on standard error: a line at its start, and one for each request."""

    def __init__(self, environment: Environment, quiet: bool) -> None:
        self._environment = environment
        self._quiet = quiet

    def announce(self, host: str, variables: dict[str, str], has_key: bool) -> None:
        """Say where the server is; the key itself is not shown."""
        key = "$UNSPOOL_SERVE_KEY" if has_key else variables["OPENAI_API_KEY"]
        base_url = variables["OPENAI_BASE_URL"]
        self.warn(f"serving at {base_url}; in the client: OPENAI_BASE_URL={base_url} OPENAI_API_KEY={key}")
        if host not in _LOOPBACK:
            who = "who has the key" if has_key else "without a key (set UNSPOOL_SERVE_KEY)"
            self.warn(f"it listens on {host}: anybody who reaches this machine can use it, {who}")

    def log_request(self, log: RequestLog) -> None:
        """The line about a request."""
        if not self._quiet:
            self.warn(describe(log))

    def name_unserved(self, service: "Service") -> bool:
        """Name the captures that were never requested; returns whether there are any."""
        names = [capture.name for capture in service.library.unserved]
        for name in names[:_SHOWN]:
            self.warn(f"never requested: {name}")
        if len(names) > _SHOWN:
            self.warn(f"never requested: {len(names) - _SHOWN} more")
        return bool(names)

    def warn(self, line: str) -> None:
        """One line."""
        say(self._environment.stderr, line)

    def failed(self, error: Exception) -> None:
        """An error of the server's own, which ends one request and no other."""
        self.warn(f"{OWN_FAULT}: {type(error).__name__}: {redact(str(error))[:200]}; please report it")
