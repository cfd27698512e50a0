"""The options of unspool serve."""

from typing import Annotated

from unspool.commands._options import FilterOptions, once_option, own_option
from unspool.serve.translation import UpstreamApi

LISTENING = "The server"
PROXYING = "The proxy"


class ServeOptions(FilterOptions):
    """The options of a server, in addition to those of reading streams."""

    upstream: Annotated[
        str | None,
        own_option(
            "--upstream",
            metavar="URL",
            help="Pass requests on to the API at this base URL.",
            show_default=False,
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
            show_default=False,
            rich_help_panel=LISTENING,
        ),
    ] = None
    run: Annotated[
        str | None,
        once_option(
            "--run",
            metavar="COMMAND",
            help="Start this client with the variables set; end with it, and with its exit code.",
            show_default=False,
            rich_help_panel=LISTENING,
        ),
    ] = None
    quiet: Annotated[bool, own_option("--quiet", "-q", help="No line for each request.", rich_help_panel=LISTENING)] = (
        False
    )
    max_body: Annotated[
        int,
        own_option(
            "--max-body", metavar="BYTES", min=1, help="The largest body of a request.", rich_help_panel=LISTENING
        ),
    ] = 1 << 25
    max_streams: Annotated[
        int,
        own_option(
            "--max-streams",
            metavar="N",
            min=1,
            help="Responses at a time; more are answered with 503.",
            rich_help_panel=LISTENING,
        ),
    ] = 1000
