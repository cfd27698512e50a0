"""The options of unspool serve."""

import shlex
from typing import Annotated, Any

import typer

from unspool.commands._help import HelpCommand
from unspool.commands._options import FilterOptions, no_nan, once_option, own_option
from unspool.commands._values import faults, one_of
from unspool.serve.proxy.translation import UpstreamApi
from unspool.serve.replay.order import Order

LISTENING = "The server"
PROXYING = "The proxy"
REPLAYING = "The replay"
FAULTS = "Faults, and the verdict on the client"


class ServeCommand(HelpCommand):
    """A command with --run, which takes all words that follow it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, with the words behind --run as one."""
        return super().parse_args(ctx, run_joined(args))


def run_joined(arguments: list[str]) -> list[str]:
    """The arguments with the words behind --run as one; a first word with spaces is a whole command.

    So both ``--run python client.py`` and ``--run 'python client.py' --port 0`` are possible.
    """
    at = arguments.index("--run") + 1 if "--run" in arguments else len(arguments)
    words = arguments[at:]
    return [*arguments[:at], shlex.join(words)] if len(words) > 1 and len(words[0].split()) == 1 else arguments


class ServeOptions(FilterOptions):
    """The options of a server, in addition to those of reading streams."""

    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CAPTURE]...", help="Captures to serve, and folders of them."),
    ] = None
    pace: Annotated[
        float,
        own_option(
            "--pace",
            metavar="FACTOR",
            min=1e-6,
            callback=no_nan,
            help="Answer in real time (1), or this many times faster; inf for at once.",
            rich_help_panel=REPLAYING,
        ),
    ] = 1.0
    max_gap: Annotated[
        float | None,
        own_option(
            "--max-gap",
            metavar="SECONDS",
            min=0,
            callback=no_nan,
            help="Wait no longer than this between two events.",
            rich_help_panel=REPLAYING,
        ),
    ] = None
    order: Annotated[
        Order,
        own_option(
            "--order",
            help="Captures without a recorded request come by turns: those of the model, or any.",
            rich_help_panel=REPLAYING,
        ),
    ] = Order.MODEL
    ignore: Annotated[
        list[str] | None,
        own_option(
            "--ignore",
            metavar="PATH",
            help="A member of requests that does not count when they are compared (a dotted path). Repeatable.",
            rich_help_panel=REPLAYING,
        ),
    ] = None
    strict: Annotated[
        bool,
        own_option("--strict", help="Exit with 1 if a capture was never requested.", rich_help_panel=REPLAYING),
    ] = False
    record: Annotated[
        str | None,
        once_option(
            "--record",
            metavar="FOLDER",
            help="Keep what the upstream answers, with the requests; no key is in it.",
            rich_help_panel=PROXYING,
        ),
    ] = None
    fault: Annotated[
        list[str] | None,
        once_option(
            "--fault",
            metavar="FAULT",
            help="What goes wrong: cut@BYTES, reset@BYTES, stall@CHUNK:SECONDS, malformed@CHUNK, split:N, slow:RATE, "
            "status:429x2,retry-after:1 or quirk:NUMBER. Repeatable.",
            rich_help_panel=FAULTS,
            autocompletion=faults,
        ),
    ] = None
    fault_when: Annotated[
        list[str] | None,
        once_option(
            "--fault-when",
            metavar="CONDITION",
            help="Inject the faults only where this holds: path=PATTERN, model=PATTERN or request=N. Repeatable; "
            "all must hold.",
            rich_help_panel=FAULTS,
            autocompletion=one_of("path=", "model=", "request="),
        ),
    ] = None
    seed: Annotated[
        int | None,
        once_option(
            "--seed",
            metavar="N",
            help="The seed of what is random in faults. Default: another each time; it is printed.",
            rich_help_panel=FAULTS,
        ),
    ] = None
    report: Annotated[
        str | None,
        once_option(
            "--report",
            metavar="FILE",
            help="Write a verdict on the client there, as JSON or (.xml) for JUnit; exit with 1 where it failed.",
            rich_help_panel=FAULTS,
        ),
    ] = None
    upstream: Annotated[
        str | None,
        own_option(
            "--upstream",
            metavar="URL",
            help="Pass requests on to the API at this base URL.",
            rich_help_panel=PROXYING,
        ),
    ] = None
    upstream_api: Annotated[
        UpstreamApi,
        own_option(
            "--upstream-api",
            help="The interface that chat completions are asked through.",
            rich_help_panel=PROXYING,
        ),
    ] = UpstreamApi.CHAT
    host: Annotated[
        str, own_option("--host", metavar="ADDRESS", help="The address to listen on.", rich_help_panel=LISTENING)
    ] = "127.0.0.1"
    port: Annotated[
        int,
        own_option(
            "--port", metavar="N", min=0, max=65535, help="The port; 0 picks a free one.", rich_help_panel=LISTENING
        ),
    ] = 8484
    allow_origin: Annotated[
        list[str] | None,
        own_option(
            "--allow-origin",
            metavar="ORIGIN",
            help="Let pages on this origin (http://localhost:3000) use the server. Repeatable.",
            rich_help_panel=LISTENING,
        ),
    ] = None
    run: Annotated[
        str | None,
        once_option(
            "--run",
            metavar="COMMAND...",
            help="Start this client with the variables set; end with it, and with its exit code. All words that follow "
            "are the command, unless it is one text in quotes.",
            rich_help_panel=LISTENING,
        ),
    ] = None
    quiet: Annotated[
        bool, own_option("--quiet", "-q", help="Write no line for each request.", rich_help_panel=LISTENING)
    ] = False
    max_body: Annotated[
        int,
        own_option("--max-body", metavar="BYTES", min=1, help="The largest request body.", rich_help_panel=LISTENING),
    ] = 1 << 25
    max_streams: Annotated[
        int,
        own_option(
            "--max-streams",
            metavar="N",
            min=1,
            help="Concurrent responses; further requests get status 503.",
            rich_help_panel=LISTENING,
        ),
    ] = 1000

    def without_effect(self) -> dict[str, str]:
        """Return the options of faults, of the proxy and of the replay where there is none."""
        found = super().without_effect()
        if not self.fault:
            found |= {"fault_when": "--fault", "seed": "--fault"}
        if self.upstream is None:
            found |= {"record": "--upstream", "upstream_api": "--upstream"}
        if not self.sources:
            found |= dict.fromkeys(("pace", "max_gap", "order", "ignore", "strict"), "captures to serve")
        return found
