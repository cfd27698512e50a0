"""Runs an agent while its stream is read: each ends with the other.

return StreamingResponse(sse_events(stream_agent(agent, interface, request)), …)
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from unspool.server.queue_interface import ChatCompletionsStreamingInterface, Streamed, StreamFault


async def stream_agent(
    agent: Callable[..., Awaitable[Any]], interface: ChatCompletionsStreamingInterface, *arguments: Any
) -> AsyncGenerator[Streamed, None]:
    """The chunks of ``interface`` while ``agent(interface, *arguments)`` runs in a separate task.

    The stream ends when the agent returns. What the agent raises is raised here
    after all chunks, and so is the failure of the last step. Closing the
    generator, or cancelling the task that reads it, cancels the agent and waits
    until it has cleaned up. The agent is called when the first chunk is asked for.
    """

    async def run() -> None:
        try:
            await agent(interface, *arguments)
        except Exception as error:
            interface.step_failed(error)
            raise
        finally:
            interface.step_yield()

    running = asyncio.create_task(run())
    marked = False  # whether a marker has reported the failure
    try:
        async for chunk in interface.get_generator():
            marked = isinstance(chunk, StreamFault)
            yield chunk
        await asyncio.wait([running])
        if not marked:
            running.result()  # raises where the agent cancelled itself, or failed after the end of the stream
    finally:
        running.cancel()
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()  # marks it as retrieved: asyncio would log it
