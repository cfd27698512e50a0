"""Fault classes 1 to 25 and 46: what a stream may hold, and how it may be cut."""

import io
import json
from random import Random

import pytest
from tests.fastpath.differential import assert_same_as_slow_path
from tests.faults.helpers import CHUNKS, EVENTS, FILTERS, LINES, TEXT, run_pieces, sized, text
from tests.faults.json_files import ACCEPTED, EITHER, REJECTED
from tests.fuzz.invariant import check_code
from tests.fuzz.mutations import mutated
from tests.support import Chunk, calls, chunk, entry, jsonl, message_call, run_here, sse


@pytest.mark.parametrize("data", [EVENTS, LINES], ids=["sse", "jsonl"])
def test_row_01_every_split(data: bytes) -> None:
    whole = run_here(["events"], data)
    assert whole.code == 0
    for offset in range(1, len(data)):
        assert run_pieces("events", [data[:offset], data[offset:]]) == whole
    assert run_pieces("events", sized(data, 1)) == whole


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 10_000])
def test_row_02_line_ends(end: bytes, size: int) -> None:
    ran = run_pieces("text", sized(EVENTS.replace(b"\n", end), size))
    assert (ran.code, ran.stdout) == (0, TEXT)


@pytest.mark.parametrize("data", [EVENTS, LINES], ids=["sse", "jsonl"])
def test_row_03_byte_order_marks(data: bytes) -> None:
    assert text(b"\xef\xbb\xbf" + data).stdout == TEXT
    assert text(jsonl([chunk({"content": "a\ufeffb"}, "stop")])).stdout == "a\ufeffb\n".encode()


def test_row_04_comments_and_fields_without_data() -> None:
    extra = b": ping\n\nretry: 3000\n\nid: 7\n\nfoo: bar\n\n"
    ran = text(extra + EVENTS.replace(b"\n\n", b"\n\n" + extra))
    assert (ran.code, ran.stdout, ran.stderr) == (0, TEXT, "")


def test_row_05_spellings_of_data() -> None:
    several = EVENTS.replace(b', "choices"', b',\ndata: "choices"').replace(b"data: ", b"data:")
    ran = text(several.replace(b"\n\n", b"\n\ndata\n\n"))
    assert (ran.stdout, several.count(b"data:") > len(CHUNKS) + 1) == (TEXT, True)


@pytest.mark.parametrize("data", [LINES + b'{"id":"c', sse(CHUNKS[:-1], False) + b'data: {"id":"c'])
def test_row_06_half_a_record_at_the_end(data: bytes) -> None:
    ran = text(data)
    assert (ran.code, ran.stdout) == (4, TEXT)
    assert "byte " in ran.stderr


def test_row_07_no_newline_at_the_end() -> None:
    ran = text(LINES.rstrip())
    assert (ran.code, ran.stdout, ran.stderr) == (0, TEXT, "")


@pytest.mark.parametrize("command", FILTERS)
def test_row_08_an_end_before_the_finish(command: str) -> None:
    ran = run_here([command], jsonl(CHUNKS[:-1]))
    assert (ran.code, "before choice 0 had a finish_reason" in ran.stderr) == (4, True)


def test_row_09_a_finish_or_done_alone() -> None:
    """``[DONE]`` says that the stream is whole; so does a finish. ``--strict`` concerns malformed input alone."""
    assert text(sse(CHUNKS, done=False)).code == 0
    assert text(sse(CHUNKS[:-1])).code == 0


def test_row_10_data_after_done() -> None:
    assert text(EVENTS + b"data: [DONE]\n\n").stdout == TEXT
    assert text(EVENTS + EVENTS).stdout == TEXT + TEXT
    assert text(EVENTS + EVENTS, "--single-step").stdout == TEXT


@pytest.mark.parametrize(
    "error",
    [
        b'data: {"error":{"message":"Overloaded","code":529}}\n\n',
        b'data: {"error":"Overloaded"}\n\n',
        b"event: error\ndata: Overloaded\n\n",
        b'event: error\ndata: {"message":"Overloaded"}\n\n',
    ],
)
def test_row_11_errors_in_the_stream(error: bytes) -> None:
    ran = text(sse([chunk({"content": "so far"})], done=False) + error)
    assert (ran.code, ran.stdout, "Overloaded" in ran.stderr) == (5, b"so far\n", True)


