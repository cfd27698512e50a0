"""Calls that the provider's server answers itself, and results of tools: events from the extension of chunks.

    tools = ToolEvents()
    tools.settle(chunks)       -> [Event, …]   before the chunks of a record, while it ``waits``: a call that is whole
    tools.events(chunk, step)  -> [Event, …]   of a translated chunk
    tools.close()              -> [Event, …]   no more chunks will come; calls that have no end

Chat Completions has no place for either, so each dialect keeps their records in
the extension, and nothing of them is in the rewritten chunk: no client has to
answer such a call. A call is reported once its arguments are whole, its result
once it has one.
"""

from collections.abc import Callable
from json import dumps
from typing import Any, NamedTuple

from unspool.core.events import Event, ServerToolCalled, ToolReturned
from unspool.core.rewriter.wire import EXTENSION, Chunk
from unspool.dialects.agents.run import message_of
from unspool.dialects.agents.tool_results import result_text, tool_results
from unspool.dialects.members import dict_of, dicts_of, list_of, word_of


class _Call(NamedTuple):
    """A call of a server's tool as far as it has come."""

    ident: str
    tool: str
    arguments: list[str]  # fragments of JSON text


class ToolEvents:
    """The calls of one source; see the module's head."""

    def __init__(self) -> None:
        self._step = 0
        self._choice = 0
        self._kind = ""  # of the call whose arguments come in fragments
        self._call: _Call | None = None  # that call
        self._open: dict[str, _Call] = {}  # calls that began, and are not whole, by their ids
        self._ids: set[str] = set()  # of calls that were reported, in this step
        self._returned: set[str] = set()  # and of their results

    @property
    def waits(self) -> bool:
        """Return whether the arguments of a call come in fragments."""
        return self._call is not None

    def settle(self, chunks: list[Chunk]) -> list[Event]:
        """Report the call whose arguments come in fragments, unless these chunks have more of them."""
        if self._call is None or any(self._kind in chunk.get(EXTENSION, {}) for chunk in chunks):
            return []
        call, self._call = self._call, None
        return self._called(call)

    def close(self) -> list[Event]:
        """Report the calls that are not whole: the stream was cut."""
        found = self.settle([])
        for call in list(self._open.values()):
            found += self._called(call)
        return found

    def events(self, chunk: Chunk, step: int) -> list[Event]:
        """The calls and results in the extension of a chunk."""
        extension = chunk[EXTENSION]
        if not isinstance(extension, dict):
            return []
        if step != self._step:
            self._step = step
            self._ids.clear()
            self._returned.clear()
        choice = extension.get("index")
        self._choice = choice if isinstance(choice, int) else 0
        found = self.settle([chunk])
        found += [ToolReturned(step, one.call, one.text, one.failed) for one in tool_results(chunk)]
        for kind, record in extension.items():
            if not isinstance(record, dict):
                continue
            reader = _READERS.get(kind)
            if reader is not None:
                found += reader(self, record, kind)
            elif kind.endswith("_tool_result"):
                found += self._anthropic_result(record, kind)
            elif "event_type" in record:
                found += self._interaction(record, kind)
        return found

    # --- what is reported --------------------------------------------------------------------

    def _called(self, call: _Call) -> list[Event]:
        """A call that is whole; once for each id."""
        self._open.pop(call.ident, None)
        if call.ident and call.ident in self._ids:
            return []
        self._ids.add(call.ident)
        return [ServerToolCalled(self._step, self._choice, call.ident, call.tool, "".join(call.arguments))]

    def _result(self, ident: str, text: Any, failed: bool) -> list[Event]:
        """The result of a call; once for each id."""
        if ident and ident in self._returned:
            return []
        self._returned.add(ident)
        return [ToolReturned(self._step, ident, _text(text), failed)]

    # --- Responses, Anthropic ----------------------------------------------------------------

    def _responses(self, record: dict[str, Any], kind: str) -> list[Event]:
        """An item: whole in its last event, or in the response."""
        if "event_type" in record:
            return self._interaction(record, kind)
        item = dict_of(record, "item") or record
        if item.get("type") != kind:
            return []
        tool, arguments = kind.removesuffix("_call"), item.get("arguments")
        if kind == "mcp_call":
            tool = f"mcp__{word_of(item, 'server_label')}__{word_of(item, 'name')}"
        else:
            given = {name: item[name] for name in _ARGUMENTS if item.get(name)}
            action = dict_of(item, "action")
            arguments = {name: value for name, value in action.items() if name != "sources"} or given
        call = _Call(word_of(item, "id"), tool, [_json(arguments)])
        if record.get("type") == "response.output_item.added":
            self._open[call.ident] = call
            return []
        failed = bool(item.get("error")) or item.get("status") in ("failed", "incomplete")
        text = message_of(item.get("error"), "") or next((item[one] for one in _OUTPUTS if item.get(one)), None)
        text = text or dict_of(item, "action").get("sources")
        return self._called(call) + self._result(call.ident, text, failed)

    def _anthropic_use(self, record: dict[str, Any], kind: str) -> list[Event]:
        """A block that begins a call, or a fragment of its input."""
        fragment = dict_of(record, "delta").get("partial_json")
        if isinstance(fragment, str):
            if self._call is not None:
                self._call.arguments.append(fragment)
            return []
        block = dict_of(record, "content_block")
        server, name, given = word_of(block, "server_name"), word_of(block, "name"), block.get("input")
        tool = f"mcp__{server}__{name}" if server else name
        before, self._call = self._call, None
        found = [] if before is None else self._called(before)
        call = _Call(word_of(block, "id"), tool, [_json(given)])
        if given:
            return found + self._called(call)
        self._kind, self._call = kind, call
        return found

    def _anthropic_result(self, record: dict[str, Any], kind: str) -> list[Event]:
        block = dict_of(record, "content_block")
        content = block.get("content")
        held = content if isinstance(content, dict) else {}
        failed = block.get("is_error") is True or "error_code" in held or held.get("return_code") not in (0, None)
        text = content
        if isinstance(content, dict):
            shown = [held[one] for one in ("error_code", "stdout", "stderr") if held.get(one)]
            text = "\n".join(map(str, shown)) if shown or "stdout" in held else content
        return self._result(word_of(block, "tool_use_id"), text, failed)

    # --- Gemini ------------------------------------------------------------------------------

    def _code(self, record: dict[str, Any], _: str) -> list[Event]:
        return self._called(_Call(word_of(record, "id"), "code_execution", [_json(record)]))

    def _code_result(self, record: dict[str, Any], _: str) -> list[Event]:
        failed = word_of(record, "outcome") not in ("", "OUTCOME_OK")
        ident = word_of(record, "id")
        return [ToolReturned(self._step, ident, word_of(record, "output"), failed)]

    def _gemini_call(self, record: dict[str, Any], _: str) -> list[Event]:
        tool = word_of(record, "toolType").lower()
        return self._called(_Call(word_of(record, "id"), tool, [_json(record.get("args"))]))

    def _gemini_result(self, record: dict[str, Any], _: str) -> list[Event]:
        return self._result(word_of(record, "id"), record.get("response"), False)

    def _grounding(self, record: dict[str, Any], _: str) -> list[Event]:
        """The searches behind an answer, where no part of it is their call."""
        queries = [one for one in list_of(record, "webSearchQueries") if isinstance(one, str)]
        key = f"google_search {queries}"
        if not queries or self._ids:
            return []
        self._ids.add(key)
        sources = [dict_of(one, "web") for one in dicts_of(record, "groundingChunks")]
        arguments = _json({"queries": queries})
        return [
            ServerToolCalled(self._step, self._choice, "", "google_search", arguments),
            ToolReturned(self._step, "", _text([one for one in sources if one]), False),
        ]

    def _interaction(self, record: dict[str, Any], kind: str) -> list[Event]:
        """A step of the Interactions API, or what its deltas have of one."""
        step = dict_of(record, "step") or dict_of(record, "content") or dict_of(record, "delta")
        if step.get("type") != kind or kind == "function_result":
            return []
        if kind.endswith("_call"):
            name = word_of(step, "name")
            tool = f"mcp__{word_of(step, 'server_name')}__{name}" if name else kind.removesuffix("_call")
            began = [ident for ident, one in self._open.items() if one.tool == tool]  # a delta may have no id
            call = _Call(word_of(step, "id") or next(iter(began), ""), tool, [_json(step.get("arguments"))])
            if not step.get("arguments"):
                self._open[call.ident] = call
                return []
            return self._called(call)
        if not step.get("result"):
            return []
        failed = step.get("is_error") is True
        return self._result(word_of(step, "call_id"), step["result"], failed)

    # --- others ------------------------------------------------------------------------------

    def _mistral(self, record: dict[str, Any], kind: str) -> list[Event]:
        call = _Call(word_of(record, "id"), word_of(record, "name"), [_json(record.get("arguments"))])
        if kind == "tool.execution.started":
            self._open[call.ident] = call
            return []
        if kind == "tool.execution.delta":
            known = self._open.get(call.ident)
            if known is not None:
                known.arguments.extend(call.arguments)
            return []
        known = self._open.get(call.ident)
        text = record.get("info")
        return self._called(known or call) + self._result(call.ident, text or None, False)

    def _bedrock(self, record: dict[str, Any], kind: str) -> list[Event]:
        """A block of a tool that has a type, or a fragment of its input."""
        fragment = dict_of(dict_of(record, "delta"), "toolUse").get("input")
        if isinstance(fragment, str):
            if self._call is not None:
                self._call.arguments.append(fragment)
            return []
        use = dict_of(dict_of(record, "start"), "toolUse")
        if use:
            self._kind, self._call = kind, _Call(word_of(use, "toolUseId"), word_of(use, "name"), [])
        return []

    def _bedrock_result(self, record: dict[str, Any], _: str) -> list[Event]:
        result = dict_of(dict_of(record, "start"), "toolResult")
        if not result:
            return []
        return self._result(word_of(result, "toolUseId"), "", result.get("status") == "error")

    def _assistants(self, record: dict[str, Any], _: str) -> list[Event]:
        """A step of a run that is completed."""
        found: list[Event] = []
        if record.get("status") not in ("completed", "failed"):
            return found
        for call in dicts_of(dict_of(record, "step_details"), "tool_calls"):
            kind, ident = word_of(call, "type"), word_of(call, "id")
            held = dict_of(call, kind)
            if kind == "function":
                if held.get("output") is not None:
                    found += self._result(ident, held["output"], False)
                continue
            given = {name: value for name, value in held.items() if name not in ("outputs", "results") and value}
            found += self._called(_Call(ident, kind, [_json(given)]))
            found += self._result(ident, held.get("outputs"), record["status"] == "failed")
        return found


