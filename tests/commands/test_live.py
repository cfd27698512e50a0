"""A live call, through the installed command and against a real server: what arrives is out, what happens is said.

The first line of all of it: whatever the server does, one request was made, the text that had come is on
standard output, one line on standard error says what happened, and no message holds the key.
"""

import json
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.commands.processes import plain_environment
from tests.serving import KEY, Answer, End, Provider, provider, refused_port
from tests.support import ROOT, Ran, chunk, message_call, run_here, run_installed, run_with, sse

FRAGMENTS = ['{"inner_thoughts":"Hm. ', 'Yes.","message":"The ', "ferry ", 'leaves"', "}"]
EVENTS = [sse([one], done=False) for one in message_call(FRAGMENTS)] + [b"data: [DONE]\n\n"]
CUT = EVENTS[:3]  # in the middle of the message
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in plain_environment().items() if not name.startswith("OPENAI_")}
    return {**kept, "OPENAI_API_KEY": KEY, **variables}


def ask(server: Provider | str, *arguments: str, stdin: bytes = b"", **variables: str) -> Ran:
    """One run against a server, or a URL."""
    url = server if isinstance(server, str) else server.url
    given = ["text", "--prompt", "When?"] if not arguments else list(arguments)
    ran = run_with([*given, "--base-url", url, "--model", "m"], stdin, env=environment(**variables))
    assert KEY not in ran.stdout.decode() + ran.stderr
    return ran


def error(message: str) -> bytes:
    return json.dumps({"error": {"message": message, "type": "t"}}).encode()


class Fault(NamedTuple):
    """What a server does, and what a user must see of it."""

    name: str
    answer: Answer
    stderr: str
    stdout: bytes = b""
    code: int = 5
    arguments: Sequence[str] = ()


