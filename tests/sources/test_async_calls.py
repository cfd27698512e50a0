"""Hostile servers and the asynchronous client: one request, one failure, in time, and little of its body read."""

import asyncio
import gzip
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.commands.test_hostile_servers import DRIPS, HEADERS, HI, JSON, raw_server
from tests.serving import KEY, Answer, End, provider
from tests.support import sse

from unspool import Endpoint, LiveSource, SourceFailed
from unspool.sources.request_body import request


def read(url: str, timeout: float = 20) -> bytes:
    async def run() -> bytes:
        source = LiveSource(Endpoint(url, KEY, timeout=timeout), request([{"role": "user", "content": "Hi"}], "m"))
        return b"".join([block async for block in source.async_blocks()])

    return asyncio.run(run())


def failure(url: str, timeout: float = 20) -> str:
    with pytest.raises(SourceFailed) as caught:
        read(url, timeout)
    said = f"{caught.value.reason}; {caught.value.advice}"
    assert KEY not in said
    return said


@pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS)
def test_a_timeout_holds_for_what_drips(pieces: list[bytes]) -> None:
    with raw_server(pieces, 0.05) as url:
        began = time.monotonic()
        assert "no answer for 1 s" in failure(url, 1)
    assert time.monotonic() - began < 15


def test_a_timeout_holds_between_the_headers_and_the_first_byte() -> None:
    with provider(Answer([], end=End.STALL)) as server:
        assert "1 s" in failure(server.url, 1)


def test_a_slow_stream_is_not_cut_by_the_limit_on_its_first_byte() -> None:
    data = sse(HI)
    with provider(Answer([data[:9], 0.7, data[9:20], 0.7, data[20:]])) as server:
        assert read(server.url, 1) == data


def test_an_error_without_an_end_is_read_to_64_kilobytes() -> None:
    with raw_server([HEADERS + b"\r\n", b"oops " * 10_000], 0.0) as url:
        said = failure(url)
    assert ("HTTP 500: oops oops" in said, len(said) < 600) == (True, True)


def test_an_error_that_is_packed_is_unpacked_to_64_kilobytes() -> None:
    headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
    with provider(Answer([gzip.compress(b"oops " * 3_000_000)], 500, headers)) as server:
        assert "HTTP 500: oops oops" in failure(server.url)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(status: int) -> None:
    with provider(Answer([sse(HI)])) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")  # another name, so another origin
        with provider(Answer([], status, {"Location": f"{elsewhere}/chat/completions"})) as server:
            assert f"it redirects to {elsewhere}" in failure(server.url)
            assert (len(server.asked), len(other.asked)) == (1, 0)


def test_a_key_that_the_server_sends_back_is_not_shown() -> None:
    with provider(Answer([b'{"error":{"message":"bad key %b"}}' % KEY.encode()], 401, JSON)) as server:
        assert "HTTP 401" in failure(server.url)


def test_done_counts_where_it_is_cut() -> None:
    data = sse(HI)
    with provider(Answer([data[:-9], 0.1, data[-9:-4], 0.1, data[-4:]], end=End.RESET)) as server:
        assert read(server.url) == data


def test_a_stream_that_breaks_before_done_fails() -> None:
    with provider(Answer([sse(HI, done=False)], end=End.RESET)) as server:
        assert "the connection broke in the middle of the answer" in failure(server.url)


def test_a_setting_that_makes_no_call_possible_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks9://127.0.0.1:1")
    assert "ALL_PROXY" in failure("http://127.0.0.1:1/v1")


IMF_DATE, ASCTIME = "%a, %d %b %Y %H:%M:%S ", "%a %b %d %H:%M:%S %Y"


def date_header(form: str) -> str:
    """A Retry-After header an hour from now."""
    return (datetime.now(UTC) + timedelta(hours=1)).strftime(form)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        (IMF_DATE + "GMT", 3600.0),
        (IMF_DATE + "-0000", 3600.0),
        (ASCTIME, 3600.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("Wed, 99 Oct 2031 07:28:00 GMT", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Honolulu"])
def test_the_time_to_wait_may_be_a_date(
    header: str, expected: float | None, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9110, 10.2.3; a date without a zone is in UTC, wherever this machine is."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    headers = {"Content-Type": "application/json", "Retry-After": date_header(header)}
    try:
        with provider(Answer([b'{"error":{"message":"slow"}}'], 429, headers)) as server:
            with pytest.raises(SourceFailed) as of_async:
                read(server.url)
            with pytest.raises(SourceFailed) as of_sync:
                list(LiveSource(Endpoint(server.url, KEY), request([], "m")).blocks())
    finally:
        monkeypatch.undo()
        time.tzset()
    for failed in (of_async.value, of_sync.value):
        assert failed.status == 429
        assert failed.retry_after == (None if expected is None else pytest.approx(expected, abs=30))
