"""What programs write behind a stream and between its events is no fault, in any dialect (Q67)."""

from pathlib import Path

import pytest
from tests.intake.test_layers import chunked
from tests.support import ROOT, run_here

NAMES = [
    path.name
    for path in sorted((ROOT / "samples").iterdir())
    if path.suffix in (".sse", ".jsonl")
    and ".expected" not in path.name
    and path.name != "whole-completion.jsonl"  # one indented value, with a line in it a damaged one
    and not any(path.with_suffix(suffix).exists() for suffix in (".args", ".expected.exit"))
]
BEHIND = {
    "curl -w": b"\n200 0.012271\n",
    "curl -w of JSON": b'{"certs":"","http_code":200,"time_total":0.1}',
    "wget -nv": b'2031-05-04 09:00:01 URL:http://127.0.0.1:8931/x [3751] -> "-" [1]\n',
    "time": b"\nreal\t0m1.2s\nuser\t0m0.1s\n",
}
BETWEEN = b"2031-05-04 09:00:01,123 INFO httpx: HTTP Request: POST\n"


def stream(name: str) -> bytes:
    return (ROOT / "samples" / name).read_bytes().replace(b"\r\n", b"\n")


@pytest.mark.parametrize("name", NAMES)
def test_words_behind_a_stream_are_no_fault(name: str) -> None:
    bare = run_here(["text"], stream(name))
    assert bare.code == 0
    for behind in BEHIND.values():
        ran = run_here(["text"], stream(name) + behind)
        assert (ran.code, ran.stdout, ran.stderr) == (0, bare.stdout, bare.stderr)


@pytest.mark.parametrize("name", NAMES)
def test_a_line_of_a_log_between_records_is_no_fault(name: str) -> None:
    data = stream(name)
    bare = run_here(["text"], data)
    end = b"\n\n" if Path(name).suffix == ".sse" else b"\n"
    records = data.split(end)
    half = len(records) // 2
    ran = run_here(["text"], end.join(records[:half]) + end + BETWEEN + end.join(records[half:]))
    assert (ran.code, ran.stdout) == (0, bare.stdout)


def test_lines_of_curl_inside_of_a_chunk_are_cut_out() -> None:
    body = stream("gemini.sse")
    raw = b"".join(b"61\r\n%b\r\n" % body[at : at + 97] for at in range(0, len(body) // 97 * 97, 97))
    raw += chunked(body[len(body) // 97 * 97 :])
    head = b"*   Trying 127.0.0.1:80...\n> POST / HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n"
    head += b"< Transfer-Encoding: chunked\r\n< \r\n"
    expected = run_here(["text"], body)
    for at in range(0, len(raw), 53):
        data = head + raw[:at] + b"* Connection #0 to host a left intact\n" + raw[at:]
        ran = run_here(["text"], data)
        assert (ran.code, ran.stdout) == (0, expected.stdout), at
