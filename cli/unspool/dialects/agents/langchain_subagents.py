"""Records of sub-agents among those of LangGraph: of agents that a tool of another agent runs.

A namespace shows them. It has the nodes around a graph, and the node that runs tools is ``tools``. A graph in any other
node is a part of the main agent: one of several that answer in turn, for example.

    [chunk, {"langgraph_checkpoint_ns": "tools:…|model:…"}]    a chunk, or a message, in each mode
    {"event": "updates|tools:…", "data"}                       an event with its name
    {"type": "updates", "ns": ["tools:…"], "data"}             a part of the second version
    [["tools:…"], "updates", data]                             the same as a tuple
    {"type": "event", "params": {"namespace": ["tools:…"]}}    an event of the third protocol
    {"event": "on_chat_model_stream", "metadata"}              an event of a model, with the metadata of a chunk

Each is kept as an event with its ``subagent``, without the part of the namespace that shows it: its own reader takes it
for one of a main agent.

Source: ``isSubagentNamespace`` of https://github.com/langchain-ai/langgraphjs (libs/sdk).
"""

from typing import Any, Final

from unspool.dialects.agents.langchain_values import MODEL, PLACES
from unspool.dialects.members import dict_of, list_of, word_of

Value = dict[str, Any]
TOOLS: Final = "tools:"
"""The beginning of the name of a task of the node ``tools``."""


def chunk_of_subagent(chunk: Value, place: str) -> Value | None:
    """The record of a chunk, or a message, of a place, if it is a sub-agent's; the result of a tool is none."""
    key, rest = _divided(place.split("|"))
    if key is None or not (rest or word_of(chunk, "type") in MODEL):
        return None
    return {"subagent": key, "event": "messages", "data": [chunk, {PLACES[0]: "|".join(rest)}]}


def event_of_subagent(value: Value) -> Value | None:
    """The record of an event, in any of its forms but a tuple, if it is a sub-agent's."""
    if "params" in value:
        params = dict_of(value, "params")
        key, rest = _divided(list_of(params, "namespace"))
        # The namespace of a message is that of its node; ``tools`` has those of the main agent's tools.
        if key is None or not (rest or value.get("method") in ("values", "updates")):
            return None
        return {"subagent": key, **value, "params": {**params, "namespace": rest}}
    if "metadata" in value:
        key, inside = _of_metadata(dict_of(value, "metadata"))
        return None if key is None else {"subagent": key, **value, "metadata": inside}
    if "ns" in value:
        return data_of_subagent(list_of(value, "ns"), word_of(value, "type"), value.get("data"))
    name, _, namespace = word_of(value, "event").partition("|")
    return data_of_subagent(namespace.split("|"), name, value.get("data"))


def data_of_subagent(namespace: Any, mode: str, data: Any) -> Value | None:
    """The record of the data of a mode, if the namespace is a sub-agent's."""
    key, _ = _divided(namespace if isinstance(namespace, list) else [])
    if key is None:
        return None
    if isinstance(data, list) and len(data) == 2 and isinstance(data[1], dict):
        data = [data[0], _of_metadata(data[1])[1]]
    return {"subagent": key, "event": mode, "data": data}


def _of_metadata(about: Value) -> tuple[str | None, Value]:
    """The task of a tool in whose graph metadata are, if they are in one, and the metadata inside of it."""
    for name in PLACES[:2]:
        key, rest = _divided(word_of(about, name).split("|"))
        if key is not None:
            return key, {**about, **dict.fromkeys(PLACES[:2], "|".join(rest))}
    return None, about


def _divided(namespace: list[Any]) -> tuple[str | None, list[Any]]:
    """The first task of a tool in a namespace, if there is one, and the rest of the namespace."""
    for place, name in enumerate(namespace):
        if isinstance(name, str) and name.startswith(TOOLS):
            return name, namespace[place + 1 :]
    return None, namespace