def _json(value: Any) -> str:
    """What a tool is called with, as JSON text; "" for nothing."""
    return value if isinstance(value, str) else dumps(value, ensure_ascii=False) if value else ""


def _text(value: Any) -> str:
    """A result as text; of sources their titles and addresses, of a program what it printed."""
    parts = value if isinstance(value, list) else []
    lines = [_line(part) for part in parts if isinstance(part, dict)]
    return "\n".join(lines) if lines and all(lines) else result_text(value)


def _line(part: dict[str, Any]) -> str:
    address = word_of(part, "url") or word_of(part, "uri")
    return f"{word_of(part, 'title')} {address}".strip() if address else word_of(part, "logs")


_ARGUMENTS = ("action", "queries", "code", "revised_prompt", "arguments")
"""The members of an item of Responses that are what its tool is called with."""
_OUTPUTS = ("output", "outputs", "results")
"""The members that are its result; that of an image is an image."""
_READERS: dict[str, Callable[[ToolEvents, dict[str, Any], str], list[Event]]] = {
    **dict.fromkeys(
        ("web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "mcp_call"),
        ToolEvents._responses,
    ),
    "server_tool_use": ToolEvents._anthropic_use,
    "mcp_tool_use": ToolEvents._anthropic_use,
    "executableCode": ToolEvents._code,
    "codeExecutionResult": ToolEvents._code_result,
    "toolCall": ToolEvents._gemini_call,
    "toolResponse": ToolEvents._gemini_result,
    "groundingMetadata": ToolEvents._grounding,
    "tool.execution": ToolEvents._mistral,
    "tool.execution.started": ToolEvents._mistral,
    "tool.execution.delta": ToolEvents._mistral,
    "tool.execution.done": ToolEvents._mistral,
    "toolUse": ToolEvents._bedrock,
    "toolResult": ToolEvents._bedrock_result,
    "thread.run.step": ToolEvents._assistants,
}
"""Readers of a record, by the name under which the extension has it."""