FAULTS = [
    Fault("401", Answer([error(f"Incorrect API key {KEY}")], 401, JSON), r"HTTP 401: .* \*\*\*; check OPENAI_API_KEY"),
    Fault("403", Answer([error("not yours")], 403, JSON), "HTTP 403: not yours; check OPENAI_API_KEY, .*"),
    Fault("404", Answer([error("no model m")], 404, JSON), "HTTP 404: no model m; check --model and --base-url"),
    Fault("400", Answer([error("odd")], 400, JSON), "HTTP 400: odd; check the request"),
    Fault("429", Answer([error("slow")], 429, JSON), "HTTP 429: slow; wait, and check the limits .*"),
    Fault(
        "429 with a time",
        Answer([error("slow")], 429, {**JSON, "Retry-After": "12"}),
        "HTTP 429: slow; try again in 12 s",
    ),
    Fault("500", Answer([b"oops"], 500, {"Content-Type": "text/plain"}), "HTTP 500: oops; .* try again later"),
    Fault("502 with a page", Answer([b"<html>x</html>"], 502, HTML), "HTTP 502: Bad Gateway; .* try again later"),
    Fault("a page", Answer([b"<!doctype html><p>Hello"], headers=HTML), "a web page .*; check --base-url"),
    Fault("nothing", Answer(), "the input is empty; .*", code=4),
    Fault("cut", Answer(CUT, end=End.CUT), "the connection broke in the middle .*; ask again", b"The \n"),
    Fault("reset", Answer(CUT, end=End.RESET), "the connection broke in the middle .*; ask again", b"The \n"),
    Fault(
        "a stall",
        Answer(CUT, end=End.STALL),
        "nothing more arrived for 1 s; .*--timeout",
        b"The \n",
        arguments=["--timeout", "1"],
    ),
    Fault(
        "no first byte",
        Answer(EVENTS, before=1.0),
        "no answer for 0.3 s; .*--timeout",
        arguments=["--timeout", "0.3"],
    ),
    Fault("an early end", Answer(CUT), "record 3 .* inside the arguments of send_message; .*", b"The \n", 4),
    Fault(
        "an error in the stream",
        Answer([*CUT, b"data: " + error("overloaded") + b"\n\n"]),
        "record 4 .* overloaded .*; the response ends there, ask again",
        b"The \n",
    ),
    Fault(
        "a broken record", Answer([EVENTS[0], b"data: {oops\n\n", *EVENTS[1:]]), "record 2 .*", b"The ferry leaves\n", 3
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_one_line_and_text_so_far_stands(fault: Fault) -> None:
    with provider(fault.answer) as server:
        ran = ask(server, "text", "--prompt", "When?", *fault.arguments)
        assert len(server.asked) == 1
    assert (ran.code, ran.stdout) == (fault.code, fault.stdout)
    assert re.fullmatch(rf"unspool: {re.escape(server.url)}: {fault.stderr}\n", ran.stderr), ran.stderr


def test_a_base_url_without_a_path_is_named() -> None:
    with provider(Answer([error("not found")], 404, JSON)) as server:
        ran = ask(server.url.removesuffix("/v1"), "text", "--prompt", "When?")
    assert ran.stderr.endswith("HTTP 404: not found; check --model and --base-url, which usually ends in /v1\n")


def test_a_server_that_is_not_there() -> None:
    with refused_port() as port:
        ran = ask(f"http://127.0.0.1:{port}/v1")
    assert (ran.code, ran.stdout) == (5, b"")
    assert re.fullmatch(r"unspool: http:\S+: no connection: [^\[]*refused; check --base-url, .*\n", ran.stderr)


def test_a_name_that_leads_nowhere() -> None:
    ran = ask("http://nowhere.invalid/v1")
    assert ran.code == 5
    assert re.fullmatch(r"unspool: http:\S+: no connection: [^\[]*; check --base-url, .*\n", ran.stderr), ran.stderr


@pytest.mark.parametrize("url", ["nonsense", "http://[x", "http://localhost:port/v1", "ftp://localhost/v1"])
def test_a_url_that_is_none_is_wrong_usage(url: str) -> None:
    ran = ask(url)
    assert (ran.code, ran.stdout) == (2, b"")
    assert "--base-url" in ran.stderr


def test_a_password_in_the_url_is_not_shown() -> None:
    with refused_port() as port:
        ran = ask(f"http://me:hidden@127.0.0.1:{port}/v1")
    assert ran.code == 5
    assert "hidden" not in ran.stderr


@pytest.mark.parametrize(
    "pieces",
    [
        [b"\xef\xbb\xbf", *EVENTS],
        [b"retry: 3000\n\n", *EVENTS],
        [b": a comment\n\n", *EVENTS],
        [event.replace(b"\n", b"\r\n") for event in EVENTS],
        [bytes([byte]) for byte in b"".join(EVENTS)],
        [b"".join(EVENTS).removesuffix(b"\n\n")],
    ],
    ids=["a byte order mark", "retry", "a comment", "CRLF", "byte by byte", "no last blank line"],
)
def test_what_other_readers_stumble_over(pieces: list[bytes]) -> None:
    with provider(Answer(pieces)) as server:
        assert ask(server) == (0, b"The ferry leaves\n", "")


@pytest.mark.parametrize("end", [End.CUT, End.RESET])
def test_after_done_the_end_of_the_connection_does_not_matter(end: End) -> None:
    with provider(Answer(EVENTS, end=end)) as server:
        assert ask(server) == (0, b"The ferry leaves\n", "")


def test_a_call_that_ends_early_can_be_asked_again() -> None:
    with provider(Answer(CUT)) as server:
        ran = ask(server)
    assert (ran.code, ran.stdout) == (4, b"The \n")
    assert ran.stderr.endswith("; what had arrived was read, ask again\n")


def test_text_is_out_while_the_model_still_speaks() -> None:
    """It is visible before the server says more: a stall follows, and the text has come."""
    with provider(Answer([*CUT, 0.2, *EVENTS[3:]])) as server:
        assert ask(server).stdout == b"The ferry leaves\n"


def test_every_filter_takes_a_call() -> None:
    with provider(Answer(EVENTS)) as server:
        rewritten = ask(server, "rewrite", "--prompt", "When?", "--to", "sse")
        events = ask(server, "events", "--prompt", "When?")
        lint = ask(server, "lint", "--prompt", "When?")
    assert rewritten.stdout.endswith(b"data: [DONE]\n\n")
    assert b'"content":"ferry "' in rewritten.stdout
    assert b'"event":"text"' in events.stdout
    assert (rewritten.code, events.code, lint.code) == (0, 0, 0)


# --- what is asked ------------------------------------------------------------------------------


def test_the_request_makes_the_model_speak_through_the_tool() -> None:
    with provider(Answer(EVENTS)) as server:
        ask(server, "text", "--prompt", "When?", "--system", "Be brief.")
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == "m"
    assert asked.body["stream"] is True
    assert asked.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "When?"},
    ]
    (tool,) = asked.body["tools"]
    assert list(tool["function"]["parameters"]["properties"]) == ["inner_thoughts", "message"]
    assert asked.body["tool_choice"] == {"type": "function", "function": {"name": "send_message"}}


