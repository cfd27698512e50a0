"""python -m tests.bench.model: a model on the loopback that sends message calls; it prints its port.

A request names in its body ``number`` (which response), ``count`` (fragments of its message) and ``pause``
(seconds between two chunks). Each chunk holds in ``sent`` the time at which it was written, in nanoseconds of
the clock that all processes of this machine share.
"""

import asyncio
import json
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import suppress

from tests.bench.inputs import call

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def deltas(number: int, count: int) -> Iterator[tuple[str, str]]:
    """The deltas of one response and their finish reasons, as JSON."""
    for delta in call(number, count):
        yield delta, "null"
    yield "{}", '"tool_calls"'


async def _answer(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(ConnectionError):  # a client that leaves is none
        await _send(reader, writer)


async def _send(reader: StreamReader, writer: StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    asked = json.loads(await reader.readexactly(length))
    number = asked["number"]
    writer.write(_HEAD)
    for delta, finish in deltas(number, asked["count"]):
        choice = f'{{"index":0,"delta":{delta},"finish_reason":{finish}}}'
        members = f'"id":"r{number}","object":"chat.completion.chunk","created":1,"model":"m","choices":[{choice}]'
        writer.write(f'data: {{{members},"sent":{time.monotonic_ns()}}}\n\n'.encode())
        await writer.drain()
        await asyncio.sleep(asked["pause"])
    writer.write(b"data: [DONE]\n\n")
    await writer.drain()
    writer.close()


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=500)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
