"""What unspool adds in a server: to the delay of each chunk, and to many streams at once.

All of it is measured beside the plain loop over openai's stream, in the same run, with the same model.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import openai
from tests.bench.model import deltas
from tests.bench.timing import alternating, ratio, spread
from tests.serving import unused_port
from tests.support import ROOT

from unspool import (
    ChatCompletionsStreamingInterface,
    Endpoint,
    LiveSource,
    ModelClient,
    relay,
    rewritten,
)

PAGE = (ROOT / "docs" / "SERVERS.md").read_text(encoding="utf-8")
PLAIN_SERVER = """
import os
import openai
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
app = FastAPI()
client = openai.AsyncOpenAI(base_url=os.environ["MODEL_URL"], api_key="none")
async def events(body):
    async for chunk in await client.chat.completions.create(model="m", messages=[], stream=True, extra_body=body):
        yield f"data: {chunk.to_json(indent=None)}\\n\\n"
    yield "data: [DONE]\\n\\n"
@app.post("/v1/chat/completions")
async def chat(request: Request):
    return StreamingResponse(events(await request.json()), media_type="text/event-stream")
"""
AT_ONCE = 200
Chunks = AsyncIterator[Any]
Way = Callable[["Model", dict[str, Any]], Chunks]


class Model:
    """The clients of one model, kept for all requests."""

    def __init__(self, url: str) -> None:
        self.openai = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
        self.ours = ModelClient(Endpoint(url, "none"))

    async def aclose(self) -> None:
        """Close their connections."""
        await self.openai.close()
        await self.ours.aclose()


async def plain(model: Model, body: dict[str, Any]) -> Chunks:
    """The loop that a server has without unspool."""
    create = model.openai.chat.completions.create
    async for chunk in await create(model="m", messages=[], stream=True, extra_body=body):
        yield chunk


async def pulled(model: Model, body: dict[str, Any]) -> Chunks:
    """The pull form around the same loop."""
    async for chunk in rewritten(plain(model, body)):
        yield chunk


async def relayed(model: Model, body: dict[str, Any]) -> Chunks:
    """A relay that fills a queue, and its reader."""
    interface = ChatCompletionsStreamingInterface(multi_step=False, maxsize=100)
    running = asyncio.create_task(relay(LiveSource(model.ours.endpoint, body, model.ours), interface))
    async for chunk in interface.get_generator():
        yield chunk
    await running


WAYS: dict[str, Way] = {"plain": plain, "rewritten": pulled, "relay": relayed}


def request(number: int, count: int, pause: float) -> dict[str, Any]:
    """What the model of this benchmark is asked for."""
    return {"number": number, "count": count, "pause": pause}


@contextmanager
def process(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block."""
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


@contextmanager
def model_url() -> Iterator[str]:
    """The base URL of a model in a process of its own."""
    with process([sys.executable, "-m", "tests.bench.model"], cwd=ROOT) as running:
        assert running.stdout is not None
        yield f"http://127.0.0.1:{int(running.stdout.readline())}/v1"


@contextmanager
def web_server(folder: Path, name: str, source: str, url: str) -> Iterator[str]:
    """The base URL of a web server in front of the model."""
    (folder / f"{name}.py").write_text(source)
    port = unused_port()
    command = [sys.executable, "-m", "uvicorn", f"{name}:app", "--port", str(port), "--log-level", "warning"]
    with process(command, cwd=folder, env={"MODEL_URL": url, "MODEL_KEY": "none"}):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                asyncio.run(take(plain, f"http://127.0.0.1:{port}/v1", request(0, 5, 0)))
                break
            except openai.APIConnectionError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"


async def take(way: Way, url: str, body: dict[str, Any]) -> list[float]:
    """The delays of one response's chunks, in milliseconds from the model's write to this client."""
    model = Model(url)
    delays = [(time.monotonic_ns() - chunk.model_extra["sent"]) / 1e6 async for chunk in way(model, body)]
    await model.aclose()
    return delays


def delay(way: Way, url: str, body: dict[str, Any]) -> float:
    """The median delay of one response's chunks, in milliseconds."""
    return median(asyncio.run(take(way, url, body)))


def measure_delay(folder: Path, chunks: int, runs: int) -> dict[str, Any]:
    """Milliseconds that each way adds to the median delay of a chunk, at 200 chunks a second."""
    body = request(0, chunks, 1 / 200)
    _, page = re.findall(r"```python\n(import os.*?)```", PAGE, re.DOTALL)
    with (
        model_url() as url,
        web_server(folder, "passing", PLAIN_SERVER, url) as passing,
        web_server(folder, "page", page, url) as ours,
    ):
        times = alternating(
            {
                **{name: partial(delay, way, url, body) for name, way in WAYS.items()},
                "plain server": partial(delay, plain, passing, body),
                "server of the page": partial(delay, plain, ours, body),
            },
            runs,
        )
    beside = {"rewritten": "plain", "relay": "plain", "server of the page": "plain server"}
    return {
        f"ms that a chunk takes longer: {name} - {other}": {
            **spread([one - two for one, two in zip(times[name], times[other], strict=True)]),
            "reach": 0.5,
        }
        for name, other in beside.items()
    } | {"ms from the model to the client": {name: round(median(took), 3) for name, took in times.items()}}


def measure_streams(chunks: int, runs: int) -> dict[str, Any]:
    """Two hundred streams at once in one process: what was lost, and the time against the plain loop."""
    expected = [expected_message(number, chunks) for number in range(AT_ONCE)]
    lost: list[int] = []

    def all_at_once(way: Way) -> float:
        began = time.perf_counter()
        texts = asyncio.run(_texts(way, url, chunks))
        seconds = time.perf_counter() - began
        if way is not plain:  # which has no text, but fragments of arguments
            lost.append(sum(one != other for one, other in zip(texts, expected, strict=True)))
        return seconds

    with model_url() as url:
        times = alternating({name: partial(all_at_once, way) for name, way in WAYS.items()}, runs)
    at_once = f"{AT_ONCE} streams at once"
    return {f"{at_once}: {name} / plain": ratio(times, name, "plain") for name in ("rewritten", "relay")} | {
        f"{at_once}: with lost text, of {len(lost) * AT_ONCE:,}": sum(lost)
    }


async def _texts(way: Way, url: str, chunks: int) -> list[str]:
    model = Model(url)

    async def text(number: int) -> str:
        found = [one async for one in way(model, request(number, chunks, 0.001))]
        return "".join(choice.delta.content or "" for one in found for choice in one.choices)

    try:
        return await asyncio.gather(*map(text, range(AT_ONCE)))
    finally:
        await model.aclose()


def expected_message(number: int, chunks: int) -> str:
    """The decoded message, as ``json.loads`` reads its joined arguments."""
    joined = ""
    for delta, _ in deltas(number, chunks):
        for one in json.loads(delta).get("tool_calls", ()):
            joined += one["function"]["arguments"]
    return str(json.loads(joined)["message"])