def test_no_tools_sends_none() -> None:
    with provider(Answer(EVENTS)) as server:
        ask(server, "text", "--prompt", "When?", "--no-tools")
    assert {"tools", "tool_choice"} & server.asked[0].body.keys() == set()


def test_a_request_of_ones_own_is_sent_as_it_is(tmp_path: Path) -> None:
    body = {
        "model": "mine",
        "messages": [{"role": "user", "content": "When?"}],
        "tools": [{"type": "function", "function": {"name": "look_up"}}],
        "temperature": 0.5,
        "seed": 7,
        "x_unknown": {"a": [1]},
    }
    (tmp_path / "request.json").write_text(json.dumps(body))
    with provider(Answer(EVENTS)) as server:
        run_installed(
            ["text", "--request", str(tmp_path / "request.json")], env=environment(OPENAI_BASE_URL=server.url)
        )
        ask(server, "text", "--request", "-", "--system", "New.", stdin=json.dumps(body).encode())
    first, second = (asked.body for asked in server.asked)
    assert first == {**body, "stream": True}
    assert second["model"] == "m"  # what the command line says goes before
    assert second["messages"] == [{"role": "system", "content": "New."}, *body["messages"]]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "said"),
    [("[1]", "no object"), ("{", "not JSON"), ('{"messages": 1}', "messages"), ('{"messages": [1]}', "messages")],
)
def test_a_request_that_is_none_is_wrong_usage(text: str, said: str) -> None:
    with refused_port() as port:
        ran = ask(f"http://127.0.0.1:{port}/v1", "text", "--request", "-", "--system", "x", stdin=text.encode())
    assert (ran.code, ran.stdout) == (2, b"")
    assert said in ran.stderr


def test_a_request_that_is_not_there_or_has_no_end() -> None:
    ran = ask("http://127.0.0.1:1/v1", "text", "--request", "/dev/zero")
    assert (ran.code, ran.stderr.count("\n"), "/dev/zero: larger than 100 MB" in ran.stderr) == (2, 1, True)
    ran = ask("http://127.0.0.1:1/v1", "text", "--request", "/nowhere")
    assert ran.code == 2
    assert "/nowhere: No such file" in ran.stderr


def test_openai_itself_wants_a_key_and_a_server_of_ones_own_does_not() -> None:
    without = {name: value for name, value in environment().items() if name != "OPENAI_API_KEY"}
    ran = run_installed(["text", "--prompt", "Hi", "--model", "m"], env=without)
    assert (ran.code, "OPENAI_API_KEY is not set" in ran.stderr) == (2, True)
    with provider(Answer(EVENTS)) as server:
        ran = run_installed(
            ["text", "--prompt", "Hi"], env={**without, "UNSPOOL_MODEL": "m", "OPENAI_BASE_URL": server.url}
        )
    assert (ran.code, ran.stdout) == (0, b"The ferry leaves\n")


@pytest.mark.parametrize(
    ("option", "named"), [([], "OPENAI_BASE_URL: it"), (["--base-url", "htp:/y"], "'--base-url': it")]
)
def test_a_url_that_is_none_is_reported_with_the_place_that_has_it(option: list[str], named: str) -> None:
    ran = run_installed(["text", "--prompt", "Hi", "--model", "m", *option], env=environment(OPENAI_BASE_URL="htp:/x"))
    assert (ran.code, f"{named} does not begin with http://" in ran.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prompt", "Hi"], "no model is named"),
        (["--prompt", "Hi", "--request", "x", "--model", "m"], "exclude each other"),
        (["--prompt", "Hi", "a.jsonl", "--model", "m"], "exclude each other"),
        (["--prompt", "Hi", "--pace", "1", "--model", "m"], "cannot have a pace"),
    ],
)
def test_what_makes_no_sense_together_is_wrong_usage(arguments: list[str], said: str) -> None:
    ran = run_installed(["text", *arguments], env=environment(OPENAI_BASE_URL="http://127.0.0.1:1/v1"))
    assert (ran.code, ran.stdout) == (2, b"")
    assert said in ran.stderr


RESPONSES = [
    b"event: x\ndata: " + line + b"\n\n" for line in (ROOT / "samples" / "responses.jsonl").read_bytes().splitlines()
]


