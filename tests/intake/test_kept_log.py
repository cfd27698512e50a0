"""A log stays a log when its stream is rewritten: only the records of the stream in it change."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.intake.test_cuts import Pieces
from tests.support import Ran, calls, chunk, ends_within, entry, jsonl, message_call, run_here, sse

from unspool.commands.app import main
from unspool.environment import Environment
from unspool.intake.json_text.spans import fill, find

CALL = message_call(['{"message":"Grüße ', '🚢"}'])
PLAIN = [chunk({"role": "assistant", "content": "Grüße 🚢"}), chunk({}, "stop")]
ANTHROPIC: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Grüße 🚢"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
    {"type": "message_stop"},
]
STREAMS = {"call": CALL, "plain": PLAIN, "anthropic": ANTHROPIC}
Wrap = Callable[[list[dict[str, Any]]], bytes]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def lines(records: list[Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def objects(chunks: list[dict[str, Any]]) -> bytes:
    return lines([{"msg": "begin"}, *({"ts": at, "chunk": one} for at, one in enumerate(chunks)), {"msg": "end"}])


def strings(chunks: list[dict[str, Any]]) -> bytes:
    return lines([{"level": 30, "raw": json.dumps(one)} for one in chunks])


def docker(chunks: list[dict[str, Any]]) -> bytes:
    return lines([{"log": line, "stream": "stdout"} for line in sse(chunks).decode().splitlines(True)])


def events(chunks: list[dict[str, Any]]) -> bytes:
    pieces = [f"event: {one.get('type', 'chunk')}\ndata: {json.dumps(one)}\n\n" for one in chunks]
    return lines([{"event": "chunk", "message": piece} for piece in pieces])


def bodies(chunks: list[dict[str, Any]]) -> bytes:
    return lines([{"id": 7, "response": {"body": sse(chunks).decode()}}])


def listed(chunks: list[dict[str, Any]]) -> bytes:
    return lines([{"id": 7, "raw_chunks": chunks}, {"id": 8}])


def list_in_a_string(chunks: list[dict[str, Any]]) -> bytes:
    return lines([{"steps": [{"raw_chunks": json.dumps(chunks)}]}])


def nested(chunks: list[dict[str, Any]]) -> bytes:
    return lines([{"outer": json.dumps({"inner": {"n": 1, "c": one}})} for one in chunks])


def log_text(chunks: list[dict[str, Any]]) -> bytes:
    return lines([{"message": f"12:00:01 INFO chunk: {json.dumps(one)}\n"} for one in chunks])


def event_stream(chunks: list[dict[str, Any]]) -> bytes:
    return b"".join(b"data: " + json.dumps({"seq": 1, "data": one}).encode() + b"\n\n" for one in chunks)


def indented(chunks: list[dict[str, Any]]) -> bytes:
    return json.dumps({"events": [{"message": f"data: {json.dumps(one)}"} for one in chunks]}, indent=2).encode()


def log_lines(chunks: list[dict[str, Any]]) -> bytes:
    """A time, a level and a number of the record before each; a line in between, and words behind it."""
    records = [f"12:00:{at:02} DEBUG (chunk {at}): {json.dumps(one)} +{at}ms\n" for at, one in enumerate(chunks)]
    return "".join(["12:00:00 INFO request\n", *records, "12:00:59 INFO done\n"]).encode()


def event_lines(chunks: list[dict[str, Any]]) -> bytes:
    fields = [f"event: {one.get('type', 'chunk')}\ndata: {json.dumps(one)}\n" for one in chunks]
    return "".join(f"web-1  | {line}\n" for line in "\n".join([*fields, "data: [DONE]\n"]).splitlines()).encode()


def object_lines(chunks: list[dict[str, Any]]) -> bytes:
    return b"".join(b"app | " + line for line in objects(chunks).splitlines(True))


def split_lines(chunks: list[dict[str, Any]]) -> bytes:
    """Those of a container runtime, which splits long lines."""
    made: list[str] = []
    for at, one in enumerate(chunks):
        text, time = json.dumps(one), f"2031-05-04T03:02:0{at}Z stdout"
        made += [f"{time} P {text[:60]}", f"{time} F {text[60:]}"] if len(text) > 60 else [f"{time} F {text}"]
    return "\n".join([*made, ""]).encode()


WRAPS: list[Wrap] = [
    objects, strings, docker, events, bodies, listed, list_in_a_string, nested, log_text, event_stream, indented,
    log_lines, event_lines, object_lines, split_lines,
]  # fmt: skip


def text_of(data: bytes) -> bytes:
    ran = run_here(["text"], data)
    assert ran.code == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("wrap", WRAPS, ids=lambda wrap: wrap.__name__)
def test_the_log_that_rewrite_writes_has_the_same_text(wrap: Wrap, stream: str) -> None:
    ran = run_here(["rewrite"], wrap(STREAMS[stream]))
    assert ran.code == 0, ran.stderr
    assert text_of(ran.stdout).decode() == "Grüße 🚢\n"
    assert b"tool_calls" not in ran.stdout.replace(b'"tool_calls": null', b"")


@pytest.mark.parametrize("wrap", WRAPS, ids=lambda wrap: wrap.__name__)
def test_what_needs_no_change_keeps_its_bytes_r1(wrap: Wrap) -> None:
    data = wrap(PLAIN)
    assert run_here(["rewrite"], data).stdout == (data if data.endswith(b"\n") else data + b"\n")


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("wrap", WRAPS, ids=lambda wrap: wrap.__name__)
def test_every_cut_gives_the_same_log(wrap: Wrap, stream: str) -> None:
    data = wrap(STREAMS[stream])
    whole = run_here(["rewrite"], data)
    for size in (1, 7, 97, 300):
        stdin, stdout, stderr = Pieces(data), io.BytesIO(), io.StringIO()
        stdin.size = size
        code = main(["rewrite"], Environment(stdin, stdout, stderr))
        assert Ran(code, stdout.getvalue(), stderr.getvalue()) == whole, size


def test_members_around_a_record_keep_their_text() -> None:
    """A number of one notation, a number of 23 digits, a name twice, and the spaces are as they were."""
    before, behind = b'{ "n": 1e2, "n": 12345678901234567890123,\t"chunk" : ', b', "chunk2": {"a": 1.50} }\n'
    data = b"".join(before + json.dumps(one).encode() + behind for one in CALL)
    written = run_here(["rewrite"], data).stdout
    assert len(written.splitlines()) == 4
    for line in written.splitlines(True):
        assert line.startswith(before + b'{"id"')
        assert line.endswith(behind)


def test_lines_without_a_record_pass_in_their_place() -> None:
    written = [json.loads(line) for line in run_here(["rewrite"], objects(CALL)).stdout.splitlines()]
    assert [list(one) for one in written] == [["msg"], *[["ts", "chunk"]] * 4, ["msg"]]
    assert [one.get("ts") for one in written] == [None, 0, 1, 2, 3, None]


def test_a_record_that_leaves_nothing_takes_its_line_with_it_r2() -> None:
    data = objects(message_call(['{"inner_thoughts":"hm', '","message":"Hi"}']))
    written = [json.loads(line).get("ts") for line in run_here(["rewrite"], data).stdout.splitlines()]
    assert written == [None, 0, 2, 3, None]


def test_a_chunk_that_is_held_leaves_in_its_own_line() -> None:
    """T12: the name comes in pieces, so that the first chunk waits for the second."""
    first = chunk(calls(entry("", id="c", type="function", name="send_")))
    rest = [chunk(calls(entry("{}", name="letter"))), chunk({}, "tool_calls")]
    data = objects([first, *rest])
    assert run_here(["rewrite"], data).stdout == data


def test_a_chunk_that_is_held_at_the_end_is_in_the_log_r11() -> None:
    first = chunk(calls(entry("", id="c", type="function", name="send_mes"), role="assistant"))
    data = objects([first])
    ran = run_here(["rewrite"], data)
    records = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.code == 4
    assert [one.get("ts") for one in records] == [None, 0, 0, None]
    bare = run_here(["rewrite"], jsonl([first])).stdout
    assert [one["chunk"] for one in records[1:-1]] == [json.loads(line) for line in bare.splitlines()]


def test_unwrapped_and_a_named_framing_write_the_records_alone() -> None:
    bare = run_here(["rewrite"], jsonl(CALL)).stdout
    assert run_here(["rewrite", "--unwrapped"], objects(CALL)).stdout == bare
    assert run_here(["rewrite", "--to", "jsonl"], objects(CALL)).stdout == bare
    assert run_here(["rewrite", "--to", "sse"], objects(CALL)).stdout.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("option", [["--to", "jsonl"], ["--unwrapped"]])
def test_chunks_alone_are_json_in_each_line(option: list[str]) -> None:
    texts = [*(json.dumps(one) for one in CALL), "[DONE]"]
    bare = run_here(["rewrite"], jsonl(CALL)).stdout
    for data in (lines([{"raw": text} for text in texts]), jsonl(CALL) + b"[DONE]\n", sse(CALL)):
        assert run_here(["rewrite", *option], data).stdout == bare
    assert run_here(["rewrite"], jsonl(CALL) + b"[DONE]\n").stdout == bare + b"[DONE]\n"


def test_a_log_of_several_responses_that_are_mixed_keeps_each_line() -> None:
    first, second = ([{**one, "id": name} for one in message_call(['{"message":"' + name, '"}'])] for name in "ab")
    data = objects([one for pair in zip(first, second, strict=True) for one in pair])
    ran = run_here(["rewrite"], data)
    assert sorted(json.loads(line).get("ts", -1) for line in ran.stdout.splitlines()) == [-1, -1, 0, 1, 2, 3, 6, 7]
    assert text_of(ran.stdout) == b"a\nb\n"


def test_a_line_that_the_log_s_writer_split_is_one_line_again() -> None:
    whole = docker(CALL)
    split: list[Any] = []
    for line in whole.splitlines():
        text = json.loads(line)["log"]
        split += [{"log": text[:60]}, {"log": text[60:]}] if len(text) > 60 else [{"log": text}]
    written = run_here(["rewrite"], lines(split)).stdout
    assert [json.loads(line)["log"] for line in written.splitlines()] == [
        json.loads(line)["log"] for line in run_here(["rewrite"], whole).stdout.splitlines()
    ]


@pytest.mark.parametrize("size", [20, 60, 100])
def test_pieces_of_a_line_that_needs_no_change_keep_their_bytes_r1(size: int) -> None:
    texts = [json.loads(line)["log"] for line in docker(PLAIN).splitlines()]
    pieces = [text[at : at + size] for text in texts for at in range(0, len(text), size)]
    data = lines([{"log": piece, "n": number} for number, piece in enumerate(pieces)])
    ran = run_here(["rewrite"], data)
    assert (ran.code, ran.stdout) == (0, data), ran.stderr


@pytest.mark.parametrize("first", [0, 3])
def test_a_blank_line_behind_a_record_is_written_once(first: int) -> None:
    """Found by fuzzing: it was added to the record before it, once or twice, as the input was cut."""
    lines = [b"app %s\n" % json.dumps(event).encode() for event in ANTHROPIC[: first + 1]]
    data = b"".join(lines) + sse(ANTHROPIC[first + 1 :], done=False)
    whole = run_here(["rewrite"], data).stdout
    assert b"data: \n" not in whole
    for size in (1, 2, 7, len(data) // 2, len(data) - 1):
        stdin, written = Pieces(data), io.BytesIO()
        stdin.size = size
        main(["rewrite"], Environment(stdin, written, io.StringIO()))
        assert written.getvalue() == whole


@pytest.mark.parametrize("between", [b"", b"app \n"])
def test_an_event_without_data_behind_a_record_that_leaves_nothing_keeps_its_blank_line(between: bytes) -> None:
    """Found by fuzzing: the blank line was taken for that of the record before, where the input was cut."""
    names = json.dumps({"ops": [{"op": "add", "path": "/logs/Prompt", "value": {"name": "Prompt"}}]}).encode()
    data = b"app data: %s\n%sapp event: end\napp \n" % (names, between)
    whole = run_here(["rewrite"], data).stdout
    assert b"app event: end\napp \n" in whole
    for size in (1, 7, len(data) // 2):
        stdin, written = Pieces(data), io.BytesIO()
        stdin.size = size
        main(["rewrite"], Environment(stdin, written, io.StringIO()))
        assert written.getvalue() == whole


def test_lines_that_cannot_be_read_pass_r10() -> None:
    data = objects(CALL).replace(b'{"msg": "end"}', b'{"msg": "end')
    ran = run_here(["rewrite"], data)
    assert ran.code == 3
    assert ran.stdout.endswith(b'{"msg": "end\n')


def test_lines_keep_what_is_before_and_behind_their_record() -> None:
    bare = run_here(["rewrite"], jsonl(CALL)).stdout.decode().splitlines()
    logged = run_here(["rewrite"], log_lines(CALL)).stdout.decode().splitlines()
    assert logged == [
        "12:00:00 INFO request",
        *(f"12:00:{at:02} DEBUG (chunk {at}): {one} +{at}ms" for at, one in enumerate(bare)),
        "12:00:59 INFO done",
    ]
    assert run_here(["rewrite", "--unwrapped"], log_lines(CALL)).stdout.decode().splitlines() == bare


def test_an_event_that_leaves_nothing_takes_its_name_and_its_blank_line_with_it() -> None:
    written = run_here(["rewrite"], event_lines(message_call(['{"inner_thoughts":"hm', '","message":"Hi"}'])))
    lines = [line.removeprefix("web-1  | ") for line in written.stdout.decode().splitlines()]
    assert [line[:6] for line in lines] == ["data: ", "", "data: ", "", "data: ", "", "data: "]


def test_lines_of_a_program_around_a_bare_stream_are_no_log() -> None:
    bare = run_here(["rewrite"], jsonl(CALL)).stdout
    assert run_here(["rewrite"], b"$ curl -sN https://a.example\n" + jsonl(CALL)).stdout == bare


def test_check_compares_with_the_log() -> None:
    Path("a.jsonl").write_bytes(objects(CALL))
    Path("a.expected.jsonl").write_bytes(run_here(["rewrite", "a.jsonl"]).stdout)
    assert run_here(["check", "a.jsonl"]).code == 0


@pytest.mark.parametrize(
    ("text", "path", "contents"),
    [
        ('{"a": {"b": 1}}', ("a", "b"), ["1"]),
        ('{"a.b": [1.0, null, {"c": "]"}]}', ("a", "b"), ["1.0", '{"c": "]"}']),
        ('{"a": [{"b": {"x": 1}}, {"c": 2}, {"b": "s"}]}', ("a", "b"), ['{"x": 1}', "s"]),
        ('{"a": "{\\"b\\": [{}, {}]}"}', ("a", "b"), ["{}", "{}"]),
        ('{"a": [104, 105]}', ("a",), ["hi"]),
        ('{"a": 1, "a": 2}', ("a",), ["2"]),
        (' [ {"a":null} , {"a" : true}] ', ("a",), ["true"]),
        ("{}", ("a",), []),
    ],
)
def test_spans(text: str, path: tuple[str, ...], contents: list[str]) -> None:
    spans = find(text, path)
    assert [leaf.content for top in spans for leaf in top.leaves()] == contents
    assert fill(text, spans, lambda span: [text[span.start : span.end]] if not span.quoted else []) is not None


def test_filling_takes_an_element_from_its_list() -> None:
    text = '{"a": [1.5, {"n": 1}, {"n": 2}, {"n": 3}]}'
    spans = find(text, ("a",))
    kept = fill(text, spans, lambda span: [span.content] if "1" in span.content else [])
    assert json.loads(kept) == {"a": [1.5, {"n": 1}]}
    several = fill(text, spans, lambda span: [span.content, span.content])
    assert len(json.loads(several)["a"]) == 8


def test_a_time_next_to_a_record_in_a_list_stays() -> None:
    pairs = [[str(1764320401037000000 + at * 10**6), f"data: {json.dumps(one)}"] for at, one in enumerate(CALL)]
    log = json.dumps({"data": {"result": [{"stream": {}, "values": pairs}]}}).encode()
    written = json.loads(run_here(["rewrite"], log).stdout)["data"]["result"][0]["values"]
    assert [one[0] for one in written] == [one[0] for one in pairs]


@pytest.mark.parametrize("command", ["text", "rewrite"])
@pytest.mark.parametrize("cut_first", [1, 2])
def test_pieces_of_bare_records_are_joined(command: str, cut_first: int) -> None:
    """Docker cuts long lines; the last piece alone ends the line, which a whole line before shows."""
    texts = jsonl(message_call(['{"message": "', "Q" * 300, '"}'])).decode().splitlines(keepends=True)
    sizes = [len(text) if number < cut_first else 64 for number, text in enumerate(texts)]
    pieces = [text[at : at + size] for text, size in zip(texts, sizes, strict=True) for at in range(0, len(text), size)]
    ran = run_here([command], lines([{"log": piece, "stream": "stdout"} for piece in pieces]))
    assert (ran.code, "not JSON" in ran.stderr) == (0, False)
    assert b"Q" * 300 in ran.stdout


@pytest.mark.parametrize("command", ["text", "rewrite"])
@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("before", ["", "data: ", "INFO app: "])
@pytest.mark.parametrize("opening", [[], ["INFO: started"]])
def test_pieces_of_the_first_record_are_joined(command: str, end: str, before: str, opening: list[str]) -> None:
    """Docker's files keep line ends, its drivers for Fluentd and journald do not."""
    texts = [*opening, *(before + json.dumps(one) for one in message_call(['{"message": "', "Q" * 20_000, '"}']))]
    texts[len(opening)] = texts[len(opening)].replace('"model"', f'"pad": "{"p" * 20_000}", "model"')
    pieces = [(text + end)[at : at + 8192] for text in texts for at in range(0, len(text + end), 8192)]
    ran = run_here([command], lines([{"log": piece, "stream": "stdout"} for piece in pieces]))
    assert (ran.code, "not JSON" in ran.stderr) == (0, False), ran.stderr
    assert text_of(ran.stdout) == b"Q" * 20_000 + b"\n" if command == "rewrite" else ran.stdout == b"Q" * 20_000 + b"\n"


@pytest.mark.parametrize("command", ["text", "rewrite"])
def test_a_line_in_many_pieces_takes_no_time_that_grows_with_its_square(command: str) -> None:
    """Nor is a quote, a bracket or an escape at the place of a cut taken for another one."""
    count = 1 << 19
    texts = [json.dumps(one) for one in message_call(['{"message": "', '}\\"{\\n' * count, '"}'])]
    log = lines([{"log": text[at : at + 8191]} for text in texts for at in range(0, len(text), 8191)])
    with ends_within(5):
        ran = run_here([command], log)
    assert (ran.code, "not JSON" in ran.stderr) == (0, False), ran.stderr
    assert (text_of(ran.stdout) if command == "rewrite" else ran.stdout) == b'}"{\n' * count


def test_a_long_record_without_its_end_takes_no_other_with_it() -> None:
    whole = [json.dumps(one) for one in message_call(['{"message": "Hi', '"}'])]
    broken = '{"id": "c", "object": "chat.completion.chunk", "pad": "' + "p" * 5000
    ran = run_here(["text"], lines([{"log": text} for text in [whole[0], broken, *whole[1:]]]))
    assert (ran.code, ran.stdout) == (3, b"Hi\n"), ran.stderr
