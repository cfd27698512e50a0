"""unspool serve"""

import asyncio
import shlex
import socket
from typing import TYPE_CHECKING

import typer

from unspool.commands._options import takes_options
from unspool.commands._serve_options import ServeOptions
from unspool.commands._stderr import say
from unspool.environment import Environment, variable, with_variables
from unspool.exits import ExitCode
from unspool.redaction import protect, redact
from unspool.serve.request_log import RequestLog, describe
from unspool.serve.translation import UpstreamApi

if TYPE_CHECKING:
    from unspool.serve.service import ServiceOptions

_WITHOUT_EFFECT = frozenset({"choice", "single_step", "strict", "exit_status"})
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_IDLE_SECONDS = 600.0
EXTRA_MISSING = "unspool serve needs a package that is not installed ({name}); install unspool[serve]"


@takes_options(ServeOptions, without=_WITHOUT_EFFECT)
def serve(context: typer.Context, options: ServeOptions) -> None:
    """Serve an API to any chat client: a proxy that turns message calls into content.

    Chat completions are rewritten, streams and whole ones; everything else passes unchanged. The key is read from
    OPENAI_API_KEY; UNSPOOL_SERVE_KEY is one that clients must send.

    Example: unspool serve --upstream https://api.openai.com/v1
    """
    environment: Environment = context.obj
    settings = options.settings()
    try:
        from unspool.serve.guard import Access  # noqa: PLC0415 - start-up
        from unspool.serve.service import ServiceOptions  # noqa: PLC0415 - start-up, and an extra
    except ImportError as error:
        say(environment.stderr, EXTRA_MISSING.format(name=error.name))
        raise typer.Exit(ExitCode.FAILED) from None
    if options.upstream is None:
        raise typer.BadParameter("name the API that requests are passed on to", param_hint="'--upstream'")
    serve_key, origins = variable("UNSPOOL_SERVE_KEY"), frozenset(options.allow_origin or ())
    asked = ServiceOptions(
        settings,
        options.upstream,
        options.upstream_api,
        _key_for(options.upstream_api),
        Access(options.host, origins, serve_key, options.max_streams),
        options.timeout or _IDLE_SECONDS,
        options.max_body,
    )
    _run(_Console(environment, options.quiet), asked, options.port, options.run)


def _run(console: "_Console", asked: "ServiceOptions", port: int, command: str | None) -> None:
    """Run the server, and leave through typer.Exit with the exit code."""
    from unspool.serve.runner import Client, Stopped, listen, run  # noqa: PLC0415 - start-up
    from unspool.serve.service import Service  # noqa: PLC0415 - start-up

    host = asked.access.host
    words = _words(command)
    try:
        listening = listen(host, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise typer.BadParameter(f"{host} port {port}: {reason}; --port 0 picks a free one") from None
    variables = _variables(listening, host, asked.access.key)

    async def session() -> int:
        service = Service(asked, console.log_request, console.failed)
        console.announce(host, variables, bool(asked.access.key))
        client = None if words is None else Client(words, with_variables(variables))
        try:
            return await run(service.app, listening, service.stopping, client, console.warn)
        finally:
            await service.aclose()

    try:
        code = asyncio.run(session())
    except Stopped:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--upstream'") from None
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}", param_hint="'--run'") from None
    raise typer.Exit(code)


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
    from unspool.serve.proxy import PLACEHOLDER  # noqa: PLC0415 - start-up

    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    base_url = f"http://{name}:{listening.getsockname()[1]}/v1"
    return {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": serve_key or PLACEHOLDER}


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

    def warn(self, line: str) -> None:
        """One line."""
        say(self._environment.stderr, line)

    def failed(self, error: Exception) -> None:
        """An error of the server's own, which ends one request and no other."""
        self.warn(f"a fault of unspool itself: {type(error).__name__}: {redact(str(error))[:200]}; please report it")