def test_the_responses_interface_is_another_way_to_the_same_text(tmp_path: Path) -> None:
    expected = (ROOT / "samples" / "responses.expected.txt").read_bytes()
    recording = tmp_path / "answer.sse"
    with provider(Answer(RESPONSES)) as server:
        ran = ask(server, "text", "--prompt", "When?", "--api", "responses", "--record", str(recording))
        rewritten = ask(server, "rewrite", "--prompt", "When?", "--api", "responses", "--no-tools")
    assert ran == (0, expected, "")
    assert b'"object":"chat.completion.chunk"' in rewritten.stdout
    first, second = server.asked
    assert first.path == "/v1/responses"
    assert first.body["input"] == [{"role": "user", "content": "When?"}]
    assert first.body["tool_choice"] == {"type": "function", "name": "send_message"}
    assert first.body["tools"][0]["parameters"]["required"] == ["inner_thoughts", "message"]
    assert "tools" not in second.body
    assert recording.read_bytes().count(b"event: x\n") == len(RESPONSES)
    assert run_installed(["text", str(recording)]) == (0, expected, "")


def test_a_request_to_the_responses_interface_is_sent_as_it_is(tmp_path: Path) -> None:
    body = {"model": "mine", "input": "When?", "tools": [], "reasoning": {"effort": "low"}}
    (tmp_path / "request.json").write_text(json.dumps(body))
    with provider(Answer(RESPONSES)) as server:
        arguments = ["text", "--api", "responses", "--request", str(tmp_path / "request.json"), "--system", "Be kind."]
        run_installed(arguments, env=environment(OPENAI_BASE_URL=server.url))
    assert server.asked[0].body == {**body, "stream": True, "instructions": "Be kind."}


def test_a_fault_of_the_responses_interface_is_said_too() -> None:
    with provider(Answer(RESPONSES[:20], end=End.RESET)) as server:
        ran = ask(server, "text", "--prompt", "When?", "--api", "responses")
    assert ran.code == 5
    assert "the connection broke in the middle of the answer" in ran.stderr


# --- recordings ---------------------------------------------------------------------------------


def test_a_call_is_recorded_and_replayed(tmp_path: Path) -> None:
    recording = tmp_path / "answer.sse"
    with provider(Answer([*CUT, 0.1, *EVENTS[3:]])) as server:
        ran = ask(server, "text", "--prompt", "When?", "--record", str(recording))
    assert ran.stdout == b"The ferry leaves\n"
    assert stat.S_IMODE(os.stat(recording).st_mode) == 0o600
    data = recording.read_bytes()
    assert KEY.encode() not in data
    assert b"".join(line + b"\n\n" for line in re.findall(rb"^data: .*", data, re.MULTILINE)) == b"".join(EVENTS)
    times = [float(time) for time in re.findall(rb"^: t=(\d+\.\d{6})\n(?=data)", data, re.MULTILINE)]
    assert len(times) == len(EVENTS)
    assert times == sorted(times)
    assert times[3] - times[2] > 0.05
    assert data.endswith(b": end=complete\n\n")
    assert run_installed(["text", str(recording)]) == (0, ran.stdout, "")


@pytest.mark.parametrize("key", ["null", KEY])
def test_the_bytes_of_a_response_are_never_altered(key: str, tmp_path: Path) -> None:
    recording = tmp_path / "answer.sse"
    sent = sse([chunk({"content": f"The latest test passed with key {key}"}), chunk({}, "stop")], done=False)
    half = sent.index(key.encode()) + 1  # the key is cut by two blocks, too
    arguments = ["text", "--prompt", "Key?", "--model", "m", "--record", str(recording), "--base-url"]
    with provider(Answer([sent[:half], 0.05, sent[half:]])) as server:
        ran = run_installed([*arguments, server.url], env=environment(OPENAI_API_KEY=key))
    assert ran == (0, f"The latest test passed with key {key}\n".encode(), "")
    assert re.findall(rb"^data: .*", recording.read_bytes(), re.MULTILINE) == sent.split(b"\n\n")[:-1]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (f"bad key {KEY}, see {KEY}", "bad key ***, see ***"),
        ("got Authorization: Bearer abcdefghij of a client", "got Authorization: Bearer *** of a client"),
        ('headers {"authorization": "Basic dTpw"}', 'headers {"authorization": "Basic ***"}'),
        ("the token Bearer sk-1x is unknown", "the token Bearer *** is unknown"),
        ("no authorization header, no bearer token", "no authorization header, no bearer token"),
    ],
)
def test_an_error_message_masks_credentials(message: str, shown: str) -> None:
    with provider(Answer([error(message)], 401, JSON)) as server:
        ran = ask(server)
    assert ran.stderr == f"unspool: {server.url}: HTTP 401: {shown}; check OPENAI_API_KEY\n"


