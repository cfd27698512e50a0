"""HAR: entries one by one, in the order in which they began, with their times."""

import base64
import gzip
import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.intake.test_layers import read
from tests.support import chunk, jsonl, run_here, sse

Entry = dict[str, Any]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def entry(text: str | None, began: str = "2031-05-04T03:02:01.000Z", **members: Any) -> Entry:
    content: dict[str, Any] = {"size": 1, "mimeType": "text/event-stream"}
    if text is not None:
        content["text"] = text
    return {
        "startedDateTime": began,
        "request": {"method": "POST", "url": "https://a.example/v1/chat/completions?key=secret"},
        "response": {"status": 200, "content": content},
        **members,
    }


def har(*entries: Entry, indent: int | None = None) -> bytes:
    log = {"version": "1.2", "pages": [{"title": '"entries": ['}], "entries": entries, "comment": "}]"}
    return json.dumps({"log": log}, indent=indent, ensure_ascii=False).encode()


def answer(text: str) -> str:
    return sse([chunk({"content": text}), chunk({}, "stop")]).decode()


def test_entries_come_in_the_order_in_which_they_began() -> None:
    late, early = "2031-05-04T03:02:09Z", "2031-05-04T03:02:01Z"
    data = har(entry(answer("c"), late), entry(answer("a"), early), entry(answer("b"), early))
    assert run_here(["text"], data).stdout == b"a\nb\nc\n"
    names = [name for name, _ in read([data])[0]]
    assert names == [f"capture#{number} (POST /v1/chat/completions)" for number in (1, 2, 3)]


@pytest.mark.parametrize("asked", [[], ["--pace", "inf"]])
def test_the_message_of_a_failed_call_is_said_at_any_pace(asked: list[str]) -> None:
    failed = entry('{"error": {"message": "No such boat."}}', "2031-05-04T03:02:01Z")
    failed["response"]["status"] = 404
    failed |= {"time": 90, "timings": {"send": 1, "wait": 50, "receive": 39}}
    ran = run_here(["text", *asked], har(failed))
    assert (ran.code, ran.stdout) == (5, b"")
    assert "HTTP status 404: No such boat.; the request failed" in ran.stderr


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("log", [{"level": "debug"}, {}, "llm", {"logger": "llm", "level": "debug"}])
def test_a_log_whose_records_have_a_member_log_is_no_har(log: Any, size: int) -> None:
    data = jsonl([{"log": log, "chunk": one} for one in [chunk({"content": "Gate four."}), chunk({}, "stop")]])
    ((_, records),), _ = read([data[at : at + size] for at in range(0, len(data), size)])
    assert run_here(["text"], records).stdout == b"Gate four.\n"


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("version", [{"version": 1}, {"version": "3.1"}, {"version": {"major": 1}}])
def test_a_log_whose_records_are_in_a_log_with_a_version_is_no_har(version: Any, size: int) -> None:
    """The version of a HAR is a string, and its other members follow."""
    records = [{"log": {**version, "chunk": one}} for one in [chunk({"content": "Gate four."}), chunk({}, "stop")]]
    data = jsonl(records)
    ((_, found),), _ = read([data[at : at + size] for at in range(0, len(data), size)])
    assert run_here(["text"], found).stdout == b"Gate four.\n"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_har_may_begin_with_any_of_its_members(size: int) -> None:
    log = json.loads(har(entry(answer("Gate four."))))["log"]
    for names in (["version", "creator"], ["creator", "version"], ["version", "entries"], ["entries"]):
        ordered = {name: log.get(name, {}) for name in names} | log
        for indent in (None, 2):
            data = json.dumps({"log": ordered}, indent=indent).encode()
            streams, _ = read([data[at : at + size] for at in range(0, len(data), size)])
            assert [name for name, _ in streams] == ["capture#1 (POST /v1/chat/completions)"]


