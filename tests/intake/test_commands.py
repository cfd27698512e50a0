"""Commands other than the filters read a wrapped stream as they read a bare one."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import ends_within, jsonl, message_call, run_here

from unspool.intake.asked import Asked
from unspool.intake.opening import parts

CHAT = jsonl(message_call(['{"message":"Ahoy', ' there"}']))
TEXT = b"Ahoy there\n"
ENVELOPES = b"".join(b'{"ts": 1, "chunk": %b}\n' % line for line in CHAT.splitlines())


def har(*bodies: bytes) -> bytes:
    entries = [
        {
            "startedDateTime": f"2031-05-04T03:02:0{at}Z",
            "request": {"method": "POST", "url": f"https://a.example/v{at + 1}/chat"},
            "response": {"status": 200, "content": {"size": 1, "text": body.decode()}},
        }
        for at, body in enumerate(bodies)
    ]
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


WRAPPED = {"gzip": gzip.compress(CHAT), "envelope": ENVELOPES, "container": har(CHAT)}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("data", WRAPPED.values(), ids=WRAPPED)
def test_a_wrapped_stream_does_not_differ_from_the_bare_one(data: bytes) -> None:
    Path("a").write_bytes(data)
    Path("b").write_bytes(CHAT)
    ran = run_here(["diff", "a", "b"])
    assert (ran.code, ran.stdout[:8]) == (0, b"the same")


@pytest.mark.parametrize("data", WRAPPED.values(), ids=WRAPPED)
def test_a_wrapped_stream_is_checked_like_the_bare_one(data: bytes) -> None:
    Path("a.jsonl").write_bytes(data)
    Path("a.expected.txt").write_bytes(TEXT)
    assert run_here(["check", "a.jsonl"]).code == 0
    Path("a.expected.txt").write_bytes(b"Else\n")
    assert run_here(["check", "a.jsonl"]).code == 1


def test_a_cut_archive_is_a_cut_stream_for_check() -> None:
    Path("a.jsonl").write_bytes(gzip.compress(CHAT)[:-12])
    Path("a.expected.exit").write_bytes(b"4\n")
    assert run_here(["check", "a.jsonl"]).code == 0


def test_a_failure_of_a_layer_is_a_result_of_check_and_a_missing_file_is_none() -> None:
    head = b"HTTP/1.1 401 Unauthorized\r\n\r\n"
    damaged = bytearray(gzip.compress(CHAT, 0))
    damaged[-8] ^= 1  # the checksum
    for name, data, text in (("a", head, b""), ("b", bytes(damaged), TEXT), ("c", b"PK\x03\x04" + b"x" * 99, b"")):
        Path(f"{name}.jsonl").write_bytes(data)
        Path(f"{name}.expected.txt").write_bytes(text)
        ran = run_here(["check", f"{name}.jsonl"])
        assert ran.code == 1
        assert b"the exit code is 5, and 0 was expected" in ran.stdout
        Path(f"{name}.expected.exit").write_bytes(b"5\n")
        assert run_here(["check", f"{name}.jsonl"]).code == 0
    Path("d.expected.exit").write_bytes(b"5\n")
    assert run_here(["check", "d.jsonl"]).code != 0


def test_rewrite_with_a_tool_of_the_stream_writes_the_records_alone() -> None:
    ran = run_here(["rewrite", "--tool", "auto"], ENVELOPES)
    assert ran.stdout == run_here(["rewrite"], CHAT).stdout


def test_a_case_may_name_its_envelope() -> None:
    Path("a.jsonl").write_bytes(ENVELOPES)
    Path("a.expected.txt").write_bytes(TEXT)
    Path("a.args").write_text("--unwrap chunk\n")
    assert run_here(["check", "a.jsonl"]).code == 0


@pytest.mark.parametrize("command", ["text", "events", "lint", "rewrite", "stats", "view", "table"])
@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("nope.x", "no record has the member nope.x"),
        ("note", "the member note holds no record of a stream"),
        ("n", "the member n holds no record of a stream"),
    ],
)
def test_a_member_without_records_is_the_same_fault_in_every_command(command: str, member: str, reason: str) -> None:
    log = b"".join(b'{"note": "sent", "n": 1, "chunk": %b}\n' % line for line in CHAT.splitlines())
    ran = run_here([command, "--unwrap", member], log)
    assert ran.code == 5
    said = ran.stdout.decode() if command == "table" else ran.stderr
    assert said.count(reason) == 1
    assert "empty" not in ran.stderr


def test_a_member_that_no_record_has_is_not_claimed_to_be_read() -> None:
    ran = run_here(["text", "--unwrap", "nope"], ENVELOPES)
    assert ran.stderr.count("\n") == 1
    assert "read the member" not in ran.stderr


@pytest.mark.parametrize("command", ["text", "events", "lint", "rewrite", "stats", "view", "table"])
def test_a_member_that_bare_records_lack_has_no_effect_and_is_named(command: str) -> None:
    bare = run_here([command], CHAT)
    ran = run_here([command, "--unwrap", "chunk"], CHAT)
    assert (ran.code, bare.code) == (0, 0)
    assert ran.stderr == (
        "unspool: standard input: --unwrap chunk has no effect: no record has this member, and they are read "
        "without it\n"
    )
    if command in ("text", "events", "rewrite", "view"):
        assert ran.stdout == bare.stdout
    assert b"read the member" not in ran.stdout


@pytest.mark.parametrize("command", ["text", "rewrite"])
def test_records_that_are_not_read_beside_bare_ones_are_counted(command: str) -> None:
    ran = run_here([command, "--unwrap", "nope"], CHAT + b'{"n": 1}\n{"n": 2}\n')
    assert ran.code == 0
    assert "no record has this member; passed over: 2, the others are read without it\n" in ran.stderr


@pytest.mark.parametrize("first", [CHAT, ENVELOPES])
def test_bare_records_among_those_with_the_member_are_read_and_rewritten(first: bytes) -> None:
    then = ENVELOPES if first is CHAT else CHAT
    ran = run_here(["text", "--unwrap", "chunk"], first + then)
    assert (ran.code, ran.stdout) == (0, TEXT * 2)
    assert "has no effect" not in ran.stderr
    assert ran.stderr.count("read the member chunk") == 1
    rewritten = run_here(["rewrite", "--unwrap", "chunk"], first + then)
    assert (rewritten.code, rewritten.stdout.count(b"tool_calls")) == (0, 0)
    assert run_here(["text", "--unwrap", "chunk"], rewritten.stdout).stdout == TEXT * 2


def test_view_chooses_a_stream_of_a_container() -> None:
    other = jsonl(message_call(['{"message":"Other"}']))
    Path("a.har").write_bytes(har(CHAT, other))
    assert run_here(["view", "--only", "2", "a.har"]).stdout == b"Other\n"
    assert run_here(["view", "--only", "9" * 5000, "a.har"]).code == 5  # more digits than int takes
    assert run_here(["view", "--only", "/v1/", "--only", "messages", "a.har"]).stdout == TEXT
    assert run_here(["view", "--only", "2", "--only", "messages", "a.har"]).stdout == b"Other\n"


def test_view_names_each_stream_of_a_container_and_no_single_source() -> None:
    Path("a.har").write_bytes(har(CHAT, CHAT))
    Path("a.jsonl").write_bytes(CHAT)
    assert run_here(["view", "--html", "har.html", "a.har"]).stdout == TEXT * 2
    assert Path("har.html").read_text().index("a.har#1 (") < Path("har.html").read_text().index("a.har#2 (")
    assert run_here(["view", "--html", "one.html", "a.jsonl"]).stdout == TEXT
    assert run_here(["view", "--html", "piped.html"], CHAT).stdout == TEXT
    assert "a.jsonl" not in Path("one.html").read_text()
    assert "standard input" not in Path("piped.html").read_text()


@pytest.mark.parametrize("command", ["text", "view"])
def test_several_choices_are_all_read_and_each_that_matches_nothing_is_told(command: str) -> None:
    Path("a.har").write_bytes(har(*(jsonl(message_call([f'{{"message":"{each}"}}'])) for each in "ABC")))
    assert run_here([command, "--only", "3", "--only", "1", "a.har"]).stdout == b"A\nC\n"
    ran = run_here([command, "--only", "9", "--only", "2", "--only", "#3", "--only", "8", "a.har"])
    assert (ran.code, ran.stdout) == (5, b"B\nC\n")
    assert "--only 9 and --only 8 match none of the 3 streams in it: a.har#1 " in ran.stderr


@pytest.mark.parametrize(("command", "others"), [("view", ", or messages, tools, thoughts"), ("text", "")])
def test_a_choice_that_matches_nothing_is_answered_with_all_that_can_be_chosen(command: str, others: str) -> None:
    Path("a.jsonl").write_bytes(CHAT)
    Path("a.har").write_bytes(har(CHAT, CHAT))
    ran = run_here([command, "--only", "tool", "a.jsonl", "a.har"])
    assert (ran.code, ran.stdout) == (5, b"")
    one, several = ran.stderr.splitlines()
    assert one == (
        "unspool: a.jsonl: --only tool does not match the one stream in it: a.jsonl; leave --only out" + others
    )
    assert "--only tool matches none of the 2 streams in it: a.har#1 " in several
    assert several.endswith("; choose one of these" + others)


def test_text_that_is_named_so_is_not_searched_for_layers() -> None:
    page = b"<!DOCTYPE html>\n<p>{\n"
    assert run_here(["text", "--from", "text"], page).stdout == page
    assert run_here(["text", "--from", "text"], gzip.compress(page)).stdout == page


class _Blocks:
    """A source of these blocks, which counts how many were asked for."""

    name = "a"
    elapsed = None

    def __init__(self, *blocks: bytes) -> None:
        self._blocks = blocks
        self.taken = 0

    def blocks(self) -> Iterator[bytes]:
        for block in self._blocks:
            self.taken += 1
            yield block


ANY_TEXT = Asked(any_text=True)


def first_block(source: _Blocks) -> bytes:
    for part in parts(source, ANY_TEXT, lambda _: None):
        for block in part.blocks():
            return block
    return b""


@pytest.mark.parametrize("text", [b"Hello there\n", b"A first line that has no end as yet", b"# Title\n", b"- a\n"])
def test_any_text_waits_for_no_second_block(text: bytes) -> None:
    source = _Blocks(text, b"more\n")
    assert first_block(source) == text
    assert source.taken == 1


@pytest.mark.parametrize("data", [*WRAPPED.values(), CHAT], ids=[*WRAPPED, "bare"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_where_any_text_is_read_a_layer_is_still_found(data: bytes, size: int) -> None:
    source = _Blocks(*(data[at : at + size] for at in range(0, len(data), size)))
    read = b"".join(block for part in parts(source, ANY_TEXT, lambda _: None) for block in part.blocks())
    assert b"".join(read.split()) == b"".join(CHAT.split())  # an envelope is left without its spaces


def test_a_long_beginning_in_small_pieces_takes_no_time_that_grows_with_its_square() -> None:
    with ends_within(5):
        first_block(_Blocks(*[b"9"] * 20_000))


@pytest.mark.parametrize("junk", [b"data: ", b"x data: ", b"a => ", b"b'", b"'data: {", b"{ ", b'{"', b"A", b'a="'])
def test_junk_takes_no_time_that_grows_with_its_square(junk: bytes) -> None:
    with ends_within(5):
        run_here(["text"], junk * 30_000)


@pytest.mark.parametrize("piece", [b'{"a": [', b"[1],"])
def test_a_record_that_curl_cuts_often_takes_no_time_that_grows_with_its_square(piece: bytes) -> None:
    noise = b"* Connection #0 to host left intact\n"
    with ends_within(5):
        run_here(["text"], b"* Connected to host\n" + b'{"a": [' + noise + (piece + noise) * 40_000)


def test_a_run_of_spaces_in_a_body_of_wget_takes_no_time_that_grows_with_its_square() -> None:
    before = b"--2031-05-04 03:02:01--  http://a.example/\nHTTP request sent, awaiting response... 200 OK\n\n"
    with ends_within(5):
        run_here(["text"], before + b"a" + b" " * 200_000 + b"b\n")


def test_lint_names_the_layers_and_why() -> None:
    Path("a").write_bytes(gzip.compress(ENVELOPES))
    lines = run_here(["lint", "a"]).stdout.decode().splitlines()
    assert "a: gzip: by its first bytes" in lines
    assert any(line.startswith("a: read the member chunk of each record") for line in lines)
    report = json.loads(run_here(["lint", "--json", "a"]).stdout)
    assert report["intake"][0] == {"source": "a", "layer": "gzip: by its first bytes"}


def test_lint_counts_lines_of_a_log_that_hold_no_record() -> None:
    lines = [b"12:00:01 INFO " + line + b"\n" for line in CHAT.splitlines()]
    for name, data, counted in (
        (
            "a",
            b"12:00:00 INFO start\n\n" + b"".join(lines) + b"12:00:09 INFO end\n",
            "lines of the log without a record: 2",
        ),
        ("b", b'{"msg": "start"}\n' + ENVELOPES, "records of the log without the member chunk: 1"),
    ):
        Path(name).write_bytes(data)
        ran = run_here(["lint", name])
        assert (ran.code, f"{name}: {counted}" in ran.stdout.decode().splitlines()) == (0, True), ran


def test_lint_names_the_layers_of_a_container_once() -> None:
    Path("a.har").write_bytes(har(CHAT, CHAT))
    assert run_here(["lint", "a.har"]).stdout.count(b"a.har: HAR: by its first members") == 1


def test_lint_of_a_plain_capture_names_no_layer() -> None:
    assert json.loads(run_here(["lint", "--json"], CHAT).stdout)["intake"] == []


@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_lint_counts_events_that_were_indented(size: int) -> None:
    records = [json.loads(line) for line in CHAT.splitlines()]
    events = "".join(f"data: {json.dumps(record, indent=2)}\n\n" for record in records).encode()
    Path("a").write_bytes(events)
    quirks = json.loads(run_here(["lint", "--json", "a"]).stdout)["quirks"]
    assert [(each["count"], each["first"]["record"]) for each in quirks if each["quirk"] == "B33"] == [(1, 1)]
    blocks = _Blocks(*(events[at : at + size] for at in range(0, len(events), size)))
    (part,) = parts(blocks, Asked(), lambda _: None)
    assert part.name == "a"


def test_lint_counts_a_table_of_a_browser() -> None:
    rows = b"".join(b"message\t%b\t10:11:12.131\n" % line for line in CHAT.splitlines())
    Path("a").write_bytes(rows)
    quirks = json.loads(run_here(["lint", "--json", "a"]).stdout)["quirks"]
    assert "B34" in [each["quirk"] for each in quirks]
