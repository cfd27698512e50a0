"""python -m tests.bench.proxy [--soak SECONDS]: what the proxy adds to each chunk, and many streams through it at once.

Everything is measured against the same requests to the model itself, in the same run. A soak reads streams, of which
every fifth client leaves early, and prints memory and open descriptors as it goes.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.bench.servers import expected_message, model_url, process, request
from tests.bench.timing import spread
from tests.serving import unused_port
from tests.support import ROOT, UNSPOOL

_SENT = re.compile(rb'"sent":(\d+)')
_CONTENT = re.compile(rb"^data: (\{.*\})$", re.MULTILINE)
PLAIN = """
from tests.bench.model import deltas
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    for delta, finish in deltas(0, %d):
        choice = '{"index":0,"delta":%%s,"finish_reason":%%s}' %% (delta, finish)
        chunk = '{"id":"r","object":"chat.completion.chunk","created":1,"model":"m","choices":[%%s]}' %% choice
        body = f"data: {chunk}\\n\\n"
        await send({"type": "http.response.body", "body": body.encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"data: [DONE]\\n\\n"})
"""


class Read(NamedTuple):
    """One response: milliseconds to its first byte, those that each chunk took from the model, and its bytes."""

    first: float
    delays: list[float]
    data: bytes


async def read(url: str, body: dict[str, Any], least: int | None = None) -> Read:
    """One request, read as bytes; with ``least`` the client leaves behind so many."""
    parts = urlsplit(url)
    began = time.monotonic_ns()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 20)
    data = json.dumps({"model": "m", "stream": True, "messages": [], **body}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
    writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    blocks: list[bytes] = []
    delays: list[float] = []
    first = 0.0
    while block := await reader.read(1 << 16):
        now = time.monotonic_ns()
        first = first or (now - began) / 1e6
        delays += [(now - int(sent)) / 1e6 for sent in _SENT.findall(block)]
        blocks.append(block)
        if least is not None and sum(map(len, blocks)) > least:
            break
    writer.close()
    return Read(first, delays, b"".join(blocks))


def text_of(response: bytes) -> str:
    """The content of a rewritten response, whatever its transfer coding."""
    values = (json.loads(value) for value in _CONTENT.findall(response))
    return "".join(value["choices"][0]["delta"].get("content") or "" for value in values)


@contextmanager
def proxy_url(url: str) -> Iterator[tuple[str, int]]:
    """The base URL of a proxy in front of ``url``, and the id of its process."""
    port = unused_port()
    with process([str(UNSPOOL), "serve", "--quiet", "--upstream", url, "--port", str(port)]) as running:
        wait_for(f"http://127.0.0.1:{port}/v1")
        yield f"http://127.0.0.1:{port}/v1", running.pid


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            asyncio.run(read(url, request(0, 5, 0)))
            return
        except ConnectionError:
            time.sleep(0.05)


def measure_proxy(runs: int) -> dict[str, Any]:
    """Milliseconds that the proxy adds to a chunk and to the first byte, at 200 chunks a second."""
    added: dict[str, list[float]] = {"median": [], "99th percentile": [], "first byte": []}
    body = request(0, 300, 1 / 200)
    with model_url() as url, proxy_url(url) as (proxy, _):
        for _ in range(runs):
            direct, through = (asyncio.run(read(one, body)) for one in (url, proxy))
            added["median"].append(median(through.delays) - median(direct.delays))
            worst = [quantiles(one.delays, n=100)[98] for one in (direct, through)]
            added["99th percentile"].append(worst[1] - worst[0])
            added["first byte"].append(through.first - direct.first)
    reach = {"median": 0.4, "99th percentile": 2.0, "first byte": 3.0}
    return {
        f"ms that the proxy adds: {name}": {**spread(values), "reach": reach[name]} for name, values in added.items()
    }


async def _all(url: str, streams: int, chunks: int) -> list[Read]:
    return await asyncio.gather(*(read(url, request(number, chunks, 0)) for number in range(streams)))


def measure_many(streams: int, chunks: int) -> dict[str, Any]:
    """Many streams at once through one process: what was lost, and chunks per second against uvicorn alone."""
    expected = [expected_message(number, chunks) for number in range(streams)]
    port = unused_port()
    source = f"tests_bench_plain_{os.getpid()}"
    with model_url() as url, proxy_url(url) as (proxy, _):
        began = time.perf_counter()
        through = asyncio.run(_all(proxy, streams, chunks))
        seconds = time.perf_counter() - began
    lost = sum(text_of(one.data) != text for one, text in zip(through, expected, strict=True))
    folder = Path(ROOT, "build")
    folder.mkdir(exist_ok=True)
    (folder / f"{source}.py").write_text(PLAIN % chunks)
    command = [sys.executable, "-m", "uvicorn", f"{source}:app", "--port", str(port), "--log-level", "critical"]
    with process([*command, "--app-dir", str(folder)], cwd=ROOT):
        wait_for(f"http://127.0.0.1:{port}/v1")
        began = time.perf_counter()
        asyncio.run(_all(f"http://127.0.0.1:{port}/v1", streams, chunks))
        alone = time.perf_counter() - began
    (folder / f"{source}.py").unlink()
    return {
        f"proxy: {streams} streams at once: lost or mixed": lost,
        "proxy: chunks per second of one process": round(streams * chunks / seconds),
        "proxy: chunks per second of uvicorn alone": round(streams * chunks / alone),
    }


def soak(seconds: float, streams: int) -> None:
    """Read streams for so long; prints memory and descriptors of the proxy each minute."""

    async def batch(url: str) -> None:
        bodies = [request(number, 200, 0.002) for number in range(streams)]
        leave = [5000 if number % 5 == 0 else None for number in range(streams)]
        await asyncio.gather(*(read(url, body, least) for body, least in zip(bodies, leave, strict=True)))

    with model_url() as url, proxy_url(url) as (proxy, pid):
        until, shown, count = time.monotonic() + seconds, 0.0, 0
        while time.monotonic() < until:
            asyncio.run(batch(proxy))
            count += streams
            if time.monotonic() - shown > min(60, seconds / 10):
                shown = time.monotonic()
                resident = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]
                print(
                    f"{count:8,} streams  {int(resident):8,} KB  {len(os.listdir(f'/proc/{pid}/fd'))} descriptors",
                    flush=True,
                )


def main() -> None:
    """Measure, or soak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", type=float, help="seconds")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--streams", type=int, default=50, help="of the soak, at a time")
    options = parser.parse_args()
    if options.soak is not None:
        soak(options.soak, options.streams)
        return
    for name, value in {**measure_proxy(options.runs), **measure_many(500, 200)}.items():
        print(f"{name:60} {value}")


if __name__ == "__main__":
    main()
