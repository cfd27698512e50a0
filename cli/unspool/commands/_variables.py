"""Environment variables that look like options and are none: a misspelt one would be passed over in silence."""

from collections.abc import Iterable

from unspool.suggestions import near

PREFIX = "UNSPOOL_"
KNOWN = frozenset(
    [
        "allow_origin",
        "api",
        "base_url",
        "baseline",
        "calls",
        "channels",
        "choice",
        "columns",
        "cuts",
        "encoding",
        "exit_status",
        "fail",
        "fail_fast",
        "field",
        "format",
        "from",
        "host",
        "ids",
        "ignore",
        "jobs",
        "json",
        "lint",
        "max_body",
        "max_gap",
        "max_streams",
        "model",
        "no_tools",
        "only",
        "order",
        "other_tools",
        "pace",
        "plain",
        "port",
        "print0",
        "quiet",
        "repair",
        "scheduler",
        "select",
        "separator",
        "serve_key",
        "single_step",
        "split_by",
        "strict",
        "subagents",
        "system",
        "thoughts",
        "thoughts_argument",
        "time_limit",
        "timeout",
        "to",
        "tool",
        "unwrap",
        "unwrapped",
        "upstream",
        "upstream_api",
    ]
)
"""What follows the prefix: the options that can come from the environment, and the key of ``serve``."""
ONCE = frozenset(
    [
        "continue",
        "explain",
        "fault",
        "fault_when",
        "file",
        "follow",
        "force",
        "html",
        "output",
        "prompt",
        "record",
        "report",
        "request",
        "resume",
        "run",
        "seed",
        "session",
        "svg",
        "update",
    ]
)
"""Options that mean one run alone."""
_LEAST_RATIO = 0.8  # the least ratio: a variable of somebody else's is to be left alone


def without_effect(names: Iterable[str]) -> list[str]:
    """A line for each of these variables that was probably meant as an option, and is none."""
    lines = []
    for name in names:
        option = name.removeprefix(PREFIX).lower()
        if option in KNOWN and name.isupper():
            continue
        if option in ONCE:
            lines.append(f"{name} has no effect: --{option.replace('_', '-')} is given on the command line alone")
        elif meant := near(option, KNOWN, _LEAST_RATIO):
            lines.append(f"{name} is no option; did you mean {PREFIX}{meant.upper()}?")
    return lines