@pytest.mark.parametrize(("data", "code"), [(b"<!DOCTYPE html><p>\x1b[31mBad gateway</p>", 5), (b"", 4)])
def test_row_12_no_stream_at_all(data: bytes, code: int) -> None:
    ran = text(data)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (code, b"", 1)
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize("value", ["null", "1", "[]", '"x"', '{"choices":null}', "{}"])
def test_row_13_values_of_the_wrong_shape(value: str) -> None:
    ran = text(f"data: {value}\n\n".encode() + EVENTS)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (3, TEXT, 1)


def test_row_13_usage_alone_is_kept() -> None:
    usage = {"id": "c", "object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 3}}
    ran = run_here(["rewrite"], jsonl([*CHUNKS, usage]))
    assert (ran.code, json.loads(ran.stdout.splitlines()[-1])) == (0, usage)


@pytest.mark.parametrize("command", ["text", "rewrite"])
def test_row_14_json_of_all_classes_as_records(command: str) -> None:
    """Accepted values are no chunks and say so; rejected ones are not JSON; both leave the stream intact."""
    for files, said in ((ACCEPTED, "not JSON"), (REJECTED, "not JSON"), (EITHER, None)):
        for name, value in files.items():
            ran = run_here([command], LINES + value.replace(b"\n", b" ") + b"\n" + LINES)
            assert ran.code in (0, 3), name
            if command == "text":
                assert ran.stdout == TEXT * 2, name
            if files is ACCEPTED:
                assert "not JSON" not in ran.stderr, name
            elif said is not None:
                assert "byte " in ran.stderr, name


def test_row_15_json_of_all_classes_as_arguments() -> None:
    for name, value in {**ACCEPTED, **REJECTED, **EITHER}.items():
        arguments = '{"message":"Hi","x":' + value.decode("utf-8", "replace") + "}"
        whole = text(jsonl(message_call([arguments])))
        assert (whole.stdout, whole.code in (0, 3, 4)) == (b"Hi\n", True), name
        assert name not in ACCEPTED or whole.code == 0, name
        for cut in {len(arguments) // 2, 18, len(arguments) - 2}:
            ran = text(jsonl(message_call([arguments[:cut], arguments[cut:]])))
            assert (ran.code, ran.stdout) == (whole.code, whole.stdout), name


def test_row_16_invalid_utf_8() -> None:
    bad = b'{"choices":[{"delta":{"content":"\xff"}}]}\n'
    ran = text(LINES + bad + LINES)
    assert (ran.code, ran.stdout) == (3, TEXT * 2)
    assert "not UTF-8" in ran.stderr
    assert f"byte {len(LINES)}" in ran.stderr


def test_row_17_surrogates() -> None:
    halves = [b"\\ud83d", b"\\ude00 \\ud83d"]
    outer = b"".join(b'{"choices":[{"index":0,"delta":{"content":"%s"}}]}\n' % half for half in halves)
    assert text(outer + jsonl([chunk({}, "stop")])).stdout == "😀 \ufffd\n".encode()
    inner = message_call(['{"message":"\\ud83d', '\\ude00 \\ud83d!"}'])
    assert text(jsonl(inner)).stdout == "😀 \ufffd!\n".encode()


@pytest.mark.parametrize(
    "member", ['"x":1e2', '"x":1.10', '"x":123456789012345678901234567890', '"x":1,"x":2', '"x":1e999']
)
def test_row_18_numbers_and_duplicate_keys_of_untouched_chunks(member: str) -> None:
    line = '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}],' + member + "}\n"
    assert run_here(["rewrite"], line.encode()).stdout == line.encode()


@pytest.mark.parametrize(
    "member", ['"x":1e2', '"x":1.10', '"x":-0', '"x":123456789012345678901234567890', '"x":1,"x":2', '"x":{"a":1.0}']
)
def test_row_18_numbers_and_duplicate_keys_of_rewritten_chunks(member: str) -> None:
    """In the chunk, in the choice and in the delta; whatever is not rewritten leaves as it was written."""
    call = '"tool_calls":[{"index":0,"function":{"name":"send_message","arguments":"{\\"message\\":\\"Hi\\"}"}}]'
    choice = f'{{"index":0,{member},"delta":{{"role":"assistant",{call},{member}}},"finish_reason":"tool_calls"}}'
    line = f'{{"id":"c","object":"chat.completion.chunk",{member},"created":1,"model":"m","choices":[{choice}]}}\n'
    rewritten = line.replace(call, '"content":"Hi"').replace('"tool_calls"', '"stop"')
    assert run_here(["rewrite"], line.encode()).stdout == rewritten.encode()


@pytest.mark.parametrize("depth", [201, 1_025, 100_000, 1_000_000])
def test_row_19_deep_nesting(depth: int) -> None:
    record = b'{"a":' * depth + b"1" + b"}" * depth + b"\n"
    ran = text(LINES + record + LINES)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (3, TEXT * 2, 1)
    arguments = text(jsonl(message_call(['{"x":' + "[" * depth, "]" * depth + ',"message":"Hi"}'])))
    assert (arguments.code, arguments.stdout) == (0, b"Hi\n")


@pytest.mark.parametrize("size", [1_000, 1_000_000, 4_000_000])
def test_row_20_long_lines(size: int) -> None:
    assert text(jsonl([chunk({"content": "x" * size}, "stop")])).stdout == b"x" * size + b"\n"


def test_row_21_many_small_deltas() -> None:
    count = 20_000
    lines = jsonl([chunk(calls(entry("x")))])
    ran = text(
        jsonl(message_call(['{"message":"'], finish=None)) + lines * count + jsonl([chunk(calls(entry('"}')), "stop")])
    )
    assert (ran.code, ran.stdout) == (0, b"x" * count + b"\n")


def _message(text: str, **members: object) -> Chunk:
    return entry(json.dumps({"message": text}), **{"name": "send_message", **members})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (
            [calls(entry("", index=None, id="a", name="send_message")), calls(entry('{"message":"A"}', index=None))],
            "A\n",
        ),
        ([calls(_message("A", id="a")), calls(_message("B", id="b"))], "A\nB\n"),
        (
            [
                calls(
                    entry('{"message":"A', id="a", name="send_message"),
                    entry('{"message":"B', index=1, id="b", name="send_message"),
                ),
                calls(entry('2"}', index=1), entry('1"}')),
            ],
            "A1\nB2\n",
        ),
        ([calls(entry("", name="send_")), calls(entry("", name="message")), calls(entry('{"message":"A"}'))], "A\n"),
        ([calls(_message("A", id="a")), calls(_message("A", id="a"))], "A\n"),
    ],
    ids=["no index", "all 0", "interleaved", "name split", "repeated"],
)
def test_row_22_identities_of_calls(chunks: list[Chunk], expected: str) -> None:
    ran = text(jsonl([*map(chunk, chunks), chunk({}, "tool_calls")]))
    assert (ran.code, ran.stdout.decode()) == (0, expected)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"other":1}', ""),
        ('{"message":null}', ""),
        ('{"message":{"a":1.10}}', '{"a":1.10}\n'),
        ('{"message":"a","message":"b"}', "a\n"),
        ('{"x":{"message":"no"},"message":"yes"}', "yes\n"),
        ('{"\\u006dessage":"yes"}', "yes\n"),
    ],
)
def test_row_23_the_argument_that_is_asked_for(arguments: str, expected: str) -> None:
    ran = text(jsonl(message_call([arguments])))
    assert (ran.code, ran.stdout.decode()) == (0, expected)