@pytest.mark.parametrize("indent", [None, 2])
def test_every_cut_gives_the_same(indent: int | None) -> None:
    data = har(entry(answer('say "[{}]" \\ \\\\ 🚢')), entry(answer("two")), indent=indent)
    whole, _ = read([data])
    assert len(whole) == 2
    for at in range(1, len(data)):
        assert read([data[:at], data[at:]])[0] == whole, at
    assert read([data[at : at + 1] for at in range(len(data))])[0] == whole


def test_a_long_text_is_read_in_pieces() -> None:
    """Cuts lie in no character, escape, or pair of escapes."""
    letters = random.Random(19).choices(["a", "é", "🚢", '"', "\\", "\n", "\x01", " word "], k=600_000)
    body = jsonl([chunk({"content": "".join(letters)}, "stop")])
    for content in (body, gzip.compress(body)):
        one = entry(None)
        plain = content is body
        text = body.decode() if plain else base64.b64encode(content).decode()
        one["response"]["content"] |= {"text": text} if plain else {"text": text, "encoding": "base64"}
        for escaped in (True, False):
            data = json.dumps({"log": {"entries": [one]}}, ensure_ascii=escaped).encode()
            assert b"".join(run_here(["rewrite", "--to", "jsonl"], data).stdout.split()) == b"".join(body.split())


def test_long_requests_are_no_responses() -> None:
    one = entry(answer("short"))
    one["request"]["postData"] = {"mimeType": "application/json", "text": "x" * 3_000_000}
    assert run_here(["text"], har(one)).stdout == b"short\n"


@pytest.mark.parametrize("place", ["text", "key", "between"])
def test_a_cut_har_gives_what_is_there_and_says_so(place: str) -> None:
    data = har(entry(answer("one")), entry(answer("two"), "2031-05-04T03:03:01Z"))
    at = {
        "text": data.rindex(b"stop"),
        "key": data.rindex(b'"request"') + 4,
        "between": data.rindex(b'{"startedDateTime"'),
    }
    ran = run_here(["text"], data[: at[place]])
    assert ran.stdout.startswith(b"one\n")
    assert ran.code == 4
    assert "cut" in ran.stderr
    assert "secret" not in ran.stderr


def test_a_har_without_entries_holds_nothing() -> None:
    assert run_here(["text"], har()).code == 5
    assert run_here(["text"], b'{"log": {"version": "1.2", "pages": []}}').code == 4


def test_times_of_messages_are_those_of_the_stream() -> None:
    messages = [
        {"time": 1935630121.25, "eventName": "message", "eventId": "", "data": json.dumps(chunk({"content": "Hi"}))},
        {"time": 1935630121.75, "eventName": "message", "eventId": "", "data": json.dumps(chunk({}, "stop"))},
    ]
    for text in (None, answer("Hi")):
        Path("a.har").write_bytes(har(entry(text, "2031-05-04T04:02:01+01:00", _eventSourceMessages=messages)))
        stats = json.loads(run_here(["stats", "--json", "a.har"]).stdout)
        assert (stats["total"]["first_text"], stats["total"]["last_chunk"]) == (0.25, 0.75)
        assert run_here(["text", "a.har"]).stdout == b"Hi\n"