def test_a_short_key_is_a_placeholder_and_stays_in_messages() -> None:
    with provider(Answer([error("the test failed")], 400, JSON)) as server:
        ran = run_installed(
            ["text", "--prompt", "x", "--model", "m", "--base-url", server.url], env=environment(OPENAI_API_KEY="test")
        )
    assert "HTTP 400: the test failed; check the request" in ran.stderr


def test_a_recording_says_how_it_ended(tmp_path: Path) -> None:
    recording = tmp_path / "answer.sse"
    with provider(Answer(CUT, end=End.RESET)) as server:
        assert ask(server, "text", "--prompt", "When?", "--record", str(recording)).code == 5
    assert re.search(rb": end=the connection broke .*\n\n\Z", recording.read_bytes())
    replayed = run_installed(["text", str(recording)])
    assert (replayed.code, replayed.stdout) == (4, b"The \n")


def test_a_file_that_is_there_stays_unless_forced(tmp_path: Path) -> None:
    recording = tmp_path / "answer.sse"
    recording.write_text("precious")
    recording.chmod(0o644)
    refused = run_installed(["text", "--record", str(recording)], b"".join(EVENTS))
    assert (refused.code, refused.stdout) == (2, b"")
    assert "exists; --force overwrites it" in refused.stderr
    assert recording.read_text() == "precious"
    assert run_installed(["text", "--record", str(recording), "--force"], b"".join(EVENTS)).code == 0
    assert b"precious" not in recording.read_bytes()
    assert stat.S_IMODE(os.stat(recording).st_mode) == 0o600


def test_a_recording_that_cannot_be_made_or_holds_too_much_is_wrong_usage(tmp_path: Path) -> None:
    nowhere = run_installed(["text", "--record", str(tmp_path / "no" / "where")], b"".join(EVENTS))
    several = run_installed(["text", "--record", str(tmp_path / "x"), "-", "-"], b"".join(EVENTS))
    assert (nowhere.code, several.code) == (2, 2)
    assert "there is no folder" in nowhere.stderr
    assert "one source" in several.stderr
    assert not (tmp_path / "x").exists()


def test_a_disk_that_is_full_does_not_lose_the_stream() -> None:
    ran = run_installed(["text", "--record", "/dev/full", "--force"], b"".join(EVENTS))
    assert (ran.code, ran.stdout) == (5, b"The ferry leaves\n")
    said = "unspool: standard input: its recording /dev/full ends early: No space left on device; .*\n"
    assert re.fullmatch(said, ran.stderr), ran.stderr


def test_a_replay_keeps_its_pace_and_what_has_no_times_has_none(tmp_path: Path) -> None:
    recording = tmp_path / "answer.sse"
    stamps = [b": t=%d.000000\n" % (at * 1000) for at in range(len(EVENTS))]
    recording.write_bytes(b"".join(stamp + event for stamp, event in zip(stamps, EVENTS, strict=True)))
    fast = run_installed(["text", "--pace", "1000000", str(recording)])
    capped = run_installed(["text", "--pace", "1", "--max-gap", "0.01", str(recording)])
    assert (fast, capped) == ((0, b"The ferry leaves\n", ""), (0, b"The ferry leaves\n", ""))
    untimed = run_installed(["text", "--pace", "1"], b"".join(EVENTS))
    assert (untimed.code, untimed.stdout) == (5, b"")
    assert "it holds no times that are read" in untimed.stderr


@pytest.mark.parametrize(
    ("base_url", "lacking"),
    [
        ("", ["OPENAI_API_KEY is not set", "no model is named"]),
        ("http://localhost:9/v1/chat/completions", ["the base URL ends in /chat/completions", "no model is named"]),
    ],
)
@pytest.mark.parametrize("command", [["text", "--prompt", "Hi"], ["chat"]])
def test_all_that_a_call_lacks_is_named_at_once(
    command: list[str], base_url: str, lacking: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "UNSPOOL_BASE_URL", "UNSPOOL_MODEL"):
        monkeypatch.delenv(name, raising=False)
    ran = run_here([*command, *(["--base-url", base_url] if base_url else [])])
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (2, b"", 1)
    assert all(reason in ran.stderr for reason in lacking)


def test_a_sentence_in_place_of_a_command_gets_a_hint() -> None:
    stderr = run_here(["hello there"]).stderr
    assert stderr.endswith("To ask a model: unspool text --prompt TEXT. See `unspool --help`.\n")