@pytest.mark.parametrize("end", ["", "\\", "\\u", "\\u12", "\\ud83d", "\\ud83d\\ude0"])
def test_row_24_arguments_that_are_cut(end: str) -> None:
    ran = text(jsonl(message_call(['{"message":"Hi' + end], finish=None)))
    assert (ran.code, ran.stdout.decode().rstrip("\ufffd\n")) == (4, "Hi")


def test_row_25_content_beside_calls_and_several_choices() -> None:
    assert text(jsonl([chunk({"content": "Before."}), *message_call(['{"message":"Hi"}'])])).stdout == b"Before.\nHi\n"
    mixed = jsonl([chunk({"content": letter}, index=index) for letter in "ab" for index in (0, 1)])
    mixed += jsonl([chunk({}, "stop", index=index) for index in (0, 1)])
    assert [text(mixed, "--choice", choice).stdout for choice in "01"] == [b"ab\n", b"ab\n"]


@pytest.mark.parametrize("number", range(60))
def test_row_46_bytes_that_no_one_wrote(number: int) -> None:
    random = Random(number)
    for data in (LINES + random.randbytes(40) + b"\n", mutated(EVENTS, LINES, random), random.randbytes(300)):
        check_code((FILTERS[number % len(FILTERS)],), io.BytesIO(data))
        assert_same_as_slow_path(data, size=50)