def test_times_of_an_entry_are_those_of_its_first_and_last_byte() -> None:
    timings = {"blocked": 10, "dns": -1, "connect": 20, "ssl": 15, "send": 0.5, "wait": 169.5, "receive": 300}
    Path("a.har").write_bytes(har(entry(answer("Hi"), timings=timings, time=500)))
    stats = json.loads(run_here(["stats", "--json", "a.har"]).stdout)
    assert (stats["total"]["first_text"], stats["total"]["last_chunk"]) == (0.2, 0.5)
    one = json.dumps({**chunk(), "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]})
    Path("a.har").write_bytes(har(entry(one, timings=timings, time=500)))
    assert json.loads(run_here(["stats", "--json", "a.har"]).stdout)["total"]["first_text"] == 0.5


def zipped(**files: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(name.replace("_", "."), data)
    return archive.getvalue()


def test_bodies_in_separate_files_are_not_opened() -> None:
    one = entry(None)
    one["response"]["content"]["_file"] = "a.sse"
    Path("a.sse").write_bytes(answer("Hi").encode())
    Path("a.har").write_bytes(har(one))
    ran = run_here(["text", "a.har"])
    assert (ran.code, ran.stdout, "name the files" in ran.stderr) == (5, b"", True)


@pytest.mark.parametrize("files", [{"a_sse": b"data: {}"}, {"har_har": har()}, {"a_har": har(), "b_har": har()}, {}])
def test_a_zip_archive_without_a_stream_in_a_har_is_not_read(files: dict[str, bytes]) -> None:
    ran = run_here(["text"], zipped(**files))
    assert (ran.code, ran.stdout, "unzip -p" in ran.stderr) == (5, b"", True)
    assert run_here(["text"], zipped(**files)[:30]).code == 5


def test_a_replay_takes_its_pace_from_the_entry() -> None:
    timings = {"send": 0, "wait": 100, "receive": 100}
    Path("a.har").write_bytes(har(entry(answer("Hi"), timings=timings, time=200)))
    assert run_here(["text", "--pace", "1000", "a.har"]).stdout == b"Hi\n"
    Path("b.har").write_bytes(har(entry(answer("Hi"))))
    ran = run_here(["text", "--pace", "1000", "b.har"])
    assert (ran.code, "it holds no times that are read" in ran.stderr) == (5, True)


def test_a_replay_of_a_har_with_failed_calls_goes_on() -> None:
    failed = entry('{"error": {"message": "no key"}}')
    failed["response"]["status"] = 401
    ran = run_here(["stats", "--json"], har(failed, entry(answer("Hi"))))
    assert ran.code == 5
    assert json.loads(ran.stdout)["total"]["characters"] == 2


def test_a_har_in_a_zip_archive_is_read_with_its_bodies_and_the_advice_follows() -> None:
    content = {"mimeType": "text/event-stream", "size": 1, "_file": "body.sse"}
    request = {"method": "POST", "url": "https://a.example/v1/chat/completions"}
    archive = {"log": {"entries": [{"request": request, "response": {"status": 200, "content": content}}]}}
    body = sse([chunk({"role": "assistant", "content": "Hi"}), chunk({}, "stop")])
    data = zipped(a_har=json.dumps(archive).encode(), body_sse=body)
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert "unzip" in ran.stderr
    for damaged in (data[:200], data[:-30], data[:60] + b"x" * 40 + data[100:]):
        ran = run_here(["text"], damaged)
        assert (ran.code, ran.stdout, len(ran.stderr.splitlines())) == (5, b"", 1)


def test_a_har_that_lies_in_no_archive_names_no_file_that_is_opened(tmp_path: Path) -> None:
    (tmp_path / "body.dat").write_bytes(b"data: secret")
    content = {"mimeType": "text/event-stream", "size": 1, "_file": str(tmp_path / "body.dat")}
    archive = {"log": {"entries": [{"request": {"method": "POST"}, "response": {"status": 200, "content": content}}]}}
    for data in (json.dumps(archive).encode(), zipped(a_har=json.dumps(archive).encode())):
        assert run_here(["text"], data).stdout == b""


def test_a_har_in_a_cut_archive_has_the_message_of_the_archive() -> None:
    noise = random.Random(1).randbytes(3000).hex()  # which cannot be compressed well: each cut is at another place
    whole = gzip.compress(har(entry(answer(noise)), entry(answer("Hi"))))
    for size in range(100, len(whole) - 8, 331):
        ran = run_here(["text"], whole[:size])
        assert (ran.code, "the gzip data ends early" in ran.stderr) == (4, True), ran.stderr
        assert "no model's response" not in ran.stderr
